"""Whether pipes may stand for memory streams in the current task."""

from __future__ import annotations

from asyncio import _get_running_loop as running_loop

import anyio

from fastapi._stand_ins import anyio_names
from fastapi._stand_ins.accelerators import STREAMS
from fastapi._stand_ins.http.loops import OPEN_KINDS, OpenLoop, shows_its_queues
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
    if loop is None or current_task_of(loop) is None:
        return False
    is_open = OPEN_KINDS.get(loop.__class__)
    if is_open is None:
        is_open = shows_its_queues(loop)
    if is_open:
        # PERF: the results of the two methods below.
        return loop._task_factory is None and not loop._debug
    return loop.get_task_factory() is None and not loop.get_debug()
