"""The attributes that a route has already, without those that `APIRoute.__getattr__` creates on demand."""

from __future__ import annotations

from typing import Any

from starlette.routing import BaseRoute

from fastapi._routing.described.description import AttributeValues, Description

_instance_dict: Any = vars(BaseRoute)["__dict__"]


def own_attributes(route: object) -> AttributeValues:
    """Return the `__dict__` of a route or of its context, without creating further attributes."""
    attributes: AttributeValues = _instance_dict.__get__(route) if isinstance(route, BaseRoute) else vars(route)
    return attributes


def replace_attributes(route: BaseRoute, attributes: AttributeValues) -> None:
    """Give a route another dictionary."""
    _instance_dict.__set__(route, attributes)


def set_state(thing: object, state: Any) -> None:
    """Restore a state as `copy` and `pickle` do for an object without `__setstate__`."""
    attributes, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    if attributes:
        (own_attributes(thing) if isinstance(thing, BaseRoute) else vars(thing)).update(attributes)
    for name, value in (slots or {}).items():
        setattr(thing, name, value)


def description_of(route: Description) -> Description:
    """Return the `ResolvedOperation` of a route or context, or the object itself if its own attributes count.

    Reading a resolved operation creates no attributes in the route.
    """
    attributes = own_attributes(route)
    if "_operation" in attributes:
        return attributes["_operation"] if attributes.keys() <= _BUILT else route
    return attributes["operation"] if "operation" in attributes and attributes.keys() <= _PLACED else route


# The attributes of a route whose public attributes were neither read nor changed.
_BUILT = frozenset({"_operation", "_readers", "app", "path_regex"})
# The attributes of a context whose public attributes were neither read nor changed.
_PLACED = frozenset({"operation", "original_route", "path", "app", "_has_own_app"})
