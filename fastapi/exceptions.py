"""Exceptions raised by the framework or by its users."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Mapping, Optional, Sequence, Type, TypedDict

from annotated_doc import Doc
from pydantic import BaseModel, create_model
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.exceptions import WebSocketException as StarletteWebSocketException
from typing_extensions import Annotated

# `http.HTTPStatus` has these from Python 3.9 on.
_LATER_PHRASES = {103: "Early Hints", 418: "I'm a Teapot", 425: "Too Early"} if sys.version_info < (3, 9) else {}


class EndpointContext(TypedDict, total=False):
    """Where the endpoint of a failed validation is: what is known of it."""

    function: str
    path: str
    file: str
    line: int


class HTTPException(StarletteHTTPException):
    """Answer the request with an error status.

    ```python
    @app.get("/items/{item_id}")
    async def read_item(item_id: str):
        if item_id not in items:
            raise HTTPException(status_code=404, detail="Item not found")
        return items[item_id]
    ```
    """

    def __init__(
        self,
        status_code: Annotated[int, Doc("The status code of the response.")],
        detail: Annotated[
            Any,
            Doc(
                "What to put under the `detail` key of the JSON body: anything JSON can hold. "
                "Left out, it is the standard phrase of the status code."
            ),
        ] = None,
        headers: Annotated[Optional[Mapping[str, str]], Doc("Headers to add to the response.")] = None,
    ) -> None:
        detail = _LATER_PHRASES.get(status_code) if detail is None else detail
        super().__init__(status_code=status_code, detail=detail, headers=headers)


class WebSocketException(StarletteWebSocketException):
    """Close the WebSocket connection with a code.

    ```python
    @app.websocket("/items/ws")
    async def items(websocket: WebSocket, session: Annotated[Optional[str], Cookie()] = None):
        if session is None:
            raise WebSocketException(code=status.WS_1008_POLICY_VIOLATION)
        await websocket.accept()
    ```
    """

    def __init__(
        self,
        code: Annotated[int, Doc("A closing code of RFC 6455 section 7.4.1, for example 1008.")],
        reason: Annotated[
            Optional[str],
            Doc("Why the connection is closed, as text of at most 123 bytes of UTF-8."),
        ] = None,
    ) -> None:
        super().__init__(code=code, reason=reason)


# The names these two models show are "Request" and "WebSocket".
RequestErrorModel: Type[BaseModel] = create_model("Request")
WebSocketErrorModel: Type[BaseModel] = create_model("WebSocket")


class FastAPIError(RuntimeError):
    """The application is put together, or uses the framework, in a way that cannot work."""


class DependencyScopeError(FastAPIError):
    """A dependency needs another one that would already be closed when it exits."""


class PydanticV1NotSupportedError(FastAPIError):
    """A model of Pydantic 1 was used where only Pydantic 2 is supported."""


class FastAPIDeprecationWarning(UserWarning):
    """Something public is going away.

    It is a `UserWarning`, because Python hides `DeprecationWarning` outside of `__main__` and tests.
    """


class ValidationException(Exception):
    """Data did not fit what an endpoint declares."""

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
        known: Mapping[str, Any] = endpoint_ctx or {}
        for name in ("function", "path", "file", "line"):
            setattr(self, f"endpoint_{name}", known.get(name))

    def errors(self) -> Sequence[Any]:
        """Return the errors, each a dict with the keys `type`, `loc`, `msg` and `input`."""
        return self._errors

    def __str__(self) -> str:
        count = len(self._errors)
        heading = "{} validation error{}:".format(count, "" if count == 1 else "s")
        lines = [heading] + [f"  {error}" for error in self._errors]
        return "\n".join(lines) + self._format_endpoint_context()

    def _format_endpoint_context(self) -> str:
        """Return a paragraph naming the endpoint, in the form of a traceback entry, or nothing."""
        if self.endpoint_file and self.endpoint_line and self.endpoint_function:
            place = f'\n\n  File "{self.endpoint_file}", line {self.endpoint_line}, in {self.endpoint_function}'
            return place + (f"\n    {self.endpoint_path}" if self.endpoint_path else "")
        if self.endpoint_path:
            return f"\n\n  Endpoint: {self.endpoint_path}"
        return ""


class RequestValidationError(ValidationException):
    """The request does not fit the endpoint. The default handler answers 422."""

    def __init__(
        self,
        errors: Sequence[Any],
        *,
        body: Any = None,
        endpoint_ctx: Optional[EndpointContext] = None,
    ) -> None:
        super().__init__(errors, endpoint_ctx=endpoint_ctx)
        self.body = body


class WebSocketRequestValidationError(ValidationException):
    """The handshake does not fit the endpoint. The default handler closes the connection with code 1008."""

    def __init__(self, errors: Sequence[Any], *, endpoint_ctx: Optional[EndpointContext] = None) -> None:
        super().__init__(errors, endpoint_ctx=endpoint_ctx)


class ResponseValidationError(ValidationException):
    """The endpoint returned something that its response model refuses. This is an error of the server."""

    def __init__(
        self,
        errors: Sequence[Any],
        *,
        body: Any = None,
        endpoint_ctx: Optional[EndpointContext] = None,
    ) -> None:
        super().__init__(errors, endpoint_ctx=endpoint_ctx)
        self.body = body
