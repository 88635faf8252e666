"""From routes to a plan: what the core does for each path operation, decided before any request.

The plan is pure data. `AppPlan.frame` is what the core is given; `AppPlan.routes` holds, at the same index, what Python
does with the core's answer. An operation that needs something not planned becomes a *guided* one: the core selects it
and reads its parameters, the exact way does the rest. What is no operation is *opaque*: the core declines what reaches
it, and the exact way selects, too. `explain()` prints the decision and its reason.

Slots. The core answers `(index, path_params, value, ...)`, one value for each row. The planned way appends the result
of each dependency to that list. Every argument of every call is a position in it, so walking the plan looks nothing up.
"""

from __future__ import annotations

import marshal
from functools import partial
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
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute, compile_path

from fastapi._changes import Version, WatchedList
from fastapi._compat import ModelField
from fastapi._routing.described.attributes import description_of, own_attributes
from fastapi._routing.described.method_set import MethodSet
from fastapi._routing.described.operation import Operation
from fastapi._routing.exact.body import reads_json
from fastapi._routing.exact.handler import is_plain
from fastapi._routing.planning.guided_reads import FIRST_VALUE_SLOT, GuidedOperation, GuidedReadings, guide_operation
from fastapi._routing.planning.reading import Reading, Row, field_reading, header_text, is_pure, obstacle, reading_of
from fastapi._routing.planning.security import plan_scheme
from fastapi._routing.tree.include import APIRouteContext, _IncludedRouter
from fastapi._routing.tree.route import APIRoute
from fastapi._routing.tree.router import APIRouter
from fastapi._stand_ins.guards import has_own, redefines
from fastapi._wasm import contract
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies import models
from fastapi.dependencies._params import _ScalarReader, make_readers
from fastapi.dependencies._shapes import get_flat_body, view_of
from fastapi.dependencies.models import Dependant

_MARSHAL_VERSION = 2
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


class PlannedForm(NamedTuple):
    """The form of an operation: its fields as rows for the core, none when Python reads all of it."""

    fields: Tuple[Reading, ...]
    # Where their values begin; they follow those of the other rows.
    first_slot: int
    # Fields that dependencies take and only Pydantic converts.
    checks: Tuple[Finish, ...]
    in_dependencies: bool


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
    form: Optional[PlannedForm]
    # What the content type of the body is read into, where a body is read.
    content_type_slot: int
    # What `dependency_overrides` could replace.
    replaceable: FrozenSet[Any]
    # The results of the steps begin at this slot; on the exact way they are cached under these keys.
    first_step_slot: int
    step_keys: Tuple[Any, ...]
    # After how many steps how many dependencies have run, when one that is asked for again counts each time.
    completed: Tuple[int, ...]
    # Whether one is asked for again when all steps are done.
    ends_with_repetition: bool
    # The inclusions that lead to the route, outermost first.
    nodes: Tuple[_IncludedRouter, ...]

    @property
    def rows(self) -> Tuple[Reading, ...]:
        """All that the core reads: the parameters, and the fields of the form."""
        return self.readings if self.form is None else self.readings + self.form.fields

    @property
    def has_plain_errors(self) -> bool:
        """Whether the core's errors are all there can be: nothing else validates, no dependency has to run first."""
        return not (self.steps or self.finishes or self.reads_body)


class PlannedRoute(NamedTuple):
    """One route of the plan: a row for the core, and who answers it.

    `planned` or `guided` or neither, and then the exact way selects; `reason` says why it is not planned.
    """

    title: str
    kind: int
    template: str
    methods: Tuple[str, ...]
    planned: Optional[PlannedOperation]
    reason: str
    guided: Optional[GuidedOperation] = None
    # Whether a router that is included is asked before this route.
    follows_inclusion: bool = False

    def frame(self) -> Tuple[int, str, Tuple[str, ...], Tuple[Row, ...]]:
        readings = self.planned.rows if self.planned else self.guided.readings if self.guided else ()
        return self.kind, self.template, self.methods, tuple(reading.row for reading in readings)


class AppPlan(NamedTuple):
    """All routes of one application in the order in which they are tried."""

    routes: Tuple[PlannedRoute, ...]
    flags: int
    # Whether anything is tried after all of them.
    has_low_priority_routes: bool
    # Whether any of them are those of routers that are included.
    has_inclusions: bool

    def frame(self) -> bytes:
        rows = tuple(route.frame() for route in self.routes)
        return marshal.dumps((contract.PLAN_VERSION, self.flags, rows), _MARSHAL_VERSION)


