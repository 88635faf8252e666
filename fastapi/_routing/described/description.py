"""The context variable that names the description of a route while its handler is built."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Optional

# While the handler of an included route is built: the object whose attributes replace those of the route. It has the
# attribute names of `APIRoute` (an `Operation` has them, too); `None` at any other time.
_effective_route_context_var: ContextVar[Optional[Any]] = ContextVar("fastapi_effective_route_context", default=None)
