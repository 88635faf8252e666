"""Read the counters of an instance that belongs to another thread, which may be in the middle of a crossing.

That thread may have written its frame, or have its answer waiting in the buffer. So its buffer is saved, the counters
are asked for, copied, and the buffer is put back, all in one call of C code: with the GIL held throughout, the other
thread cannot tell. What cannot be done like that (no GIL, a call that releases it, a large answer waiting) is left as
last seen.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import partial
from marshal import loads
from operator import eq, setitem
from typing import Any, Callable

from fastapi._wasm.instance import Instance

_ROOM = 256
_run: Any = partial.__call__
# How the announcement of a large answer starts: a tuple of two, its first element this text.
_LARGE_HEAD = b"(\2\0\0\0z\5large"


def peek(instance: Instance) -> None:
    """Renew `instance.seen` if that can be done without its thread noticing."""
    if not instance.peekable or not getattr(sys, "_is_gil_enabled", _always)():
        return
    # Held by its thread while room is reserved, a large answer is fetched, or the store is freed.
    if not instance.lock.acquire(blocking=False):
        return
    collecting = gc.isenabled()
    gc.disable()
    try:
        if not instance.closed:
            _peek(instance)
    finally:
        if collecting:
            gc.enable()
        instance.lock.release()


def _always() -> bool:
    return True


def _peek(instance: Instance) -> None:
    function, arguments, count = instance.target("counters")
    trap = ctypes.c_void_p()
    head, saved, answer = instance.out[:_ROOM], memoryview(bytearray(_ROOM)), memoryview(bytearray(_ROOM))
    everything = slice(None)
    steps: list[Callable[[], Any]] = [
        partial(eq, instance.out[: len(_LARGE_HEAD)], _LARGE_HEAD),
        partial(setitem, saved, everything, head),
        partial(instance.call, instance.context, function, arguments, count, ctypes.byref(trap)),
        partial(setitem, answer, everything, head),
        partial(setitem, head, everything, saved),
    ]
    # NOTE: `any` and `map` run no bytecode between the steps, so no other thread runs either; a true step ends it.
    stopped = any(map(_run, steps))
    if not stopped and not trap and not instance.dead:
        instance.seen = loads(answer)
