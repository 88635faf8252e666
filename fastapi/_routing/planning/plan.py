"""From routes to a plan, before any request.

A route becomes one of four kinds of rows:

- *planned*: the core selects it and reads its parameters, a runner does the rest;
- *guided*: the core selects it and reads its parameters, the exact way does the rest;
- *opaque*: the core knows its path and declines requests that it matches, so the exact way selects;
- *barrier*: the core declines every request that no earlier row answers.
"""

from __future__ import annotations

import marshal
import re
from functools import partial
from typing import Callable, Iterator, Optional, Sequence, Tuple, Union

from starlette.convertors import (
    CONVERTOR_TYPES,
    FloatConvertor,
    IntegerConvertor,
    PathConvertor,
    StringConvertor,
    UUIDConvertor,
)
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute, compile_path

from fastapi._changes import Version, WatchedList
from fastapi._routing.described.attributes import description_of
from fastapi._routing.described.description import Description
from fastapi._routing.described.method_set import MethodSet
from fastapi._routing.described.operation import ResolvedOperation
from fastapi._routing.planning.guided_reads import GuidedOperation, make_guided_operation
from fastapi._routing.planning.reading import MARSHAL_VERSION
from fastapi._routing.planning.requirements import (
    MATCHING_ATTRIBUTES,
    NotPlanned,
    decides_inclusion,
    decides_matching,
    decides_socket_matching,
    is_as_built,
    is_plain_mount,
)
from fastapi._routing.planning.rows import AppPlan, MountedApp, PlannedOperation, PlanRow
from fastapi._routing.planning.walk import PlanningState, plan_operation
from fastapi._routing.tree.inclusion.node import _IncludedRouter
from fastapi._routing.tree.inclusion.placed import APIRouteContext, WrappedRouteContext, _EffectiveRouteContext
from fastapi._routing.tree.route import APIRoute
from fastapi._routing.tree.router import APIRouter
from fastapi._wasm import contract
from fastapi.dependencies import models

# A path that the core never looks up: it declines every path with a newline.
NEVER_MATCHES = "/\n"


def plan_router(router: APIRouter, cookies_from_every_header: bool, version: Optional[Version] = None) -> AppPlan:
    """Return the plan of a router. It has the routes of included routers at the place of their inclusion.

    `version` grows when anything changes that is read here.
    """
    flags = contract.PLAN_FLAG_REDIRECT_SLASHES if router.redirect_slashes else 0
    if cookies_from_every_header:
        flags |= contract.PLAN_FLAG_COOKIES_FROM_EVERY_HEADER
    state = PlanningState(version)
    follow_router(router, state.version)
    routes = tuple(_rows_of(router.routes, state))
    if not _can_be_written(routes):
        routes = tuple(route if _can_be_written((route,)) else _unwritable(route) for route in routes)
    return AppPlan(
        routes=routes,
        flags=flags,
        has_low_priority_routes=_has_low_priority_routes(router),
        has_inclusions=any(isinstance(route, _IncludedRouter) for route in router.routes),
        has_certain_templates=all(is_certain(route.template) for route in routes),
    )


# Segments of plain text or of one parameter; the rest of the path at the end. All other templates are kept by a prefix
# in the core, or their convertor may refuse a text.
_CERTAIN_TEMPLATE = re.compile(r"(/([^/{}]*|{NAME(:str)?}))*(/{NAME:path})?".replace("NAME", "[a-zA-Z_][a-zA-Z0-9_]*"))
_MOST_SEGMENTS = 60


def is_certain(template: str) -> bool:
    """Whether a route matches all paths that the core finds for its template, and no error is possible."""
    return template.count("/") <= _MOST_SEGMENTS and _CERTAIN_TEMPLATE.fullmatch(template) is not None


def _can_be_written(routes: Sequence[PlanRow]) -> bool:
    """Return whether marshal can write the rows. It refuses a path or an alias of a subclass of `str`."""
    try:
        marshal.dumps([route.frame() for route in routes], MARSHAL_VERSION)
    except ValueError:
        return False
    return True


