"""The selection of the route that answers a request.

Routes match in their order. The first full match wins, else the first partial match (right path, wrong method).
"""

from __future__ import annotations

from typing import Iterable, NamedTuple, Optional, Union

from starlette._utils import get_route_path
from starlette.datastructures import URL
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Router
from starlette.types import Scope

from fastapi._routing.described.scope import Matches, read_fastapi_scope
from fastapi._routing.tree.frontend import is_more_specific
from fastapi._routing.tree.inclusion.placed import _EffectiveRouteContext
from fastapi._scope_keys import FRONTEND_SPECIFICITY_KEY, RECORDER_KEY

Candidate = Union[BaseRoute, _EffectiveRouteContext]


class Selection(NamedTuple):
    """The route that answers a request, and its match."""

    match: Match
    child_scope: Scope
    route: Optional[Candidate]


NO_SELECTION = Selection(Match.NONE, {}, None)


def select(candidates: Iterable[Candidate], scope: Scope) -> Selection:
    """Return the first full match, else the first partial match, else `NO_SELECTION`."""
    partial = NO_SELECTION
    for candidate in candidates:
        match, child_scope = _matches_of(candidate)(scope)
        if match is Match.FULL:
            return Selection(match, child_scope, candidate)
        if match is Match.PARTIAL and partial.route is None:
            partial = Selection(match, child_scope, candidate)
    return partial


def select_low_priority(candidates: Iterable[Candidate], scope: Scope) -> Selection:
    """Return the first full match, else the first partial match; among frontends, the one with the longest path."""
    best = NO_SELECTION
    for candidate in candidates:
        selection = Selection(*_matches_of(candidate)(scope), candidate)
        if _is_better(selection, best):
            best = selection
    return best


def slash_redirect(router: Router, scope: Scope) -> Optional[Response]:
    """Return a redirect to the path with, or without, a slash at its end, or None if no route has that path."""
    route_path = get_route_path(scope)
    if scope["type"] != "http" or not router.redirect_slashes or route_path == "/":
        return None
    redirect_scope = dict(scope)
    path = redirect_scope["path"]
    redirect_scope["path"] = path.rstrip("/") if route_path.endswith("/") else path + "/"
    for route in router.routes:
        match, child_scope = route.matches(redirect_scope)
        if match is not Match.NONE:
            recorder = scope.get(RECORDER_KEY)
            if recorder is not None:
                recorder.redirect_selected(redirect_scope, route, child_scope)
            return RedirectResponse(url=str(URL(scope=redirect_scope)))
    return None


def _matches_of(candidate: Candidate) -> Matches:
    """Return the method that matches. `select` of a context calls the original route, whose class may override it."""
    return candidate.select if isinstance(candidate, _EffectiveRouteContext) else candidate.matches


def _is_better(candidate: Selection, best: Selection) -> bool:
    """Tell whether a low-priority route wins over an earlier one."""
    if candidate.match.value != best.match.value:
        return candidate.match.value > best.match.value
    return (
        candidate.match is not Match.NONE
        and _is_frontend(candidate)
        and _is_frontend(best)
        and is_more_specific(candidate.child_scope, best.child_scope)
    )


def _is_frontend(selection: Selection) -> bool:
    return read_fastapi_scope(selection.child_scope, FRONTEND_SPECIFICITY_KEY) is not None
