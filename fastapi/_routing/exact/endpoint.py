"""The location of an endpoint, which validation errors name."""

from __future__ import annotations

import inspect
from typing import Any, Dict, Optional, Tuple

from starlette.types import Scope

from fastapi._routing.described.scope import read_fastapi_scope
from fastapi._scope_keys import EFFECTIVE_ROUTE_CONTEXT_KEY
from fastapi.exceptions import EndpointContext

# By identity: an endpoint may be unhashable, or equal to another one. An entry keeps its function, so that no other
# object gets the same id.
_endpoint_context_cache: Dict[int, Tuple[object, EndpointContext]] = {}


def endpoint_context(function: object, scope: Scope, path: Optional[str] = None) -> EndpointContext:
    """Return file, line and name of an endpoint, and `GET /mount/items/{item_id}` for the request in `scope`.

    Without `path`, the template is that of the selected route.
    """
    context = _extract_endpoint_context(function)
    if path is None:
        route = read_fastapi_scope(scope, EFFECTIVE_ROUTE_CONTEXT_KEY) or scope.get("route")
        path = getattr(route, "path_format", None)
    if path:
        method = "WS" if scope["type"] == "websocket" else scope.get("method", "")
        context["path"] = f"{method} {scope.get('root_path', '').rstrip('/')}{path}"
    return context


def _extract_endpoint_context(func: object) -> EndpointContext:
    """Return a new dict with file, line and name of a function, an empty one if it has no source (a partial)."""
    cached = _endpoint_context_cache.get(id(func))
    if cached is None:
        cached = _endpoint_context_cache[id(func)] = (func, _locate(func))
    return {**cached[1]}


def _locate(func: Any) -> EndpointContext:
    try:
        file = inspect.getsourcefile(func)
        if file is None:
            return {}
        return {"file": file, "line": _first_line(func), "function": func.__name__}
    except (TypeError, OSError, AttributeError):
        return {}


def _first_line(func: Any) -> int:
    # PERF: `inspect.getsourcelines` reads the source, which takes a thousand times longer than the attribute.
    code = getattr(inspect.unwrap(func), "__code__", None)
    if code is not None:
        line: int = code.co_firstlineno
        return line
    return inspect.getsourcelines(func)[1]
