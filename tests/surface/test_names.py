"""Every name in upstream's modules exists here, private and imported names included.

Published packages import such names. `deviations.toml` lists the names that are absent on purpose, with the reasons.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Dict, List, Set, get_type_hints

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent
NAMES: Dict[str, List[str]] = json.loads((HERE / "names-0.165.0.json").read_text(encoding="utf-8"))
ABSENT = [
    str(row["name"]) for row in tomllib.loads((HERE / "deviations.toml").read_text(encoding="utf-8")).get("absent", [])
]
pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="recorded on Python 3.11")


def missing_names() -> Set[str]:
    with warnings.catch_warnings():
        # `fastapi.middleware.wsgi` is deprecated by Starlette.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", UserWarning)
        return {f"{module}.{name}" for module in NAMES for name in NAMES[module] if not _has(module, name)}


def _has(module: str, name: str) -> bool:
    try:
        return hasattr(importlib.import_module(module), name)
    except ModuleNotFoundError:
        # An optional dependency is not installed.
        return True


def _covers(row: str, name: str) -> bool:
    return name.startswith(row[:-1]) if row.endswith("*") else name == row


def test_all_names_are_here() -> None:
    unexplained = [name for name in sorted(missing_names()) if not any(_covers(row, name) for row in ABSENT)]
    assert not unexplained


def test_names_listed_as_absent_are_absent() -> None:
    missing = missing_names()
    assert [row for row in ABSENT if not any(_covers(row, name) for name in missing)] == []


def test_private_helpers_return_the_results_of_upstream() -> None:
    from fastapi import APIRouter, FastAPI, routing
    from fastapi.dependencies import utils

    router = APIRouter()

    @router.get("/{i}")
    async def read(i: int) -> int:
        return i

    app = FastAPI(openapi_url=None)
    app.include_router(router, prefix="/v1")
    [(route, context)] = list(routing._iter_routes_with_context(app.routes))
    assert route is router.routes[0]
    assert isinstance(context, routing._EffectiveRouteContext) and context.path == "/v1/{i}"
    scope = {"type": "http"}
    routing._update_scope(scope, {"fastapi": {"included_router": 1}})
    assert routing._get_scope_included_router(scope) == 1
    assert routing._get_scope_effective_route_context(scope) is None
    dependant, body, embed = routing._build_dependant_with_parameterless_dependencies(
        path="/{i}", call=read, dependencies=[]
    )
    assert [field.name for field in dependant.path_params] == ["i"] and body == [] and embed is False
    [field] = dependant.path_params
    assert utils._get_multidict_value(field, {"i": "3"}, "i") == "3"
    assert utils._validate_value_with_model_field(field=field, value="3", values={}, loc=("path", "i")) == (3, [])
    assert utils._is_json_field(field) is False


def test_methods_have_the_module_and_the_qualified_name_of_their_class() -> None:
    import pydoc

    import fastapi.params
    from fastapi import APIRouter, FastAPI, exceptions, routing
    from fastapi._compat import ModelField
    from fastapi.dependencies import utils
    from fastapi.openapi import models

    verbs = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
    for cls, names in [
        (FastAPI, (*verbs, "api_route", "openapi")),
        (APIRouter, (*verbs, "add_event_handler", "on_event", "_startup", "_shutdown", "api_route", "include_router")),
        (routing.APIRoute, ("__init__", "matches", "handle", "get_route_handler")),
        (routing.RouteContext, ("__init__", "__eq__")),
        (utils.SolvedDependency, ("__init__", "__repr__")),
        (fastapi.params.Query, ("__init__",)),
        (fastapi.params.Cookie, ("__init__",)),
        (exceptions.WebSocketRequestValidationError, ("__init__",)),
    ]:
        for name in names:
            method = vars(cls)[name]
            assert (method.__module__, method.__qualname__) == (cls.__module__, f"{cls.__name__}.{name}")
    assert FastAPI.get is not APIRouter.get and FastAPI.get.__doc__ == APIRouter.get.__doc__
    assert not hasattr(ModelField, "required") and not hasattr(ModelField, "type_")
    assert pydoc.locate("fastapi.params.Example") is models.Example and "Example" in dir(fastapi.params)
    assert get_type_hints(FastAPI) == get_type_hints(APIRouter) == {}
    assert type(exceptions.EndpointContext).__module__ == "typing"


def test_the_route_declares_its_attributes() -> None:
    hints = get_type_hints(importlib.import_module("fastapi.routing").APIRoute)
    assert len(hints) == 34
    assert list(hints)[:3] == ["stream_item_type", "response_model", "summary"]
    assert str(hints["tags"]) == "list[str | enum.Enum]"


def test_the_import_does_not_change_aliases_of_other_packages() -> None:
    text = "import copy, fastapi.types; copy.deepcopy(fastapi.types.IncEx)"
    subprocess.run([sys.executable, "-c", text], check=True)