def _unwritable(route: PlanRow) -> PlanRow:
    # Equal names of the class itself.
    template, methods = "".join((route.template,)), tuple("".join((method,)) for method in route.methods)
    return _opaque_row(template, methods, "a name that is of a subclass of str")


def follow_router(router: APIRouter, version: Version) -> None:
    """Let every change of a router and of its list of routes increase `version`."""
    router._readers.add(version)
    for routes in (router.routes, router._low_priority_routes):
        if isinstance(routes, WatchedList):
            routes._readers.add(version)


def follow_route(route: APIRoute, operation: Description, version: Version) -> None:
    """Let every change of a route, in the inclusion that `operation` describes, increase `version`."""
    route._readers.add(version)
    if isinstance(operation, ResolvedOperation):
        operation._readers.add(version)
    elif isinstance(operation.methods, MethodSet):
        operation.methods._readers.add(version)
    models.follow(operation.dependant, version)


def place_inclusions(routes: Sequence[BaseRoute]) -> None:
    """Compute the contexts of the routes of included routers."""
    for node in routes:
        if not isinstance(node, _IncludedRouter) or decides_inclusion(node):
            continue
        try:
            candidates = node.placed_candidates()
        except Exception:
            # Planning meets the error again and makes a barrier of it.
            continue
        place_inclusions([candidate for candidate in candidates if isinstance(candidate, _IncludedRouter)])


def _has_low_priority_routes(router: APIRouter) -> bool:
    if router._low_priority_routes:
        return True
    return any(
        _has_low_priority_routes(node.original_router) for node in router.routes if isinstance(node, _IncludedRouter)
    )


def _rows_of(routes: Sequence[BaseRoute], state: PlanningState) -> Iterator[PlanRow]:
    if not _names_mean_what_they_say():
        yield PlanRow("*", contract.ROUTE_BARRIER, "", (), None, "a convertor of Starlette's was replaced")
    follows_inclusion = False
    for route in routes:
        if isinstance(route, _IncludedRouter):
            follows_inclusion = True
            yield from _rows_of_inclusion((route,), state)
        elif isinstance(route, APIRoute):
            planned = _row_or_barrier(route, partial(_row_of_api_route, route, None, (), state))
            yield planned._replace(follows_inclusion=follows_inclusion)
        else:
            planned = _row_or_barrier(route, partial(_row_of_other_route, route, route, None, ()))
            yield planned._replace(follows_inclusion=follows_inclusion)


def _row_or_barrier(route: BaseRoute, plan: Callable[[], PlanRow]) -> PlanRow:
    """Return the row that `plan` makes, or a barrier if it raises: the exact way then meets the error itself."""
    try:
        return plan()
    except Exception as error:
        return _barrier_row(route, f"it cannot be planned: {error!r}")


def _rows_of_inclusion(nodes: Tuple[_IncludedRouter, ...], state: PlanningState) -> Iterator[PlanRow]:
    """Plan the routes of the last of `nodes`, which is included in the one before it."""
    node = nodes[-1]
    follow_router(node.original_router, state.version)
    if decides_inclusion(node):
        yield _barrier_row(node, f"the included {type(node.original_router).__name__} decides what matches")
        return
    try:
        candidates = list(node.placed_candidates())
    except Exception as error:
        # The exact way raises the same error, where upstream does.
        yield _barrier_row(node, f"its routes cannot be built: {error!r}")
        return
    for candidate in candidates:
        if isinstance(candidate, _IncludedRouter):
            yield from _rows_of_inclusion((*nodes, candidate), state)
        elif isinstance(candidate, APIRouteContext):
            yield _row_or_barrier(
                candidate.original_route,
                partial(_row_of_api_route, candidate.original_route, candidate, nodes, state),
            )
        else:
            yield _row_or_barrier(
                candidate.original_route,
                partial(_row_of_other_route, candidate.original_route, candidate.starlette_route, candidate, nodes),
            )


