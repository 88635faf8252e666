"""The bridge to the core: load the module, check its contract, own the buffers, expose the operations.

It knows frames, not FastAPI, and is the only file that imports wasmtime. The ladder, best rung first:

    fast     wasmtime's raw call by ctypes: 0.14 us a crossing
    public   the Python package's public call: 20 us a crossing, for a wasmtime whose C interface is not known here
    pulley   the raw call on wasmtime's interpreter, where executable memory is forbidden
    python   no core: the exact way alone

Without `FASTAPI_RS_MODE` the first rung that answers the self-test is taken; one INFO line on the logger "fastapi"
says which. A module that is missing, damaged or stale is an error and not a rung: it would be slow for ever, and nobody
would notice.
"""

from __future__ import annotations

import ctypes
import itertools
import json
import logging
import os
import sys
import threading
from collections import deque
from marshal import dumps, loads
from typing import Any, Callable, Optional, Tuple
from weakref import WeakSet

from fastapi._stand_ins import accelerators
from fastapi._wasm import artifact, cache, contract
from fastapi._wasm.artifact import RustExtensionError as RustExtensionError
from fastapi._wasm.instance import Instance, Trapped, Unavailable
from fastapi._wasm.native import FIRST_MAJOR, LAST_MAJOR, NativeHost, find_library, major
from fastapi._wasm.peek import peek
from fastapi._wasm.public import PublicHost
from fastapi._wasm.security import SecurityCore

MODES = ("fast", "public", "pulley", "python")
VARIABLE = "FASTAPI_RS_MODE"
COUNTERS = ("matched", "invalid", "not_found", "declined", "encoded", "left_to_python")

# marshal version of each operation's input; 4 has references, which pay for repeated keys in documents.
_REQUEST_VERSION, _DOCUMENT_VERSION = 2, 4
# From this length on a piece of bytes is put behind a frame instead of into it.
_WORTH_APART = 8 << 10
# More than this stays in Python.
_LARGEST_FRAME = 64 << 20
# No memory, or no room on the stack: ctypes makes an error of its own of a RecursionError.
_NO_ROOM = (MemoryError, ctypes.ArgumentError)
# After a trap another instance is asked: half of a form cannot be given to Python.
_ASKED_AGAIN = ("parse_form",)

Match = Callable[[Tuple[Any, ...]], Optional[Tuple[Any, ...]]]

_logger = logging.getLogger("fastapi")


# What the rest of the package uses --------------------------------------------------------------------------------


def mode() -> str:
    """The rung in use. The first call loads the core; raises RustExtensionError when that must not be ignored."""
    return _chosen().mode


def why() -> str:
    """Why that rung, in words, and which of the modules with secrets cannot be had."""
    return "; ".join([_chosen().why, *_security_refusals.values()])


def why_not_raw() -> str | None:
    """Why calls go through the Python classes of wasmtime, or None. The self-test of the rung is the check."""
    choice = _chosen()
    if choice.mode in ("fast", "pulley"):
        return None
    if choice.mode == "python" or os.environ.get(VARIABLE):
        raise accelerators.Expected(choice.why)
    return choice.why


def rust_available() -> bool:
    """Whether the core answers in this process."""
    try:
        return mode() != "python"
    except RustExtensionError:
        return False


def check_compatibility() -> dict[str, Any]:
    """Describe the core in use; raise RustExtensionError when its file, its manifest and the contract disagree."""
    _, description = artifact.read()
    artifact.check_contract(description, contract.CONTRACT_HASH)
    choice = _chosen()
    return {
        "mode": choice.mode,
        "why": choice.why,
        "module": artifact.MODULE,
        "sha256": description["sha256"],
        "contract": description["contract"],
        "compiler": description["compiler"],
        "core_version": choice.core.version if choice.core else None,
        "wasmtime": choice.core.host.version if choice.core else None,
        "cache": choice.core.cached if choice.core else None,
        "exports": sorted(contract.EXPORTS),
    }