def plan_router(router: APIRouter, cookies_from_every_header: bool, version: Optional[Version] = None) -> AppPlan:
    """Plan the routes of a router, the routers included in it flattened in the order in which they are tried.

    `version` grows when anything changes that is read here.
    """
    flags = contract.PLAN_FLAG_REDIRECT_SLASHES if router.redirect_slashes else 0
    if cookies_from_every_header:
        flags |= contract.PLAN_FLAG_COOKIES_FROM_EVERY_HEADER
    walks = Walks(version)
    follow_router(router, walks.version)
    routes = tuple(_planned_routes(router.routes, walks))
    if not _can_be_written(routes):
        routes = tuple(route if _can_be_written((route,)) else _unwritable(route) for route in routes)
    return AppPlan(
        routes=routes,
        flags=flags,
        has_low_priority_routes=_has_low_priority_routes(router),
        has_inclusions=any(isinstance(route, _IncludedRouter) for route in router.routes),
    )


def _can_be_written(routes: Sequence[PlannedRoute]) -> bool:
    """Return whether marshal writes the rows; it refuses a path or an alias that is of a subclass of `str`."""
    try:
        marshal.dumps([route.frame() for route in routes], _MARSHAL_VERSION)
    except ValueError:
        return False
    return True


def _unwritable(route: PlannedRoute) -> PlannedRoute:
    # Equal names of the class itself.
    template, methods = "".join((route.template,)), tuple("".join((method,)) for method in route.methods)
    return _opaque(template, methods, "a name that is of a subclass of str")


def follow_router(router: APIRouter, version: Version) -> None:
    """Let `version` grow with every change of a router and of its list of routes."""
    router._readers.add(version)
    for routes in (router.routes, router._low_priority_routes):
        if isinstance(routes, WatchedList):
            routes._readers.add(version)


def follow_route(route: APIRoute, operation: Any, version: Version) -> None:
    """Let `version` grow with every change of a route, in the inclusion that `operation` describes."""
    route._readers.add(version)
    if isinstance(operation, Operation):
        operation._readers.add(version)
    elif isinstance(operation.methods, MethodSet):
        operation.methods._readers.add(version)
    models.follow(operation.dependant, version)


def place_inclusions(routes: Sequence[BaseRoute]) -> None:
    """Compute what the routes of included routers are where they are included."""
    for node in routes:
        if not isinstance(node, _IncludedRouter) or _decides_selection_itself(node.original_router):
            continue
        try:
            candidates = node.placed_candidates()
        except Exception:
            # Planning meets the error again, and says what follows from it.
            continue
        place_inclusions([candidate for candidate in candidates if isinstance(candidate, _IncludedRouter)])


def _has_low_priority_routes(router: APIRouter) -> bool:
    if router._low_priority_routes:
        return True
    return any(
        _has_low_priority_routes(node.original_router) for node in router.routes if isinstance(node, _IncludedRouter)
    )


def explain(app: Any) -> Iterator[str]:
    """Yield what is planned for each route of an application: who answers, who converts what, and why not the core."""
    for route in plan_router(app.router, True).routes:
        if route.guided is not None:
            yield f"{route.title}: guided ({route.reason})"
            yield from (f"    {' '.join(each.location)}: {_explain_reading(each)}" for each in route.guided.readings)
            continue
        if route.planned is None:
            yield f"{route.title}: exact way ({route.reason})"
            continue
        yield f"{route.title}: planned"
        for reading in route.planned.readings:
            yield f"    {' '.join(reading.location)}: {_explain_reading(reading)}"
        for step in route.planned.steps:
            yield f"    security {step.title}" if isinstance(step, SecurityStep) else f"    dependency {_explain(step)}"
        if route.planned.form is not None:
            yield from _explain_form(route.planned.form)
        elif route.planned.reads_body:
            yield "    body: read as JSON, left to Pydantic"
        yield f"    endpoint {_explain(route.planned.endpoint)}"
        yield f"    answer: {_explain_answer(route.planned.operation)}"


