"""Functions around requests take as many turns of the event loop with the stand-ins as with Starlette's own layers.

Random programs start tasks, take turns, cancel the task or the scope of a request, and read its body, at any place.
Each program runs with the stand-ins and without. In a loop that always has something to run, every effect has to come
in the same turn. In a loop that is idle at times, where turns are left out, the order of effects has to be the same.
"""

import asyncio
import random
import sys
from typing import Any, Dict, List, Set, Tuple

import anyio
import pytest

from fastapi import BackgroundTasks, Depends, FastAPI, Request
from fastapi._application import stack
from fastapi._stand_ins.accelerators import HTTP_MIDDLEWARE
from fastapi._stand_ins.http import nesting
from fastapi.responses import PlainTextResponse, StreamingResponse
from tests.planned.asgi import http_scope

pytestmark = pytest.mark.skipif(not HTTP_MIDDLEWARE.is_on(), reason="Starlette's own layers serve all requests")

Step = Tuple[str, int]
Steps = List[Step]

STEPS = (
    "spawn",
    "spawn",
    "soon",
    "turn",
    "turn",
    "wait",
    "disconnected",
    "body",
    "cancel",
    "cancel scope",
    *("cancel other", "cancel soon", "cancel with a message"),
)
ENDS = ("value", "value", "stream", "mounted", "background", "dependency")


class Layer:
    def __init__(self, chance: random.Random) -> None:
        self.before, self.after, self.at_end = steps(chance), steps(chance), steps(chance, 0.3)
        self.is_pure = chance.random() < 0.2
        self.answers = chance.choice(["response", "response", "response", "another", "stream"])


class Program:
    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self.layers = [Layer(chance) for _ in range(chance.choice([1, 1, 2, 2, 3]))]
        self.requests = chance.choice([1, 1, 2])
        self.end = chance.choice(ENDS)
        self.inside, self.late = steps(chance), steps(chance)
        self.chunks = [steps(chance) for _ in range(chance.randint(0, 3))]
        self.receiving = [steps(chance, 0.3) for _ in range(4)]
        self.sending = [steps(chance, 0.3) for _ in range(4)]
        self.starting = [steps(chance) for _ in range(2)]


def steps(chance: random.Random, share: float = 1.0) -> Steps:
    number = chance.choice([0, 0, 1, 1, 2, 3]) if chance.random() < share else 0
    drawn = [(chance.choice(STEPS), chance.randint(1, 3)) for _ in range(number)]
    return [("spawn", n) if name.startswith("cancel") and chance.random() < 0.4 else (name, n) for name, n in drawn]