def get_rust_function(name: str) -> Callable[..., Any]:
    """An operation of the core by the name of its export; takes and answers Python values.

    Example: `get_rust_function("describe")()` answers the contract's hash and the version of the core.
    """
    if name not in contract.EXPORTS:
        raise RustExtensionError(f"the core has no function {name!r}; it has {', '.join(sorted(contract.EXPORTS))}")
    core = _require_core()
    parameters, result = contract.EXPORTS[name]
    version = _DOCUMENT_VERSION if name in ("encode_json", "dump_json") else _REQUEST_VERSION

    def operation(*arguments: Any) -> Any:
        numbers, values = arguments[: len(parameters)], arguments[len(parameters) :]
        frame = dumps(values[0], version) if values else b""
        try:
            if result is not None:
                return core.lease().instance.invoke(name, *arguments)
            return core.exchange(name, frame, *numbers)
        except Unavailable as error:
            raise RustExtensionError(f"the core cannot be asked for {name}: {error}") from None

    operation.__name__ = name
    return operation


def encode_json(value: Any) -> bytes | None:
    """What `jsonable_encoder` makes of the value as JSON text, or None: then Python does it."""
    try:
        encode = _local.encode_json
    except AttributeError:
        encode = _new_crossing("encode_json", _DOCUMENT_VERSION)
    answer: bytes | None = encode(value)
    return answer


def dump_json(value: Any) -> bytes | None:
    """What `jsonable_encoder` gave as JSON text, or None: then Python does it."""
    try:
        dump = _local.dump_json
    except AttributeError:
        dump = _new_crossing("dump_json", _DOCUMENT_VERSION)
    answer: bytes | None = dump(value)
    return answer


def open_form(content_type: bytes, max_files: int, max_fields: int, max_part_size: int) -> tuple[Any, ...] | None:
    """What a body of this type is: `(kind, state, charset, delimiter)`, or None: then Starlette reads it."""
    try:
        ask = _local.open_form
    except AttributeError:
        ask = _new_crossing("open_form", _REQUEST_VERSION)
    answer: tuple[Any, ...] | None = ask((content_type, max_files, max_fields, max_part_size))
    return answer


def parse_form(state: bytes, flags: int, piece: Any) -> tuple[Any, ...] | None:
    """What a piece of a form holds: `(events, whether all are whole fields, next state)`; None: there is no core.

    Nothing of a form stays in the core: any thread may ask for the next piece.
    """
    try:
        ask = _local.parse_form
    except AttributeError:
        ask = _new_crossing("parse_form", _REQUEST_VERSION)
    answer: tuple[Any, ...] | None = ask((state, flags), piece)
    return answer


def security(module: str = artifact.SECURITY_MODULE) -> SecurityCore | None:
    """Return a module with secrets, loaded at the first call that asks for it; None when this process goes without."""
    found = _security.get(module)
    if found is None and module not in _security_refusals:
        choice = _chosen()
        if choice.core is None:
            return None
        with _choice_lock:
            found = _security.get(module)
            if found is None and module not in _security_refusals:
                found = _open_security(choice.core.host, module)
    return found


def counters() -> dict[str, int]:
    """What the core did since the process started, summed over all threads, also those that ended."""
    core = _chosen().core
    return core.counters() if core else dict.fromkeys(COUNTERS + ("traps",), 0)


class LoadedPlan:
    """A plan known to every thread: it loads itself into a thread's instance when first used there."""

    _refusal: str | None = None

    def __init__(self, frame: bytes) -> None:
        self._frame = frame
        self._serial = next(_serials)
        self._core = _require_core()

    def matcher(self) -> Match:
        """This thread's `match(request) -> answer`; None means: take the exact way. For the calling thread alone."""
        return _crossing(self._core, "match_request", _REQUEST_VERSION, self)

    def form_reader(self) -> Match:
        """This thread's `read((index, body, max_fields, max_part_size)) -> answer`; None: Python reads the form."""
        return _crossing(self._core, "read_form", _REQUEST_VERSION, self)

    def _id(self, instance: Instance) -> int:
        """Return the plan's number in an instance. Raises _PlanRefused."""
        try:
            return instance.plans[self._serial]
        except KeyError:
            pass
        if self._refusal is not None:
            raise _PlanRefused(self._refusal)
        answer = instance.exchange("load_plan", self._frame)
        if answer.__class__ is not int:
            self._refusal = f"the core refused the plan: {answer!r}"
            _logger.error("fastapi-rs: %s", self._refusal)
            raise _PlanRefused(self._refusal)
        instance.plans[self._serial] = answer
        instance.settle()
        return int(answer)

    def __del__(self) -> None:
        core = getattr(self, "_core", None)
        if core is not None:
            # Only noted: the instances belong to other threads, or are in the middle of a crossing.
            for instance in list(core.instances):
                if self._serial in instance.plans:
                    instance.dropped.append(self._serial)