def _explain_form(form: PlannedForm) -> Iterator[str]:
    for reading in form.fields:
        yield f"    form {reading.row[2]}: {_explain_reading(reading)}"
    if not form.fields:
        yield "    form: left to Pydantic"


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
    follows_inclusion = False
    for route in routes:
        if isinstance(route, _IncludedRouter):
            follows_inclusion = True
            yield from _planned_inclusion((route,), walks)
        elif isinstance(route, APIRoute):
            planned = _or_barrier(route, partial(_planned_api_route, route, None, (), walks))
            yield planned._replace(follows_inclusion=follows_inclusion)
        else:
            yield _or_barrier(route, partial(_planned_other_route, route, route))


def _or_barrier(route: BaseRoute, plan: Callable[[], PlannedRoute]) -> PlannedRoute:
    """Return the row that `plan` makes; a route that makes it fail is left to the exact way, which meets the error."""
    try:
        return plan()
    except Exception as error:
        return _barrier(route, f"it cannot be planned: {error!r}")


def _planned_inclusion(nodes: Tuple[_IncludedRouter, ...], walks: Walks) -> Iterator[PlannedRoute]:
    """Plan the routes of the last of `nodes`, which is included in the one before it."""
    node = nodes[-1]
    follow_router(node.original_router, walks.version)
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
            yield from _planned_inclusion((*nodes, candidate), walks)
        elif isinstance(candidate, APIRouteContext):
            yield _or_barrier(
                candidate.original_route,
                partial(_planned_api_route, candidate.original_route, candidate, nodes, walks),
            )
        else:
            yield _or_barrier(
                candidate.original_route,
                partial(_planned_other_route, candidate.original_route, candidate.starlette_route),
            )


def _planned_other_route(original: BaseRoute, effective: Optional[BaseRoute]) -> PlannedRoute:
    if type(original) is Route and isinstance(effective, Route) and "matches" not in vars(effective):
        methods = tuple(sorted(effective.methods or ()))
        if effective.path_regex != compile_path(effective.path)[0]:
            return _barrier(original, "its path was changed after it was built")
        # Its methods are a plain set, which may change in place: the exact way asks it for any of them.
        return _opaque(effective.path, methods, "a plain Starlette route")._replace(methods=())
    if isinstance(effective, WebSocketRoute):
        # It never matches a request of another type; the core sees only HTTP requests.
        return PlannedRoute(f"WS {effective.path}", contract.ROUTE_OPAQUE, NEVER_MATCHES, ("WS",), None, "a WebSocket")
    if type(effective) is Mount and effective.path_regex == compile_path(effective.path + "/{path:path}")[0]:
        return _opaque(effective.path + "/{path:path}", (), "a mounted application")
    return _barrier(original, f"a {type(original).__name__}")


def _opaque(template: str, methods: Tuple[str, ...], reason: str) -> PlannedRoute:
    title = f"{','.join(methods) or '*'} {template}"
    return PlannedRoute(title, contract.ROUTE_OPAQUE, template, methods, None, reason)


def _barrier(route: BaseRoute, reason: str) -> PlannedRoute:
    title = f"{type(route).__name__} {getattr(route, 'path', '')}".strip()
    return PlannedRoute(title, contract.ROUTE_BARRIER, "", (), None, reason)


def _planned_api_route(
    route: APIRoute, context: Optional[APIRouteContext], nodes: Tuple[_IncludedRouter, ...], walks: Walks
) -> PlannedRoute:
    operation: Any = description_of(route if context is None else context)
    follow_route(route, operation, walks.version)
    if _decides_matching_itself(route):
        return _barrier(route, f"{type(route).__name__} decides what matches")
    if context is None and not _is_as_built(route, _DECIDE_MATCHING):
        return _barrier(route, "its path was changed after it was built")
    methods = tuple(sorted(operation.method_names if isinstance(operation, Operation) else operation.methods))
    if not _has_known_convertors(operation):
        return _opaque(operation.path, methods, "a path parameter has a convertor of its own")
    title = f"{','.join(methods)} {operation.path}"
    try:
        planned, guided, reason = _planned_or_guided(route, context, nodes, walks)
    except Exception as error:
        # One operation that cannot be planned takes the exact way, alone: nothing is known of it but what selects it.
        return _opaque(operation.path, methods, f"it cannot be planned: {error!r}")
    return PlannedRoute(title, contract.ROUTE_OPERATION, operation.path, methods, planned, reason, guided)


