"""The arguments of a call on the planned way: each is the value in one slot.

The slots are a sequence: the core's answer, followed by the results of the dependencies.
"""

from __future__ import annotations

from operator import itemgetter
from types import CodeType, FunctionType
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

from fastapi._routing.described.description import UserCallable
from fastapi._routing.planning.rows import GeneratorStep, PlannedCall, PlannedOperation

# Values of any types, by slot. A runner appends to its list of them.
Slots = Sequence[object]
SlotList = List[object]
Arguments = Dict[str, object]
BindArguments = Callable[[Slots], Arguments]
Invoke = Callable[[Slots], Any]
CallArguments = Tuple[Tuple[str, int], ...]
AnyCall = Union[PlannedCall, GeneratorStep]


def make_order(planned: PlannedOperation) -> Optional[Callable[[Arguments], Arguments]]:
    """Return the function that puts the arguments of the endpoint into the order of the exact way.

    Return None if they are in that order, or if the endpoint cannot tell the difference.
    """
    names = [name for name, _ in planned.endpoint.arguments]
    if planned.argument_names[: len(names)] == tuple(names) or is_plain_function(planned.endpoint.function):
        return None
    order = planned.argument_names
    return lambda arguments: {name: arguments[name] for name in order if name in arguments}


def make_bind(call: AnyCall) -> BindArguments:
    """Return the function that makes the keyword arguments of a call from the slots."""
    names = tuple(name for name, _ in call.arguments)
    if not names:
        return lambda values: {}
    pick = _make_pick([slot for _, slot in call.arguments])
    return lambda values: dict(zip(names, pick(values)))


def make_invoke(call: AnyCall) -> Invoke:
    """Return the function that makes a call with arguments from the slots.

    PERF: a plain function is called by position, which spares a dictionary (benchmark `items`). Any other callable
    could tell the difference.
    """
    function = call.function
    if not call.arguments:
        return lambda values: function()
    arguments = _in_order_of(function, call.arguments)
    if arguments is None:
        bind = make_bind(call)
        return lambda values: function(**bind(values))
    slots = [slot for _, slot in arguments]
    pick = _make_pick(slots)
    if slots == list(range(slots[0], slots[0] + len(slots))):
        first, end = slots[0], slots[0] + len(slots)
        return lambda values: function(*values[first:end])
    return lambda values: function(*pick(values))


def _make_pick(slots: List[int]) -> Callable[[Slots], Slots]:
    if len(slots) == 1:
        only = slots[0]
        return lambda values: (values[only],)
    return itemgetter(*slots)


def is_plain_function(function: UserCallable) -> bool:
    """Return whether a function has names for all of its arguments, so that it cannot see their order."""
    if type(function) is not FunctionType or hasattr(function, "__wrapped__"):
        return False
    return not function.__code__.co_flags & (_CO_VARARGS | _CO_VARKEYWORDS)


def _in_order_of(function: UserCallable, arguments: CallArguments) -> Optional[CallArguments]:
    """Return the arguments in an order in which a call by position is the same call, None if there is no such order."""
    if not is_plain_function(function):
        return None
    code: CodeType = function.__code__
    names = code.co_varnames[: len(arguments)]
    by_name = dict(arguments)
    if code.co_argcount < len(names) or by_name.keys() != set(names):
        return None
    return tuple((name, by_name[name]) for name in names)


_CO_VARARGS, _CO_VARKEYWORDS = 0x04, 0x08
