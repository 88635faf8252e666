"""The core and Pydantic convert a text to the same value or error."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, List
from urllib.parse import quote

import pytest
from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import Annotated

from tests.conformance.rows import DECLINED, PYDANTIC_NAMES, extract, files, parameter, rows, same, without_declined

ROWS = rows(*files("coerce_"))
TYPES: dict[str, Any] = {"int": int, "float": float, "bool": bool, "str": str}


def expected(case: dict[str, Any]) -> tuple[str, Any]:
    """Return ("value", value), ("errors", [error, ...]) or ("declined", None)."""
    if case.get("declined"):
        return "declined", None
    if "value_int" in case:
        return "value", int(case["value_int"])
    if "error" in case:
        return "errors", [error_of(case["error"], case["input"], ())]
    if "errors" in case:
        return "errors", [
            error_of(error, error.get("input", case["input"]), tuple(error["loc"])) for error in case["errors"]
        ]
    return "value", case["value"]


def error_of(error: dict[str, Any], text: Any, loc: tuple[Any, ...]) -> dict[str, Any]:
    made = {"type": error["type"], "loc": loc, "msg": error["msg"], "input": error.get("input", text)}
    if "ctx" in error:
        made["ctx"] = error["ctx"]
    return made


@pytest.mark.parametrize("case", ROWS)
def test_core(case: dict[str, Any]) -> None:
    many = bool(case.get("list"))
    texts: list[str] = case["input"] if many else [case["input"]]
    row = parameter("query", "p", case["scalar"], list(case.get("constraints", {}).items()), list=many)
    answer = extract([row], query="&".join("p=" + quote(text, safe="") for text in texts).encode())
    kind, wanted = expected(case)
    if kind == "declined":
        assert answer is DECLINED
    elif kind == "value":
        assert answer is not DECLINED and same(answer, (wanted,))
    else:
        assert same_errors(answer, [{**error, "loc": ("query", "p", *error["loc"])} for error in wanted])


@pytest.mark.parametrize("case", without_declined(ROWS))
def test_pydantic(case: dict[str, Any]) -> None:
    kind, wanted = expected(case)
    try:
        value = adapter(case["scalar"], case.get("constraints", {}), bool(case.get("list"))).validate_python(
            case["input"]
        )
    except ValidationError as failure:
        assert kind == "errors"
        assert same_errors(failure.errors(include_url=False), wanted)
    else:
        assert kind == "value" and same(value, wanted)


def adapter(scalar: str, constraints: dict[str, Any], many: bool) -> Any:
    """Return the validator of a parameter with these constraints."""
    return _adapter(scalar, tuple(constraints.items()), many)


@lru_cache(maxsize=None)
def _adapter(scalar: str, pairs: tuple[tuple[str, Any], ...], many: bool) -> Any:
    kind: Any = TYPES[scalar]
    constraints = dict(pairs)
    if many:
        inner = {name: value for name, value in constraints.items() if name not in PYDANTIC_NAMES}
        outer = {PYDANTIC_NAMES[name]: value for name, value in constraints.items() if name in PYDANTIC_NAMES}
        return TypeAdapter(Annotated[List[Annotated[kind, Field(**inner)]], Field(**outer)])  # type: ignore[valid-type]
    return TypeAdapter(Annotated[kind, Field(**constraints)])


def same_errors(left: Any, right: Any) -> bool:
    order = ("type", "loc", "msg", "input", "ctx")
    tidy = [[{key: error[key] for key in order if key in error} for error in errors] for errors in (left, right)]
    return same(*tidy)
