"""From routes to a plan: what the core does for each path operation, decided before any request.

The plan is pure data. `AppPlan.frame` is what the core is given; `AppPlan.operations` holds, at the same index, what
Python does with the core's answer. An operation that needs something not planned yet becomes an *opaque* route: the
core declines what reaches it, and the exact way answers. `explain()` prints the decision and its reason.

Slots. The core answers `(index, path_params, value, ...)`, one value for each row. The planned way appends the result
of each dependency to that list. Every argument of every call is a position in it, so walking the plan looks nothing up.
"""

from __future__ import annotations

import marshal
from typing import Any, Callable, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from starlette.convertors import (
    CONVERTOR_TYPES,
    FloatConvertor,
    IntegerConvertor,
    PathConvertor,
    StringConvertor,
    UUIDConvertor,
)
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from fastapi._compat import ModelField
from fastapi._routing.attributes import description_of, own_attributes
from fastapi._routing.body import reads_json
from fastapi._routing.handler import is_plain
from fastapi._routing.include import APIRouteContext, _IncludedRouter
from fastapi._routing.operation import Operation
from fastapi._routing.planned_security import plan_scheme
from fastapi._routing.reading import Reading, Row, header_text, obstacle, reading_of
from fastapi._routing.route import APIRoute
from fastapi._routing.router import APIRouter
from fastapi._wasm import contract
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies import models
from fastapi.dependencies._params import _ScalarReader, make_readers
from fastapi.dependencies._shapes import get_flat_body, view_of
from fastapi.dependencies.models import Dependant

_MARSHAL_VERSION = 2
# (index, path_params) precede the values in an answer.
FIRST_VALUE_SLOT = 2
# A path that no request has, because every path starts with a slash.
NEVER_MATCHES = "never"
_RESET_CONTENT = 205


class NotPlanned(Exception):
    """Why an operation takes the exact way, in words for `explain`."""


class Call(NamedTuple):
    """One function to call with values from slots. Its result gets the next slot."""

    function: Callable[..., Any]
    arguments: Tuple[Tuple[str, int], ...]
    is_coroutine: bool


class SecurityStep(NamedTuple):
    """What a security scheme makes of the value that the core read for it."""

    finish: Callable[[Any], Any]
    slot: int
    # For `explain`.
    title: str


class Finish(NamedTuple):
    """A parameter of the endpoint whose value Python completes: opaque text, or a default that is no plain value."""

    slot: int
    reading: Reading


class PlannedOperation(NamedTuple):
    """What the planned way does for one operation, after the core has answered."""

    route: APIRoute
    context: Optional[APIRouteContext]
    operation: Any
    readings: Tuple[Reading, ...]
    steps: Tuple[Any, ...]
    endpoint: Call
    fills: Tuple[Tuple[int, ModelField], ...]
    finishes: Tuple[Finish, ...]
    reads_body: bool
    # What the content type of the body is read into, where a body is read.
    content_type_slot: int
    # What `dependency_overrides` could replace.
    replaceable: FrozenSet[Any]
    # The results of the steps begin at this slot; on the exact way they are cached under these keys.
    first_step_slot: int
    step_keys: Tuple[Any, ...]

    @property
    def has_plain_errors(self) -> bool:
        """Whether the core's errors are all there can be: nothing else validates, no dependency has to run first."""
        return not (self.steps or self.finishes or self.reads_body)


class PlannedRoute(NamedTuple):
    """One route of the plan: a row for the core, and the operation or the reason why it is left to the exact way."""

    title: str
    kind: int
    template: str
    methods: Tuple[str, ...]
    planned: Optional[PlannedOperation]
    reason: str

    def frame(self) -> Tuple[int, str, Tuple[str, ...], Tuple[Row, ...]]:
        rows = tuple(reading.row for reading in self.planned.readings) if self.planned else ()
        return self.kind, self.template, self.methods, rows


class AppPlan(NamedTuple):
    """All routes of one application in the order in which they are tried."""

    routes: Tuple[PlannedRoute, ...]
    flags: int
    # Whether anything is tried after all of them.
    has_low_priority_routes: bool

    def frame(self) -> bytes:
        rows = tuple(route.frame() for route in self.routes)
        return marshal.dumps((contract.PLAN_VERSION, self.flags, rows), _MARSHAL_VERSION)


