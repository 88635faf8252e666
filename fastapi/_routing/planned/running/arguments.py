"""The arguments of a call on the planned way: each is the value in one slot.

The slots are a sequence: the core's answer, followed by the results of the dependencies.
"""

from __future__ import annotations

from operator import itemgetter
from types import FunctionType
from typing import Any, Callable, Dict, List, Sequence, Tuple

from fastapi._routing.described.description import UserCallable
from fastapi._routing.planning.rows import PlannedCall

# Values of any types, by slot. A runner appends to its list of them.
Slots = Sequence[object]
SlotList = List[object]
Arguments = Dict[str, object]
BindArguments = Callable[[Slots], Arguments]
Invoke = Callable[[Slots], Any]


def make_bind(call: PlannedCall) -> BindArguments:
    """Return the function that makes the keyword arguments of a call from the slots."""
    names = tuple(name for name, _ in call.arguments)
    if not names:
        return lambda values: {}
    pick = _make_pick([slot for _, slot in call.arguments])
    return lambda values: dict(zip(names, pick(values)))


def make_invoke(call: PlannedCall) -> Invoke:
    """Return the function that makes a call with arguments from the slots.

    PERF: a plain function is called by position, which spares a dictionary (benchmark `items`). Any other callable
    could tell the difference.
    """
    function = call.function
    if not call.arguments:
        return lambda values: function()
    names = tuple(name for name, _ in call.arguments)
    slots = [slot for _, slot in call.arguments]
    pick = _make_pick(slots)
    if not _takes_in_order(function, names):
        return lambda values: function(**dict(zip(names, pick(values))))
    if slots == list(range(slots[0], slots[0] + len(slots))):
        first, end = slots[0], slots[0] + len(slots)
        return lambda values: function(*values[first:end])
    return lambda values: function(*pick(values))


def _make_pick(slots: List[int]) -> Callable[[Slots], Slots]:
    if len(slots) == 1:
        only = slots[0]
        return lambda values: (values[only],)
    return itemgetter(*slots)


def _takes_in_order(function: UserCallable, names: Tuple[str, ...]) -> bool:
    """Whether `function(*values)` is the same call as `function(**dict(zip(names, values)))`."""
    if type(function) is not FunctionType or hasattr(function, "__wrapped__"):
        return False
    code = function.__code__
    has_stars = code.co_flags & (_CO_VARARGS | _CO_VARKEYWORDS)
    return not has_stars and code.co_varnames[: len(names)] == names and code.co_argcount >= len(names)


_CO_VARARGS, _CO_VARKEYWORDS = 0x04, 0x08
