"""`APIRoute`: a path operation as a route."""

from __future__ import annotations

import copy
import sys
from enum import Enum
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Coroutine,
    Dict,
    List,
    Optional,
    Sequence,
    Set,
    SupportsIndex,
    Tuple,
    Type,
    Union,
    cast,
)

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from fastapi import params
from fastapi._body_limit import wrap_app_with_body_limit
from fastapi._changes import Readers, changes
from fastapi._compat import ModelField
from fastapi._form_limits import _FormLimits
from fastapi._routing.described.attributes import own_attributes, replace_attributes, set_state
from fastapi._routing.described.description import AttributeValues, Description, _effective_route_context_var
from fastapi._routing.described.method_set import MethodSet
from fastapi._routing.described.operation import ResolvedOperation
from fastapi._routing.described.options import OPTION_DEFAULTS, OperationOptions, get_unique_id_function
from fastapi._routing.described.redeclare import require_own_app, watch_declarations
from fastapi._routing.described.resolve import resolve_operation
from fastapi._routing.exact.handler import get_request_handler, make_handler
from fastapi._routing.tree.asgi import request_response
from fastapi._routing.tree.effective import effective_route
from fastapi._stand_ins.guards import Guard, Originals, has_replaced_names
from fastapi.datastructures import Default, DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.types import IncEx
from fastapi.utils import generate_unique_id


