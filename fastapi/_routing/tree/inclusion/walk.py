"""Iterates over the routes of a tree of routers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Iterator, Optional, Sequence, Set, Tuple, Union, cast

from starlette.routing import BaseRoute

from fastapi._routing.described.description import UserCallable
from fastapi._routing.tree.inclusion.node import _IncludedRouter
from fastapi._routing.tree.inclusion.placed import _EffectiveRouteContext

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class RouteContext:
    """A route at one place of the tree of routers: see `iter_route_contexts`.

    `route` is the object that the application created. The path, the name and the other attributes include the
    prefixes, tags and dependencies of the routers around it.
    """

    route: BaseRoute
    _route_context: Optional[_EffectiveRouteContext] = field(default=None, repr=False)

    @property
    def original_route(self) -> BaseRoute:
        """The route, as it was created."""
        return self.route

    @property
    def _effective_route(self) -> object:
        context = self._route_context
        if context is None:
            return self.route
        return context.starlette_route or context

    @property
    def path(self) -> Optional[str]:
        """The path template with all prefixes; `None` for a host."""
        return cast(Optional[str], getattr(self._effective_route, "path", None))

    @property
    def path_format(self) -> Optional[str]:
        """The path template without convertors."""
        return cast(Optional[str], getattr(self._effective_route, "path_format", None))

    @property
    def name(self) -> Optional[str]:
        """The name for `url_path_for`."""
        return cast(Optional[str], getattr(self._effective_route, "name", None))

    @property
    def methods(self) -> Optional[Set[str]]:
        """The HTTP methods, if the route chooses by them."""
        return cast(Optional[Set[str]], getattr(self._effective_route, "methods", None))

    @property
    def endpoint(self) -> Optional[UserCallable]:
        """The function that is called."""
        return cast(Optional[UserCallable], getattr(self._effective_route, "endpoint", None))

    def __getattr__(self, name: str) -> Any:
        # `copy` and `pickle` look for special methods before the attributes exist; delegation would recurse forever.
        if name.startswith("__") or name in ("route", "_route_context"):
            raise AttributeError(name)
        return getattr(self._effective_route, name)


def iter_route_contexts(
    routes: Sequence[Union[BaseRoute, RouteContext]],
) -> Iterator[RouteContext]:
    """Yield every route of a tree of routers, with its attributes at its place.

    ```python
    paths = [context.path for context in iter_route_contexts(app.routes)]
    ```
    """
    for route in routes:
        if isinstance(route, RouteContext):
            yield route
        else:
            yield from (RouteContext(*place) for place in iter_routes_with_context([route]))


iter_route_contexts.__module__ = "fastapi.routing"


def _iter_included_route_candidates(routes: Sequence[BaseRoute]) -> Iterator[BaseRoute]:
    """Yield the routes below `routes`: API routes as they were created, others with their prefix."""
    for route, context in iter_routes_with_context(routes):
        prefixed = None if context is None else context.starlette_route
        yield prefixed or route


def iter_routes_with_context(
    routes: Sequence[BaseRoute],
) -> Iterator[Tuple[BaseRoute, Optional[_EffectiveRouteContext]]]:
    """Yield every route below `routes`, and its context, None outside of included routers."""
    for route in routes:
        if not isinstance(route, _IncludedRouter):
            yield route, None
            continue
        yield from ((context.original_route, context) for context in route.effective_route_contexts())


def iter_paths(routes: Sequence[BaseRoute]) -> Iterator[Tuple[str, str]]:
    """Yield the path and the name of every route below `routes` that has a path."""
    for route, context in iter_routes_with_context(routes):
        place = route if context is None else context.starlette_route or context
        path: Optional[str] = getattr(place, "path", None)
        if path is not None:
            yield path, getattr(place, "name", "unknown")
