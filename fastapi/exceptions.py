"""Exceptions that the framework raises, or that an application raises for it to handle."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, Mapping, Optional, Sequence, Type, TypedDict

from annotated_doc import Doc
from pydantic import BaseModel, create_model
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.exceptions import WebSocketException as StarletteWebSocketException
from typing_extensions import Annotated

if TYPE_CHECKING:
    from fastapi._schema_file.problems import ParamsSchemaError as ParamsSchemaError
else:

    def __getattr__(name: str) -> Any:
        # Parameters that are declared in a file take Pydantic models and a YAML parser, so they are imported on demand.
        if name != "ParamsSchemaError":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return importlib.import_module("fastapi._schema_file.problems").ParamsSchemaError


# `http.HTTPStatus` has these from Python 3.9 on.
_LATER_PHRASES = {103: "Early Hints", 418: "I'm a Teapot", 425: "Too Early"} if sys.version_info < (3, 9) else {}


class EndpointContext(TypedDict, total=False):
    """The known parts of the location of the endpoint whose validation failed."""

    function: str
    path: str
    file: str
    line: int


class HTTPException(StarletteHTTPException):
    """Raised by an application to answer a request with an error status.

    It is for errors of the client: a missing resource, wrong data, no permission. An endpoint or a dependency raises
    it, and the default handler sends a JSON body with the detail. It is not for errors of the application itself.

    ```python
    @app.post("/seats/{number}/booking", status_code=201)
    def book(number: int, guest: Guest) -> Booking:
        if number in bookings:
            raise HTTPException(409, f"Seat {number} is taken", headers={"Retry-After": "3600"})
        return bookings.add(number, guest)
    ```
    """

    def __init__(
        self,
        status_code: Annotated[int, Doc("The HTTP status code of the response, for example 404.")],
        detail: Annotated[
            Any,
            Doc(
                "The value of the key `detail` in the JSON body: any data that has JSON. Without it, the standard "
                "phrase of the status code, such as `Not Found`."
            ),
        ] = None,
        headers: Annotated[Optional[Mapping[str, str]], Doc("Headers of the response, beside the usual ones.")] = None,
    ) -> None:
        detail = _LATER_PHRASES.get(status_code) if detail is None else detail
        super().__init__(status_code=status_code, detail=detail, headers=headers)


class WebSocketException(StarletteWebSocketException):
    """Raised by an application to close a WebSocket connection with a code.

    It is for errors of the client: no permission, wrong data. Before `accept` the server refuses the handshake instead.
    It is not for errors of the application itself.

    ```python
    @app.websocket("/rooms/{room}")
    async def room(websocket: WebSocket, room: str, ticket: Annotated[str, Query()]) -> None:
        if not tickets.allow(ticket, room):
            raise WebSocketException(status.WS_1008_POLICY_VIOLATION, reason="The ticket is for another room")
        await websocket.accept()
        async for text in websocket.iter_text():
            await rooms[room].broadcast(text)
    ```
    """

    def __init__(
        self,
        code: Annotated[int, Doc("A status code of RFC 6455 section 7.4.1, for example 1008.")],
        reason: Annotated[
            Optional[str],
            Doc(
                "The reason for the client: text of at most 123 bytes in UTF-8, for users or for programs. RFC 6455 "
                "does not define its content."
            ),
        ] = None,
    ) -> None:
        super().__init__(code=code, reason=reason)


# The names of these models are "Request" and "WebSocket", as in the real package.
RequestErrorModel: Type[BaseModel] = create_model("Request")
WebSocketErrorModel: Type[BaseModel] = create_model("WebSocket")


class FastAPIError(RuntimeError):
    """An error of the application in its use of the framework, such as a type that no field can have."""


class DependencyScopeError(FastAPIError):
    """A dependency with the scope "request" depends on one with the scope "function", which ends before it."""


class PydanticV1NotSupportedError(FastAPIError):
    """A declaration contains a model of `pydantic.v1`; only models of Pydantic 2 are supported."""


class FastAPIDeprecationWarning(UserWarning):
    """Warns of the use of a public name that a later release removes.

    It is a `UserWarning`: Python shows a `DeprecationWarning` by default only in `__main__` and in tests.
    """


class ValidationException(Exception):
    """The base of the exceptions for data that does not match the declarations of an endpoint."""

    if TYPE_CHECKING:
        endpoint_function: Optional[str]
        endpoint_path: Optional[str]
        endpoint_file: Optional[str]
        endpoint_line: Optional[int]

    def __init__(
        self,
        errors: Sequence[Any],
        *,
        endpoint_ctx: Optional[EndpointContext] = None,
    ) -> None:
        self._errors = errors
        self.endpoint_ctx = endpoint_ctx
        known: Mapping[str, object] = endpoint_ctx or {}
        for name in ("function", "path", "file", "line"):
            setattr(self, f"endpoint_{name}", known.get(name))

    def errors(self) -> Sequence[Any]:
        """Return the errors of Pydantic, each a dict with the keys `type`, `loc`, `msg` and `input`."""
        return self._errors

    def __str__(self) -> str:
        count = len(self._errors)
        heading = "{} validation error{}:".format(count, "" if count == 1 else "s")
        lines = [heading] + [f"  {error}" for error in self._errors]
        return "\n".join(lines) + self._format_endpoint_context()

    def _format_endpoint_context(self) -> str:
        """Return a paragraph that names the endpoint like an entry of a traceback; empty if it is not known."""
        if self.endpoint_file and self.endpoint_line and self.endpoint_function:
            place = f'\n\n  File "{self.endpoint_file}", line {self.endpoint_line}, in {self.endpoint_function}'
            return place + (f"\n    {self.endpoint_path}" if self.endpoint_path else "")
        if self.endpoint_path:
            return f"\n\n  Endpoint: {self.endpoint_path}"
        return ""


class RequestValidationError(ValidationException):
    """A request does not match the parameters of the endpoint. The default handler answers with status 422."""

    def __init__(
        self, errors: Sequence[Any], *, body: Any = None, endpoint_ctx: Optional[EndpointContext] = None
    ) -> None:
        super().__init__(errors, endpoint_ctx=endpoint_ctx)
        self.body = body


class WebSocketRequestValidationError(ValidationException):
    """A handshake does not match the parameters of the endpoint. The default handler closes with the code 1008."""

    def __init__(self, errors: Sequence[Any], *, endpoint_ctx: Optional[EndpointContext] = None) -> None:
        super().__init__(errors, endpoint_ctx=endpoint_ctx)


class ResponseValidationError(ValidationException):
    """The result of an endpoint does not match its response model: an error of the application, status 500."""

    def __init__(
        self, errors: Sequence[Any], *, body: Any = None, endpoint_ctx: Optional[EndpointContext] = None
    ) -> None:
        super().__init__(errors, endpoint_ctx=endpoint_ctx)
        self.body = body
