"""A response whose messages are known, and its tasks."""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Optional, Union

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi._routing.planned.rejoin import Watched, is_two_messages, raise_as_it_is
from fastapi._routing.planned.running.arguments import Slots
from fastapi._routing.planned.running.json_response import make_head
from fastapi._routing.planning.rows import PlannedOperation
from fastapi._routing.tree.asgi import send_response


class Prepared:
    """The two messages of a response, and the tasks that run after them: an ASGI application."""

    __slots__ = ("body", "start", "tasks")

    def __init__(self, start: Message, body: Message, tasks: Any) -> None:
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
        tasks: Any = None if tasks_slot is None else values[tasks_slot]
        if not isinstance(content, bytes):
            if content.background is None:
                content.background = tasks
            return content
        status, body, headers = make(content, values)
        start = {"type": "http.response.start", "status": status, "headers": headers}
        return Prepared(start, {"type": "http.response.body", "body": body}, tasks)

    return prepare


def has_later_work(response: Union[Prepared, Response]) -> bool:
    """Whether more than two messages, or anything after them, may belong to a response."""
    if isinstance(response, Prepared):
        return response.tasks is not None and bool(response.tasks.tasks)
    return not is_two_messages(response)


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
    """Return the function that raises an exception again."""

    async def call(request: Request) -> ASGIApp:
        raise_as_it_is(error)
        raise AssertionError

    return call


def sent(start: Optional[Message]) -> ASGIApp:
    """Return the response that has been sent, and began with `start`."""

    async def begin_again(scope: Scope, receive: Receive, send: Send) -> None:
        # The layers see that a response has begun; the message does not leave again.
        if start is not None:
            await send(start)

    return begin_again