def plan_router(router: APIRouter, cookies_from_every_header: bool) -> AppPlan:
    """Plan the routes of a router, the routers included in it flattened in the order in which they are tried."""
    flags = contract.PLAN_FLAG_REDIRECT_SLASHES if router.redirect_slashes else 0
    if cookies_from_every_header:
        flags |= contract.PLAN_FLAG_COOKIES_FROM_EVERY_HEADER
    walks: Walks = {}
    return AppPlan(tuple(_planned_routes(router.routes, walks)), flags, _has_low_priority_routes(router))


def _has_low_priority_routes(router: APIRouter) -> bool:
    if router._low_priority_routes:
        return True
    return any(
        _has_low_priority_routes(node.original_router) for node in router.routes if isinstance(node, _IncludedRouter)
    )


def explain(app: Any) -> Iterator[str]:
    """Yield what is planned for each route of an application: who answers, who converts what, and why not the core."""
    for route in plan_router(app.router, True).routes:
        if route.planned is None:
            yield f"{route.title}: exact way ({route.reason})"
            continue
        yield f"{route.title}: planned"
        for reading in route.planned.readings:
            yield f"    {' '.join(reading.location)}: {_explain_reading(reading)}"
        for step in route.planned.steps:
            yield f"    security {step.title}" if isinstance(step, SecurityStep) else f"    dependency {_explain(step)}"
        if route.planned.reads_body:
            yield "    body: read as JSON, left to Pydantic"
        yield f"    endpoint {_explain(route.planned.endpoint)}"
        yield f"    answer: {_explain_answer(route.planned.operation)}"


def _explain_reading(reading: Reading) -> str:
    list_of = "list of " if reading.conversion.is_list else ""
    if reading.is_raw and reading.field is not None:
        return f"the core reads {list_of}text, Pydantic converts it ({obstacle(reading.field)})"
    limits = "".join(f", {contract.CONSTRAINTS[number]} {value}" for number, value in reading.conversion.constraints)
    return f"the core converts {list_of}{reading.conversion.scalar}{limits}"


def _explain(call: Call) -> str:
    return _name_of(call.function) + ("" if call.is_coroutine else ", in a worker thread")


def _explain_answer(operation: Any) -> str:
    return "the core writes plain values" if operation.response_field is None else "Pydantic validates and writes it"


def _planned_routes(routes: Sequence[BaseRoute], walks: Walks) -> Iterator[PlannedRoute]:
    if not _names_mean_what_they_say():
        yield PlannedRoute("*", contract.ROUTE_BARRIER, "", (), None, "a convertor of Starlette's was replaced")
    for route in routes:
        if isinstance(route, _IncludedRouter):
            yield from _planned_inclusion(route, walks)
        elif isinstance(route, APIRoute):
            yield _planned_api_route(route, None, walks)
        else:
            yield _planned_other_route(route, route)


def _planned_inclusion(node: _IncludedRouter, walks: Walks) -> Iterator[PlannedRoute]:
    if _decides_selection_itself(node.original_router):
        yield _barrier(node, f"the included {type(node.original_router).__name__} decides what matches")
        return
    try:
        candidates = list(node.placed_candidates())
    except Exception as error:
        # The exact way raises the same error, where upstream does.
        yield _barrier(node, f"its routes cannot be built: {error!r}")
        return
    for candidate in candidates:
        if isinstance(candidate, _IncludedRouter):
            yield from _planned_inclusion(candidate, walks)
        elif isinstance(candidate, APIRouteContext):
            yield _planned_api_route(candidate.original_route, candidate, walks)
        else:
            yield _planned_other_route(candidate.original_route, candidate.starlette_route)


def _planned_other_route(original: BaseRoute, effective: Optional[BaseRoute]) -> PlannedRoute:
    if type(original) is Route and isinstance(effective, Route) and "matches" not in vars(effective):
        methods = tuple(sorted(effective.methods or ()))
        return _opaque(effective.path, methods, "a plain Starlette route")
    if isinstance(effective, WebSocketRoute):
        # It never matches a request of another type; the core sees only HTTP requests.
        return PlannedRoute(f"WS {effective.path}", contract.ROUTE_OPAQUE, NEVER_MATCHES, ("WS",), None, "a WebSocket")
    if type(effective) is Mount:
        return _opaque(effective.path + "/{path:path}", (), "a mounted application")
    return _barrier(original, f"a {type(original).__name__}")


def _opaque(template: str, methods: Tuple[str, ...], reason: str) -> PlannedRoute:
    title = f"{','.join(methods) or '*'} {template}"
    return PlannedRoute(title, contract.ROUTE_OPAQUE, template, methods, None, reason)