_serials = itertools.count()
_local = threading.local()


# The crossing -------------------------------------------------------------------------------------------------------


def _crossing(core: _Core, name: str, version: int, plan: LoadedPlan | None = None) -> Callable[..., Any]:
    """Return one operation of this thread's instance as a function of one value, as fast as can be.

    The function of `parse_form` takes the last item of its value, a piece of a form, as a second argument.

    A signal handler, a finalizer or a tracer may use the core between any two bytecodes below. Therefore a use marks
    its instance as busy, and a nested use that finds the mark moves this thread to another instance. The interrupted
    use holds its wires in local variables and ends on the instance where it began. An exception that ends a use leaves
    the mark as it is, and the instance is not used again.
    """
    wires: tuple[Any, ...] = _NO_WIRES
    room = contract.INPUT_BUFFER_SIZE

    def cross(value: Any) -> Any:
        # PERF: every name is local to the closures and the buffers are views made once (benchmark `crossing`).
        try:
            frame = dumps(value, version)
        except (ValueError, MemoryError):
            return None
        instance, lease, call, arguments, trap, into, out = wires
        length = len(frame)
        if instance.busy or length > room:
            return apart(frame)
        instance.busy = True
        into[:length] = frame
        if call(*arguments) or trap:
            return trapped(lease, frame)
        try:
            answer = loads(out)
        except MemoryError:
            return None
        if answer is None or answer[0].__class__ is not str:
            instance.busy = False
            return answer
        return core.collect(lease, answer[1])

    def cross_with_piece(value: tuple[Any, ...], piece: Any) -> Any:
        piece_length = len(piece)
        if piece_length < _WORTH_APART:
            return cross((*value, piece))
        # PERF: the same document, but the piece is copied once and not into a frame before (benchmark `upload10m`).
        head = dumps((*value, b""), version)
        instance, lease, call, arguments, trap, into, out = wires
        start = len(head)
        if instance.busy or start + piece_length > room:
            return apart(dumps((*value, piece), version))
        instance.busy = True
        into[:start] = head
        into[start - 4 : start] = piece_length.to_bytes(4, "little")
        into[start : start + piece_length] = piece
        if call(*arguments) or trap:
            return trapped(lease, dumps((*value, piece), version))
        try:
            answer = loads(out)
        except MemoryError:
            return None
        if answer is None or answer[0].__class__ is not str:
            instance.busy = False
            return answer
        return core.collect(lease, answer[1])

    # No closure below refers to those above: the cycle would keep the lease until the next garbage collection.
    def forget() -> None:
        nonlocal wires
        wires = _NO_WIRES

    def apart(frame: bytes) -> Any:
        """Ask by the long way: a large frame, a nested use, or a closure without wires."""
        nonlocal wires
        instance, lease = wires[:2]
        if instance.busy:
            if lease is not None:
                core.leave(lease)
            wires = core.wires(name, plan, forget)
        return core.ask(name, frame, plan)

    def trapped(lease: _Lease, frame: bytes) -> Any:
        """Give the instance up. The trap pointer is set, and the buffer still holds an older answer."""
        has_to_ask_again = lease.instance.dead or name in _ASKED_AGAIN
        core.lose(lease)
        return core.ask(name, frame, plan) if has_to_ask_again else None

    wires = core.wires(name, plan, forget)
    return cross_with_piece if name == "parse_form" else cross


class _PlanRefused(Unavailable):
    """The core cannot read a plan; that has been logged."""


class _Nowhere:
    """Stands for the instance of a closure that has no wires."""

    busy = True


