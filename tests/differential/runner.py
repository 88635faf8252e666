"""Run the requests of a program and record every observable effect. Both sides and found programs use this file.

A program is a module with `app`, `REQUESTS` and the names of `prelude.py`. This file imports only the package under
test and its dependencies, because a found program contains a copy of it.
"""

import asyncio
import gc
import itertools
import json
import linecache
import logging
import os
import random
import re
import sys
import threading
import time
import types
import warnings
from unittest import mock

import anyio
import anyio.lowlevel
import anyio.to_thread

IDLE_ROUNDS = 4  # a request is stalled when the loop is idle at this number of checks, 20 ms apart
# The generations to collect: the loop closes a generator that nothing holds, and that may release the next one.
COLLECTIONS = (1, 1, 2, 2)
CLOSING = 0.002  # seconds for the loop to close it: trio has to look at its entry queue
THREAD_ROUNDS = 50  # the same while worker threads are in use, because the loop may wait for one of them
LOOK = 0.02
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
TASK = re.compile(r"<Task '[^']*'")  # a task has the name of its function
CANCELLED_BY = re.compile(r"(Cancelled via cancel scope) [0-9a-f]{6,}.*", re.DOTALL)  # ends with names of tasks
PLACE = re.compile(r"(/[^\s\"':,]+)+/(?=(site-packages|lib/python3\.\d+|fastapi)/)")
PACKAGE_FRAME = re.compile(r'  File "fastapi/[^\n]*\n(?:    [^\n]*\n)*')  # the packages have other functions
OWN_NAMES = ("cancel", "gone", "turns", "hold_and_cancel", "is_collecting")


# Values of a transcript ----------------------------------------------------------------------------------------------