def _barrier(route: BaseRoute, reason: str) -> PlannedRoute:
    title = f"{type(route).__name__} {getattr(route, 'path', '')}".strip()
    return PlannedRoute(title, contract.ROUTE_BARRIER, "", (), None, reason)


def _planned_api_route(route: APIRoute, context: Optional[APIRouteContext], walks: Walks) -> PlannedRoute:
    operation: Any = description_of(route if context is None else context)
    if _decides_matching_itself(route):
        return _barrier(route, f"{type(route).__name__} decides what matches")
    if context is None and not _is_as_built(route, _DECIDE_MATCHING):
        return _barrier(route, "its path was changed after it was built")
    methods = operation.method_names if isinstance(operation, Operation) else tuple(sorted(operation.methods))
    try:
        planned = plan_operation(route, context, walks)
    except NotPlanned as why:
        return _opaque(operation.path, methods, str(why))
    title = f"{','.join(methods)} {operation.path}"
    return PlannedRoute(title, contract.ROUTE_OPERATION, operation.path, methods, planned, "")


def _decides_matching_itself(route: APIRoute) -> bool:
    return type(route).matches is not APIRoute.matches or "matches" in own_attributes(route)


# Attributes of a route that are read when it is built and never again. (`endpoint`, `methods` and `app` are.)
_DECIDE_MATCHING = ("path", "path_regex", "param_convertors")
_DECIDE_HANDLING = (
    *("dependant", "body_field", "_embed_body_fields", "strict_content_type", "dependency_overrides_provider"),
    *("status_code", "response_class", "response_field", "stream_item_field", "is_json_stream"),
    *("response_model_include", "response_model_exclude", "response_model_by_alias"),
    *("response_model_exclude_unset", "response_model_exclude_defaults", "response_model_exclude_none"),
)


def _is_as_built(route: APIRoute, names: Sequence[str]) -> bool:
    attributes = own_attributes(route)
    built = attributes.get("_operation")
    # What is not there has not been looked at.
    return built is not None and all(attributes[name] is getattr(built, name) for name in names if name in attributes)


def _decides_selection_itself(router: APIRouter) -> bool:
    names = ("matches", "handle", "app", "__call__")
    return any(getattr(type(router), name) is not getattr(APIRouter, name) for name in names[:2]) or bool(
        set(names) & set(vars(router))
    )


class _Walked(NamedTuple):
    """What the dependants of an operation come to."""

    readings: Tuple[Reading, ...]
    steps: Tuple[Any, ...]
    arguments: Tuple[Tuple[str, int], ...]
    fills: Tuple[Tuple[int, ModelField], ...]
    finishes: Tuple[Finish, ...]
    content_type_slot: int
    replaceable: FrozenSet[Any]
    first_step_slot: int
    step_keys: Tuple[Any, ...]


# By the identity of what operations share; see `dependencies/_shapes.py`.
Walks = Dict[int, _Walked]


def plan_operation(
    route: APIRoute, context: Optional[APIRouteContext], walks: Optional[Walks] = None
) -> PlannedOperation:
    """Plan one operation.

    Raises:
        NotPlanned: it needs something that only the exact way does.
    """
    operation: Any = description_of(route if context is None else context)
    _require_plain_route(route, context, operation)
    _require_plain_answer(operation)
    _require_known_convertors(operation)
    dependant = operation.dependant
    walked = _walk(dependant, {} if walks is None else walks)
    return PlannedOperation(
        route=route,
        context=context,
        operation=route if context is None else context,
        readings=walked.readings,
        steps=walked.steps,
        endpoint=Call(_call_of(dependant), walked.arguments, models.gives_awaitable(dependant.call)),
        fills=walked.fills,
        finishes=walked.finishes,
        reads_body=walked.content_type_slot >= 0,
        content_type_slot=walked.content_type_slot,
        replaceable=walked.replaceable,
        first_step_slot=walked.first_step_slot,
        step_keys=walked.step_keys,
    )


def _walk(dependant: Dependant, walks: Walks) -> _Walked:
    """Visit the dependants of an operation, or take what was found where they are the same."""
    _require_plain_dependant(dependant, True)
    shape = dependant._shape
    walked = None if shape is None else walks.get(id(shape))
    if walked is None:
        walked = _visit_all(dependant)
        if shape is not None:
            walks[id(shape)] = walked
    return walked


