"""The effective route: the route itself, or its context in the inclusion that a request passed.

A route in an included router is still the object that the application made. Its prefix, merged options and handler
there come from the *effective route context* that the router keeps in `scope["fastapi"]` during `matches` and `handle`.
"""

from __future__ import annotations

from typing import Any, Tuple

from starlette._utils import get_route_path
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from fastapi._routing.described.description import Description
from fastapi._routing.described.scope import read_fastapi_scope
from fastapi._scope_keys import EFFECTIVE_ROUTE_CONTEXT_KEY


def effective_route(route: BaseRoute, scope: Scope) -> Any:
    """Return the context of `route` if the request passed an inclusion of it, else the route."""
    context = read_fastapi_scope(scope, EFFECTIVE_ROUTE_CONTEXT_KEY)
    return route if context is None or context.original_route is not route else context


def match_context(context: Description, scope: Scope) -> Tuple[Match, Scope]:
    """Return the match of a request with a route in one inclusion, like `BaseRoute.matches`."""
    if scope["type"] != "http":
        return Match.NONE, {}
    match = context.path_regex.match(get_route_path(scope))
    if match is None:
        return Match.NONE, {}
    path_params = dict(scope.get("path_params", {}))
    for name, text in match.groupdict().items():
        path_params[name] = context.param_convertors[name].convert(text)
    child_scope = {"endpoint": context.endpoint, "path_params": path_params}
    methods = context.methods
    return Match.PARTIAL if methods and scope["method"] not in methods else Match.FULL, child_scope
