"""The loaded module and its instances: leases of threads, instances that trapped, counters."""

from __future__ import annotations

import itertools
import logging
import sys
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Callable, Tuple, Type
from weakref import WeakSet

from fastapi._wasm import contract
from fastapi._wasm.artifact import RustExtensionError
from fastapi._wasm.instance import Host, Instance, Trapped, Unavailable
from fastapi._wasm.loading import load_module

if TYPE_CHECKING:
    from fastapi._wasm.plan import Plan

# Not every host of JavaScript has ctypes.
_ARGUMENT_ERRORS: Tuple[Type[BaseException], ...] = ()
with suppress(ImportError):
    from ctypes import ArgumentError

    _ARGUMENT_ERRORS = (ArgumentError,)

COUNTERS = ("matched", "invalid", "not_found", "declined", "encoded", "left_to_python")

# More than this stays in Python.
_LARGEST_FRAME = 64 << 20
# No memory, or no room on the stack: ctypes makes an error of its own of a RecursionError.
_NO_ROOM: Tuple[Type[BaseException], ...] = (MemoryError, *_ARGUMENT_ERRORS)

# There is no instance, or no room to ask one.
_NO_INSTANCE: Tuple[Type[BaseException], ...] = (Unavailable, *_NO_ROOM)

_logger = logging.getLogger("fastapi")


class PlanRefused(Unavailable):
    """The core cannot read a plan; the log has the reason."""


class _Nowhere:
    """Stands for the instance of a closure that has no wires."""

    busy = True


# In the order of `Core.wires`.
NO_WIRES: tuple[Any, ...] = (_Nowhere(), *(None,) * 6)


class Lease:
    """A thread's right to an instance, shared by its closures. When all are gone the next thread gets the instance."""

    __slots__ = ("__weakref__", "core", "forgetting", "instance")

    def __init__(self, core: Core, instance: Instance) -> None:
        self.core = core
        self.instance = instance
        # How to take the wires from each closure that has some. Weak: a closure holds its lease.
        self.forgetting: WeakSet[Callable[[], None]] = WeakSet()

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self.core.take_back(self.instance)


