"""Streaming the items of a generator endpoint: JSON Lines, Server-Sent Events, or raw.

The format is decided when the handler is built. Generators run while the response is sent. So the response takes the
status, headers and background tasks that dependencies have set, and an exception comes too late for a status code.
"""

from __future__ import annotations

import asyncio
import json
import math
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, AsyncIterable, AsyncIterator, Awaitable, Callable, Dict, Iterator, Optional, Union

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream
from pydantic import BaseModel
from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from fastapi._compat import ModelField
from fastapi._routing.exact.response import DescribeEndpoint, ResponseOptions, _build_response_args
from fastapi._scope_keys import REQUEST_STACK_KEY
from fastapi._stand_ins.event_pipes.choice import has_usual_pipes
from fastapi._stand_ins.event_pipes.pipe import END, TIME_IS_OVER, Pipe
from fastapi._stand_ins.guards import Originals
from fastapi._stand_ins.http.idle import Pace
from fastapi.dependencies.utils import SolvedDependency
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import ResponseValidationError
from fastapi.sse import (
    _PING_INTERVAL,
    KEEPALIVE_COMMENT,
    ServerSentEvent,
    format_sse_event,
)

Stream = Callable[[object, Request, SolvedDependency, DescribeEndpoint], Awaitable[Response]]
# Encodes one item.
Encode = Callable[[object], bytes]
# Returns the function for the items of one stream.
MakeEncode = Callable[[DescribeEndpoint], Encode]


def make_json_lines(options: ResponseOptions, item_field: Optional[ModelField], is_async: bool) -> Stream:
    """Return the function that sends the items of a generator as JSON documents, one a line.

    https://jsonlines.org
    """
    respond = make_lines_response(options, item_field, is_async)

    async def stream(items: Any, request: Request, solved: SolvedDependency, describe: DescribeEndpoint) -> Response:
        arguments = _build_response_args(status_code=options.status_code, solved_result=solved)
        response = respond(items, arguments, describe)
        response.headers.raw.extend(solved.response.headers.raw)
        return response

    return stream


def make_lines_response(
    options: ResponseOptions, item_field: Optional[ModelField], is_async: bool
) -> Callable[[Any, Dict[str, Any], DescribeEndpoint], StreamingResponse]:
    """Return the function that makes a response of the items of a generator, with more arguments of the response."""
    begin_encoding = _make_item_encoder(options, item_field)

    def respond(items: Any, arguments: Dict[str, Any], describe: DescribeEndpoint) -> StreamingResponse:
        encode = begin_encoding(describe)
        content: Any = _encode_each_async(items, encode) if is_async else _encode_each(items, encode)
        return StreamingResponse(content, media_type="application/jsonl", **arguments)

    return respond


def make_raw_stream(options: ResponseOptions, is_async: bool) -> Stream:
    """Return the function that gives the items of a generator to the chosen response class."""
    response_class = options.actual_response_class

    async def stream(items: Any, request: Request, solved: SolvedDependency, describe: DescribeEndpoint) -> Response:
        arguments = _build_response_args(status_code=options.status_code, solved_result=solved)
        content = _with_checkpoints(items) if is_async else items
        response = response_class(content=content, **arguments)
        response.headers.raw.extend(solved.response.headers.raw)
        return response

    return stream


def make_event_stream(options: ResponseOptions, item_field: Optional[ModelField], is_async: bool) -> Stream:
    """Return the function that sends the items of a generator as Server-Sent Events."""
    begin_encoding = _make_item_encoder(options, item_field)

    async def stream(items: Any, request: Request, solved: SolvedDependency, describe: DescribeEndpoint) -> Response:
        source = items.__aiter__() if is_async else iterate_in_threadpool(items)
        stack: AsyncExitStack = request.scope[REQUEST_STACK_KEY]
        encode = _make_event_encoder(begin_encoding(describe))
        if has_usual_pipes():
            content = await _produce_in_pipes(stack, source, encode)
        else:
            events = await stack.enter_async_context(_producing(source, encode))
            stack.push_async_callback(events.aclose)
            content = _with_checkpoints(events)
        arguments = _build_response_args(status_code=options.status_code, solved_result=solved)
        response = StreamingResponse(content, media_type="text/event-stream", **arguments)
        response.headers["Cache-Control"] = "no-cache"
        # Nginx buffers a response that does not say that.
        response.headers["X-Accel-Buffering"] = "no"
        response.headers.raw.extend(solved.response.headers.raw)
        return response

    return stream


# Two tasks and two streams stand between a generator and its client, as in the real package. They determine how far the
# generator is ahead of the client, and whether an event or an exception leaves first.


@asynccontextmanager
async def _producing(items: AsyncIterator[object], encode: Encode) -> AsyncIterator[ObjectReceiveStream[bytes]]:
    """Encode items in a task, and yield the stream of events, with comments in times of silence.

    Leaving the context ends the tasks. An exception of the generator also ends them, and leaves as a group.
    """
    produced_in, produced_out = anyio.create_memory_object_stream[bytes](1)
    events_in, events_out = anyio.create_memory_object_stream[bytes](1)

    async def produce() -> None:
        async with produced_in:
            async for item in items:
                await produced_in.send(encode(item))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(produce)
        tasks.start_soon(_keep_alive, produced_out, events_in)
        yield events_out
        tasks.cancel_scope.cancel()


