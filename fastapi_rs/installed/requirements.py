"""Requirements of our distribution that are not met: the part of PEP 508 that `pyproject.toml` uses."""

from __future__ import annotations

import platform
import re
import sys
from typing import Dict, Iterator, List, Tuple

from fastapi_rs.installed.distributions import Distribution, requirement_name

# The core is left out without it, and nothing else.
OPTIONAL = ("wasmtime",)


def unmet(ours: Distribution, installed: List[Distribution]) -> Iterator[Tuple[str, str, str]]:
    """Yield the name, the lower bound and the version (or an empty text) of each requirement that is not met."""
    versions: Dict[str, str] = {}
    for found in installed:
        versions.setdefault(found.name, found.version)
    for line in ours.requires:
        requirement, _, marker = line.partition(";")
        if not holds(marker):
            continue
        name, bound = requirement_name(requirement), lower_bound(requirement)
        version = versions.get(name, "")
        if not version or numbers(version) < numbers(bound):
            yield name, bound, version


def lower_bound(requirement: str) -> str:
    found = re.search(r">=\s*([\d.]+)", requirement)
    return found[1] if found else "0"


def numbers(version: str) -> Tuple[int, ...]:
    """Return the numbers of a release, `1.10.0rc1` as (1, 10, 0)."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def holds(marker: str) -> bool:
    """Whether a marker is true here; one about an extra is false."""
    values = {"sys_platform": sys.platform, "platform_machine": platform.machine()}

    def compared(match: re.Match[str]) -> str:
        name, operator, text = match.groups()
        if name == "python_version":
            return str(_compare(sys.version_info[:2], operator, numbers(text)))
        return str(_compare(values.get(name, ""), operator, text))

    result = re.sub(r"(\w+)\s*(==|!=|<=|>=|<|>)\s*[\"']([^\"']*)[\"']", compared, marker).strip()
    if not re.fullmatch(r"(?:True|False|and|or|[() ])*", result):
        return False
    return bool(eval(result)) if result else True  # of these words alone


def _compare(one: object, operator: str, other: object) -> bool:
    if operator in ("==", "!="):
        return (one == other) == (operator == "==")
    assert isinstance(one, tuple)
    assert isinstance(other, tuple)
    return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[operator]
