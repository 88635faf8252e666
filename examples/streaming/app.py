"""Answers that arrive piece by piece: server-sent events, JSON Lines, text: `uvicorn examples.streaming.app:app`."""

import asyncio
from typing import AsyncIterable, AsyncIterator, Optional

from pydantic import BaseModel
from typing_extensions import Annotated

from fastapi import FastAPI, Header, Query
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

app = FastAPI(title="Readings")

Count = Annotated[int, Query(ge=1, le=1000)]
Pause = Annotated[float, Query(ge=0, le=10, description="Seconds between two readings")]


class Reading(BaseModel):
    number: int
    celsius: float


async def measure(first: int, count: int, pause: float) -> AsyncIterator[Reading]:
    for number in range(first, first + count):
        yield Reading(number=number, celsius=20 + number % 5 / 2)
        await asyncio.sleep(pause)


@app.get("/events", response_class=EventSourceResponse)
async def events(
    count: Count = 10, pause: Pause = 0.5, last_event_id: Annotated[Optional[int], Header()] = None
) -> AsyncIterable[ServerSentEvent]:
    """A browser that lost its connection sends the id of the last event, and the stream continues behind it."""
    first = 0 if last_event_id is None else last_event_id + 1
    async for reading in measure(first, count, pause):
        yield ServerSentEvent(data=reading, event="reading", id=str(reading.number))


@app.get("/lines")
async def lines(count: Count = 10, pause: Pause = 0.5) -> AsyncIterable[Reading]:
    """An operation that yields and has no response class answers JSON Lines."""
    async for reading in measure(0, count, pause):
        yield reading


@app.get("/text")
async def text(count: Count = 10, pause: Pause = 0.5) -> StreamingResponse:
    async def rows() -> AsyncIterator[str]:
        yield "number,celsius\n"
        async for reading in measure(0, count, pause):
            yield f"{reading.number},{reading.celsius}\n"

    return StreamingResponse(rows(), media_type="text/csv")