# In the order of `_Core.wires`.
_NO_WIRES: tuple[Any, ...] = (_Nowhere(), *(None,) * 6)


def _shortened(text: str, most: int = 12) -> str:
    lines = text.strip().splitlines()
    return "\n".join(lines if len(lines) <= most else lines[: most - 2] + ["...", lines[-1]])


def _new_crossing(name: str, version: int) -> Callable[..., Any]:
    """Make this thread's crossing for an operation that needs no plan; one that declines when there is no core."""
    core = _chosen().core
    cross: Callable[..., Any] = _decline if core is None else _crossing(core, name, version)
    setattr(_local, name, cross)
    return cross


def _decline(*_: Any) -> None:
    return None


class _Lease:
    """A thread's right to an instance, shared by its closures. When all are gone the next thread gets the instance."""

    __slots__ = ("__weakref__", "core", "forgetting", "instance")

    def __init__(self, core: _Core, instance: Instance) -> None:
        self.core = core
        self.instance = instance
        # How to take the wires from each closure that has some. Weak: a closure holds its lease.
        self.forgetting: WeakSet[Callable[[], None]] = WeakSet()

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self.core.take_back(self.instance)


class _Core:
    """The loaded module and its instances, one per thread that uses it and one more for each nested use."""

    def __init__(self, host: Any, wasm: bytes, digest: str) -> None:
        self.host = host
        self.version = ""
        self.traps = 0
        self.instances: set[Instance] = set()
        self._idle: deque[Instance] = deque()
        # The counters by the number of an instance. An instance that ended leaves its number, and they count on there.
        # No lock: finalizers and signal handlers change them, and a child of os.fork could wait for a lock for ever.
        # Only the thread that has an instance writes here, and any thread what it saw in the instance of another one.
        self._figures: dict[int, tuple[int, ...]] = {}
        self._glimpses: dict[int, tuple[int, ...]] = {}
        self._numbers = itertools.count()
        self._left_numbers: deque[int] = deque()
        self._thread = threading.local()
        self._is_unavailability_told = False
        self.cached = _load(host, wasm, digest)

    def lease(self) -> _Lease:
        """Return this thread's lease. Its instance is not in the middle of anything. Raises Unavailable."""
        while True:
            lease: _Lease | None = getattr(self._thread, "lease", None)
            if lease is None or lease.instance.dead or lease.instance.busy:
                if lease is not None:
                    self.leave(lease)
                lease = self._thread.lease = _Lease(self, self._instance())
            try:
                self._drop_plans(lease.instance)
                return lease
            except Trapped as trapped:
                self.lose(lease, trapped)

    def leave(self, lease: _Lease) -> None:
        """Let no use of this thread begin on this lease. A use in the middle holds the lease until it ends."""
        if getattr(self._thread, "lease", None) is lease:
            self._thread.lease = None
        for forget in list(lease.forgetting):
            forget()

    def lose(self, lease: _Lease, trapped: Trapped | None = None) -> None:
        """Give up an instance that trapped."""
        if not lease.instance.dead:
            self.traps += 1
            reason = lease.instance.retire() if trapped is None else str(trapped)
            lease.instance.retire()
            _logger.error("fastapi-rs: the core trapped, its instance is replaced: %s", _shortened(reason))
        self.leave(lease)

    def wires(self, name: str, plan: LoadedPlan | None, forget: Callable[[], None]) -> tuple[Any, ...]:
        """Return the parts of this thread's instance that a crossing needs, in the order of the call.

        `forget` is called when they must not be used any more. Without an instance the answer is `_NO_WIRES`.
        """
        try:
            lease, numbers = self._lease_for(plan)
        except (Unavailable, *_NO_ROOM) as error:
            self._tell(error)
            return _NO_WIRES
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

    def ask(self, name: str, frame: bytes, plan: LoadedPlan | None = None) -> Any:
        """Return the answer to a frame of any size, or None: then Python does it."""
        if len(frame) > _LARGEST_FRAME:
            return None
        try:
            lease, numbers = self._lease_for(plan)
        except (Unavailable, *_NO_ROOM) as error:
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

    def collect(self, lease: _Lease, length: int) -> Any:
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
        lease: _Lease | None = getattr(self._thread, "lease", None)
        own = None if lease is None or lease.instance.busy else lease.instance
        idle: list[Instance] = []
        try:
            while self._idle:
                idle.append(self._idle.pop())
            for instance in list(self.instances):
                if instance is own or instance in idle:
                    self._read(instance)
                elif not instance.dead:
                    self._note(self._glimpses, instance, peek(instance))
        finally:
            self._idle.extend(idle)
        total = dict.fromkeys(COUNTERS, 0)
        for number in set(self._figures) | set(self._glimpses):
            for name, figure in zip(COUNTERS, self._known(number)):
                total[name] += figure
        total["traps"] = self.traps
        return total

    def count_from_here(self, instance: Instance) -> None:
        """Take the counters of an instance for zero."""
        instance.before = tuple(-figure for figure in instance.exchange("counters"))

    def _lease_for(self, plan: LoadedPlan | None) -> tuple[_Lease, tuple[int, ...]]:
        """Return this thread's lease and the numbers that an operation of the plan begins with. Raises Unavailable."""
        for _ in range(2):
            lease = self.lease()
            try:
                return lease, (() if plan is None else (plan._id(lease.instance),))
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
        instance: Instance = self.host.instance(contract.EXPORTS)
        refusals["count"] = -1
        try:
            instance.number = self._left_numbers.popleft()
        except IndexError:
            instance.number = next(self._numbers)
        instance.before = self._known(instance.number)
        self.instances.add(instance)
        return instance

    def _tell(self, error: BaseException) -> None:
        """Warn once in the life of a process that some requests go on without the core."""
        if not self._is_unavailability_told and not isinstance(error, (_PlanRefused, ctypes.ArgumentError)):
            self._is_unavailability_told = True
            reason = " ".join(str(error).split()) or type(error).__name__
            _logger.warning("fastapi-rs: a thread goes on without the core, which is slower: %s", reason)

    def _drop_plans(self, instance: Instance) -> None:
        dropped = instance.dropped
        while dropped:
            plan = instance.plans.pop(dropped.popleft(), None)
            if plan is not None:
                instance.invoke("drop_plan", plan)

    def _weigh(self, lease: _Lease) -> None:
        """Give back an instance that one use has made large. Its plans are loaded again into the next one."""
        if lease.instance.is_bloated():
            self.leave(lease)

    def _read(self, instance: Instance) -> None:
        try:
            self._note(self._figures, instance, instance.exchange("counters"))
        except Trapped:
            instance.retire()

    def _note(self, book: dict[int, tuple[int, ...]], instance: Instance, figures: tuple[int, ...] | None) -> None:
        if figures is not None:
            book[instance.number] = tuple(a + b for a, b in zip(instance.before, figures))

    def _known(self, number: int) -> tuple[int, ...]:
        nothing = (0,) * len(COUNTERS)
        return tuple(map(max, self._figures.get(number, nothing), self._glimpses.get(number, nothing)))


