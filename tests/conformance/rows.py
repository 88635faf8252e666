"""Read the TOML rows, and ask the core through `fastapi._rust`."""

from __future__ import annotations

import marshal
import sys
from pathlib import Path
from typing import Any, Iterable, Sequence

import pytest

from fastapi import _rust
from fastapi._wasm import contract

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent

# Constraint -> name of the argument of Pydantic's Field.
PYDANTIC_NAMES = {"min_items": "min_length", "max_items": "max_length"}

DECLINED = object()


def files(prefix: str) -> list[str]:
    return sorted(path.name for path in HERE.glob(f"{prefix}*.toml"))


def rows(*names: str) -> list[Any]:
    """Return the rows of these files, as parameters of a test."""
    found: list[Any] = []
    for name in names:
        with open(HERE / name, "rb") as file:
            content = tomllib.load(file)
        cases = content["case"]
        assert len({case["name"] for case in cases}) == len(cases), f"{name}: names are not unique"
        for case in cases:
            case.setdefault("scalar", name[len("coerce_") : -len(".toml")] if name.startswith("coerce_") else None)
            found.append(pytest.param(case, id=f"{name[: -len('.toml')]}-{case['name']}"))
    return found


def without_declined(cases: Iterable[Any]) -> list[Any]:
    return [case for case in cases if not case.values[0].get("declined")]


def parameter(
    kind: str, name: str, scalar: str = "raw", constraints: Sequence[tuple[str, Any]] = (), **flags: Any
) -> Any:
    """Return a parameter of a route, as the plan holds it."""
    bits = contract.FLAG_LIST * bool(flags.get("list")) | contract.FLAG_REQUIRED * bool(flags.get("required"))
    return (
        contract.KINDS.index(kind),
        name,
        flags.get("loc_name", name),
        contract.SCALARS.index(scalar),
        bits,
        flags.get("default"),
        tuple((contract.CONSTRAINTS.index(each), value) for each, value in constraints),
    )


def matcher(routes: Sequence[Any], redirect_slashes: bool = True, every_header: bool = True) -> Any:
    """Return a function that matches requests against the routes `(path, methods, parameters[, kind])`."""
    if not _rust.rust_available():
        pytest.skip("no core here")
    flags = contract.PLAN_FLAG_REDIRECT_SLASHES * redirect_slashes
    flags |= contract.PLAN_FLAG_COOKIES_FROM_EVERY_HEADER * every_header
    plan = tuple(
        (contract.ROUTE_KINDS.index(kind[0]) if kind else 0, path, tuple(methods), tuple(parameters))
        for path, methods, parameters, *kind in routes
    )
    return _rust.LoadedPlan(marshal.dumps((contract.PLAN_VERSION, flags, plan), 2)).matcher()


def extract(parameters: Sequence[Any], path: str = "/", query: bytes = b"", headers: Any = (), **flags: Any) -> Any:
    """Return the core's answer for these parameters: a tuple of values, a list of errors, or DECLINED."""
    answer = matcher([("/", ["GET"], parameters)], **flags)(("GET", path, query, list(headers)))
    assert answer is not None, "the core trapped"
    if answer[0] == contract.OUTCOME_DECLINED:
        return DECLINED
    if answer[0] == contract.OUTCOME_INVALID:
        assert answer[4] == _rust.encode_json({"detail": answer[3]})
        return answer[3]
    assert answer[0] == 0, answer
    return answer[2:]


def data(case: dict[str, Any], key: str = "input") -> bytes:
    """Return the bytes that a row gives in hexadecimal or as text."""
    if f"{key}_hex" in case:
        return bytes.fromhex(case[f"{key}_hex"])
    return bytes(case[key].encode("utf-8"))


def same(left: Any, right: Any) -> bool:
    """Return whether values and types are equal: 1 is not 1.0, 0.0 is not -0.0, NaN is NaN."""
    return repr(left) == repr(right)
