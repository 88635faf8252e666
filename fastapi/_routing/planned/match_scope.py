"""The entries that matching and the middleware stack write into the scope of a request."""

from __future__ import annotations

from typing import Callable, Dict, Optional, Union

from starlette.types import Scope

from fastapi._routing.described.attributes import description_of
from fastapi._routing.described.scope import apply_form_limits, get_fastapi_scope, make_ended_stack
from fastapi._routing.planned.types import Surroundings, WriteMatch
from fastapi._routing.planning.guided_reads import GuidedOperation
from fastapi._routing.planning.rows import MountedApp, PlannedOperation
from fastapi._scope_keys import (
    EFFECTIVE_ROUTE_CONTEXT_KEY,
    FUNCTION_STACK_KEY,
    INCLUDED_ROUTER_KEY,
    MIDDLEWARE_STACK_KEY,
    REQUEST_STACK_KEY,
)


def make_match_writer(
    planned: Union[PlannedOperation, GuidedOperation],
    around: Surroundings,
    has_own_stack: bool = False,
    is_refused: bool = False,
) -> WriteMatch:
    """Return the function that writes the entries of one operation.

    With `has_own_stack`, the scope has an open exit stack already. With `is_refused`, the route refuses the method, so
    its application makes no stacks.
    """
    route, context = planned.route, planned.context
    router = around.router
    entries = {"endpoint": description_of(route if context is None else context).endpoint, "route": route}
    entries.update(around.entries)
    if has_own_stack:
        entries.pop(MIDDLEWARE_STACK_KEY, None)
    if not is_refused:
        # PERF: these stacks can be seen, but nothing is ever pushed on them, so all requests share two (benchmark
        # `plain`).
        entries.update({REQUEST_STACK_KEY: make_ended_stack(), FUNCTION_STACK_KEY: make_ended_stack()})
    write_inclusions = make_inclusion_writer(planned, around)

    def write_match(scope: Scope, path_params: Dict[str, object]) -> None:
        scope.setdefault("router", router)
        outer_params = scope.get("path_params")
        scope["path_params"] = {**outer_params, **path_params} if outer_params else path_params
        scope.update(entries)
        if write_inclusions is not None:
            write_inclusions(scope)

    return write_match


def make_inclusion_writer(
    planned: Union[PlannedOperation, GuidedOperation, MountedApp], around: Surroundings
) -> Optional[Callable[[Scope], None]]:
    """Return the function that writes the entries of the routers on the way to an operation, None without entries."""
    context, nodes = planned.context, planned.nodes
    all_limits = [around.router.form_limits, *(node.include_context.form_limits for node in nodes)]
    limits = [each for each in all_limits if each]
    if context is None and not limits and not around.follows_inclusion:
        return None

    def write_inclusions(scope: Scope) -> None:
        entry = get_fastapi_scope(scope)
        for each in limits:
            apply_form_limits(scope, each)
        if context is not None:
            entry[INCLUDED_ROUTER_KEY] = nodes[-1]
            entry[EFFECTIVE_ROUTE_CONTEXT_KEY] = context

    return write_inclusions