# The ladder ---------------------------------------------------------------------------------------------------------


class _Choice:
    """The rung in use."""

    def __init__(self, mode: str, why: str, core: _Core | None = None) -> None:
        self.mode = mode
        self.why = why
        self.core = core


_choice: _Choice | None = None
_security: dict[str, SecurityCore] = {}
# Module -> why this process goes without it.
_security_refusals: dict[str, str] = {}
_refusal: str | None = None
# Reentrant, both: a signal handler may ask for the core while its own thread looks for it.
_choice_lock = threading.RLock()
# Held while code of wasmtime's runs without the GIL and under locks of its own: a child would wait for these for ever.
_outside_of_forks = threading.RLock()
_LONGEST_WAIT = 30.0


def _chosen() -> _Choice:
    """The rung in use, found at the first call."""
    global _choice, _refusal
    if _choice is None:
        with _choice_lock:
            if _refusal is not None:
                raise RustExtensionError(_refusal)
            if _choice is None:
                try:
                    choice = _choose(os.environ.get(VARIABLE, ""))
                except RustExtensionError as error:
                    _refusal = str(error)
                    raise
                # A signal handler may have been here meanwhile. What it began goes on with its choice.
                if _choice is None:
                    _choice = choice
                    _logger.info("fastapi-rs: mode %s (%s); %s", _choice.mode, _choice.why, accelerators.summary())
    return _choice


