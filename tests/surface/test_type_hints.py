"""`typing.get_type_hints` works on every public callable, and returns the `Doc` of each parameter.

Documentation tools read them in this way. The parameter classes and `generate_unique_id` use types that only type
checkers import, as in upstream.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from typing import Any, Dict, Iterator, Tuple

import pytest
from annotated_doc import Doc
from typing_extensions import get_type_hints

import fastapi

# Their annotations cannot be resolved; those of Pydantic's `FieldInfo` cannot either.
UNRESOLVED = {
    f"fastapi.params.{name}" for name in ("Body", "Cookie", "File", "Form", "Header", "Param", "Path", "Query")
}
UNRESOLVED |= {"fastapi.utils.generate_unique_id"}
VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def public_callables() -> Iterator[Tuple[str, Any]]:
    for found in pkgutil.walk_packages(fastapi.__path__, "fastapi."):
        if "._" in found.name or found.name.endswith((".cli", ".__main__", ".wsgi")):
            continue
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            is_defined = inspect.isclass(value) or inspect.isfunction(value)
            if name.startswith("_") or getattr(value, "__module__", None) != found.name or not is_defined:
                continue
            yield f"{found.name}.{name}", value
            for method in ("__init__", "__call__", *vars(value)) if inspect.isclass(value) else ():
                if inspect.isfunction(getattr(value, method, None)) and not method.startswith("_p"):
                    yield f"{found.name}.{name}.{method}", getattr(value, method)


@pytest.mark.skipif(sys.version_info < (3, 10), reason="other packages write `X | None` in annotations")
def test_hints_of_every_public_callable() -> None:
    failed: Dict[str, str] = {}
    for name, value in public_callables():
        try:
            get_type_hints(value, include_extras=True)
        except NameError as error:
            failed[name] = str(error)
    assert {name: text for name, text in failed.items() if name not in UNRESOLVED} == {}


def documented(function: Any) -> int:
    hints = get_type_hints(function, include_extras=True)
    return sum(any(isinstance(item, Doc) for item in getattr(hint, "__metadata__", ())) for hint in hints.values())


@pytest.mark.parametrize(
    "name, count",
    [
        ("Path", 30),
        ("Query", 30),
        ("Cookie", 30),
        ("Header", 31),
        ("Form", 31),
        ("File", 31),
        ("Body", 32),
        ("Depends", 4),
    ],
)
def test_every_option_of_a_parameter_is_documented(name: str, count: int) -> None:
    function = getattr(fastapi, name)
    # The old names `regex` and `example` are documented by their deprecation.
    assert documented(function) >= count
    shown = inspect.signature(function).parameters.values()
    assert all(any(isinstance(item, Doc) for item in each.annotation.__metadata__) for each in shown)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("owner", [fastapi.FastAPI, fastapi.APIRouter])
def test_every_option_of_a_verb_is_documented(owner: Any, verb: str) -> None:
    assert documented(getattr(owner, verb)) == 25


@pytest.mark.parametrize("owner", [fastapi.FastAPI, fastapi.APIRouter])
def test_other_methods_are_documented(owner: Any) -> None:
    assert documented(owner.frontend) == 4
    assert {"form_limits", "max_body_size"} <= get_type_hints(owner.api_route, include_extras=True).keys()
