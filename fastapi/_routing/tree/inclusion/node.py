"""The node that stands for one inclusion of a router.

A request passes each node twice, because users override `matches` and `handle` of routers and routes: `matches` asks
the original router whether the node has a route, and `handle` selects that route again and dispatches to it.
Meanwhile `scope["fastapi"]` names the node and the context.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Iterator, List, Optional, Sequence, Tuple, Union, cast

from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from fastapi._changes import Version, WatchedList
from fastapi._routing.described.scope import (
    apply_form_limits,
    ask_with,
    get_fastapi_scope,
    read_fastapi_scope,
    update_scope,
)
from fastapi._routing.tree.frontend import _FrontendRouteGroup
from fastapi._routing.tree.inclusion.context import _RouterIncludeContext
from fastapi._routing.tree.inclusion.placed import (
    APIRouteContext,
    FrontendContext,
    WrappedRouteContext,
    _EffectiveRouteContext,
)
from fastapi._routing.tree.inclusion.prefix import with_prefix
from fastapi._routing.tree.route import APIRoute
from fastapi._routing.tree.selection import Selection, select
from fastapi._scope_keys import EFFECTIVE_ROUTE_CONTEXT_KEY, INCLUDED_ROUTER_KEY, RECORDER_KEY

if TYPE_CHECKING:
    from fastapi._routing.tree.router import APIRouter


@dataclass
class _IncludedRouter(BaseRoute):
    """The node of the tree that stands for one inclusion of a router."""

    original_router: APIRouter
    include_context: _RouterIncludeContext
    _effective_routes_lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)
    _effective_candidates: List[Union[_EffectiveRouteContext, _IncludedRouter]] = field(default_factory=list)
    _effective_candidates_version: Optional[int] = None
    # No field: the handlers of the candidates were settled at this version of the routes.
    _handlers_version = cast(Optional[int], None)
    # Counts the changes of the routes until the first request reaches this node. Later changes do not affect the
    # candidates.
    _unmet = cast(Optional[Version], None)
    _effective_low_priority_routes: List[_EffectiveRouteContext] = field(default_factory=list)
    _effective_low_priority_routes_version: Optional[int] = None

    def effective_candidates(self) -> Sequence[Union[_EffectiveRouteContext, _IncludedRouter]]:
        """Return the candidates: a context for each route of the router, and a node for each router in it."""
        candidates = self.placed_candidates()
        self._unmet = None
        if self._handlers_version != self._effective_candidates_version:
            for candidate in candidates:
                if isinstance(candidate, APIRouteContext):
                    candidate.settle_app()
            self._handlers_version = self._effective_candidates_version
        return candidates

    def placed_candidates(self) -> Sequence[Union[_EffectiveRouteContext, _IncludedRouter]]:
        """Return the candidates without building their handlers.

        The plan uses this method, so a patch that is installed after planning still affects the handlers.
        """
        version = self.original_router._get_routes_version()
        if self._is_stale(version):
            with self._effective_routes_lock:
                if self._is_stale(version):
                    # Before building: a change during the building makes the candidates stale.
                    unmet = self._follow_routes()
                    self._effective_candidates = self._build_candidates()
                    self._effective_candidates_version, self._unmet = version, unmet
        return self._effective_candidates

    def _is_stale(self, version: int) -> bool:
        unmet = self._unmet
        return version != self._effective_candidates_version or (unmet is not None and unmet.count > 0)

    def _follow_routes(self) -> Version:
        version = Version()
        self.original_router._readers.add(version)
        routes = self.original_router.routes
        if isinstance(routes, WatchedList):
            routes._readers.add(version)
        for route in routes:
            if isinstance(route, APIRoute):
                route._readers.add(version)
        return version

    def meet(self) -> None:
        """Note that a request reached this node: later changes do not affect the candidates."""
        self._unmet = None

    def effective_low_priority_routes(self) -> Sequence[_EffectiveRouteContext]:
        """Return the low-priority routes of this router and of the routers in it."""
        version = self.original_router._get_routes_version()
        if version != self._effective_low_priority_routes_version:
            with self._effective_routes_lock:
                if version != self._effective_low_priority_routes_version:
                    self._effective_low_priority_routes = self._build_low_priority_routes()
                    self._effective_low_priority_routes_version = version
        return self._effective_low_priority_routes

    def _build_candidates(self) -> List[Union[_EffectiveRouteContext, _IncludedRouter]]:
        candidates = (
            self._nest(route) if isinstance(route, _IncludedRouter) else self._place(route)
            for route in list(self.original_router.routes)
        )
        return [candidate for candidate in candidates if candidate is not None]

    def _build_low_priority_routes(self) -> List[_EffectiveRouteContext]:
        placed = (self._place(route) for route in list(self.original_router._low_priority_routes))
        contexts = [context for context in placed if context is not None]
        for route in list(self.original_router.routes):
            if isinstance(route, _IncludedRouter):
                contexts.extend(self._nest(route).effective_low_priority_routes())
        return contexts

    def _nest(self, node: _IncludedRouter) -> _IncludedRouter:
        return _IncludedRouter(
            original_router=node.original_router,
            include_context=self.include_context.around(node.include_context),
        )

    def _place(self, route: BaseRoute) -> Optional[_EffectiveRouteContext]:
        """Return the context of one route, None for a route of an unknown class, which cannot get a prefix."""
        context = self.include_context
        if isinstance(route, APIRoute):
            # mypy takes the attributes that a protocol declares for abstract ones.
            return APIRouteContext(route, context)  # type: ignore[abstract]
        if isinstance(route, _FrontendRouteGroup):
            return FrontendContext(route, context)
        prefixed = with_prefix(route, context)
        if prefixed is None:
            return None
        return WrappedRouteContext(route, prefixed, context.max_body_size)

    def effective_route_contexts(self) -> Iterator[_EffectiveRouteContext]:
        """Yield the contexts of all routes below this node."""
        for candidate in self.effective_candidates():
            if isinstance(candidate, _IncludedRouter):
                yield from candidate.effective_route_contexts()
            else:
                yield candidate

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in _READ_BY_PLANS:
            self.original_router._readers.tell()

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        if name in _READ_BY_PLANS:
            self.original_router._readers.tell()

    def matches(self, scope: Scope) -> Tuple[Match, Scope]:
        return ask_with(scope, INCLUDED_ROUTER_KEY, self, self.original_router.matches)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        get_fastapi_scope(scope)[INCLUDED_ROUTER_KEY] = self
        apply_form_limits(scope, self.include_context.form_limits)
        await self.original_router.handle(scope, receive, send)

    def select(self, scope: Scope) -> Selection:
        """Return the candidate that answers a request."""
        return select(self.effective_candidates(), scope)

    async def _handle_selected(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Select a candidate and let it answer. The original router calls this method for this node."""
        selection = self.select(scope)
        if selection.route is None:
            await self.original_router.default(scope, receive, send)
            return
        update_scope(scope, selection.child_scope)
        await handle_route(selection.route, scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        for candidate in self.effective_candidates():
            try:
                return candidate.url_path_for(name, **path_params)
            except NoMatchFound:
                pass
        raise NoMatchFound(name, path_params)


# The methods of a node that a plan stands for.
_READ_BY_PLANS = ("matches", "handle")


def get_including_node(scope: Scope, router: APIRouter) -> Optional[_IncludedRouter]:
    """Return the node for which `router` matches or handles now, None for a router that is not included."""
    node = read_fastapi_scope(scope, INCLUDED_ROUTER_KEY)
    if isinstance(node, _IncludedRouter) and node.original_router is router:
        return node
    return None


async def handle_route(
    route: Union[BaseRoute, _EffectiveRouteContext], scope: Scope, receive: Receive, send: Send
) -> None:
    """Let the selected route answer the request. The scope gets its context."""
    if isinstance(route, _EffectiveRouteContext):
        get_fastapi_scope(scope)[EFFECTIVE_ROUTE_CONTEXT_KEY] = route
    if not isinstance(route, _IncludedRouter):
        recorder = scope.get(RECORDER_KEY)
        if recorder is not None:
            recorder.route_selected(scope, route)
    await route.handle(scope, receive, send)
