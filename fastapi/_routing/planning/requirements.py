"""The requirements of a planned operation; `NotPlanned` names the one that an operation does not meet."""

from __future__ import annotations

from functools import lru_cache
from types import FunctionType
from typing import Optional, Sequence

from starlette.responses import JSONResponse
from starlette.routing import Match, Mount, WebSocketRoute
from starlette.types import Receive, Scope, Send

from fastapi._routing.described.attributes import own_attributes
from fastapi._routing.described.description import Description
from fastapi._routing.exact.body import reads_json
from fastapi._routing.exact.handler import has_original_handler
from fastapi._routing.planning.reading import Reading, is_pure
from fastapi._routing.tree.inclusion.node import _IncludedRouter
from fastapi._routing.tree.inclusion.placed import APIRouteContext
from fastapi._routing.tree.route import APIRoute
from fastapi._routing.tree.router import APIRouter
from fastapi._routing.tree.websocket_route import APIWebSocketRoute
from fastapi._stand_ins.guards import Guard, has_own, is_original, is_wrapped, redefines, watch
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies import models
from fastapi.dependencies._declared.shapes import get_flat_body
from fastapi.dependencies.models import Dependant

_RESET_CONTENT = 205


class NotPlanned(Exception):
    """The operation takes the exact way. The message is the reason, in the words of `explain`."""


def decides_matching(route: APIRoute) -> bool:
    return redefines(type(route), APIRoute, "matches") or "matches" in own_attributes(route)


def decides_socket_matching(route: WebSocketRoute) -> bool:
    """Whether a WebSocket route may match a request, because its method that matches is not the original one."""
    is_original_here = _socket_guard.holds() and is_original(WebSocketRoute, "matches")
    is_known = type(route).matches in (WebSocketRoute.matches, APIWebSocketRoute.matches)
    return not is_known or not is_original_here or has_own(route, "matches")


_socket_guard = Guard((APIWebSocketRoute, "matches"))
watch([(WebSocketRoute, "matches"), (APIWebSocketRoute, "matches")])


def is_plain_mount(mount: Mount, nodes: Sequence[_IncludedRouter]) -> bool:
    """Whether a mounted application may be called without the mount and the inclusions around it."""
    is_original_here = all(is_original(Mount, name) for name in ("matches", "handle"))
    has_limit = any(node.include_context.max_body_size is not None for node in nodes)
    return is_original_here and not has_limit and not has_own(mount, "matches", "handle") and _mounts_as_known()


watch([(Mount, "matches"), (Mount, "handle")])


@lru_cache(maxsize=None)
def _mounts_as_known() -> bool:
    """Whether the installed release of Starlette writes the entries into the scope that the planned way writes."""
    mount = Mount("/a/{x}", app=_no_app)
    scope = {"type": "http", "path": "/r/a/1/b", "root_path": "/r", "path_params": {"z": 1}, "method": "GET"}
    expected = {
        "path_params": {"z": 1, "x": "1"},
        "app_root_path": "/r",
        "root_path": "/r/a/1",
        "endpoint": _no_app,
    }
    return mount.matches(scope) == (Match.FULL, expected)


async def _no_app(scope: Scope, receive: Receive, send: Send) -> None: ...


# The attributes of a route that the real package reads only when it builds the route, unlike `endpoint`, `methods` and
# `app`.
MATCHING_ATTRIBUTES = ("path", "path_regex", "param_convertors")

HANDLING_ATTRIBUTES = (
    *("dependant", "body_field", "_embed_body_fields", "strict_content_type", "dependency_overrides_provider"),
    "form_limits",
    *("status_code", "response_class", "response_field", "stream_item_field", "is_json_stream"),
    *("response_model_include", "response_model_exclude", "response_model_by_alias"),
    *("response_model_exclude_unset", "response_model_exclude_defaults", "response_model_exclude_none"),
)


def is_as_built(route: APIRoute, names: Sequence[str]) -> bool:
    attributes = own_attributes(route)
    built = attributes.get("_operation")
    # An attribute that is not there was neither read nor changed.
    return built is not None and all(attributes[name] is getattr(built, name) for name in names if name in attributes)


def decides_inclusion(node: _IncludedRouter) -> bool:
    """Whether a node, or the router that it includes, has a way of its own to select a route."""
    return has_own(node, "matches", "handle") or decides_selection(node.original_router)


