"""The objects of the request that calls ask for.

A function that gets the request may change the parameters that are read later: `ReadParts` notices that.
"""

from __future__ import annotations

from typing import Callable, Dict, Optional

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from fastapi._routing.exact.early_body import NO_BODY, EarlyBody
from fastapi._routing.planned.running.arguments import SlotList
from fastapi._routing.planning.rows import PlannedOperation, RequestObject
from fastapi._stand_ins.forms.reading import accelerate
from fastapi._stand_ins.response_template import make_blank_response
from fastapi.background import BackgroundTasks
from fastapi.security.oauth2 import SecurityScopes

# Appends the objects to the slots.
Provide = Callable[[SlotList, Optional[Request]], None]
# Makes one object; None stands for the request itself.
_Make = Optional[Callable[[], object]]


def make_provide(planned: PlannedOperation) -> Optional[Provide]:
    """Return the function that appends the objects of the request to the slots, None without such objects."""
    if not planned.objects:
        return None
    makers = [_make_maker(each) for each in planned.objects]

    def provide(values: SlotList, request: Optional[Request]) -> None:
        for make in makers:
            values.append(request if make is None else make())

    return provide


def _make_maker(wanted: RequestObject) -> _Make:
    scopes = wanted.scopes
    makers: Dict[str, _Make] = {
        "request": None,
        "response": make_blank_response,
        "background_tasks": BackgroundTasks,
        "security_scopes": lambda: SecurityScopes(scopes=list(scopes)),
    }
    return makers[wanted.kind]


def make_request(early: EarlyBody, scope: Scope, receive: Receive, send: Send) -> Request:
    """Return the request that has read the body, or a new one for a request without a body."""
    request = None if early is NO_BODY else early.request(scope, receive, send)
    if request is None:
        request = Request(scope, receive, send)
    # For endpoints and dependencies that read the form of the request themselves.
    if scope["method"] != "GET":
        accelerate(request)
    return request


class ReadParts:
    """The parts of a request as they were when the core read them.

    The real package keeps the query, the headers and the cookies in the request before it calls the first dependency.
    Only changes of the kept objects reach the parameters that are read later, and changes of the path parameters.
    """

    __slots__ = ("_headers", "_pairs", "_params", "_query", "_request", "_scope")

    def __init__(self, request: Request) -> None:
        self._request = request
        self._scope = scope = request.scope
        self._params = dict(scope["path_params"])
        self._query = scope.get("query_string", b"")
        self._headers = scope["headers"]
        self._pairs = list(scope["headers"])

    def have_changed(self) -> bool:
        """Whether a function may have changed one of the parts. Then the request keeps those that it should have."""
        scope, kept = self._request.scope, vars(self._request)
        if (
            scope is self._scope
            and "_cookies" not in kept
            and scope["path_params"] == self._params
            and scope.get("query_string", b"") == self._query
            and list(scope["headers"]) == self._pairs
        ):
            return False
        self._keep(kept)
        return True

    def _keep(self, kept: Dict[str, object]) -> None:
        if "_query_params" not in kept:
            kept["_query_params"] = QueryParams(self._query)
        if "_headers" not in kept:
            kept["_headers"] = Headers(raw=self._headers if isinstance(self._headers, list) else self._pairs)
        if "_cookies" not in kept:
            kept["_cookies"] = Request({"type": "http", "headers": self._pairs}).cookies