def plain(value, depth=0):
    """Return a value that JSON can hold, without addresses and paths of folders."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return repr(value)
    if type(value) is str:
        return text_of(value)
    if isinstance(value, (bytes, bytearray)):
        return {type(value).__name__: bytes(value[:4000]).decode("latin-1"), "size": len(value)}
    if depth > 6:
        return "..."
    if isinstance(value, BaseException):
        return exception_of(value, depth)
    if type(value) in (list, tuple):
        return [plain(each, depth + 1) for each in value]
    if type(value) is dict:
        return {text_of(str(key)): plain(each, depth + 1) for key, each in value.items()}
    return f"{type(value).__module__}.{type(value).__qualname__} {text_of(safe_repr(value))[:300]}"


def text_of(text):
    text = TASK.sub("<Task", text)
    text = CANCELLED_BY.sub(r"\1", ADDRESS.sub("0x", text))
    text = PLACE.sub("", text) if "/" in text else text
    return PACKAGE_FRAME.sub("", text) if "Traceback (most recent call last)" in text else text


def safe_repr(value):
    try:
        return repr(value)
    except BaseException as error:
        return f"repr raised {type(error).__name__}"


def exception_of(error, depth=0):
    """Return type, arguments, notes, members, cause and context of an exception."""
    found = {"exception": f"{type(error).__module__}.{type(error).__qualname__}"}
    found["args"] = plain(list(error.args), depth + 1) if depth < 4 else "..."
    if isinstance(error, RecursionError):
        found["args"] = ["..."]  # the text depends on which of the interpreter's counters reached its limit
    for name in ("status_code", "detail", "headers", "body", "code", "reason"):
        if name in getattr(error, "__dict__", ()):
            found[name] = plain(getattr(error, name), depth + 2)
    if hasattr(error, "errors") and callable(error.errors):
        try:
            found["errors"] = plain(list(error.errors()), depth + 1)
        except BaseException as failure:
            found["errors"] = f"raised {type(failure).__name__}"
    if getattr(error, "__notes__", None):
        found["notes"] = plain(error.__notes__)
    if isinstance(error, BaseExceptionGroup):
        found["args"] = [text_of(error.message)]
        found["members"] = [exception_of(each, depth + 1) for each in error.exceptions]
    if depth < 6:
        if error.__cause__ is not None:
            found["cause"] = exception_of(error.__cause__, depth + 1)
        if error.__context__ is not None and error.__context__ is not error.__cause__:
            found["context"] = exception_of(error.__context__, depth + 1)
        if error.__suppress_context__:
            found["context suppressed"] = True
    return found


class Records(logging.Handler):
    """Appends each log record to the events of the program."""

    def __init__(self, program):
        super().__init__(0)
        self.program = program

    def emit(self, record):
        # Skip the records of the event loop, and of the HTTP client: its record may come before the application ends.
        if record.name == "httpx" or record.name == "asyncio" and record.levelno < logging.INFO:
            return
        error = exception_of(record.exc_info[1], 3) if record.exc_info and record.exc_info[1] else None
        told = ["log", record.name, record.levelname, text_of(record.getMessage())[:500], error]
        self.program["EVENTS"].append(told)


# One request ---------------------------------------------------------------------------------------------------------


class Client:
    """The client of one request: it sends the messages, leaves at a certain message, and records the answers."""

    current = None

    def __init__(self, request, events, on):
        self.request, self.events, self.on = request, events, on
        self.messages = [bytes_in(message) for message in request.get("messages", [])]
        self.pace = request.get("pace", 0)
        self.asked = self.answered = 0
        self.left = anyio.Event()
        self.released = threading.Event()
        self.cancel_request = None
        self.scope_left = {}
        Client.current = self

    async def receive(self):
        number, self.asked = self.asked, self.asked + 1
        await self._event(f"receive{number}")
        for _ in range(self.pace):
            await anyio.lowlevel.checkpoint()
        if self.messages:
            return self.messages.pop(0)
        if self.request.get("waits", True):
            await self.left.wait()
        kind = "websocket" if self.request.get("type") == "websocket" else "http"
        return {"type": f"{kind}.disconnect"}

    async def send(self, message):
        number, self.answered = self.answered, self.answered + 1
        self.events.append(["sent", plain(message)])
        if (
            self.request.get("leaves") == number
            or message["type"] == "http.response.body"
            and not message.get("more_body")
        ):
            self.left.set()
        await self._event(f"send{number}")
        for _ in range(self.request.get("send_pace", 0)):
            await anyio.lowlevel.checkpoint()

    async def _event(self, point):
        if point in self.request.get("at", {}):
            await self.on(point)


async def cancel():
    """Cancel the current request from outside, and wait for the cancellation. The request may be shielded from it."""
    Client.current.cancel_request()
    await turns(50)
    Client.current.events.append(["note", "not cancelled"])


async def gone(rounds=20):
    """Let the client leave, and run the loop for some turns, so that the application can notice."""
    Client.current.left.set()
    await turns(rounds)


async def turns(rounds=1):
    for _ in range(rounds):
        await anyio.lowlevel.checkpoint()


def is_collecting():
    """Whether the garbage collector runs: which of its generations an object is in depends on the package."""
    return Collector.is_on


class Collector:
    is_on = False

    @classmethod
    def note(cls, phase, info):
        cls.is_on = phase == "start"


gc.callbacks.append(Collector.note)


def hold_and_cancel():
    """Cancel the request from a worker thread, and stay in the thread until the loop has run for some turns."""
    client = Client.current
    client.from_thread(client)
    client.released.wait(5)


def bytes_in(message):
    return {
        key: value.encode("latin-1") if key in ("body", "bytes") and value is not None else value
        for key, value in message.items()
    }


def scope_of(request):
    path, _, query = request.get("path", "/").partition("?")
    kind = request.get("type", "http")
    if kind == "lifespan":
        return {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    scope = {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "raw_path": path.encode("utf-8"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.get("headers", [])],
        "client": ("client", 5000),
        "server": ("server", 80),
    }
    scope.update({"method": request.get("method", "GET")} if kind == "http" else {"subprotocols": []})
    scope.update(request.get("scope", {}))
    return scope


def call_of(program, request, client):
    """Return the coroutine of a request: it calls the application, or an HTTP client that calls the application."""
    app = program["app"]
    if request.get("way", "asgi") == "asgi":
        scope = scope_of(request)
        before = dict(scope)
        return asgi_call(app, scope, before, client)
    return httpx_call(app, request, client)


async def asgi_call(app, scope, before, client):
    try:
        await app(scope, client.receive, client.send)
    finally:
        new = {
            key: value
            for key, value in scope.items()
            if key not in before or before[key] is not value and plain(before[key]) != plain(value)
        }
        client.scope_left = {key: plain(new[key]) for key in sorted(new)}


async def httpx_call(app, request, client):
    import httpx

    transport = httpx.ASGITransport(app, raise_app_exceptions=request["way"] == "httpx")
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as http:
        answer = await http.request(**arguments_of(request))
        client.events.append(answer_of(answer))


def arguments_of(request):
    content = "".join(message.get("body", "") for message in request.get("messages", [])).encode("latin-1")
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.get("headers", [])]
    return {
        "method": request.get("method", "GET"),
        "url": request.get("path", "/"),
        "headers": headers,
        "content": content or None,
    }


def answer_of(answer):
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in answer.headers.raw]
    return ["answer", answer.status_code, headers, plain(answer.content)]


# Event loops ---------------------------------------------------------------------------------------------------------


def idle_rounds():
    """Return the number of checks at which the loop must be idle. The thread of a cancelled task may never end."""
    try:
        in_use = anyio.to_thread.current_default_thread_limiter().borrowed_tokens
    except BaseException:
        in_use = 0
    return THREAD_ROUNDS if in_use else IDLE_ROUNDS


class Asyncio:
    """One event loop for consecutive requests of a program."""

    def __init__(self):
        self.runner = asyncio.Runner()
        self.task = None

    def run(self, function, *args):
        return self.runner.run(function(*args))

    def close(self):
        self.runner.close()

    def abandon(self):
        """Leave a loop that was stopped. When its tasks are destroyed depends on how much each package allocates."""
        for task in asyncio.all_tasks(self.runner.get_loop()):
            task._log_destroy_pending = False
        if self.task is not None and self.task.done() and not self.task.cancelled():
            self.task.exception()

    @staticmethod
    def has_open_generators():
        return has_open(asyncio.get_running_loop()._asyncgens)

    async def drive(self, call, client, limit):
        """Run a request as a task, and return how it ended."""
        loop = asyncio.get_running_loop()
        task = self.task = loop.create_task(self.bounded(call, client))
        if client.request.get("cancelled_by", "task") == "task":
            client.cancel_request = task.cancel
        client.from_thread = lambda client: loop.call_soon_threadsafe(
            lambda: loop.create_task(cancel_and_release(client))
        )
        if await self.ends(task, loop, limit):
            self.task = None
            return outcome_of(task)
        task.cancel()
        client.left.set()
        client.released.set()
        if await self.ends(task, loop, limit):
            return ["stalled, then cancelled", outcome_of(task)]
        return ["stuck", "not even a cancellation ends it"]

    @staticmethod
    async def bounded(call, client):
        """Await the request inside the timeout or scope that `cancel()` uses."""
        how = client.request.get("cancelled_by", "task")
        if how == "timeout":
            async with asyncio.timeout(None) as deadline:
                client.cancel_request = lambda: deadline.reschedule(asyncio.get_running_loop().time())
                await call
        elif how == "scope":
            with anyio.CancelScope() as scope:
                client.cancel_request = scope.cancel
                await call
        else:
            await call

    @staticmethod
    async def ends(task, loop, limit):
        idle, until = 0, time.monotonic() + limit
        while not task.done():
            await asyncio.wait({task}, timeout=LOOK)
            soon = loop.time() + 1
            busy = loop._ready or any(not timer._cancelled and timer._when < soon for timer in loop._scheduled)
            idle = 0 if busy else idle + 1
            if idle > idle_rounds() or time.monotonic() > until:
                return task.done()
        return True


def has_open(generators):
    return any(each.ag_frame is not None for each in list(generators))


def outcome_of(task):
    if task.cancelled():
        try:
            task.result()
        except BaseException as error:
            return ["raised", exception_of(error)]
    error = task.exception()
    return ["returned"] if error is None else ["raised", exception_of(error)]


async def cancel_and_release(client):
    client.cancel_request()
    await turns(20)
    client.released.set()


class Unmoved(random.Random):
    """A source of random numbers for trio that leaves the order of runnable tasks unchanged."""

    def shuffle(self, batch):
        pass

    def random(self):
        return 0.9


class Trio:
    """One run of trio for consecutive requests of a program, with a deterministic schedule."""

    def __init__(self):
        import trio

        self.trio = trio
        self.before = trio._core._run._r, trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING
        trio._core._run._r, trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING = Unmoved(), True

    def run(self, function, *args):
        return self.trio.run(function, *args)

    def close(self):
        self.trio._core._run._r, self.trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING = self.before

    def abandon(self):
        """Leave a run that was stopped: nothing of it is left."""

    def has_open_generators(self):
        queued = self.trio.lowlevel.current_statistics().run_sync_soon_queue_size
        return queued or has_open(self.trio._core._run.GLOBAL_RUN_CONTEXT.runner.asyncgens.alive)

    async def drive(self, call, client, limit):
        """Run a request as a task, and return how it ended. If the task is stuck, `leave` ends the process."""
        trio = self.trio
        done, outcome = trio.Event(), []
        async with trio.open_nursery() as nursery:

            async def bounded():
                try:
                    with trio.CancelScope() as scope:
                        client.cancel_request = scope.cancel
                        try:
                            await call
                            outcome.append(["returned"])
                        except BaseException as error:
                            outcome.append(["raised", exception_of(error)])
                            if isinstance(error, trio.Cancelled) or contains(error, trio.Cancelled):
                                raise
                finally:
                    done.set()

            token = trio.lowlevel.current_trio_token()
            client.from_thread = lambda client: token.run_sync_soon(nursery.start_soon, cancel_and_release, client)
            nursery.start_soon(bounded)
            if await self.ends(done, limit):
                return outcome[0]
            client.cancel_request()
            client.left.set()
            client.released.set()
            if await self.ends(done, limit):
                return ["stalled, then cancelled", outcome[0]]
            self.leave(["stuck", "not even a cancellation ends it"])

    async def ends(self, done, limit):
        trio = self.trio
        idle, until = 0, time.monotonic() + limit
        while not done.is_set():
            with trio.move_on_after(LOOK):
                await done.wait()
            now = trio.lowlevel.current_statistics()
            idle = 0 if now.tasks_runnable or now.seconds_to_next_deadline < 1 else idle + 1
            if idle > idle_rounds() or time.monotonic() > until:
                return done.is_set()
        return True


def contains(error, kind):
    return isinstance(error, BaseExceptionGroup) and error.split(kind)[0] is not None


# A program -----------------------------------------------------------------------------------------------------------


def run_program(program, requests, backend="asyncio", limit=8.0):
    """Return a transcript: the events of making the application, of each request, and of closing the loop."""
    events = program["EVENTS"]
    program.update({name: globals()[name] for name in OWN_NAMES})
    loop = Trio() if backend == "trio" else Asyncio()
    told = []
    transcript = {"made": plain(list(events)), "requests": told, "after": []}
    gc.disable()  # when it would run depends on how much each package allocates
    try:
        for in_loop, group in itertools.groupby(requests, runs_in_loop):
            batch = list(group)
            if not in_loop:
                for request in batch:
                    told.append(outside_of_loop(program, request, backend, limit))
                    end_if_stuck(transcript)
                continue
            while batch:
                before = len(told)
                try:
                    loop.run(run_batch, program, batch, loop, limit, transcript)
                    batch = []
                except BaseException as error:
                    if len(told) - before >= len(batch):
                        break
                    told.append(events_of(program, ["stopped the loop", exception_of(error)]))
                    batch = batch[len(told) - before :]
                    loop.abandon()
                    loop = Trio() if backend == "trio" else Asyncio()
    finally:
        events.clear()
        try:
            loop.close()
            gc.collect()
        except BaseException as error:
            events.append(["closing", exception_of(error)])
        gc.enable()
        mock.patch.stopall()
    transcript["after"] = plain(list(events))
    return transcript


def runs_in_loop(request):
    return request.get("way", "asgi") in ("asgi", "httpx", "httpx_quiet")


def give_up(transcript):
    """End the process, because a request still runs in it and would influence the next ones."""
    show(transcript, [])
    os._exit(1)


def end_if_stuck(transcript):
    if transcript["requests"][-1]["ended"][0] == "stuck":
        give_up(transcript)


async def run_batch(program, batch, loop, limit, transcript):
    for request in batch:
        begin(program, request)
        client = Client(request, program["EVENTS"], program["on"])

        def leave(ended, client=client, first=()):
            transcript["requests"].append({**events_of(program, ended, first), "scope": client.scope_left})
            end_if_stuck(transcript)

        loop.leave = leave
        ended = await loop.drive(call_of(program, request, client), client, limit)
        await turns(3)
        first = taken_events(program)
        for generation in COLLECTIONS:
            if not loop.has_open_generators():
                break
            gc.collect(generation)
            await anyio.sleep(CLOSING)
        leave(ended, first=first)


def begin(program, request):
    program["EVENTS"].clear()
    program["PLAN"].clear()
    program["PLAN"].update(request.get("at", {}))
    if "before" in request:
        try:
            exec(compile(request["before"], "before", "exec"), program)
        except Exception as error:
            program["EVENTS"].append(["before", exception_of(error)])


def events_of(program, ended, first=()):
    gc.collect(1)  # objects that this request leaves behind report their end as part of it
    told = {"events": [*first, *taken_events(program)], "ended": ended}
    program["PLAN"].clear()
    return told


def taken_events(program):
    """Return the events so far, and hold none of the objects in them any longer."""
    taken = plain(list(program["EVENTS"]))
    program["EVENTS"].clear()
    return taken


def outside_of_loop(program, request, backend, limit):
    """Run a request without an event loop in a thread of its own, so that a request that never ends does not block."""
    begin(program, request)
    ended = [["stuck", "a call from outside of the loop"]]
    Client.current = types.SimpleNamespace(left=threading.Event(), cancel_request=lambda: None)
    ways = {"testclient": testclient_call, "testclient_quiet": testclient_call, "text": text_call}

    def run():
        try:
            ended[0] = ways[request["way"]](program, request, backend)
        except BaseException as error:
            ended[0] = ["raised", exception_of(error)]

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    until, used, idle = time.monotonic() + limit, 0.0, 0
    while thread.is_alive() and time.monotonic() < until and idle < 20:
        thread.join(0.05)
        now = time.process_time()
        idle, used = (idle + 1 if now - used < 0.001 else 0), now
    return events_of(program, ended[0])


def testclient_call(program, request, backend):
    from fastapi.testclient import TestClient

    raising = request["way"] == "testclient"
    client = TestClient(program["app"], raise_server_exceptions=raising, backend=backend, follow_redirects=False)
    if not request.get("lifespan"):
        return answer_of(client.request(**arguments_of(request)))
    with client:
        return answer_of(client.request(**arguments_of(request)))


def text_call(program, request, backend):
    """Evaluate an expression in the program, for example `app.openapi()`."""
    return ["value", plain(eval(request["text"], program))]


# A whole program -----------------------------------------------------------------------------------------------------


class Observed:
    """A context that adds log records, warnings and unraisable exceptions to the events of the program."""

    def __init__(self, program):
        self.program, self.handler = program, Records(program)

    def __enter__(self):
        root = logging.getLogger()
        self.level, self.hooks = root.level, (sys.unraisablehook, threading.excepthook)
        root.addHandler(self.handler)
        root.setLevel(1)
        self.caught = warnings.catch_warnings()
        self.caught.__enter__()
        warnings.simplefilter("always")
        warnings.showwarning = self.warned
        sys.unraisablehook = lambda found: self.add("unraisable", exception_of(found.exc_value))
        threading.excepthook = lambda found: self.add("thread raised", exception_of(found.exc_value))

    def __exit__(self, *error):
        root = logging.getLogger()
        root.removeHandler(self.handler)
        root.setLevel(self.level)
        self.caught.__exit__(None, None, None)
        sys.unraisablehook, threading.excepthook = self.hooks

    def add(self, *event):
        self.program["EVENTS"].append(list(event))

    def warned(self, message, category, *rest, **options):
        if category is not ResourceWarning:
            self.add("warning", category.__name__, text_of(str(message)))


def run_source(source, requests, backend, limit=8.0):
    """Execute the text of a program as the main module and run its requests."""
    name = "/program.py"
    module = types.ModuleType("__main__")
    program = module.__dict__
    program.update({"__file__": name, "EVENTS": []})
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    before, sys.modules["__main__"] = sys.modules["__main__"], module
    try:
        with Observed(program):
            try:
                exec(compile(source, name, "exec"), program)
            except BaseException as error:
                return {"made": plain(program["EVENTS"]), "failed": exception_of(error), "requests": [], "after": []}
            return run_program(program, requests, backend, limit)
    finally:
        mock.patch.stopall()
        sys.modules["__main__"] = before


def run_by_itself(program, backend):
    """Run the program that contains this file, and print its transcript."""
    import fastapi

    print(fastapi.__file__, file=sys.stderr)
    with Observed(program):
        told = run_program(program, program["REQUESTS"], backend)
    show(told, program["REQUESTS"])


def show(told, requests):
    print("made", json.dumps(told["made"]))
    for request, transcript in itertools.zip_longest(requests, told["requests"]):
        print("REQUEST", json.dumps(request))
        for event in (transcript or {}).get("events", []):
            print("   ", json.dumps(event))
        print("    ENDED", json.dumps((transcript or {}).get("ended")))
    print("after", json.dumps(told["after"]), flush=True)
