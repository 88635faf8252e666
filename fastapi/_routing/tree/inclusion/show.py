"""Makes the classes of the inclusion look as upstream's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Type, get_type_hints

from fastapi._routing.tree.inclusion.context import _RouterIncludeContext
from fastapi._routing.tree.inclusion.node import _IncludedRouter
from fastapi._routing.tree.inclusion.placed import (
    APIRouteContext,
    FrontendContext,
    WrappedRouteContext,
    _EffectiveRouteContext,
)
from fastapi._routing.tree.inclusion.walk import RouteContext

if TYPE_CHECKING:
    from fastapi._routing.tree.router import APIRouter


def show_as_public(router_class: Type[APIRouter]) -> None:
    """Give the classes the module and the names of the real package, which has one class for all kinds of contexts.

    Their annotations are evaluated before, because `fastapi.routing` does not have all names in them.
    """
    contexts = (APIRouteContext, WrappedRouteContext, FrontendContext)
    dataclasses = (_RouterIncludeContext, _IncludedRouter, RouteContext)
    for kind in (*dataclasses, _EffectiveRouteContext, *contexts):
        hints = get_type_hints(kind, None, {"APIRouter": router_class})
        kind.__annotations__ = hints
        if kind in dataclasses:
            kind.__init__.__annotations__ = {**hints, "return": None}
    for kind in (*dataclasses, _EffectiveRouteContext, *contexts):
        kind.__module__ = "fastapi.routing"
    for kind in contexts:
        kind.__name__ = kind.__qualname__ = _EffectiveRouteContext.__name__
