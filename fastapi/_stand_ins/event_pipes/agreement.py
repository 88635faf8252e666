"""Whether a `Pipe` behaves like the memory streams of the installed anyio.

Two tasks do some steps with a pipe and with genuine streams. The results of the steps, and the turns of the event loop
in which they end, have to be equal.
"""

from __future__ import annotations

import asyncio
from typing import Any, Callable, List, Optional, Sequence, Tuple, Union

from fastapi import _rust
from fastapi._stand_ins.accelerators import NotUsed
from fastapi._stand_ins.anyio_names import EndOfStream, create_memory_object_stream, fail_after
from fastapi._stand_ins.comparing import find_difference, run_on_new_loop
from fastapi._stand_ins.event_pipes.pipe import END, TIME_IS_OVER, Pipe

# The steps of a task: "send", "receive" or "receive within 0"; a number of turns to wait; "leave".
Script = Sequence[Union[str, int]]
# The steps of the sender, those of the receiver, and the turns in which the two are cancelled; -1 for never.
PipeCase = Tuple[Script, Script, int, int]


class Streams:
    """A pipe made of anyio's streams."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._sending, self._receiving = create_memory_object_stream[object](1)

    async def send(self, item: object) -> None:
        await self._sending.send(item)

    async def receive(self) -> object:
        try:
            return await self._receiving.receive()
        except EndOfStream:
            return END

    async def receive_within(self, seconds: float) -> object:
        try:
            with fail_after(seconds):
                return await self.receive()
        except TimeoutError:
            return TIME_IS_OVER

    def end(self) -> None:
        self._sending.close()

    def leave(self) -> None:
        self._receiving.close()


# A pipe, or anyio's streams.
AnyPipe = Any


async def play(kind: Callable[[asyncio.AbstractEventLoop], AnyPipe], case: PipeCase) -> List[object]:
    """Return the events of two tasks with one pipe."""
    sender, receiver, cancels_sender, cancels_receiver = case
    loop = asyncio.get_running_loop()
    pipe = kind(loop)
    events: List[object] = []
    turns = [0]

    async def follow(name: str, script: Script, leave: Callable[[], None]) -> None:
        try:
            for number, step in enumerate(script):
                if isinstance(step, int):
                    for _ in range(step):
                        await asyncio.sleep(0)
                elif step == "send":
                    await pipe.send((name, number))
                    events.append((turns[0], name, number))
                else:
                    item = await (pipe.receive_within(0) if step == "receive within 0" else pipe.receive())
                    events.append((turns[0], name, number, _NAMES.get(item, item)))
        except BaseException as error:
            events.append((turns[0], name, type(error).__name__, type(error.__context__).__name__))
            raise
        finally:
            leave()

    tasks = [
        loop.create_task(follow("sender", sender, pipe.end)),
        loop.create_task(follow("receiver", receiver, pipe.leave)),
    ]
    for turns[0] in range(len(sender) * 4 + len(receiver) * 4 + 12):
        for task, turn in zip(tasks, (cancels_sender, cancels_receiver)):
            if turn == turns[0]:
                task.cancel()
        await asyncio.sleep(0)
    for task in tasks:
        events.append(task.done())
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    # A task that was cancelled before its first step.
    pipe.end()
    pipe.leave()
    return events


_NAMES = {END: "end", TIME_IS_OVER: "time is over"}

SOME_PIPES: Sequence[PipeCase] = (
    (["send"] * 4, ["receive"] * 5, -1, -1),
    (["send"] * 4, [3, "receive", 3, "receive", 3, "receive", 3, "receive", "receive"], -1, -1),
    ([3, "send", 3, "send"], ["receive"] * 3, -1, -1),
    (["send"] * 4, ["receive", 2], -1, -1),
    (["send"] * 4, ["receive", 9], 5, -1),
    ([4, "send", "send"], ["receive"] * 3, -1, 2),
    ([4, "send", "send"], ["receive"] * 3, -1, 6),
    (["send"] * 2, ["receive within 0", "receive", "receive"], -1, -1),
)


async def compare_pipes(different: List[str]) -> None:
    """Add the cases in which a pipe differs."""
    for case in SOME_PIPES:
        if await play(Pipe, case) != await play(Streams, case):
            different.append(f"a pipe: {case}")


def why_off() -> Optional[str]:
    """Return the differences, or None."""
    if not _rust.rust_available():
        raise NotUsed("the core does not run")
    return find_difference(lambda different: run_on_new_loop(compare_pipes(different)))
