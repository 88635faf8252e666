"""Running the dependencies of an operation in their precomputed order."""

from __future__ import annotations

from functools import partial
from typing import Any, Awaitable, Callable, List, Optional, Sequence, Tuple

from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from fastapi._rest import Rest
from fastapi._routing.exact.early_body import EarlyBody
from fastapi._routing.exact.handler import get_own_handler
from fastapi._routing.planned.running.arguments import SlotList, make_bind, make_invoke
from fastapi._routing.planning.rows import PlannedCall, PlannedOperation, SecurityStep, Step
from fastapi._routing.planning.security import CHANGED
from fastapi._routing.tree.asgi import answer_request
from fastapi._stand_ins.worker_threads import call_in_thread
from fastapi.dependencies._solving.begun import Begun
from fastapi.dependencies._solving.params import fresh_default

# Appends the result of each dependency to the slots; False if the exact way has to run the remaining dependencies.
RunSteps = Callable[[SlotList], Awaitable[bool]]


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
    fills, replaceable = planned.fresh_defaults, planned.replaceable
    provider: Any = planned.operation.dependency_overrides_provider
    steps = _make_steps(planned.steps)
    asks_at_end = planned.ends_with_repetition and isinstance(planned.steps[-1], PlannedCall)

    def is_replaced() -> bool:
        overrides = provider.dependency_overrides
        # A dict subclass may define `__missing__`, so its keys alone do not tell.
        return bool(overrides) and (overrides.__class__ is not dict or not overrides.keys().isdisjoint(replaceable))

    async def run_steps(values: SlotList) -> bool:
        for slot, field in fills:
            if values[slot] is ...:
                values[slot] = fresh_default(field)
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


def _make_steps(steps: Sequence[Step]) -> List[_Step]:
    made: List[_Step] = []
    asks_overrides = True
    for step in steps:
        if isinstance(step, SecurityStep):
            made.append((step.judge, step.slot, asks_overrides))
        elif step.is_coroutine:
            made.append((make_invoke(step), None, asks_overrides))
        else:
            made.append((step.function, make_bind(step), asks_overrides))
        asks_overrides = isinstance(step, PlannedCall)
    return made


def leave_to_exact_way(
    planned: PlannedOperation, values: SlotList, early: EarlyBody, scope: Scope, receive: Receive, send: Send
) -> Rest:
    """Return the exact handler as the rest, with the results of the dependencies that have run and the early body."""
    results = values[planned.first_step_slot :]
    begun = Begun(None, dict(zip(planned.step_keys, results)), planned.solved_after_step[len(results)])
    handler = get_own_handler(planned.operation.app)
    assert handler is not None
    resume = partial(handler.resume, begun, early.for_exact_way())
    return Rest(answer_request(resume, early.request(scope, receive, send)), send)