class APIRoute(Route):
    """A path operation as a route.

    A subclass may override `get_route_handler` to work on the request before the endpoint, or on the response after it.
    The attributes are the resolved options: see `Description`.
    """

    if TYPE_CHECKING:
        methods: Set[str]
        form_limits: _FormLimits

    if sys.version_info >= (3, 10):
        # The annotations of the real class, in its order. `get_type_hints` evaluates them in `fastapi.routing`.
        stream_item_type: Any | None
        response_model: Any
        summary: str | None
        response_description: str
        deprecated: bool | None
        operation_id: str | None
        response_model_include: IncEx | None
        response_model_exclude: IncEx | None
        response_model_by_alias: bool
        response_model_exclude_unset: bool
        response_model_exclude_defaults: bool
        response_model_exclude_none: bool
        include_in_schema: bool
        response_class: type[Response] | DefaultPlaceholder
        dependency_overrides_provider: Any | None
        callbacks: list[BaseRoute] | None
        openapi_extra: dict[str, Any] | None
        generate_unique_id_function: Callable[[Any], str] | DefaultPlaceholder
        strict_content_type: bool | DefaultPlaceholder
        max_body_size: int | None
        tags: list[str | Enum]
        responses: dict[int | str, dict[str, Any]]
        unique_id: str
        status_code: int | None
        response_field: ModelField | None
        stream_item_field: ModelField | None
        dependencies: list[params.Depends]
        description: str
        response_fields: dict[int | str, ModelField]
        dependant: Dependant
        _embed_body_fields: bool
        body_field: ModelField | None
        is_sse_stream: bool
        is_json_stream: bool

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        response_model: Any = Default(None),
        status_code: Optional[int] = None,
        tags: Optional[List[Union[str, Enum]]] = None,
        dependencies: Optional[Sequence[params.Depends]] = None,
        summary: Optional[str] = None,
        description: Optional[str] = None,
        response_description: str = "Successful Response",
        responses: Optional[Dict[Union[int, str], Dict[str, Any]]] = None,
        deprecated: Optional[bool] = None,
        name: Optional[str] = None,
        methods: Optional[Union[Set[str], List[str]]] = None,
        operation_id: Optional[str] = None,
        response_model_include: Optional[IncEx] = None,
        response_model_exclude: Optional[IncEx] = None,
        response_model_by_alias: bool = True,
        response_model_exclude_unset: bool = False,
        response_model_exclude_defaults: bool = False,
        response_model_exclude_none: bool = False,
        include_in_schema: bool = True,
        response_class: Union[Type[Response], DefaultPlaceholder] = Default(JSONResponse),
        dependency_overrides_provider: Optional[Any] = None,
        callbacks: Optional[List[BaseRoute]] = None,
        openapi_extra: Optional[Dict[str, Any]] = None,
        generate_unique_id_function: Union[Callable[[APIRoute], str], DefaultPlaceholder] = Default(generate_unique_id),
        strict_content_type: Union[bool, DefaultPlaceholder] = Default(True),
        max_body_size: Optional[int] = None,
        form_limits: Optional[_FormLimits] = None,
    ) -> None:
        # Every keyword above is an option; nothing else is local yet.
        options = {key: value for key, value in locals().items() if key not in _NOT_OPTIONS}
        # PERF: the attributes go straight into `__dict__`, past `__setattr__` (benchmark: registration).
        attributes = own_attributes(self)
        seen = changes.declarations
        is_default = get_unique_id_function(options) is generate_unique_id
        can_wait = may_wait_for_app(self)
        operation = attributes["_operation"] = resolve_operation(
            path=path,
            endpoint=endpoint,
            options=cast(OperationOptions, options),
            subject=None if can_wait and is_default else self,
        )
        attributes["_readers"] = operation._readers
        if not can_wait:
            attributes["app"] = build_route_app(self, max_body_size)
        # A router without an application may be included below a path with more parameters.
        whole_path = None if dependency_overrides_provider is None else path
        watch_declarations(self, operation.dependant, _redeclared, seen, whole_path)

    def __getattr__(self, name: str) -> Any:
        # Most applications never read the attributes of most routes, so the first read creates them.
        attributes = own_attributes(self)
        operation = attributes.get("_operation")
        if operation is not None:
            if name in _SHOWN:
                _create_attributes(attributes, operation)
            elif name == "path_regex":
                attributes.setdefault(name, operation.path_regex)
            elif name == "app":
                _build_own_app(attributes, operation)
        try:
            return attributes[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}") from None

    @property
    def __dict__(self) -> AttributeValues:
        """All attributes, also those that no read has created."""
        attributes = own_attributes(self)
        if "_operation" in attributes:
            for name in _LAST_SHOWN:
                if name not in attributes:
                    getattr(self, name)
        return attributes

    @__dict__.setter
    def __dict__(self, attributes: AttributeValues) -> None:
        replaced = self._readers
        replace_attributes(self, attributes)
        replaced.tell()

    @property
    def _readers(self) -> Readers:
        """The plans that have read this route."""
        readers: Readers = own_attributes(self).setdefault("_readers", Readers())
        return readers

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        # A copy has the same attributes.
        vars(self)
        return super().__reduce_ex__(protocol)

    def __setstate__(self, state: object) -> None:
        set_state(self, state)
        attributes = own_attributes(self)
        if type(attributes.get("methods")) is set:
            attributes["methods"] = MethodSet(attributes["methods"], self._readers)

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in _READ_BY_PLANS:
            self._readers.tell()

    def __delattr__(self, name: str) -> None:
        # Without the resolved operation, no read creates the deleted attribute again.
        vars(self)
        own_attributes(self).pop("_operation", None)
        super().__delattr__(name)
        self._readers.tell()

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the function that turns a request into a response. Each inclusion of the route calls this once."""
        effective: Description = _effective_route_context_var.get() or self
        if getattr(effective, "original_route", self) is not self:
            # The handler of another route is being built.
            effective = self
        return get_request_handler(
            dependant=effective.dependant,
            body_field=effective.body_field,
            status_code=effective.status_code,
            response_class=effective.response_class,
            response_field=effective.response_field,
            response_model_include=effective.response_model_include,
            response_model_exclude=effective.response_model_exclude,
            response_model_by_alias=effective.response_model_by_alias,
            response_model_exclude_unset=effective.response_model_exclude_unset,
            response_model_exclude_defaults=effective.response_model_exclude_defaults,
            response_model_exclude_none=effective.response_model_exclude_none,
            dependency_overrides_provider=effective.dependency_overrides_provider,
            embed_body_fields=effective._embed_body_fields,
            strict_content_type=effective.strict_content_type,
            stream_item_field=effective.stream_item_field,
            is_json_stream=effective.is_json_stream,
            # The limits of the routers around the route reach the handler through the scope.
            form_limits=self.form_limits,
        )

    def matches(self, scope: Scope) -> Tuple[Match, Scope]:
        """Return the match of a request, and the child scope: `endpoint`, `path_params`, `route`."""
        effective = effective_route(self, scope)
        # Tracing libraries wrap Starlette's method.
        match, child_scope = super().matches(scope) if effective is self else effective.matches(scope)
        if match is not Match.NONE:
            child_scope["route"] = self
        return match, child_scope

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that matched, with 405 if only its path matched."""
        effective = effective_route(self, scope)
        if effective is self:
            # Tracing libraries wrap Starlette's method.
            await super().handle(scope, receive, send)
        elif effective.methods and scope["method"] not in effective.methods:
            headers = {"Allow": ", ".join(effective.methods)}
            if "app" in scope:
                raise HTTPException(status_code=405, headers=headers)
            refusal = PlainTextResponse("Method Not Allowed", status_code=405, headers=headers)
            await refusal(scope, receive, send)
        else:
            await effective.app(scope, receive, send)


