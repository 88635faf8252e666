"""The redirect of a request to its path with, or without, a slash at the end, where a route matches that path."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Optional

from starlette._utils import get_route_path
from starlette.datastructures import URL
from starlette.responses import RedirectResponse
from starlette.types import Receive, Scope, Send

from fastapi._rest import Rest
from fastapi._routing.planned.rejoin import Watched, raising_through
from fastapi._routing.planned.running.json_response import Headers
from fastapi._routing.tree import selection
from fastapi._stand_ins.guards import Guard, guard

guard(RedirectResponse)
_names = Guard((selection, "RedirectResponse", "URL", "slash_redirect"))


def redirects_as_known() -> bool:
    """Whether the exact way still redirects with the original classes."""
    return _names.holds()


def toggled(scope: Scope) -> Optional[str]:
    """Return the path of a request with its slashes at the end removed, or with one added; None for the exact way.

    With a root path, removing or adding a slash may change the part of the path that routes match. A path of slashes
    alone has no path without them.
    """
    path: str = scope["path"]
    route_path = get_route_path(scope)
    if not route_path.strip("/"):
        return None
    other = _toggle(path)
    if scope.get("root_path") and get_route_path({**scope, "path": other}) != _toggle(route_path):
        return None
    return other


def _toggle(path: str) -> str:
    return path.rstrip("/") if path.endswith("/") else path + "/"


async def redirect(scope: Scope, path: str, receive: Receive, send: Send) -> Optional[Rest]:
    """Redirect a request to `path`; if that fails, return the rest that raises the error at the router."""
    watched = Watched(send)
    try:
        headers = _simple_headers(scope, path) if _agrees_with_starlette() else None
        if headers is None:
            await _response(scope, path)(scope, receive, watched.send)
        else:
            await watched.send({"type": "http.response.start", "status": 307, "headers": headers})
            await watched.send({"type": "http.response.body", "body": b""})
    except Exception as error:
        return Rest(raising_through(error, watched.start), watched.send_rest)
    return None


def _response(scope: Scope, path: str) -> RedirectResponse:
    return RedirectResponse(url=str(URL(scope={**scope, "path": path})))


# Texts that a URL holds as they are: nothing is escaped, and no rule about hosts applies.
_SIMPLE_PATH = re.compile(r"/[A-Za-z0-9_.~:=@!$&'()*+,;/-]*")
_SIMPLE_QUERY = re.compile(rb"[A-Za-z0-9_.~:=@!$&'()*+,;/?%-]*")
_SIMPLE_HOST = re.compile(rb"[a-z0-9]+([.-][a-z0-9]+)*(:[1-9][0-9]{0,3})?")


def _simple_headers(scope: Scope, path: str) -> Optional[Headers]:
    """Return the headers of the redirect, None if Starlette has to make the URL."""
    scheme: str = scope.get("scheme", "")
    query = scope.get("query_string")
    host = next((value for name, value in scope["headers"] if name == b"host"), None)
    is_simple = (
        scheme in ("http", "https")
        and type(host) is bytes
        and type(query) is bytes
        and _SIMPLE_HOST.fullmatch(host)
        and _SIMPLE_QUERY.fullmatch(query)
        and _SIMPLE_PATH.fullmatch(path)
    )
    if not is_simple:
        return None
    location = b"%s://%s%s" % (scheme.encode(), host, path.encode())
    return [(b"content-length", b"0"), (b"location", location + b"?" + query if query else location)]


@lru_cache(maxsize=None)
def _agrees_with_starlette() -> bool:
    """Whether the installed release of Starlette redirects as this module does."""
    hosts = (b"example.org", b"127.0.0.1:8000", b"a-b.c:1")
    for host in hosts:
        for path, query in (("/a/b/", b""), ("/(a);b=c:d@e", b"q=1&r=%20?/"), ("/a//b", b"")):
            scope = {"type": "http", "scheme": "https", "query_string": query, "headers": [(b"host", host)]}
            response = _response({**scope, "server": ("127.0.0.1", 80), "path": path}, path)
            if (response.status_code, response.raw_headers) != (307, _simple_headers(scope, path)):
                return False
    return True
