"""Names of anyio's, from the modules that define them.

Newer releases of anyio give what they define the `__module__` "anyio" when the package is first asked for it by name.
Tracebacks and logs show that, so this package asks `anyio` for nothing that upstream does not ask it for.
"""

from __future__ import annotations

from anyio._core._exceptions import EndOfStream as EndOfStream
from anyio._core._exceptions import WouldBlock as WouldBlock
from anyio._core._streams import create_memory_object_stream as create_memory_object_stream
from anyio._core._synchronization import Event as Event
from anyio._core._tasks import CancelScope as CancelScope
from anyio._core._tasks import create_task_group as create_task_group
from anyio._core._testing import get_current_task as get_current_task
