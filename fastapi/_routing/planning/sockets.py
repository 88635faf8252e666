"""The routes that a WebSocket asks: those that match HTTP requests alone are left out.

A large application has many nodes with nothing but *path operations*. On the exact way a WebSocket asks each of their
routes.
"""

from __future__ import annotations

from typing import Any, Iterator, List, Sequence, Tuple

from starlette.routing import BaseRoute
from starlette.types import Scope

from fastapi._changes import Version
from fastapi._routing.described.scope import get_fastapi_scope
from fastapi._routing.planning.plan import follow_router
from fastapi._routing.planning.requirements import decides_inclusion, decides_matching
from fastapi._routing.tree.inclusion.node import _IncludedRouter
from fastapi._routing.tree.inclusion.placed import APIRouteContext
from fastapi._routing.tree.route import APIRoute


class SocketRoutes:
    """The routes of an application that may match a WebSocket, and the nodes before each of them that cannot."""

    def __init__(self, routes: Sequence[BaseRoute], version: Version, may_leave_out: bool) -> None:
        """Sort the routes. `version` grows when anything changes that is read here.

        Without `may_leave_out`, a WebSocket asks all of them.
        """
        self.seen = version.count
        self._steps: List[Tuple[_Nodes, BaseRoute]] = []
        nodes = _Nodes()
        for route in routes:
            if not may_leave_out or _may_match(route, version):
                self._steps.append((nodes, route))
                nodes = _Nodes()
            elif isinstance(route, _IncludedRouter):
                nodes.left_out.append(route)
        self._last_nodes = nodes

    def for_request(self, scope: Scope) -> Iterator[BaseRoute]:
        """Yield the routes to ask, and leave the traces in the scope and in the nodes that asking all would leave."""
        for nodes, route in self._steps:
            nodes.enter(scope)
            yield route
        self._last_nodes.enter(scope)


class _Nodes:
    """Nodes in a row that are left out."""

    __slots__ = ("_are_entered", "left_out")

    def __init__(self) -> None:
        self.left_out: List[_IncludedRouter] = []
        self._are_entered = False

    def enter(self, scope: Scope) -> None:
        if not self.left_out:
            return
        get_fastapi_scope(scope)
        if not self._are_entered:
            self._are_entered = True
            for node in self.left_out:
                _enter(node)


def _enter(node: _IncludedRouter) -> None:
    """Let a node settle its candidates, as its first request does."""
    for candidate in node.effective_candidates():
        if isinstance(candidate, _IncludedRouter):
            _enter(candidate)


def _may_match(route: Any, version: Version) -> bool:
    """Whether a route, or a candidate of a node, may match a WebSocket."""
    if type(route) is _IncludedRouter:
        follow_router(route.original_router, version)
        if decides_inclusion(route):
            return True
        try:
            return any(_may_match(candidate, version) for candidate in route.placed_candidates())
        except Exception:
            # The exact way meets this error.
            return True
    original = route.original_route if isinstance(route, APIRouteContext) else route
    if not isinstance(original, APIRoute):
        return True
    original._readers.add(version)
    return decides_matching(original)