class Run:
    """One run of a program. `effects` has the number of the turn with each effect if the loop is never idle."""

    def __init__(self, program: Program, is_idle: bool) -> None:
        self.program, self.is_idle = program, is_idle
        self.effects: List[Any] = []
        self.turn = 0
        self.hosts: Dict[int, Any] = {}
        self.scopes: Dict[int, anyio.CancelScope] = {}
        self.tasks: Set[Any] = set()

    def note(self, *effect: object) -> None:
        self.effects.append(effect if self.is_idle else (self.turn, *effect))

    async def take(self, todo: Steps, request_id: int, place: str, request: Any = None) -> None:
        loop = asyncio.get_running_loop()
        for name, number in todo:
            self.note(request_id, place, name)
            if name == "spawn":
                self.tasks.add(asyncio.ensure_future(self.chain(request_id, place, number)))
            elif name == "soon":
                loop.call_soon(self.note, request_id, place, "called")
            elif name == "turn":
                for _ in range(number):
                    await asyncio.sleep(0)
            elif name == "wait":
                future = loop.create_future()
                self.set_later(future, number)
                await future
            elif name == "cancel":
                self.hosts[request_id].cancel()
            elif name == "cancel soon":
                loop.call_soon(self.hosts[request_id].cancel)
            elif name == "cancel with a message" and sys.version_info >= (3, 9):
                self.hosts[request_id].cancel("a message")
            elif name == "cancel scope":
                self.scopes[request_id].cancel()
            elif name == "cancel other" and 1 - request_id in self.hosts:
                self.hosts[1 - request_id].cancel()
            elif name == "disconnected" and request is not None:
                self.note(await request.is_disconnected())
            elif name == "body" and request is not None:
                self.note(await request.body())

    async def chain(self, request_id: int, place: str, number: int) -> None:
        self.note(request_id, place, "chain", number)
        if number:
            self.tasks.add(asyncio.ensure_future(self.chain(request_id, place, number - 1)))

    def set_later(self, future: Any, number: int) -> None:
        if number:
            asyncio.get_running_loop().call_soon(self.set_later, future, number - 1)
        elif not future.done():
            future.set_result(None)

    # ── The application ──

    def application(self) -> FastAPI:
        app = FastAPI()
        for number, layer in enumerate(self.program.layers):
            if layer.is_pure:
                app.add_middleware(self.pure_layer, layer=layer, name=f"layer {number}")
            else:
                app.middleware("http")(self.function(layer, f"layer {number}"))
        getattr(self, f"add_{self.program.end}")(app)
        return app

    def pure_layer(self, app: Any, layer: Layer, name: str) -> Any:
        async def call(scope: Any, receive: Any, send: Any) -> None:
            request_id = scope["state"]["id"]
            await self.take(layer.before, request_id, name)
            try:
                await app(scope, receive, send)
            except BaseException as error:
                self.note(request_id, name, "saw", repr(error))
                raise
            await self.take(layer.after, request_id, name)

        return call

    def function(self, layer: Layer, name: str) -> Any:
        async def around(request: Request, call_next: Any) -> Any:
            request_id = request.scope["state"]["id"]
            await self.take(layer.before, request_id, name, request)
            try:
                response = await call_next(request)
            except BaseException as error:
                self.note(request_id, name, "saw", repr(error), repr(error.__context__))
                raise
            finally:
                self.note(request_id, name, "finally")
                await self.take(layer.at_end, request_id, name, request)
            await self.take(layer.after, request_id, name, request)
            if layer.answers == "another":
                return PlainTextResponse("another")
            return StreamingResponse(self.pieces_of(response, name)) if layer.answers == "stream" else response

        return around

    async def pieces_of(self, response: Any, name: str) -> Any:
        async for piece in response.body_iterator:
            self.note(name, "piece", piece)
            yield piece

    def add_value(self, app: FastAPI) -> None:
        @app.get("/end")
        async def end(request: Request) -> int:
            await self.take(self.program.inside, request.state.id, "endpoint", request)
            return 1

    def add_background(self, app: FastAPI) -> None:
        @app.get("/end")
        async def end(request: Request, tasks: BackgroundTasks) -> int:
            tasks.add_task(self.take, self.program.late, request.state.id, "background")
            await self.take(self.program.inside, request.state.id, "endpoint", request)
            return 1

    def add_dependency(self, app: FastAPI) -> None:
        async def resource(request: Request) -> Any:
            try:
                yield 1
            finally:
                await self.take(self.program.late, request.state.id, "dependency", request)

        @app.get("/end")
        async def end(request: Request, number: int = Depends(resource)) -> int:
            await self.take(self.program.inside, request.state.id, "endpoint", request)
            return number

    def add_stream(self, app: FastAPI) -> None:
        async def chunks(request_id: int) -> Any:
            try:
                for todo in self.program.chunks:
                    await self.take(todo, request_id, "chunk")
                    yield b"chunk"
            finally:
                self.note(request_id, "end of chunks")

        @app.get("/end")
        async def end(request: Request) -> Any:
            await self.take(self.program.inside, request.state.id, "endpoint", request)
            return StreamingResponse(chunks(request.state.id))

    def add_mounted(self, app: FastAPI) -> None:
        async def mounted(scope: Any, receive: Any, send: Any) -> None:
            request_id = scope["state"]["id"]
            await self.take(self.program.inside, request_id, "mounted", Request(scope, receive))
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for todo in self.program.chunks:
                await self.take(todo, request_id, "mounted")
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            await self.take(self.program.late, request_id, "mounted")

        app.mount("/end", mounted)

    # ── The requests ──

    async def request(self, app: FastAPI, request_id: int) -> None:
        received, sent = iter(self.program.receiving), iter(self.program.sending)
        bodies = [b"", b"abc"]

        async def receive() -> Any:
            self.note(request_id, "receive")
            await self.take(next(received, []), request_id, "receive")
            if not bodies:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": bodies.pop(), "more_body": bool(bodies)}

        async def send(message: Any) -> None:
            self.note(request_id, message)
            await self.take(next(sent, []), request_id, "send")

        path = "/end/" if self.program.end == "mounted" else "/end"
        scope = {**http_scope("GET", path), "state": {"id": request_id}}
        try:
            with anyio.CancelScope() as cancel_scope:
                self.scopes[request_id] = cancel_scope
                await self.take(self.program.starting[request_id], request_id, "start")
                await app(scope, receive, send)
            self.note(request_id, "scope", cancel_scope.cancelled_caught)
        except BaseException as error:
            self.note(request_id, "raised", repr(error), repr(error.__context__))
            raise

    async def main(self) -> None:
        app = self.application()
        counting = None if self.is_idle else asyncio.ensure_future(self.count_turns())
        for request_id in range(self.program.requests):
            self.hosts[request_id] = asyncio.ensure_future(self.request(app, request_id))
        # A request that never ends is an effect as well.
        ended, endless = await asyncio.wait(self.hosts.values(), timeout=10)
        self.note("ended", len(ended))
        for host in endless:
            host.cancel()
        for task in (*self.tasks, counting):
            if task is not None:
                task.cancel()

    async def count_turns(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.turn += 1


def effects(program: Program, is_idle: bool) -> List[Any]:
    run = Run(program, is_idle)
    asyncio.run(run.main())
    return run.effects


def are_steady(program: Program, is_idle: bool) -> bool:
    """Whether the program has the same effects each time: sets of tasks and scopes have no order."""
    return all(effects(program, is_idle) == effects(program, is_idle) for _ in range(3))


@pytest.mark.parametrize("is_idle", [False, True], ids=["busy", "idle"])
@pytest.mark.parametrize("seeds", [range(start, start + 60) for start in range(0, 600, 60)], ids=str)
def test_effects_come_in_the_same_order(seeds: range, is_idle: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with_stand_ins = {seed: effects(Program(seed), is_idle) for seed in seeds}
    with monkeypatch.context() as patched:
        patched.setattr(stack, "bridge", lambda layer: layer)
        alone = {seed: effects(Program(seed), is_idle) for seed in seeds}
        different = [seed for seed in seeds if with_stand_ins[seed] != alone[seed]]
        different = [seed for seed in different if are_steady(Program(seed), is_idle)]
    different = [seed for seed in different if are_steady(Program(seed), is_idle)]
    for seed in different:
        assert effects(Program(seed), is_idle) == alone[seed], f"program {seed}"


def test_a_place_in_the_queue_runs_the_step_of_its_task_alone() -> None:
    ran: List[str] = []

    async def step() -> None:
        ran.append("step")

    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        task = loop.create_task(step())
        # The loop gets this call after the step, and reaches the place before both.
        loop.call_soon(task.cancel)
        loop._ready.appendleft(nesting._place(loop, task))
        await task

    asyncio.run(main())
    assert ran == ["step"]
