"""Where a request is when the core is asked about it."""

from __future__ import annotations

import enum


class Place(enum.Enum):
    """A place in the middleware stack of an application."""

    # No layer of the middleware stack has seen the request.
    OUTSIDE = enum.auto()
    # It has passed a function around requests, which takes all messages of the answer at once or none.
    BEHIND = enum.auto()
    # It has passed the whole stack.
    AT_ROUTER = enum.auto()


# PERF: a global is found faster than an attribute of an enumeration.
OUTSIDE, BEHIND, AT_ROUTER = Place
