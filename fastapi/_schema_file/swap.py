"""Many attributes of many objects replaced in one step.

A request in another thread must not find one route with the parameters of the new file and, after it, another route
with those of the old. So there is no moment between the first assignment and the last at which another thread runs.
"""

from __future__ import annotations

import gc
from collections import deque
from itertools import chain, starmap
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from fastapi._changes import changes


class Assignment(NamedTuple):
    """A dictionary, such as that of the attributes of an object, and its new items."""

    target: Dict[str, Any]
    values: Dict[str, object]


def swap(assignments: Sequence[Assignment]) -> None:
    """Do all assignments, and count the change, while no other thread runs. `changes.lock` has to be held.

    CPython passes the interpreter from thread to thread between bytecodes, and all that happens here is inside of one:
    a loop in C over methods in C. No Python code can run in it: the replaced objects are kept until afterwards, so no
    finalizer is called, and the garbage collector waits. A build without that lock has no such step: there the
    assignments follow each other as fast as one thread can make them.
    """
    kept: List[object] = [dict(target) for target, _ in assignments]
    targets = [target for target, _ in assignments]
    values = [values for _, values in assignments]
    # Routers make the routes of their inclusions anew by the one number, plans are compiled anew by the other.
    numbers: List[Tuple[object, str, int]] = [(changes, "declarations", changes.declarations + 1)]
    numbers.append((changes, "count", changes.count + 1))
    numbers += [(version, "count", version.count + 1) for version in changes.followers()]
    steps = chain(map(dict.update, targets, values), starmap(setattr, numbers))
    collects = gc.isenabled()
    gc.disable()
    try:
        deque(steps, 0)
    finally:
        if collects:
            gc.enable()
    del kept