def _planned_or_guided(
    route: APIRoute, context: Optional[APIRouteContext], nodes: Tuple[_IncludedRouter, ...], walks: Walks
) -> Tuple[Optional[PlannedOperation], Optional[GuidedOperation], str]:
    try:
        return plan_operation(route, context, nodes, walks), None, ""
    except NotPlanned as why:
        return None, guide_operation(route, context, nodes, walks.guided, walks.version, walks.seen), str(why)


def _decides_matching_itself(route: APIRoute) -> bool:
    return redefines(type(route), APIRoute, "matches") or "matches" in own_attributes(route)


# Attributes of a route that are read when it is built and never again. (`endpoint`, `methods` and `app` are.)
_DECIDE_MATCHING = ("path", "path_regex", "param_convertors")
_DECIDE_HANDLING = (
    *("dependant", "body_field", "_embed_body_fields", "strict_content_type", "dependency_overrides_provider"),
    "form_limits",
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
    is_redefined = redefines(type(router), APIRouter, "matches", "handle")
    return is_redefined or has_own(router, "matches", "handle", "app", "__call__")


class _Walked(NamedTuple):
    """What the dependants of an operation come to."""

    readings: Tuple[Reading, ...]
    steps: Tuple[Any, ...]
    arguments: Tuple[Tuple[str, int], ...]
    fills: Tuple[Tuple[int, ModelField], ...]
    finishes: Tuple[Finish, ...]
    form: Optional[PlannedForm]
    content_type_slot: int
    replaceable: FrozenSet[Any]
    first_step_slot: int
    step_keys: Tuple[Any, ...]
    completed: Tuple[int, ...]
    # Whether one is asked for again when all steps are done.
    ends_with_repetition: bool


class Walks:
    """What was found about dependants, by the identity of what operations share; see `dependencies/_shapes.py`."""

    def __init__(self, version: Optional[Version] = None) -> None:
        self.planned: Dict[int, _Walked] = {}
        self.guided: Dict[int, GuidedReadings] = {}
        # It grows when anything changes that is read here; how far it was before.
        self.version = Version() if version is None else version
        self.seen = self.version.count


def plan_operation(
    route: APIRoute,
    context: Optional[APIRouteContext],
    nodes: Tuple[_IncludedRouter, ...] = (),
    walks: Optional[Walks] = None,
) -> PlannedOperation:
    """Plan one operation.

    Raises:
        NotPlanned: it needs something that only the exact way does.
    """
    operation: Any = description_of(route if context is None else context)
    _require_plain_route(route, context, operation)
    _require_plain_answer(operation)
    if _reads_form(operation) and any(node.include_context.form_limits for node in nodes):
        # They come into the scope of a request as it passes one router after the other.
        raise NotPlanned("a form, with limits of an included router")
    dependant = operation.dependant
    walked = _walk(operation, Walks() if walks is None else walks)
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
        form=walked.form,
        content_type_slot=walked.content_type_slot,
        replaceable=walked.replaceable,
        first_step_slot=walked.first_step_slot,
        step_keys=walked.step_keys,
        completed=walked.completed,
        ends_with_repetition=walked.ends_with_repetition,
        nodes=nodes,
    )


def _walk(operation: Any, walks: Walks) -> _Walked:
    """Visit the dependants of an operation, or take what was found where they are the same."""
    dependant = operation.dependant
    _require_plain_dependant(dependant, True)
    _require_same_kind(operation)
    shape = dependant._shape
    walked = None if shape is None else walks.planned.get(id(shape))
    if walked is None:
        walked = _visit_all(operation)
        if shape is not None:
            walks.planned[id(shape)] = walked
    return walked


