"""The default handlers of exceptions. An application may replace them."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.status import WS_1008_POLICY_VIOLATION
from starlette.websockets import WebSocket

from fastapi._facade import install as _install
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from fastapi.utils import is_body_allowed_for_status_code


async def http_exception_handler(request: Request, exc: HTTPException) -> Response:
    """Return a response with the status and the headers of the exception, and with its detail as JSON."""
    status_code, headers = exc.status_code, getattr(exc, "headers", None)
    if is_body_allowed_for_status_code(status_code):
        return JSONResponse({"detail": exc.detail}, status_code=status_code, headers=headers)
    return Response(status_code=status_code, headers=headers)


async def request_validation_exception_handler(request: Request, exc: RequestValidationError) -> JSONResponse:
    """Return a response with status 422 and the errors as JSON."""
    return JSONResponse(status_code=422, content={"detail": jsonable_encoder(exc.errors())})


async def websocket_request_validation_exception_handler(
    websocket: WebSocket, exc: WebSocketRequestValidationError
) -> None:
    """Close the connection with the errors as the reason."""
    await websocket.close(code=WS_1008_POLICY_VIOLATION, reason=jsonable_encoder(exc.errors()))


# The package notices assignments to names of this module.
_install(__name__, [])