def decides_selection(router: APIRouter) -> bool:
    is_redefined = redefines(type(router), APIRouter, "matches", "handle")
    return is_redefined or has_own(router, "matches", "handle", "app", "__call__")


def require_plain_route(route: APIRoute, context: Optional[APIRouteContext], operation: Description) -> None:
    if type(route) is not APIRoute:
        raise NotPlanned(f"a custom route class: {type(route).__name__}")
    if operation.max_body_size is not None:
        raise NotPlanned("a body limit")
    if context is None and not is_as_built(route, HANDLING_ATTRIBUTES):
        raise NotPlanned("an attribute was changed after its handler was built")
    replaced = {"handle", "get_route_handler", "__call__"} & own_attributes(route).keys()
    if replaced or not has_original_handler(route if context is None else context):
        raise NotPlanned("its handler was replaced")


def reads_form(operation: Description) -> bool:
    """Return whether the planned way may read the body as a form."""
    # Shared body parameters never belong to a form.
    return (
        get_flat_body(operation.dependant) is None
        and operation.body_field is not None
        and not reads_json(operation.body_field)
    )


def require_plain_answer(operation: Description) -> None:
    if operation.is_sse_stream:
        raise NotPlanned("a stream of events")
    response_class = operation.response_class
    if not isinstance(response_class, DefaultPlaceholder) or response_class.value is not JSONResponse:
        raise NotPlanned("a response class of its own")
    is_generator = models.gives_generator(operation.endpoint) or models.gives_async_generator(operation.endpoint)
    if is_generator != operation.is_json_stream:
        raise NotPlanned("the endpoint is a generator")
    if operation.status_code is not None and not isinstance(operation.status_code, int):
        raise NotPlanned("a status that is no number, with which no response can be made")
    if operation.status_code == _RESET_CONTENT:
        raise NotPlanned("status 205, which Starlette sends with the length of a body that it does not send")
    if not hasattr(operation.dependency_overrides_provider, "dependency_overrides"):
        raise NotPlanned("a route outside of any application")


def require_plain_dependant(dependant: Dependant, may_read_body: bool) -> None:
    if dependant.websocket_param_name is not None:
        raise NotPlanned(f"{name_of(dependant.call)} asks for the websocket as {dependant.websocket_param_name}")
    if dependant.concurrency is not None:
        raise NotPlanned(f"{name_of(dependant.call)} has a max_concurrency")
    if not may_read_body and dependant.body_params:
        raise NotPlanned(f"the dependency {name_of(dependant.call)} reads the body")


def yields(dependant: Dependant) -> bool:
    return models.gives_generator(dependant.call) or models.gives_async_generator(dependant.call)


def require_plain_generator(dependant: Dependant) -> None:
    """Require that a dependency that yields is a generator function itself, so that its calls make generators."""
    if type(dependant.call) is not FunctionType or is_wrapped(dependant.call):
        raise NotPlanned(f"{name_of(dependant.call)} yields, and is no plain function")


def require_same_kind(operation: Description) -> None:
    """Require that dependant and endpoint are both coroutine functions or both not, as the handler expects."""
    call = operation.dependant.call
    if call is not operation.endpoint and models.gives_awaitable(call) != models.gives_awaitable(operation.endpoint):
        raise NotPlanned(f"{name_of(call)} replaces a function of another kind")
    if yields(operation.dependant) and not (operation.is_json_stream and call is operation.endpoint):
        raise NotPlanned(f"{name_of(call)} is a generator")


def require_hashable(function: object) -> None:
    try:
        hash(function)
    except TypeError:
        raise NotPlanned("a dependency is not hashable") from None


def name_of(function: object) -> str:
    return str(getattr(function, "__qualname__", type(function).__qualname__))


def require_finished(reading: Reading) -> None:
    """Require that the core finds all errors of a parameter: a dependency with errors is not called."""
    if reading.is_raw:
        raise NotPlanned(f"a dependency has a parameter that only Pydantic converts: {reading.row[2]}")
    if reading.field is not None and reading.field.field_info.default_factory is not None:
        raise NotPlanned(f"a dependency has a parameter with a default factory: {reading.row[2]}")


def require_pure(reading: Reading) -> None:
    """Require that a second validation has no effect: an invalid field of a form is validated twice."""
    field = reading.field
    assert field is not None
    if field.field_info.default_factory is not None or (reading.is_raw and not is_pure(field)):
        raise NotPlanned(f"a dependency takes a field of a form that only Pydantic converts: {reading.row[2]}")