def _visit_all(operation: Any) -> _Walked:
    dependant = operation.dependant
    walk = _Walk(_reads_form(operation))
    arguments = walk.visit(dependant, is_endpoint=True)
    body = get_flat_body(dependant)
    reads_body = operation.body_field is not None if body is None else bool(body)
    content_type = walk.read_content_type() if reads_body else None
    slots = _Slots(walk)
    return _Walked(
        readings=tuple(walk.readings),
        steps=tuple(slots.step(step) for step in walk.steps),
        arguments=slots.resolve(arguments),
        fills=tuple(slots.fills()),
        finishes=tuple(slots.finishes()),
        form=slots.form(),
        content_type_slot=-1 if content_type is None else slots.slot(content_type),
        replaceable=frozenset(walk.functions),
        first_step_slot=slots.first_step,
        step_keys=tuple(walk.step_keys),
        completed=tuple(walk.completed),
        ends_with_repetition=walk.asked > walk.completed[-1],
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


def _reads_form(operation: Any) -> bool:
    """Whether the body is a form that may be read here."""
    # What is shared is no form.
    return (
        get_flat_body(operation.dependant) is None
        and operation.body_field is not None
        and not reads_json(operation.body_field)
    )


def _require_plain_answer(operation: Any) -> None:
    if operation.is_sse_stream or operation.is_json_stream:
        raise NotPlanned("a stream")
    response_class = operation.response_class
    if not isinstance(response_class, DefaultPlaceholder) or response_class.value is not JSONResponse:
        raise NotPlanned("a response class of its own")
    if models.gives_generator(operation.endpoint) or models.gives_async_generator(operation.endpoint):
        raise NotPlanned("the endpoint is a generator")
    if operation.status_code is not None and not isinstance(operation.status_code, int):
        raise NotPlanned("a status that is no number, with which no response can be made")
    if operation.status_code == _RESET_CONTENT:
        raise NotPlanned("status 205, which Starlette sends with the length of a body that it does not send")
    if not hasattr(operation.dependency_overrides_provider, "dependency_overrides"):
        raise NotPlanned("a route outside of any application")


def _has_known_convertors(operation: Any) -> bool:
    return all(type(convertor) in (StringConvertor, PathConvertor) for convertor in operation.param_convertors.values())


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


def _require_plain_dependant(dependant: Dependant, may_read_body: bool) -> None:
    for attribute in _CONNECTION_PARAMETERS:
        name = getattr(dependant, attribute)
        if name is not None:
            raise NotPlanned(f"{_name_of(dependant.call)} asks for the {attribute[: -len('_param_name')]} as {name}")
    if dependant.concurrency is not None:
        raise NotPlanned(f"{_name_of(dependant.call)} has a max_concurrency")
    if models.gives_generator(dependant.call) or models.gives_async_generator(dependant.call):
        raise NotPlanned(f"{_name_of(dependant.call)} is a generator")
    if not may_read_body and dependant.body_params:
        raise NotPlanned(f"the dependency {_name_of(dependant.call)} reads the body")


def _require_same_kind(operation: Any) -> None:
    """The handler was built for an endpoint that is awaited, or for one that is not, whatever is called since then."""
    call = operation.dependant.call
    if call is not operation.endpoint and models.gives_awaitable(call) != models.gives_awaitable(operation.endpoint):
        raise NotPlanned(f"{_name_of(call)} replaces a function of another kind")


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
    """Where a value comes from, before slots are numbered: the n-th row, field of the form, or step."""

    part: int
    number: int


_ROW, _FIELD, _STEP = range(3)


class _PendingCall(NamedTuple):
    dependant: Dependant
    arguments: Dict[str, _Value]


class _PendingSecurity(NamedTuple):
    finish: Callable[[Any], Any]
    row: _Value
    title: str


class _Walk:
    """Visits dependants in the order in which they are solved, and collects rows and steps."""

    def __init__(self, reads_form: bool) -> None:
        self.reads_form = reads_form
        self.readings: List[Reading] = []
        self.endpoint_rows: List[int] = []
        self.fields: List[Reading] = []
        # How many of them dependencies take; they come first.
        self.fields_of_dependencies = 0
        self.steps: List[Union[_PendingCall, _PendingSecurity]] = []
        self.step_keys: List[Any] = []
        self.functions: List[Any] = []
        self.completed: List[int] = [0]
        self._solved: Dict[Any, _Value] = {}
        self.asked = 0
        self._sizes: Dict[Any, int] = {}

    def visit(self, dependant: Dependant, is_endpoint: bool = False) -> Dict[str, _Value]:
        """Return where each argument of `dependant.call` comes from."""
        _require_plain_dependant(dependant, is_endpoint or self.reads_form)
        arguments: Dict[str, _Value] = {}
        lists = view_of(dependant)
        for sub_dependant in lists.dependencies:
            value = self._solve(sub_dependant)
            if sub_dependant.name is not None:
                arguments[sub_dependant.name] = value
        for reader in make_readers(_parameter_fields(lists)):
            if type(reader) is not _ScalarReader or not reader.reads_one_name:
                raise NotPlanned("a parameter model, or a parameter with several names")
            reading = reading_of(reader.field, reader.location, reader.alias, reader.many)
            if not is_endpoint:
                _require_finished(reading)
            arguments[reader.name] = self._read(reading, is_endpoint)
        if self.reads_form:
            self._visit_form(dependant, is_endpoint, arguments)
        return arguments

    def _visit_form(self, dependant: Dependant, is_endpoint: bool, arguments: Dict[str, _Value]) -> None:
        """Take the fields of the form that `dependant` asks for; none where Python has to read the form."""
        fields = [(field.name, field_reading(field)) for field in dependant.body_params]
        if not all(reading for _, reading in fields):
            if self.fields_of_dependencies or not is_endpoint:
                raise NotPlanned("a dependency takes a field of a form that only Pydantic reads")
            return
        for name, reading in fields:
            assert reading is not None
            if not is_endpoint:
                _require_pure(reading)
                self.fields_of_dependencies += 1
            self.fields.append(reading)
            arguments[name] = _Value(_FIELD, len(self.fields) - 1)

    def _solve(self, dependant: Dependant) -> _Value:
        _require_hashable(dependant.call)
        self.functions.append(dependant.call)
        key = models._get_cache_key(dependant=dependant)
        if not dependant.use_cache:
            raise NotPlanned(f"{_name_of(dependant.call)} is called anew wherever it is asked for")
        if key in self._solved:
            self.asked += self._sizes[key]
            return self._solved[key]
        asked_before = self.asked
        scheme = plan_scheme(dependant.call)
        if scheme is not None:
            self.steps.append(
                _PendingSecurity(scheme.finish, self._read(scheme.reading, False), _name_of(dependant.call))
            )
        else:
            arguments = self.visit(dependant)
            self.steps.append(_PendingCall(dependant, arguments))
        self.step_keys.append(key)
        self.asked += 1
        self._sizes[key] = self.asked - asked_before
        self.completed.append(self.asked)
        value = self._solved[key] = _Value(_STEP, len(self.steps) - 1)
        return value

    def read_content_type(self) -> _Value:
        """Ask for one more header, which is no parameter."""
        return self._read(header_text("content-type"), False)

    def _read(self, reading: Reading, is_endpoint: bool) -> _Value:
        self.readings.append(reading)
        if is_endpoint:
            self.endpoint_rows.append(len(self.readings) - 1)
        return _Value(_ROW, len(self.readings) - 1)


def _require_finished(reading: Reading) -> None:
    """A dependency is called or not depending on its errors, so the core has to find all of them."""
    if reading.is_raw:
        raise NotPlanned(f"a dependency has a parameter that only Pydantic converts: {reading.row[2]}")
    if reading.field is not None and reading.field.field_info.default_factory is not None:
        raise NotPlanned(f"a dependency has a parameter with a default factory: {reading.row[2]}")


def _require_pure(reading: Reading) -> None:
    """What only Pydantic converts is validated before anything else is done, and once more when it is wrong."""
    field = reading.field
    assert field is not None
    if field.field_info.default_factory is not None or (reading.is_raw and not is_pure(field)):
        raise NotPlanned(f"a dependency takes a field of a form that only Pydantic converts: {reading.row[2]}")


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
        self.first_field = FIRST_VALUE_SLOT + len(walk.readings)
        self.first_step = self.first_field + len(walk.fields)

    def slot(self, value: _Value) -> int:
        return value.number + (FIRST_VALUE_SLOT, self.first_field, self.first_step)[value.part]

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
        yield from self._unfinished_fields(self._walk.fields_of_dependencies, len(self._walk.fields))

    def form(self) -> Optional[PlannedForm]:
        if not self._walk.reads_form:
            return None
        taken = self._walk.fields_of_dependencies
        checks = tuple(self._unfinished_fields(0, taken))
        return PlannedForm(tuple(self._walk.fields), self.first_field, checks, taken > 0)

    def _unfinished_fields(self, start: int, end: int) -> Iterator[Finish]:
        for index in range(start, end):
            reading = self._walk.fields[index]
            if reading.needs_python:
                yield Finish(self.first_field + index, reading)
