"""A response whose messages are known, and its tasks."""

from __future__ import annotations

from typing import Awaitable, Callable, Optional, Union, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi._routing.planned.rejoin import Watched, raising_once
from fastapi._routing.planned.running.arguments import Slots
from fastapi._routing.planned.running.json_response import make_head
from fastapi._routing.planning.rows import PlannedOperation
from fastapi._routing.tree.asgi import send_response
from fastapi.background import BackgroundTasks


class Prepared:
    """The two messages of a response, and the tasks that run after them: an ASGI application."""

    __slots__ = ("body", "start", "tasks")

    def __init__(self, start: Message, body: Message, tasks: Optional[BackgroundTasks]) -> None:
        self.start = start
        self.body = body
        self.tasks = tasks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(self.start)
        await send(self.body)
        if self.tasks is not None:
            await self.tasks()


# Makes the response from the JSON, or from the response that the endpoint returned.
Prepare = Callable[[Union[bytes, Response], Slots], Union[Prepared, Response]]


def make_prepare(planned: PlannedOperation) -> Prepare:
    """Return the function that makes the response to an operation."""
    make = make_head(planned)
    tasks_slot = planned.slot_of("background_tasks")

    def prepare(content: Union[bytes, Response], values: Slots) -> Union[Prepared, Response]:
        tasks = None if tasks_slot is None else cast(BackgroundTasks, values[tasks_slot])
        if not isinstance(content, bytes):
            if content.background is None:
                content.background = tasks
            return content
        status, body, headers = make(content, values)
        start = {"type": "http.response.start", "status": status, "headers": headers}
        return Prepared(start, {"type": "http.response.body", "body": body}, tasks)

    return prepare


async def send_watched(
    response: Union[Prepared, Response], scope: Scope, receive: Receive, send: Send, watched: Watched
) -> None:
    """Send a response, and run its tasks. `watched` keeps the message that began it."""
    if isinstance(response, Prepared):
        watched.start = response.start
        await send(response.start)
        await send(response.body)
        if response.tasks is not None and response.tasks.tasks:
            await response.tasks()
    else:
        await send_response(response, scope, receive, watched.send)


# ── The rest of a request, for `answer_in_stacks` ──

# Makes the response of a request, or raises.
MakeApp = Callable[[Request], Awaitable[ASGIApp]]


def returning_call(response: ASGIApp) -> MakeApp:
    """Return the function that returns a response."""

    async def call(request: Request) -> ASGIApp:
        return response

    return call


def raising_call(error: BaseException) -> MakeApp:
    """Return the function that raises an exception again, once."""
    fail = raising_once(error)

    async def call(request: Request) -> ASGIApp:
        fail()

    return call


def sent(start: Optional[Message]) -> ASGIApp:
    """Return the response that has been sent, and began with `start`."""

    async def begin_again(scope: Scope, receive: Receive, send: Send) -> None:
        # The layers see that a response has begun; the message does not leave again.
        if start is not None:
            await send(start)

    return begin_again
