"""Read the counters of an instance that belongs to another thread.

The instance must not be busy, and its thread must not begin a use before the counters have been copied. So that is
looked at, the counters are asked for and copied in one call of C code: with the GIL held throughout, the other thread
cannot tell. An instance for which that cannot be done (it is busy, there is no GIL) keeps the figures last seen.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import partial
from marshal import loads
from operator import setitem
from typing import Any, Callable

from fastapi._wasm.instance import Instance

_ROOM = 256
_run: Any = partial.__call__


def peek(instance: Instance) -> tuple[int, ...] | None:
    """Return the counters of an instance, or None when its thread could notice that."""
    return _peek(instance) if instance.peekable and getattr(sys, "_is_gil_enabled", _always)() else None


def _always() -> bool:
    return True


def _peek(instance: Instance) -> tuple[int, ...] | None:
    function, arguments, count = instance.target("counters")
    trap = ctypes.c_void_p()
    head, answer = instance.out[:_ROOM], memoryview(bytearray(_ROOM))
    steps: list[Callable[[], Any]] = [
        partial(getattr, instance, "busy"),
        partial(getattr, instance, "closed"),
        partial(instance.call, instance.context, function, arguments, count, ctypes.byref(trap)),
        partial(setitem, answer, slice(None), head),
    ]
    # NOTE: `any` and `map` run no bytecode between the steps, so no other thread runs either; a true step ends it.
    look: Callable[[], Any] = partial(any, map(_run, steps))
    # A finalizer would run bytecode. An exception cannot leave the collector disabled: there is no bytecode for it.
    everything = [partial(gc.disable), look, partial(gc.enable)] if gc.isenabled() else [_nothing, look, _nothing]
    _, stopped, _ = list(map(_run, everything))
    if stopped or trap or instance.dead:
        return None
    figures: tuple[int, ...] = loads(answer)
    return figures


_nothing = partial(bool)
