"""Names of anyio from the modules that define them.

Newer releases of anyio give a class the `__module__` "anyio" at the first access to its name in the package. Tracebacks
and logs show that, so this package accesses only the names in `anyio` that upstream accesses.
"""

from __future__ import annotations

from anyio._core._exceptions import BrokenResourceError as BrokenResourceError
from anyio._core._exceptions import ClosedResourceError as ClosedResourceError
from anyio._core._exceptions import EndOfStream as EndOfStream
from anyio._core._exceptions import WouldBlock as WouldBlock
from anyio._core._streams import create_memory_object_stream as create_memory_object_stream
from anyio._core._synchronization import Event as Event
from anyio._core._tasks import CancelScope as CancelScope
from anyio._core._tasks import create_task_group as create_task_group
from anyio._core._tasks import fail_after as fail_after
from anyio._core._testing import get_current_task as get_current_task
