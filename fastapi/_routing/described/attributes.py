"""The attributes of a route as they are kept, without those that nobody has looked at: see `APIRoute.__getattr__`."""

from __future__ import annotations

from typing import Any

from starlette.routing import BaseRoute

from fastapi._routing.described.description import AttributeValues, Description

_instance_dict: Any = vars(BaseRoute)["__dict__"]


def own_attributes(route: object) -> AttributeValues:
    """Return the dictionary of a route, or of what stands for one, as it is."""
    attributes: AttributeValues = _instance_dict.__get__(route) if isinstance(route, BaseRoute) else vars(route)
    return attributes


def replace_attributes(route: BaseRoute, attributes: AttributeValues) -> None:
    """Give a route another dictionary."""
    _instance_dict.__set__(route, attributes)


def set_state(thing: object, state: Any) -> None:
    """Do what `copy` and `pickle` do with the state of an object that has no `__setstate__`."""
    attributes, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    if attributes:
        (own_attributes(thing) if isinstance(thing, BaseRoute) else vars(thing)).update(attributes)
    for name, value in (slots or {}).items():
        setattr(thing, name, value)


def description_of(route: Description) -> Description:
    """Return what to read the attributes of a route from without making them: the route itself, if they are made.

    The same for a route in an inclusion.
    """
    attributes = own_attributes(route)
    if "_operation" in attributes:
        return attributes["_operation"] if attributes.keys() <= _BUILT else route
    return attributes["operation"] if "operation" in attributes and attributes.keys() <= _PLACED else route


# What a route has that nobody has looked at or changed: what it was resolved to, and what was built to answer.
_BUILT = frozenset({"_operation", "_readers", "app", "path_regex"})
# What a route in an inclusion has.
_PLACED = frozenset({"operation", "original_route", "path", "app", "_has_own_app"})
