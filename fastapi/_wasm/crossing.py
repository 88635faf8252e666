"""The crossing: one operation of a thread's instance as a function of one value."""

from __future__ import annotations

from marshal import dumps, loads
from typing import TYPE_CHECKING, Any, Callable

from fastapi._wasm import contract
from fastapi._wasm.core import NO_WIRES, Core, Lease

if TYPE_CHECKING:
    from fastapi._wasm.plan import Plan

# From this length on a piece of bytes is put behind a frame instead of into it.
_WORTH_APART = 8 << 10
# These go to another instance after a trap: Python cannot read half of a form.
_ASKED_AGAIN = ("parse_form",)


def make_crossing(core: Core, name: str, version: int, plan: Plan | None = None) -> Callable[..., Any]:
    """Return one operation of this thread's instance as a function of one value, as fast as can be.

    The function of `parse_form` takes the last item of its value, a piece of a form, as a second argument.

    A signal handler, a finalizer or a tracer may use the core between any two bytecodes below. Therefore a use marks
    its instance as busy, and a nested use that finds the mark moves this thread to another instance. The interrupted
    use holds its wires in local variables and ends on the instance where it began. An exception that ends a use leaves
    the mark as it is, and the instance is not used again.
    """
    wires: tuple[Any, ...] = NO_WIRES
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
        wires = NO_WIRES

    def apart(frame: bytes) -> Any:
        """Ask by the long way: a large frame, a nested use, or a closure without wires."""
        nonlocal wires
        instance, lease = wires[:2]
        if instance.busy:
            if lease is not None:
                core.leave(lease)
            wires = core.wires(name, plan, forget)
        return core.ask(name, frame, plan)

    def trapped(lease: Lease, frame: bytes) -> Any:
        """Give the instance up. The trap pointer is set, and the buffer still holds an older answer."""
        has_to_ask_again = lease.instance.dead or name in _ASKED_AGAIN
        core.lose(lease)
        return core.ask(name, frame, plan) if has_to_ask_again else None

    wires = core.wires(name, plan, forget)
    return cross_with_piece if name == "parse_form" else cross
