"""Calling the endpoint of an operation, and writing its result."""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Union

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Scope

from fastapi._routing.exact.early_body import EarlyBody
from fastapi._routing.planned.running.arguments import SlotList, make_bind, make_invoke, make_order
from fastapi._routing.planned.running.completion import make_completion
from fastapi._routing.planned.running.json_response import make_thread_writer, make_writer
from fastapi._routing.planning.rows import PlannedOperation
from fastapi._stand_ins.worker_threads import call_in_thread

# Returns the result as JSON, or the response that the endpoint returned.
CallEndpoint = Callable[[SlotList, EarlyBody, Scope], Awaitable[Union[bytes, Response]]]


def make_endpoint_call(planned: PlannedOperation) -> CallEndpoint:
    """Return the function that completes the arguments, calls the endpoint and writes its result."""
    endpoint, complete, write = planned.endpoint, make_completion(planned), make_writer(planned)
    if endpoint.is_coroutine and complete is None:
        invoke = make_invoke(endpoint)

        async def call_at_once(values: SlotList, early: EarlyBody, scope: Scope) -> Union[bytes, Response]:
            content = await invoke(values)
            return content if isinstance(content, Response) else write(content, scope)

        return call_at_once
    bind, function, is_coroutine = make_bind(endpoint), endpoint.function, endpoint.is_coroutine
    write_in_thread, order = make_thread_writer(planned), make_order(planned)

    async def call(values: SlotList, early: EarlyBody, scope: Scope) -> Union[bytes, Response]:
        arguments = bind(values)
        if complete is not None:
            complete(values, arguments, early.body, scope)
        if order is not None:
            arguments = order(arguments)
        content: Any
        if is_coroutine:
            content = await function(**arguments)
            return content if isinstance(content, Response) else write(content, scope)
        content = await call_in_thread(run_in_threadpool, function, arguments)
        return content if isinstance(content, Response) else await write_in_thread(content, scope)

    return call
