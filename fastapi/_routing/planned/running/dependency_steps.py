"""Running the dependencies of an operation in their precomputed order."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, Awaitable, Callable, List, Optional, Sequence, Tuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import Protocol

from fastapi._rest import Rest
from fastapi._routing.exact.early_body import EarlyBody
from fastapi._routing.exact.handler import get_own_handler
from fastapi._routing.planned.running.arguments import SlotList, make_bind, make_invoke
from fastapi._routing.planned.running.request_objects import ReadParts
from fastapi._routing.planning.rows import GeneratorStep, PlannedOperation, SecurityStep, Step
from fastapi._routing.planning.security import CHANGED
from fastapi._routing.tree.asgi import answer_request
from fastapi._stand_ins.worker_threads import call_in_thread
from fastapi.dependencies._solving.begun import Begun
from fastapi.dependencies._solving.params import fresh_default


class Entering(Protocol):
    """Enters dependencies that yield, and keeps them for the time at which they are left."""

    def enter_async(self, generator: Any, is_left_early: bool) -> Awaitable[object]:
        """Run a generator up to its `yield`, and return the value that it yields."""
        ...

    def enter_in_thread(self, context: AbstractContextManager[object], is_left_early: bool) -> Awaitable[object]:
        """Enter a context manager in a worker thread, and return its value."""
        ...


# Appends the result of each dependency to the slots; False if the exact way has to run the remaining dependencies.
RunSteps = Callable[[SlotList], Awaitable[bool]]
# The same for dependencies that yield, or that get the request.
RunAllSteps = Callable[[SlotList, Optional[Entering], Optional[Request]], Awaitable[bool]]


# (run, source, asks_overrides). The source is the slot of the argument of `run`, or the function that binds its
# arguments; None if `run` takes all slots. The step looks at overrides if a function of the user has run since the last
# step.
_Step = Tuple[Callable[..., Any], Any, bool]


def make_steps(planned: PlannedOperation) -> Optional[RunSteps]:
    """Return the function that runs the dependencies and appends the result of each to the slots.

    It returns False when `dependency_overrides` replaces a dependency, or when a security scheme has changed since it
    was planned: then the exact way runs the remaining dependencies, and those that it asks for again. It looks at
    the overrides before the first dependency and after each dependency, as a dependency may add one.
    """
    if not planned.steps:
        return None
    fill = _make_fill(planned)
    provider: Any = planned.operation.dependency_overrides_provider
    steps = _make_steps(planned.steps)
    is_replaced = _make_override_question(planned)
    asks_at_end = _asks_at_end(planned)

    async def run_steps(values: SlotList) -> bool:
        if fill is not None:
            fill(values)
        for run, source, asks_overrides in steps:
            if asks_overrides and provider.dependency_overrides and is_replaced():
                return False
            if source is None:
                values.append(await run(values))
            elif source.__class__ is int:
                value = run(values[source])
                if value is CHANGED:
                    return False
                values.append(value)
            else:
                values.append(await call_in_thread(run_in_threadpool, run, source(values)))
        return not (asks_at_end and is_replaced())

    return run_steps


def make_all_steps(planned: PlannedOperation) -> Optional[RunAllSteps]:
    """Return the same function for an operation with a dependency that yields, or that gets the request.

    It also returns False when a dependency has changed the parameters in the request that are still to be read.
    """
    if not planned.steps:
        return None
    provider: Any = planned.operation.dependency_overrides_provider
    fill = _make_fill(planned)
    steps = _make_all_steps(planned)
    looks = bool(planned.steps_before_checks)
    is_replaced = _make_override_question(planned)
    asks_at_end = _asks_at_end(planned)

    async def run_steps(values: SlotList, entering: Optional[Entering], request: Optional[Request]) -> bool:
        parts = ReadParts(request) if looks and request is not None else None
        if fill is not None:
            fill(values)
        for run, source, asks_overrides, enter, looks_after in steps:
            if asks_overrides and provider.dependency_overrides and is_replaced():
                return False
            if enter is not None:
                value = await enter(entering, values)
            elif source.__class__ is int:
                value = run(values[source])
            elif source is None:
                value = await run(values)
            else:
                value = await call_in_thread(run_in_threadpool, run, source(values))
            if value is CHANGED:
                return False
            values.append(value)
            if looks_after and parts is not None and parts.have_changed():
                return False
        return not (asks_at_end and is_replaced())

    return run_steps


def _make_all_steps(planned: PlannedOperation) -> List[Tuple[Any, ...]]:
    """Return the steps, each with the function that enters a generator, and whether parameters may have changed."""
    looks_after = [i in planned.steps_before_checks for i in range(len(planned.steps))]
    enterings = map(_make_entering, planned.steps)
    return [(*step, *more) for step, *more in zip(_make_steps(planned.steps), enterings, looks_after)]


def _make_fill(planned: PlannedOperation) -> Optional[Callable[[SlotList], None]]:
    """Return the function that creates defaults for one request, None for an operation that has no such default."""
    fills = planned.fresh_defaults
    if not fills:
        return None

    def fill(values: SlotList) -> None:
        for slot, field in fills:
            if values[slot] is ...:
                values[slot] = fresh_default(field)

    return fill


def _asks_at_end(planned: PlannedOperation) -> bool:
    return planned.ends_with_repetition and not isinstance(planned.steps[-1], SecurityStep)


def _make_override_question(planned: PlannedOperation) -> Callable[[], bool]:
    """Return the function that tells whether `dependency_overrides` replaces a dependency of the operation."""
    replaceable = planned.replaceable
    provider: Any = planned.operation.dependency_overrides_provider

    def is_replaced() -> bool:
        overrides = provider.dependency_overrides
        # A dict subclass may define `__missing__`, so its keys alone do not tell.
        return bool(overrides) and (overrides.__class__ is not dict or not overrides.keys().isdisjoint(replaceable))

    return is_replaced


def _make_steps(steps: Sequence[Step]) -> List[_Step]:
    made: List[_Step] = []
    asks_overrides = True
    for step in steps:
        if isinstance(step, SecurityStep):
            made.append((step.judge, step.slot, asks_overrides))
        elif isinstance(step, GeneratorStep) or step.is_coroutine:
            made.append((make_invoke(step), None, asks_overrides))
        else:
            made.append((step.function, make_bind(step), asks_overrides))
        asks_overrides = not isinstance(step, SecurityStep)
    return made


def _make_entering(step: Step) -> Optional[Callable[[Any, SlotList], Awaitable[object]]]:
    """Return the function that enters a dependency that yields; None for any other step."""
    if not isinstance(step, GeneratorStep):
        return None
    is_left_early = step.is_left_early
    if step.is_async:
        invoke = make_invoke(step)
        return lambda entering, values: entering.enter_async(invoke(values), is_left_early)
    make_context, bind = contextmanager(step.function), make_bind(step)
    return lambda entering, values: entering.enter_in_thread(make_context(**bind(values)), is_left_early)


def make_begun(planned: PlannedOperation, values: SlotList) -> Begun:
    """Return the work that the planned way has done, for the exact way, which does the remaining work."""
    results = values[planned.first_step_slot :]
    calls = [step for step in planned.steps[: len(results)] if not isinstance(step, SecurityStep)]
    given = {slot for call in calls for _, slot in call.arguments}
    response, tasks = planned.slot_of("response"), planned.slot_of("background_tasks")
    return Begun(
        None,
        dict(zip(planned.step_keys, results)),
        planned.solved_after_step[len(results)],
        _value_in(response, values),
        # On the exact way, they exist as soon as a function asks for them.
        _value_in(tasks, values) if tasks in given else None,
    )


def _value_in(slot: Optional[int], values: SlotList) -> Any:
    # A body that is unread leaves before any object is made.
    return None if slot is None or slot >= len(values) else values[slot]


def leave_to_exact_way(
    planned: PlannedOperation, values: SlotList, early: EarlyBody, scope: Scope, receive: Receive, send: Send
) -> Rest:
    """Return the exact handler as the rest, with the results of the dependencies that have run and the early body."""
    resume = bind_resume(planned, values, early)
    return Rest(answer_request(resume, early.request(scope, receive, send)), send)


def bind_resume(
    planned: PlannedOperation, values: SlotList, early: EarlyBody
) -> Callable[[Request], Awaitable[Response]]:
    """Return the exact handler, bound to the results so far and the early body."""
    handler = get_own_handler(planned.operation.app)
    assert handler is not None
    return partial(handler.resume, make_begun(planned, values), early.for_exact_way())