def _row_of_other_route(
    original: BaseRoute,
    effective: Optional[BaseRoute],
    context: Optional[_EffectiveRouteContext],
    nodes: Tuple[_IncludedRouter, ...],
) -> PlanRow:
    if type(original) is Route and isinstance(effective, Route) and "matches" not in vars(effective):
        methods = tuple(sorted(effective.methods or ()))
        if effective.path_regex != compile_path(effective.path)[0]:
            return _barrier_row(original, "its path was changed after it was built")
        # Its methods are a plain set, whose changes no plan notices: the exact way compares them.
        return _opaque_row(effective.path, methods, "a plain Starlette route")._replace(methods=())
    if isinstance(effective, WebSocketRoute) and not decides_socket_matching(effective):
        # It never matches an HTTP request, and the core sees only those.
        return PlanRow(f"WS {effective.path}", contract.ROUTE_OPAQUE, NEVER_MATCHES, ("WS",), None, "a WebSocket")
    if type(effective) is Mount and effective.path_regex == compile_path(effective.path + "/{path:path}")[0]:
        row = _opaque_row(effective.path + "/{path:path}", (), "a mounted application")
        if not is_plain_mount(effective, nodes) or not _has_known_convertors(effective):
            return row
        wrapped = context if isinstance(context, WrappedRouteContext) else None
        return row._replace(kind=contract.ROUTE_OPERATION, mounted=MountedApp(effective, wrapped, nodes))
    return _barrier_row(original, f"a {type(original).__name__}")


def _opaque_row(template: str, methods: Tuple[str, ...], reason: str) -> PlanRow:
    title = f"{','.join(methods) or '*'} {template}"
    return PlanRow(title, contract.ROUTE_OPAQUE, template, methods, None, reason)


def _barrier_row(route: BaseRoute, reason: str) -> PlanRow:
    title = f"{type(route).__name__} {getattr(route, 'path', '')}".strip()
    return PlanRow(title, contract.ROUTE_BARRIER, "", (), None, reason)


def _row_of_api_route(
    route: APIRoute, context: Optional[APIRouteContext], nodes: Tuple[_IncludedRouter, ...], state: PlanningState
) -> PlanRow:
    operation: Description = description_of(route if context is None else context)
    follow_route(route, operation, state.version)
    if decides_matching(route):
        return _barrier_row(route, f"{type(route).__name__} decides what matches")
    if context is None and not is_as_built(route, MATCHING_ATTRIBUTES):
        return _barrier_row(route, "its path was changed after it was built")
    methods = tuple(sorted(operation.method_names if isinstance(operation, ResolvedOperation) else operation.methods))
    if not _has_known_convertors(operation):
        return _opaque_row(operation.path, methods, "a path parameter has a convertor of its own")
    title = f"{','.join(methods)} {operation.path}"
    try:
        planned, guided, reason = _plan_or_guide(route, context, nodes, state)
    except Exception as error:
        # Only this operation takes the exact way; its path and methods are known.
        return _opaque_row(operation.path, methods, f"it cannot be planned: {error!r}")
    return PlanRow(title, contract.ROUTE_OPERATION, operation.path, methods, planned, reason, guided)


def _plan_or_guide(
    route: APIRoute, context: Optional[APIRouteContext], nodes: Tuple[_IncludedRouter, ...], state: PlanningState
) -> Tuple[Optional[PlannedOperation], Optional[GuidedOperation], str]:
    try:
        return plan_operation(route, context, nodes, state), None, ""
    except NotPlanned as why:
        return None, make_guided_operation(route, context, nodes, state.guided, state.version, state.seen), str(why)


def _has_known_convertors(operation: Union[Description, Mount]) -> bool:
    return all(type(convertor) in (StringConvertor, PathConvertor) for convertor in operation.param_convertors.values())


# The convertors that the core knows. An application may register others under the same names.
_CONVERTORS = {
    "str": StringConvertor,
    "path": PathConvertor,
    "int": IntegerConvertor,
    "float": FloatConvertor,
    "uuid": UUIDConvertor,
}


def _names_mean_what_they_say() -> bool:
    return all(type(CONVERTOR_TYPES.get(name)) is kind for name, kind in _CONVERTORS.items())
