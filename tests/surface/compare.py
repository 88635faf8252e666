"""Compare a surface with a recorded one: missing names and different facts. An addition is not a difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict

Surface = Dict[str, Dict[str, Any]]


@dataclass(frozen=True)
class Difference:
    name: str  # the dotted name, then a colon and the fact that differs: fastapi.routing.APIRoute:bases
    text: str


def differences(recorded: Surface, found: Surface, *, current_starlette: bool = True) -> list[Difference]:
    """Return the differences, name by name. `current_starlette`: compare facts that need Starlette 1.0 or newer."""
    result: list[Difference] = []
    missing_classes: list[str] = []
    for name, facts in recorded.items():
        if any(name.startswith(owner) for owner in missing_classes):
            continue  # a missing class is one difference; its members are not
        if name in found:
            result += _different_facts(name, facts, found[name], current_starlette)
        elif not (facts["kind"] == "import" and not current_starlette):
            result.append(Difference(name, f"is missing ({facts['kind']})"))
            missing_classes.append(name + ".")
    return result


def _different_facts(
    name: str, recorded: dict[str, Any], found: dict[str, Any], current_starlette: bool
) -> list[Difference]:
    result = []
    for fact, expected in recorded.items():
        actual = found.get(fact)
        if fact == "origin" and not _compares_origin(expected, current_starlette):
            continue
        if fact == "module" and name.rpartition(".")[2].startswith("_"):
            continue  # a private name must exist at its recorded place, but another module may define it
        if fact == "bases":
            # Additional base classes are allowed; the recorded ones must be there, in the same order.
            if not _is_subsequence(_comparable(expected, current_starlette), actual or []):
                result.append(Difference(f"{name}:{fact}", f"{actual} lacks some of {expected}"))
        elif actual != expected:
            result.append(Difference(f"{name}:{fact}", f"is {actual!r}, recorded {expected!r}"))
    return result


def _compares_origin(origin: str, current_starlette: bool) -> bool:
    """Return whether to compare the module of an imported name: not Pydantic's, which move, and no private one."""
    if origin.startswith("starlette"):
        return current_starlette
    return origin.startswith("fastapi") and "._" not in origin


def _comparable(bases: list[str], current_starlette: bool) -> list[str]:
    return [base for base in bases if current_starlette or not base.startswith("starlette.")]


def _is_subsequence(expected: list[str], actual: list[str]) -> bool:
    remaining = iter(actual)
    return all(base in remaining for base in expected)