def _before_fork() -> None:
    _holds_at_fork.append(_outside_of_forks.acquire(timeout=_LONGEST_WAIT))


def _after_fork_in_parent() -> None:
    if _holds_at_fork.pop():
        _outside_of_forks.release()


def _after_fork_in_child() -> None:
    # A child of os.fork has no thread that could release them.
    global _choice_lock, _outside_of_forks
    _choice_lock, _outside_of_forks = threading.RLock(), threading.RLock()
    _holds_at_fork.clear()


_holds_at_fork: list[bool] = []

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)


def _require_core() -> _Core:
    choice = _chosen()
    if choice.core is None:
        raise RustExtensionError(f"the core is not in use: {choice.why}")
    return choice.core


def _choose(forced: str) -> _Choice:
    if forced and forced not in MODES:
        raise RustExtensionError(f"{VARIABLE}={forced!r} is not a mode; the modes are {', '.join(MODES)}")
    if forced == "python":
        return _Choice("python", f"{VARIABLE} demands it")
    wasm, description = artifact.read()
    artifact.check_contract(description, contract.CONTRACT_HASH)
    reasons: list[str] = []
    for rung in (forced,) if forced else MODES[:-1]:
        try:
            core = _open(rung, wasm, description["sha256"])
        except (Unavailable, MemoryError) as error:
            reasons.append(f"{rung}: {' '.join(str(error).split())}")
            continue
        what = f"wasmtime {core.host.version}, core {core.version}"
        because = f"; {VARIABLE} demands it" if forced else "".join(f"; not {reason}" for reason in reasons)
        return _Choice(rung, what + because, core)
    if forced:
        raise RustExtensionError(f"{VARIABLE}={forced} cannot be had: {reasons[0]}")
    return _Choice("python", "; ".join(reasons))


def _open(rung: str, wasm: bytes, digest: str) -> _Core:
    """A core on this rung that answered the self-test."""
    if sys.implementation.name != "cpython":
        raise Unavailable("frames are CPython's marshal, and only CPython's ctypes makes a crossing cheap")
    if rung == "public":
        host: Any = PublicHost(_import_wasmtime(), _package_version())
    else:
        host = NativeHost(*_library(), pulley=rung == "pulley")
    core = _Core(host, wasm, digest)
    try:
        _test(core)
    except (Trapped, MemoryError, ValueError, EOFError, TypeError) as error:
        raise Unavailable(f"the self-test failed: {type(error).__name__}: {error}") from error
    return core


