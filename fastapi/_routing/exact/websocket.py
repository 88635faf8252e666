"""Serving a WebSocket connection: solve the dependencies, call the endpoint."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any, Awaitable, Callable, Optional

from starlette.websockets import WebSocket

from fastapi._routing.exact.endpoint import endpoint_context
from fastapi._scope_keys import RECORDER_KEY, REQUEST_STACK_KEY
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import solve_dependencies
from fastapi.exceptions import WebSocketRequestValidationError


def get_websocket_app(
    dependant: Dependant,
    dependency_overrides_provider: Optional[object] = None,
    embed_body_fields: bool = False,
) -> Callable[[WebSocket], Awaitable[Any]]:
    """Build the function that serves a connection."""

    async def app(websocket: WebSocket) -> None:
        scope = websocket.scope
        recorder = scope.get(RECORDER_KEY)
        if recorder is not None:
            recorder.data.websocket = websocket
        stack = scope.get(REQUEST_STACK_KEY)
        assert isinstance(stack, AsyncExitStack), "fastapi_inner_astack not found in request scope"
        solving = solve_dependencies(
            request=websocket,
            dependant=dependant,
            dependency_overrides_provider=dependency_overrides_provider,
            async_exit_stack=stack,
            embed_body_fields=embed_body_fields,
        )
        if recorder is None:
            solved = await solving
        else:
            with recorder.operation("dependencies", dependant.call):
                solved = await solving
            recorder.data.values, recorder.data.errors = solved.values, solved.errors
        if solved.errors:
            error = WebSocketRequestValidationError(
                solved.errors,
                endpoint_ctx=endpoint_context(dependant.call, scope, dependant.path),
            )
            if recorder is not None:
                recorder.validation_failed(error)
            raise error
        assert dependant.call is not None, "dependant.call must be a function"
        if recorder is None:
            await dependant.call(**solved.values)
        else:
            with recorder.operation("endpoint", dependant.call):
                await dependant.call(**solved.values)

    return app


get_websocket_app.__module__ = "fastapi.routing"