def _visit_all(dependant: Dependant) -> _Walked:
    walk = _Walk()
    arguments = walk.visit(dependant, is_endpoint=True)
    content_type = walk.read_content_type() if view_of(dependant).body_params else None
    slots = _Slots(walk)
    return _Walked(
        readings=tuple(walk.readings),
        steps=tuple(slots.step(step) for step in walk.steps),
        arguments=slots.resolve(arguments),
        fills=tuple(slots.fills()),
        finishes=tuple(slots.finishes()),
        content_type_slot=-1 if content_type is None else slots.slot(content_type),
        replaceable=frozenset(walk.functions),
        first_step_slot=slots.first_step,
        step_keys=tuple(walk.step_keys),
    )


def _require_plain_route(route: APIRoute, context: Optional[APIRouteContext], operation: Any) -> None:
    if type(route) is not APIRoute:
        raise NotPlanned(f"a custom route class: {type(route).__name__}")
    if operation.max_body_size is not None:
        raise NotPlanned("a body limit")
    if context is None and not _is_as_built(route, _DECIDE_HANDLING):
        raise NotPlanned("an attribute was changed after its handler was built")
    replaced = {"handle", "get_route_handler", "__call__"} & own_attributes(route).keys()
    if replaced or not is_plain(route if context is None else context):
        raise NotPlanned("its handler was replaced")


def _require_plain_answer(operation: Any) -> None:
    if operation.is_sse_stream or operation.is_json_stream:
        raise NotPlanned("a stream")
    response_class = operation.response_class
    if not isinstance(response_class, DefaultPlaceholder) or response_class.value is not JSONResponse:
        raise NotPlanned("a response class of its own")
    if models.gives_generator(operation.endpoint) or models.gives_async_generator(operation.endpoint):
        raise NotPlanned("the endpoint is a generator")
    if operation.status_code == _RESET_CONTENT:
        raise NotPlanned("status 205, which Starlette sends with the length of a body that it does not send")
    if operation.dependency_overrides_provider is None:
        raise NotPlanned("a route outside of any application")
    body = get_flat_body(operation.dependant)
    if body is None and operation.dependant.body_params and not reads_json(operation.body_field):
        raise NotPlanned("a form")


def _require_known_convertors(operation: Any) -> None:
    for name, convertor in operation.param_convertors.items():
        if type(convertor) not in (StringConvertor, PathConvertor):
            raise NotPlanned(f"path parameter {name} has a convertor of its own")


# A convertor may be registered anew under these names; the core knows only Starlette's.
_CONVERTORS = {
    "str": StringConvertor,
    "path": PathConvertor,
    "int": IntegerConvertor,
    "float": FloatConvertor,
    "uuid": UUIDConvertor,
}


def _names_mean_what_they_say() -> bool:
    return all(type(CONVERTOR_TYPES.get(name)) is kind for name, kind in _CONVERTORS.items())


# What a dependant may ask for beside parameters, and what only the exact way makes.
_CONNECTION_PARAMETERS = (
    "request_param_name",
    "websocket_param_name",
    "http_connection_param_name",
    "response_param_name",
    "background_tasks_param_name",
    "security_scopes_param_name",
)


def _require_plain_dependant(dependant: Dependant, is_endpoint: bool) -> None:
    for attribute in _CONNECTION_PARAMETERS:
        name = getattr(dependant, attribute)
        if name is not None:
            raise NotPlanned(f"{_name_of(dependant.call)} asks for the {attribute[: -len('_param_name')]} as {name}")
    if dependant.concurrency is not None:
        raise NotPlanned(f"{_name_of(dependant.call)} has a max_concurrency")
    if models.gives_generator(dependant.call) or models.gives_async_generator(dependant.call):
        raise NotPlanned(f"{_name_of(dependant.call)} is a generator")
    if not is_endpoint and dependant.body_params:
        raise NotPlanned(f"the dependency {_name_of(dependant.call)} reads the body")


def _require_hashable(function: Any) -> None:
    try:
        hash(function)
    except TypeError:
        raise NotPlanned("a dependency is not hashable") from None


def _call_of(dependant: Dependant) -> Callable[..., Any]:
    assert dependant.call is not None
    return dependant.call


def _name_of(function: Any) -> str:
    return str(getattr(function, "__qualname__", type(function).__qualname__))


class _Value(NamedTuple):
    """Where a value comes from, before slots are numbered: the n-th row, or the n-th step."""

    is_step: bool
    number: int


class _PendingCall(NamedTuple):
    dependant: Dependant
    arguments: Dict[str, _Value]


class _PendingSecurity(NamedTuple):
    finish: Callable[[Any], Any]
    row: _Value
    title: str