async def _keep_alive(events: ObjectReceiveStream[bytes], forward: ObjectSendStream[bytes]) -> None:
    """Forward events, and a comment for each interval of silence."""
    async with forward, events:
        while True:
            try:
                with anyio.fail_after(_PING_INTERVAL):
                    event = await events.receive()
                await forward.send(event)
            except anyio.EndOfStream:
                return
            except TimeoutError:
                await forward.send(KEEPALIVE_COMMENT)


# The same with pipes for the streams. PERF: benchmark `sse`.


async def _produce_in_pipes(
    stack: AsyncExitStack, items: AsyncIterator[object], encode: Encode
) -> AsyncIterator[bytes]:
    """Start the tasks, let the stack end them, and return the events."""
    loop = asyncio.get_running_loop()
    produced, events = Pipe(loop), Pipe(loop)
    await stack.enter_async_context(_producing_in_pipes(produced, events, items, encode))

    async def leave() -> None:
        events.leave()

    stack.push_async_callback(leave)
    return _receive_events(events)


@asynccontextmanager
async def _producing_in_pipes(
    produced: Pipe, events: Pipe, items: AsyncIterator[object], encode: Encode
) -> AsyncIterator[None]:
    async def produce() -> None:
        try:
            async for item in items:
                await produced.send(encode(item))
        finally:
            produced.end()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(produce)
        tasks.start_soon(_keep_alive_in_pipes, produced, events)
        yield
        tasks.cancel_scope.cancel()


async def _keep_alive_in_pipes(events: Pipe, forward: Pipe) -> None:
    try:
        while True:
            event = await events.receive_within(_PING_INTERVAL)
            if event is END:
                return
            await forward.send(KEEPALIVE_COMMENT if event is TIME_IS_OVER else event)
    finally:
        events.leave()
        forward.end()


async def _receive_events(events: Pipe) -> AsyncIterator[bytes]:
    pace = _find_pace()
    while True:
        event = await events.receive()
        if event is END:
            return
        yield event
        if pace.is_due():
            await pace.turn()


def _encode_each(items: Any, encode: Encode) -> Iterator[bytes]:
    for item in items:
        yield encode(item) + b"\n"


async def _encode_each_async(items: AsyncIterable[object], encode: Encode) -> AsyncIterator[bytes]:
    pace = _find_pace()
    async for item in items:
        yield encode(item) + b"\n"
        if pace.is_due():
            await pace.turn()


async def _with_checkpoints(items: AsyncIterable[Any]) -> AsyncIterator[Any]:
    """Yield the items with a checkpoint after each: otherwise a generator that never waits could not be cancelled."""
    pace = _find_pace()
    async for item in items:
        yield item
        if pace.is_due():
            await pace.turn()


_originals = Originals(globals(), "format_sse_event")


def _find_pace() -> Union[Pace, _GenuinePace]:
    """Return the object that gives the event loop its turns, as `anyio.sleep(0)` does."""
    # PERF: a task of asyncio needs none of the steps to the backend, and no turn in which nothing else runs (benchmark
    # `jsonl`).
    return Pace() if anyio.sleep is _sleep and _is_in_task() else _GenuinePace()


def _is_in_task() -> bool:
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False


class _GenuinePace:
    """The turns of another event loop, or of a function that replaces `anyio.sleep`."""

    def is_due(self) -> bool:
        return True

    def turn(self) -> Awaitable[None]:
        return anyio.sleep(0)


_sleep = anyio.sleep


def _make_item_encoder(options: ResponseOptions, item_field: Optional[ModelField]) -> MakeEncode:
    if item_field is None:
        return lambda describe: _encode_undeclared_item
    field = item_field
    serialization: Dict[str, Any] = options.serialization()

    def begin(describe: DescribeEndpoint) -> Encode:
        write = field.make_json_writer(**serialization)

        def encode(item: Any) -> bytes:
            value, errors = field.validate(item, {}, loc=("response",))
            if errors:
                raise ResponseValidationError(errors=errors, body=item, endpoint_ctx=describe())
            return write(value)

        return encode

    return begin


def _encode_undeclared_item(item: object) -> bytes:
    return _dump_json(item).encode("utf-8")


def _make_event_encoder(encode_item: Encode) -> Encode:
    """Return the function that writes one item as an event."""

    def encode(item: object) -> bytes:
        if isinstance(item, ServerSentEvent):
            return _format_event(item)
        data = encode_item(item)
        if format_sse_event is _originals.format_sse_event and b"\n" not in data and b"\r" not in data:
            return b"data: %b\n\n" % data
        return format_sse_event(data_str=data.decode("utf-8"))

    return encode


def _format_event(event: ServerSentEvent) -> bytes:
    data = event.raw_data
    if data is None and event.data is not None:
        is_model = isinstance(event.data, BaseModel)
        data = event.data.model_dump_json() if is_model else _dump_json(event.data)
    return format_sse_event(
        data_str=data,
        event=event.event,
        id=event.id,
        retry=event.retry,
        comment=event.comment,
    )


def _dump_json(value: object) -> str:
    return json.dumps(_normalize_non_finite_floats(jsonable_encoder(value)))


def _normalize_non_finite_floats(data: object) -> object:
    """Return encoded data with None instead of the floats that JSON cannot write: NaN and the infinities."""
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, list):
        return [_normalize_non_finite_floats(item) for item in data]
    if isinstance(data, dict):
        return {key: _normalize_non_finite_floats(item) for key, item in data.items()}
    return data
