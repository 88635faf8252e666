"""Whether pipes may stand for memory streams in the current task."""

from __future__ import annotations

from asyncio import _get_running_loop as running_loop

import anyio

from fastapi._stand_ins import anyio_names
from fastapi._stand_ins.accelerators import STREAMS
from fastapi._stand_ins.http.loops import OpenLoop, opens_its_queues
from fastapi._stand_ins.http.scopes import current_task_of


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
    return loop is not None and opens_its_queues(loop) is not None and current_task_of(loop) is not None