def _open_security(core: Any, module: str) -> SecurityCore | None:
    """Open a module with secrets on the rung of the core; None, and one warning, when it does not run here.

    A file that is missing, damaged or of another contract is an error.
    """
    wasm, description = artifact.read(module)
    host = core.sibling()
    try:
        opened = SecurityCore(host, _load(host, wasm, description[artifact.KEYS[module]]))
        told, _ = opened.ask("describe", None)
    except (Unavailable, Trapped, MemoryError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        _security_refusals[module] = f"not {os.path.basename(module)}: {reason}"
        _logger.warning("fastapi-rs: this process goes on without %s: %s", os.path.basename(module), reason)
        return None
    if told != contract.CONTRACT_HASH:
        raise artifact.mismatch("the security module tells another contract", module, contract.CONTRACT_HASH, told)
    _security[module] = opened
    return opened


def _load(host: Any, wasm: bytes, digest: str) -> str | None:
    """Give the host its code, compiled ahead of time if possible; answers where that is kept."""
    prefix = cache.key(digest, host.version, host.tag)
    path = cache.find(prefix)
    if path is not None:
        try:
            host.load(path)
            return path
        except Unavailable as error:
            if "executable" in str(error):
                raise
            _logger.debug("fastapi-rs: %s is compiled again: %s", path, error)
    with _outside_of_forks:
        host.compile(wasm)
    try:
        return cache.keep(prefix, host.serialize())
    except (Unavailable, MemoryError) as error:
        # There is no room for a copy of the code. The code itself is here.
        _logger.debug("fastapi-rs: the compiled code is not kept: %s", error)
        return None


_TEST_PLAN = (
    contract.PLAN_VERSION,
    contract.PLAN_FLAG_REDIRECT_SLASHES,
    (
        (
            contract.ROUTE_OPERATION,
            "/test/{number}",
            ("GET",),
            (
                (contract.KIND_PATH, "number", "number", contract.SCALAR_INT, contract.FLAG_REQUIRED, None, ()),
                (contract.KIND_QUERY, "text", "text", contract.SCALAR_STR, 0, dumps("none", 2), ()),
            ),
        ),
    ),
)
_TEST_REQUESTS: tuple[tuple[tuple[Any, ...], tuple[Any, ...]], ...] = (
    (("GET", "/test/7", b"text=a+b", []), (0, {"number": "7"}, 7, "a b")),
    (("GET", "/test/8", b"", [(b"accept", b"*/*")]), (0, {"number": "8"}, 8, "none")),
    (("PUT", "/test/7", b"", []), (-2, 0)),
    (("GET", "/other", b"", []), (-1,)),
)
# Small, and too large for either buffer.
_TEST_DOCUMENTS = ({"a": [1, -2.5, True, None]}, ["\u00e9" * contract.OUTPUT_BUFFER_SIZE])


def _test(core: _Core) -> None:
    """Ask for known answers, over the very path that requests take."""
    told, core.version = core.exchange("describe", b"")
    if told != contract.CONTRACT_HASH:
        raise artifact.mismatch("the core tells another contract", artifact.MODULE, contract.CONTRACT_HASH, told)
    instance = core.lease().instance
    base = instance.base()
    plan = instance.exchange("load_plan", dumps(_TEST_PLAN, _REQUEST_VERSION))
    function, arguments, count = instance.target("match_request", plan)
    for request, expected in _TEST_REQUESTS:
        frame = dumps(request, _REQUEST_VERSION)
        instance.into[: len(frame)] = frame
        error = instance.call(instance.context, function, arguments, count, instance.trap_reference)
        answer = None if error or instance.trap else loads(instance.out)
        if answer != expected:
            raise Unavailable(f"the self-test failed: {request!r} was answered with {answer!r}")
    instance.invoke("drop_plan", plan)
    for document in _TEST_DOCUMENTS:
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        if instance.exchange("encode_json", dumps(document, _DOCUMENT_VERSION)) != text:
            raise Unavailable("the self-test failed: a document was encoded differently")
    if instance.base() != base:
        raise Unavailable("wasmtime moved the module's memory")
    core.count_from_here(instance)


def _library() -> tuple[str, str]:
    """Where wasmtime's library is. The package is imported only when it cannot be told otherwise."""
    try:
        path, version = find_library()
        if FIRST_MAJOR <= major(version) <= LAST_MAJOR:
            return path, version
    except Exception as error:
        if "not installed" in str(error):
            raise
    package = _import_wasmtime()
    ffi = package._ffi
    try:
        agreed = (
            ctypes.sizeof(ffi.wasmtime_func_t) == 16
            and ctypes.sizeof(ffi.wasmtime_val_raw_t) == 16
            and ffi.wasmtime_extern_t.of.offset == 8
            and len(package._bindings._wasmtime_func_call_unchecked.argtypes) == 5
        )
        path = str(ffi.filename)
    except AttributeError as error:
        raise Unavailable(f"this wasmtime's C interface is not known here: {error}") from error
    if not agreed:
        raise Unavailable("this wasmtime's C interface is not the one that the raw call knows")
    return path, _package_version()


def _import_wasmtime() -> Any:
    try:
        import wasmtime
        import wasmtime._bindings
        import wasmtime._ffi
    except Exception as error:  # RuntimeError and OSError on platforms without a wheel
        raise Unavailable(f"wasmtime cannot be imported: {type(error).__name__}: {error}") from error
    return wasmtime


def _package_version() -> str:
    try:
        from importlib.metadata import version

        return version("wasmtime")
    except Exception as error:
        raise Unavailable(f"the version of wasmtime cannot be told: {error}") from error