class _Walk:
    """Visits dependants in the order in which they are solved, and collects rows and steps."""

    def __init__(self) -> None:
        self.readings: List[Reading] = []
        self.endpoint_rows: List[int] = []
        self.steps: List[Union[_PendingCall, _PendingSecurity]] = []
        self.step_keys: List[Any] = []
        self.functions: List[Any] = []
        self._solved: Dict[Any, _Value] = {}

    def visit(self, dependant: Dependant, is_endpoint: bool = False) -> Dict[str, _Value]:
        """Return where each argument of `dependant.call` comes from."""
        _require_plain_dependant(dependant, is_endpoint)
        arguments: Dict[str, _Value] = {}
        lists = view_of(dependant)
        for sub_dependant in lists.dependencies:
            value = self._solve(sub_dependant)
            if sub_dependant.name is not None:
                arguments[sub_dependant.name] = value
        for reader in make_readers(_parameter_fields(lists)):
            if type(reader) is not _ScalarReader or len(reader.aliases) > 1:
                raise NotPlanned("a parameter model, or a parameter with several names")
            reading = reading_of(reader.field, reader.location, reader.alias, reader.many)
            if not is_endpoint:
                _require_finished(reading)
            arguments[reader.name] = self._read(reading, is_endpoint)
        return arguments

    def _solve(self, dependant: Dependant) -> _Value:
        _require_hashable(dependant.call)
        self.functions.append(dependant.call)
        key = models._get_cache_key(dependant=dependant)
        if not dependant.use_cache:
            raise NotPlanned(f"{_name_of(dependant.call)} is called anew wherever it is asked for")
        if key in self._solved:
            return self._solved[key]
        scheme = plan_scheme(dependant.call)
        if scheme is not None:
            self.steps.append(
                _PendingSecurity(scheme.finish, self._read(scheme.reading, False), _name_of(dependant.call))
            )
        else:
            arguments = self.visit(dependant)
            self.steps.append(_PendingCall(dependant, arguments))
        self.step_keys.append(key)
        value = self._solved[key] = _Value(True, len(self.steps) - 1)
        return value

    def read_content_type(self) -> _Value:
        """Ask for one more header, which is no parameter."""
        return self._read(header_text("content-type"), False)

    def _read(self, reading: Reading, is_endpoint: bool) -> _Value:
        self.readings.append(reading)
        if is_endpoint:
            self.endpoint_rows.append(len(self.readings) - 1)
        return _Value(False, len(self.readings) - 1)


def _require_finished(reading: Reading) -> None:
    """A dependency is called or not depending on its errors, so the core has to find all of them."""
    if reading.is_raw:
        raise NotPlanned(f"a dependency has a parameter that only Pydantic converts: {reading.row[2]}")
    if reading.field is not None and reading.field.field_info.default_factory is not None:
        raise NotPlanned(f"a dependency has a parameter with a default factory: {reading.row[2]}")


def _parameter_fields(dependant: Dependant) -> List[ModelField]:
    return [
        *dependant.path_params,
        *dependant.query_params,
        *dependant.header_params,
        *dependant.cookie_params,
    ]


class _Slots:
    """Numbers the values of a finished walk: rows come first, then the results of the steps."""

    def __init__(self, walk: _Walk) -> None:
        self._walk = walk
        self.first_step = FIRST_VALUE_SLOT + len(walk.readings)

    def slot(self, value: _Value) -> int:
        return value.number + (self.first_step if value.is_step else FIRST_VALUE_SLOT)

    def resolve(self, arguments: Dict[str, _Value]) -> Tuple[Tuple[str, int], ...]:
        return tuple((name, self.slot(value)) for name, value in arguments.items())

    def step(self, step: Union[_PendingCall, _PendingSecurity]) -> Union[Call, SecurityStep]:
        if isinstance(step, _PendingSecurity):
            return SecurityStep(step.finish, self.slot(step.row), step.title)
        function = _call_of(step.dependant)
        return Call(function, self.resolve(step.arguments), models.gives_awaitable(function))

    def fills(self) -> Iterator[Tuple[int, ModelField]]:
        """Parameters of dependencies whose default Python makes anew for each request."""
        for index, reading in enumerate(self._walk.readings):
            if index not in self._walk.endpoint_rows and reading.needs_python and reading.field is not None:
                yield FIRST_VALUE_SLOT + index, reading.field

    def finishes(self) -> Iterator[Finish]:
        for index in self._walk.endpoint_rows:
            reading = self._walk.readings[index]
            if reading.needs_python:
                yield Finish(FIRST_VALUE_SLOT + index, reading)
