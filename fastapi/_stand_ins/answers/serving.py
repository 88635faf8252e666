"""Runs Starlette's own code of streams with `AnswerGroup` under the name of its task group.

A response is sent here if Starlette's own function would send it: a class of a user may define other methods, but not
`__call__`. Everything else calls the response: on another event loop than asyncio's, with a task factory, in debug
mode, where a name was replaced, and where the installed releases do not agree with the stand-in (`answers.agreement`).
"""

from __future__ import annotations

from asyncio import _get_running_loop as running_loop
from typing import Any, Awaitable, Optional

import anyio
from starlette import responses
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from fastapi._stand_ins import anyio_names
from fastapi._stand_ins.accelerators import STREAMS
from fastapi._stand_ins.answers.group import AnswerGroup
from fastapi._stand_ins.answers.names import with_stand_ins
from fastapi._stand_ins.guards import Guard
from fastapi._stand_ins.http.loops import OPEN_KINDS, OpenLoop, shows_its_queues
from fastapi._stand_ins.http.nesting import TASK_NAME
from fastapi._stand_ins.http.scopes import current_task_of


def send_lightly(response: ASGIApp, scope: Scope, receive: Receive, send: Send) -> Optional[Awaitable[None]]:
    """Return the sending of a response with the stand-ins, or None where the response has to be called."""
    if type(response).__call__ is not GENUINE_STREAM:
        return None
    if scope["type"] != "http" or not _is_usual_loop() or not in_responses.holds() or not STREAMS.is_on():
        return None
    if current_task_of(running_loop()).get_name() == TASK_NAME:
        # NOTE: below several functions around requests, an interrupted stream was closed earlier than with Starlette.
        return None
    sending: Awaitable[None] = call_stream(response, scope, receive, send)
    return sending


def has_usual_pipes() -> bool:
    """Whether pipes may stand for memory streams here."""
    return (
        _is_usual_loop()
        and anyio.create_memory_object_stream is anyio_names.create_memory_object_stream
        and anyio.fail_after is anyio_names.fail_after
        and anyio.EndOfStream is anyio_names.EndOfStream
        and STREAMS.is_on()
    )


def _is_usual_loop() -> bool:
    """Whether a task of asyncio runs, and its loop makes tasks in the common way."""
    loop: OpenLoop = running_loop()
    if loop is None or current_task_of(loop) is None:
        return False
    is_open = OPEN_KINDS.get(loop.__class__)
    if is_open is None:
        is_open = shows_its_queues(loop)
    if is_open:
        # PERF: the results of the two methods below.
        return loop._task_factory is None and not loop._debug
    return loop.get_task_factory() is None and not loop.get_debug()


GENUINE_STREAM: Any = StreamingResponse.__call__
call_stream = with_stand_ins(GENUINE_STREAM, create_collapsing_task_group=AnswerGroup)
# Starlette's code finds these names in its module.
in_responses = Guard((responses, "create_collapsing_task_group", "partial", "ClientDisconnect"))