class Core:
    """The loaded module and its instances, one per thread that uses it and one more for each nested use."""

    def __init__(self, host: Host, wasm: bytes, digest: str) -> None:
        self.host = host
        self.version = ""
        self.traps = 0
        self.instances: set[Instance] = set()
        self._idle: deque[Instance] = deque()
        # The counters by the number of an instance. An instance that ended leaves its number, and they count on there.
        # No lock: finalizers and signal handlers change them, and a child of os.fork could wait for a lock for ever.
        # Only the thread that has an instance writes here.
        self._figures: dict[int, tuple[int, ...]] = {}
        self._numbers = itertools.count()
        self._left_numbers: deque[int] = deque()
        self._thread = threading.local()
        self._is_unavailability_told = False
        self.cached = load_module(host, wasm, digest)

    def lease(self) -> Lease:
        """Return this thread's lease. Its instance is not in the middle of anything. Raises Unavailable."""
        while True:
            lease: Lease | None = getattr(self._thread, "lease", None)
            if lease is None or lease.instance.dead or lease.instance.busy:
                if lease is not None:
                    self.leave(lease)
                lease = self._thread.lease = Lease(self, self._instance())
            try:
                self._drop_plans(lease.instance)
                return lease
            except Trapped as trapped:
                self.lose(lease, trapped)

    def leave(self, lease: Lease) -> None:
        """Let no use of this thread begin on this lease. A use in the middle holds the lease until it ends."""
        if getattr(self._thread, "lease", None) is lease:
            self._thread.lease = None
        for forget in list(lease.forgetting):
            forget()

    def lose(self, lease: Lease, trapped: Trapped | None = None) -> None:
        """Give up an instance that trapped."""
        if not lease.instance.dead:
            self.traps += 1
            reason = lease.instance.retire() if trapped is None else str(trapped)
            lease.instance.retire()
            _logger.error("fastapi-rs: the core trapped, its instance is replaced: %s", _shortened(reason))
        self.leave(lease)

    def wires(self, name: str, plan: Plan | None, forget: Callable[[], None]) -> tuple[Any, ...]:
        """Return the parts of this thread's instance that a crossing needs, in the order of the call.

        `forget` is called when they must not be used any more. Without an instance the answer is `NO_WIRES`.
        """
        try:
            lease, numbers = self._lease_for(plan)
        except _NO_INSTANCE as error:
            self._tell(error)
            return NO_WIRES
        instance = lease.instance
        function, arguments, count = instance.target(name, *numbers)
        lease.forgetting.add(forget)
        return (
            instance,
            lease,
            instance.call,
            # PERF: a tuple made once is passed on as it is (benchmark `crossing`).
            (instance.context, function, arguments, count, instance.trap_reference),
            instance.trap,
            instance.into,
            instance.out,
        )

    def ask(self, name: str, frame: bytes, plan: Plan | None = None) -> Any:
        """Return the answer to a frame of any size, or None: then Python does it."""
        if len(frame) > _LARGEST_FRAME:
            return None
        try:
            lease, numbers = self._lease_for(plan)
        except _NO_INSTANCE as error:
            self._tell(error)
            return None
        try:
            answer = lease.instance.exchange(name, frame, *numbers)
            self._weigh(lease)
        except _NO_ROOM:
            return None
        except Trapped as trapped:
            self.lose(lease, trapped)
            return None
        return answer

    def collect(self, lease: Lease, length: int) -> Any:
        """Return the large answer that a crossing announced, and end that use; None: Python does it."""
        try:
            answer = lease.instance.collect(length)
            self._weigh(lease)
        except _NO_ROOM:
            return None
        except Trapped as trapped:
            self.lose(lease, trapped)
            return None
        return answer

    def exchange(self, name: str, frame: bytes, *numbers: int) -> Any:
        """A whole frame on this thread's instance. Raises Unavailable."""
        lease = self.lease()
        try:
            return lease.instance.exchange(name, frame, *numbers)
        except Trapped as trapped:
            self.lose(lease, trapped)
            raise RustExtensionError(f"the core's {name} trapped: {trapped}") from None

    def take_back(self, instance: Instance) -> None:
        """Keep an instance that no wire leads to for the next thread, or free it. No lock: a finalizer calls this."""
        is_broken = instance.dead or bool(instance.trap)
        if not (is_broken or instance.busy or instance.is_bloated()):
            self._idle.append(instance)
            return
        if not is_broken:
            self._read(instance)
        instance.close()
        self.instances.discard(instance)
        self._left_numbers.append(instance.number)

    def counters(self) -> dict[str, int]:
        """Return the sums of all counters.

        An instance in use by another thread counts as it did when that thread asked last; with its end it counts fully.
        """
        lease: Lease | None = getattr(self._thread, "lease", None)
        idle: list[Instance] = []
        try:
            while self._idle:
                idle.append(self._idle.pop())
                self._read(idle[-1])
            if lease is not None and not lease.instance.busy:
                self._read(lease.instance)
        finally:
            self._idle.extend(idle)
        figures = list(self._figures.values())
        return {**{name: sum(each[i] for each in figures) for i, name in enumerate(COUNTERS)}, "traps": self.traps}

    def count_from_here(self, instance: Instance) -> None:
        """Take the counters of an instance for zero."""
        instance.before = tuple(-figure for figure in instance.exchange("counters"))

    def _lease_for(self, plan: Plan | None) -> tuple[Lease, tuple[int, ...]]:
        """Return this thread's lease and the numbers that an operation of the plan begins with. Raises Unavailable."""
        for _ in range(2):
            lease = self.lease()
            try:
                return lease, (() if plan is None else (plan.number_in(lease.instance),))
            except Trapped as trapped:
                self.lose(lease, trapped)
        raise Unavailable("the core trapped while it loaded a plan")

    def _instance(self) -> Instance:
        """Return an instance that this thread alone uses. Raises Unavailable."""
        try:
            return self._idle.pop()
        except IndexError:
            pass
        # A failure is expensive; after it the thread tries again at the 2nd, 4th, 8th, ... and each 1024th demand.
        refusals = self._thread.__dict__
        count = refusals["count"] = refusals.get("count", -1) + 1
        if count & (count - 1) and count % 1024:
            raise Unavailable("no instance could be made a moment ago")
        instance = self.host.instance(contract.EXPORTS)
        refusals["count"] = -1
        try:
            instance.number = self._left_numbers.popleft()
        except IndexError:
            instance.number = next(self._numbers)
        instance.before = self._figures.get(instance.number, (0,) * len(COUNTERS))
        self.instances.add(instance)
        return instance

    def _tell(self, error: BaseException) -> None:
        """Warn once per process that some requests continue without the core."""
        if not self._is_unavailability_told and not isinstance(error, (PlanRefused, *_ARGUMENT_ERRORS)):
            self._is_unavailability_told = True
            reason = " ".join(str(error).split()) or type(error).__name__
            _logger.warning("fastapi-rs: a thread goes on without the core, which is slower: %s", reason)

    def _drop_plans(self, instance: Instance) -> None:
        dropped = instance.dropped
        while dropped:
            plan = instance.plans.pop(dropped.popleft(), None)
            if plan is not None:
                instance.invoke("drop_plan", plan)

    def _weigh(self, lease: Lease) -> None:
        """Give back an instance that one use has made large. Its plans are loaded again into the next one."""
        if lease.instance.is_bloated():
            self.leave(lease)

    def _read(self, instance: Instance) -> None:
        try:
            figures = instance.exchange("counters")
            self._figures[instance.number] = tuple(a + b for a, b in zip(instance.before, figures))
        except Trapped:
            instance.retire()


def _shortened(text: str, most: int = 12) -> str:
    lines = text.strip().splitlines()
    return "\n".join(lines if len(lines) <= most else lines[: most - 2] + ["...", lines[-1]])