_NOT_OPTIONS = frozenset({"self", "path", "endpoint", "__class__"})

# The attributes that come from the resolved operation. The path expression and the application are built.
_SHOWN = frozenset({*ResolvedOperation.__slots__, "_embed_body_fields"}) - {
    *("path_regex", "embed_body_fields", "_only_method", "_shared_response", "_readers")
}

# Plans do not read other attributes: the application may use them.
_READ_BY_PLANS = frozenset({*dir(APIRoute), *_SHOWN, "app", "path_regex", "_operation"})


def _create_attributes(attributes: AttributeValues, operation: ResolvedOperation) -> None:
    with changes.lock:
        for name in _SHOWN_IN_ORDER:
            if name not in attributes:
                attributes[name] = getattr(operation, name)


_SHOWN_IN_ORDER = (*sorted(_SHOWN - {"response_field"}), "response_field")

# When a route has these attributes, it has all.
_LAST_SHOWN = ("response_field", "path_regex", "app")


def may_wait_for_app(route: APIRoute) -> bool:
    """Return whether the ASGI application of a route can be built later: only our own functions build it."""
    return type(route) is APIRoute and _handler_guard.holds() and not has_replaced_names("fastapi.routing")


def _build_own_app(attributes: AttributeValues, operation: ResolvedOperation) -> None:
    """Build the ASGI application of a route with the original functions, also while patches replace them."""
    with changes.lock:
        if "app" not in attributes:
            attributes["app"] = build_own_app(operation)


def build_own_app(operation: ResolvedOperation) -> ASGIApp:
    """Return an ASGI application of our original functions, also while patches replace them."""
    app = _originals.request_response(make_handler(operation))
    limited: ASGIApp = _originals.wrap_app_with_body_limit(app, operation.max_body_size)
    return limited


def build_route_app(route: APIRoute, max_body_size: Optional[int]) -> ASGIApp:
    """Build the ASGI application of a route from its handler, in the current effective route context."""
    app = request_response(route.get_route_handler())
    return wrap_app_with_body_limit(app, max_body_size)


def _redeclared(route: APIRoute) -> AttributeValues:
    """Return the attributes of a route after a change of the file that declares its parameters."""
    require_own_app(route)
    shadow = copy.copy(route)
    vars(shadow)["_operation"] = resolve_operation(
        path=shadow.path,
        endpoint=shadow.endpoint,
        options=cast(OperationOptions, {name: getattr(route, name) for name in OPTION_DEFAULTS}),
        stream_item_type=shadow.stream_item_type,
        subject=shadow,
    )
    token = _effective_route_context_var.set(shadow)
    try:
        vars(shadow)["app"] = build_route_app(route, shadow.max_body_size)
    finally:
        _effective_route_context_var.reset(token)
    # All attributes that are new: one that is not the attribute of the operation counts as changed by hand.
    names = (
        *("_operation", "app", "dependant", "body_field", "_embed_body_fields"),
        *("path_regex", "param_convertors", "response_field", "response_fields", "stream_item_field"),
    )
    return {name: getattr(shadow, name) for name in names}


_handler_guard = Guard((APIRoute, "get_route_handler"))

_originals = Originals(globals(), "request_response", "wrap_app_with_body_limit")

APIRoute.__module__ = "fastapi.routing"
