"""Functions around requests, `@app.middleware("http")`, at a fraction of their cost.

Starlette runs the application below such a function in a task of its own and hands its messages over, through a memory
stream in a task group. The same happens here: a task with a copy of the context, one message at a time, the same turns
of the event loop, the same exceptions. But what stands between the two tasks is made of futures.

    dispatch(request, call_next) ── call_next ──> task: the application below
           │  <── response ───────────────────────── http.response.start
           └─ response(...) <── body_iterator ────── http.response.body      <── "sent" ── it may end

The request and the response that the function sees are Starlette's own classes. A Starlette whose `__call__` reads
differently from those that are known here, another event loop than asyncio's, a class or method that somebody replaced:
then Starlette's own way is taken.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from asyncio import CancelledError
from functools import lru_cache
from types import coroutine
from typing import Any, AsyncGenerator, Callable, Coroutine, Dict, Generator, List, Mapping, Optional, Type
from weakref import WeakValueDictionary

import anyio
from starlette.middleware import base
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from fastapi._eager_tasks import start_task
from fastapi._waiting import Answering, leave_waiting

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup

# What `BaseHTTPMiddleware.__call__` is in the releases of Starlette that behave as what is written here.
# The value: whether a response has to bring headers.
_KNOWN_SOURCES = {
    # 1.8 and 1.9
    "34cc2c1560539f52131733128ab60ec1d73a8afab7ce310f04eced02271579b9": True,
    # 1.10
    "cd1672154f152e604ebeacd65b14f2e1cc4a96e248e3a1ff367d5d6cabff2a6d": False,
}
_SHORTCUT = "_fastapi_rs_shortcut"

# (the layer, scope, receive, send); `send` is called with all messages or none, and then there is a rest.
Shortcut = Callable[[Any, Scope, Receive, Send], Optional[Answering]]

_STARLETTE_CALL = BaseHTTPMiddleware.__call__
# The name that anyio gives the task.
_TASK_NAME = (
    f"{BaseHTTPMiddleware.__module__}.{BaseHTTPMiddleware.__qualname__}.__call__.<locals>.call_next.<locals>.coro"
)


# ── Which layers ──


def bridge(layer: Any, shortcut: Optional[Shortcut] = None) -> Any:
    """Let a layer of a middleware stack be run by this module, when it is one that Starlette's own `__call__` runs.

    The layer stays the object that it is, of a class with the same names. `shortcut` is asked for what answers a
    request in the place of the layers below.
    """
    kind = type(layer)
    if isinstance(layer, BaseHTTPMiddleware) and _is_bridgeable(kind):
        try:
            layer.__class__ = _bridged(kind)
            vars(layer)[_SHORTCUT] = shortcut
        except TypeError:
            # A class whose objects are laid out in their own way.
            pass
    return layer


def _is_bridgeable(kind: type) -> bool:
    return (
        type(kind) is type
        and kind.__call__ is _STARLETTE_CALL
        # Whoever counts subclasses is not to see one more.
        and getattr(kind.__init_subclass__, "__func__", None) is None
        and _is_known()
    )


@lru_cache(maxsize=None)
def _is_known() -> bool:
    """Whether Starlette's `__call__` is, word for word, one that is known here, and nobody has replaced it."""
    return _digest() in _KNOWN_SOURCES and _STARLETTE_CALL.__globals__ is vars(base)


@lru_cache(maxsize=None)
def _headers_are_required() -> bool:
    return _KNOWN_SOURCES[_digest()]


@lru_cache(maxsize=None)
def _digest() -> str:
    try:
        with open(base.__file__, "rb") as file:
            source = file.read().replace(b"\r\n", b"\n")
    except (OSError, TypeError):
        return ""
    begin = source.find(b"    async def __call__(", source.find(b"class BaseHTTPMiddleware"))
    return hashlib.sha256(source[begin : source.find(b"    async def dispatch(", begin)]).hexdigest()


_BRIDGED: WeakValueDictionary[type, type] = WeakValueDictionary()


def _bridged(kind: Type[BaseHTTPMiddleware]) -> type:
    """Return a subclass that is called here, and passes for the class itself."""
    found = _BRIDGED.get(kind)
    if found is not None:
        return found

    async def __call__(self: Any, scope: Scope, receive: Receive, send: Send) -> None:
        # Somebody may have replaced the method since: Sentry and other tracers do.
        if scope["type"] == "http" and kind.__call__ is _STARLETTE_CALL:
            task = _current_task()
            if task is not None:
                await _serve(self, scope, receive, send, task.get_loop())
                return
        await kind.__call__(self, scope, receive, send)

    names = {
        "__call__": __call__,
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
    }
    made: type = type(kind.__name__, (kind,), names)
    _BRIDGED[kind] = made
    return made


def _current_task() -> Optional[asyncio.Task[Any]]:
    try:
        return asyncio.current_task()
    except RuntimeError:
        # Another event loop than those of asyncio: trio.
        return None


# ── One request ──


async def _serve(layer: Any, scope: Scope, receive: Receive, send: Send, loop: asyncio.AbstractEventLoop) -> None:
    request = base._CachedRequest(scope, receive, send)
    exchange = _Exchange(layer, request, scope, send, loop)
    if getattr(receive, "__func__", None) is _Exchange.receive_below:
        # With Starlette, the function around this one would be waiting by now: this one lets others run.
        receive.__self__.messages.is_awaited = True  # type: ignore[attr-defined]

    async def call_next(request: Request) -> Response:
        return await exchange.answer()

    try:
        response = await layer.dispatch_func(request, call_next)
        await response(scope, request.wrapped_receive, exchange.sender(response))
        exchange.finish()
        if exchange.running:
            await exchange.wait()
    except BaseException as error:
        await exchange.abandon()
        if isinstance(error, _TaskCancelled):
            return
        if not isinstance(error, CancelledError):
            _raise_as_group(error)
        raise
    finally:
        exchange.close()
    if exchange.error is not None and not exchange.is_error_raised:
        raise exchange.error


def _raise_as_group(error: BaseException) -> None:
    """Raise an exception as it comes out of a task group in which it was the only one."""
    origin = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    try:
        raise BaseExceptionGroup(_GROUP_MESSAGE, [error]) from None
    except BaseExceptionGroup:
        raise error from origin


_GROUP_MESSAGE = "unhandled errors in a TaskGroup"


class _TaskCancelled(CancelledError):
    """The application below was cancelled, by itself or by others than this layer: so is what waits for it."""


class _Exchange:
    """What happens between a function around requests and the application below it, during one request."""

    __slots__ = (
        "body",
        "error",
        "idle",
        "is_active",
        "is_cancelled",
        "is_error_raised",
        "is_sent",
        "is_whole",
        "layer",
        "loop",
        "messages",
        "request",
        "running",
        "scope",
        "scopes",
        "send",
        "tasks",
        "until_sent",
    )

    def __init__(self, layer: Any, request: Any, scope: Scope, send: Send, loop: asyncio.AbstractEventLoop) -> None:
        self.layer = layer
        self.request = request
        self.scope = scope
        self.send = send
        self.loop = loop
        self.messages = _Handover(loop)
        self.error: Optional[Exception] = None
        self.is_error_raised = False
        self.body: Any = None
        # Whether all messages from below were put, and nothing is to be done there any more.
        self.is_whole = False
        self.is_active = True
        # Whether the response is out. What comes later from below is dropped.
        self.is_sent = False
        self.until_sent: List[asyncio.Future[None]] = []
        self.is_cancelled = False
        self.running = 0
        # The event loop alone would not keep tasks from being collected.
        self.tasks: List[asyncio.Task[None]] = []
        self.scopes: List[anyio.CancelScope] = []
        self.idle: Optional[asyncio.Future[None]] = None

    async def answer(self) -> Response:
        """Run the application below and return its response once it has begun: what `call_next` does."""
        if not self.is_active:
            raise RuntimeError("This task group is not active; no new tasks can be started.")
        self.running += 1
        task = self._start()
        self.tasks.append(task)
        info = None
        while True:
            try:
                message = await self.messages.receive()
            except anyio.EndOfStream:
                error = self.error
                if error is None:
                    raise RuntimeError("No response returned.")  # noqa: B904
                self.is_error_raised = True
                raise error from error.__cause__ or error.__context__
            kind = message["type"]
            if kind == "http.response.debug":
                info = message["info"]
            elif kind == "http.response.early_hint":
                await self.send(message)
            else:
                break
        assert kind == "http.response.start"
        self.body = self._body()
        response = base._StreamingResponse(status_code=message["status"], content=self.body, info=info)
        response.raw_headers = message["headers"] if _headers_are_required() else message.get("headers", [])
        return response

    def _start(self) -> asyncio.Task[None]:
        if self.tasks or _is_being_cancelled():
            # Called again, or by who is being cancelled: that is not to have the answer that a task could give at once.
            self.messages.is_prompt = False
            return self.loop.create_task(self._run(), name=_TASK_NAME)
        return start_task(self._run(), self.loop, _TASK_NAME)

    async def _body(self) -> AsyncGenerator[Any, None]:
        while True:
            try:
                message = await self.messages.receive()
            except anyio.EndOfStream:
                return
            if message["type"] == "http.response.pathsend":
                yield message
                return
            assert message["type"] == "http.response.body", f"Unexpected message: {message}"
            body = message.get("body", b"")
            if body:
                yield body
            if not message.get("more_body", False):
                return

    def sender(self, response: Any) -> Send:
        """Return what a response is sent with.

        PERF: one that is all there, and that nobody has touched but for its head, is put at once where the next
        function around this one takes it (benchmark `mw`, several functions).
        """
        send = self.send
        if (
            self.is_whole
            and getattr(send, "__func__", None) is _Exchange.send_below
            and type(response) is base._StreamingResponse
            and response.body_iterator is self.body
            and response.background is None
        ):
            outer: _Exchange = send.__self__  # type: ignore[attr-defined]
            outer.is_whole = True
            return outer.messages.put
        return send

    # ── Below ──

    async def _run(self) -> None:
        """The task of the application below."""
        try:
            await _cancellable(self, self._call_below())
        except Exception as error:
            self.error = error
            self.messages.close_sending()
        except CancelledError:
            self.messages.cancel(_TaskCancelled())
            raise
        finally:
            self.running -= 1
            if not self.running and self.idle is not None and not self.idle.done():
                self.idle.set_result(None)

    async def _call_below(self) -> None:
        layer = self.layer
        shortcut = vars(layer).get(_SHORTCUT)
        if shortcut is not None:
            answer = shortcut(layer, self.scope, self.receive_below, self.messages.put)
            if answer is not None:
                self.is_whole = True
                rest = await answer
                if rest is None:
                    return
                leave_waiting(self.scope, rest.app)
        self.is_whole = False
        await layer.app(self.scope, self.receive_below, self.send_below)
        # NOTE: no end of messages where all were put: who sends them waits until the response is out (`send_below`).
        if not self.is_whole:
            self.messages.close_sending()

    async def send_below(self, message: Message) -> None:
        """`send`, for the application below. It ends when somebody has taken the message."""
        try:
            await self.messages.send(message)
        except anyio.BrokenResourceError:
            return
        kind = message["type"]
        if kind == "http.response.pathsend" or (kind == "http.response.body" and not message.get("more_body", False)):
            if not self.is_sent:
                sent = self.loop.create_future()
                self.until_sent.append(sent)
                await sent

    async def receive_below(self) -> Message:
        """`receive`, for the application below. When the response is out, the client counts as gone."""
        if self.is_sent:
            return {"type": "http.disconnect"}
        if self.request._wrapped_rcv_consumed and not _is_being_cancelled():
            # Only the client's leaving is waited for: others run first.
            await asyncio.sleep(0)
        try:
            message = await _run_until_sent(self, self.request.wrapped_receive())
        except Exception as error:
            raise BaseExceptionGroup(_GROUP_MESSAGE, [error]) from None
        if self.is_sent:
            # With Starlette, a stream has some turns before it learns that nobody listens any more.
            await asyncio.sleep(0)
            return {"type": "http.disconnect"}
        return message

    # ── The end ──

    def finish(self) -> None:
        """The response is out."""
        self.is_sent = True
        for waiting in self.until_sent:
            if not waiting.done():
                waiting.set_result(None)
        self.messages.close_receiving()

    async def wait(self) -> None:
        """Wait for the tasks. When that is cancelled, so are they, and then it is waited for them all the same."""
        cancelled: Optional[CancelledError] = None
        while self.running:
            self.idle = self.loop.create_future()
            try:
                await self.idle
            except CancelledError as error:
                cancelled = error
                self._cancel()
        if cancelled is not None:
            raise cancelled

    async def abandon(self) -> None:
        """Cancel the tasks, and wait until they have ended."""
        if self.running:
            self._cancel()
            await self.wait()

    def _cancel(self) -> None:
        self.is_cancelled = True
        for scope in self.scopes:
            scope.cancel()
        if len(self.scopes) < len(self.tasks):
            for task in self.tasks:
                if not task.done() and _is_open_to_cancellation(task):
                    task.cancel()

    def close(self) -> None:
        self.is_active = False
        self.messages.close_receiving()
        self.messages.close_sending()


class _Handover:
    """Gives messages from one task to another, which has to be there to take them.

    It behaves as a memory stream of anyio without a buffer: who sends goes on when the message has been taken, and who
    receives lets others run first.
    """

    __slots__ = ("_cancelled", "_loop", "_offers", "_receivers", "is_awaited", "is_prompt", "is_received", "is_sent")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        # What is to be told when the message has been taken: a future, or nobody.
        self._offers: Dict[Any, Message] = {}
        self._receivers: Dict[asyncio.Future[Optional[Message]], None] = {}
        self._cancelled: Optional[CancelledError] = None
        # Whether somebody is about to wait for the next message: it is taken at once, then.
        self.is_awaited = False
        self.is_prompt = True
        self.is_sent = True
        self.is_received = True

    async def send(self, message: Message) -> None:
        """Give a message away, and wait until it has been taken.

        Raises:
            anyio.ClosedResourceError: a task that sent here has ended already.
            anyio.BrokenResourceError: nobody is going to take it.
        """
        if self._is_taken(message):
            return
        if self.is_awaited:
            self.is_awaited = False
            self._offers[object()] = message
            return
        offer = self._loop.create_future()
        self._offers[offer] = message
        try:
            await offer
        except BaseException:
            self._offers.pop(offer, None)
            raise
        if self._offers.pop(offer, None) is not None:
            raise anyio.BrokenResourceError

    async def put(self, message: Message) -> None:
        """Give a message away and do not wait: for who has nothing else to do before the next one."""
        if self.is_received and not self._is_taken(message):
            self._offers[object()] = message

    def _is_taken(self, message: Message) -> bool:
        if not self.is_sent:
            raise anyio.ClosedResourceError
        if not self.is_received:
            raise anyio.BrokenResourceError
        receivers = self._receivers
        while receivers:
            receiver = next(iter(receivers))
            del receivers[receiver]
            if not receiver.done():
                receiver.set_result(message)
                self.is_awaited = False
                return True
        return False

    async def receive(self) -> Message:
        """Take a message.

        Raises:
            anyio.ClosedResourceError: the response is out.
            anyio.EndOfStream: no message is going to come.
        """
        if not self.is_prompt or not self._offers or type(next(iter(self._offers))) is not object:
            # Others run first, as with anyio. PERF: not where a message was put for this one alone (benchmark `mw`).
            await asyncio.sleep(0)
        if not self.is_received:
            raise anyio.ClosedResourceError
        if self._offers:
            offer = next(iter(self._offers))
            message = self._offers.pop(offer)
            if type(offer) is not object and not offer.done():
                offer.set_result(None)
            return message
        if self._cancelled is not None:
            raise self._cancelled
        if not self.is_sent:
            raise anyio.EndOfStream
        receiver: asyncio.Future[Optional[Message]] = self._loop.create_future()
        self._receivers[receiver] = None
        try:
            received = await receiver
        finally:
            self._receivers.pop(receiver, None)
        if received is None:
            raise anyio.EndOfStream
        return received

    def cancel(self, error: CancelledError) -> None:
        """Raise `error` where somebody waits for a message, now and later."""
        self._cancelled = error
        for receiver in self._receivers:
            if not receiver.done():
                receiver.set_exception(error)

    def close_sending(self) -> None:
        """No further message comes."""
        self.is_sent = False
        for receiver in self._receivers:
            if not receiver.done():
                receiver.set_result(None)

    def close_receiving(self) -> None:
        """No further message is taken."""
        self.is_received = False
        for offer in self._offers:
            if type(offer) is not object and not offer.done():
                offer.set_result(None)


# ── Tasks ──


@lru_cache(maxsize=None)
def _task_states() -> Mapping[Any, Any]:
    # Not imported together with this module: it takes its time, and is there when an event loop runs.
    from anyio._backends import _asyncio

    states: Mapping[Any, Any] = _asyncio._task_states
    return states


@coroutine
def _cancellable(exchange: _Exchange, running: Coroutine[Any, Any, None]) -> Generator[Any, Any, None]:
    """Run a coroutine so that the exchange can cancel it in the manner of anyio, which knows what is shielded.

    PERF: that takes a scope, and a scope takes longer than everything else here. It is entered when the coroutine waits
    for the first time (benchmark `mw`), if it has not entered one of its own: scopes have to be left in their order.
    """
    try:
        awaited = running.send(None)
        while _is_in_scope():
            awaited = _resume(running, (yield from _wait(awaited)))
        with anyio.CancelScope() as scope:
            exchange.scopes.append(scope)
            if exchange.is_cancelled:
                scope.cancel()
            while True:
                awaited = _resume(running, (yield from _wait(awaited)))
    except StopIteration:
        return


def _wait(awaited: Any) -> Generator[Any, Any, Optional[BaseException]]:
    """Wait for what a coroutine waits for; return what is to be raised there."""
    try:
        yield awaited
    except BaseException as error:
        return error
    return None


def _resume(running: Coroutine[Any, Any, None], error: Optional[BaseException]) -> Any:
    # Not where the error was caught: it would become the context of whatever is raised in the coroutine.
    return running.send(None) if error is None else running.throw(error)


def _is_in_scope() -> bool:
    """Whether the current task is inside of a cancel scope of anyio."""
    return _scope_of(asyncio.current_task()) is not None


def _is_being_cancelled() -> bool:
    """Whether whatever the current task waits for next is cancelled."""
    return _is_in_scope() and anyio.current_effective_deadline() == float("-inf")


def _is_open_to_cancellation(task: Any) -> bool:
    """Whether no scope around the place where the task waits keeps cancellation away."""
    scope = _scope_of(task)
    while scope is not None:
        if scope.shield:
            return False
        scope = getattr(scope, "_parent_scope", None)
    return True


def _scope_of(task: Any) -> Any:
    state = _task_states().get(task)
    return None if state is None else state.cancel_scope


@coroutine
def _run_until_sent(exchange: _Exchange, receiving: Coroutine[Any, Any, Message]) -> Generator[Any, Any, Message]:
    """Run a coroutine in this task, and cancel it when the response is out; then the client counts as gone.

    PERF: nothing is set up for that as long as the coroutine does not wait, as most do not (benchmark `mw`).
    """
    resume: Callable[[Any], Any] = receiving.send
    argument: Any = None
    is_stopped = False
    while True:
        try:
            awaited = resume(argument)
        except StopIteration as end:
            message: Message = end.value
            return message
        except CancelledError:
            if is_stopped:
                return {"type": "http.disconnect"}
            raise
        resume, argument = receiving.send, None
        try:
            if getattr(awaited, "_asyncio_future_blocking", False):
                yield from _wait_until_sent(exchange, awaited)
            else:
                yield awaited
        except BaseException as error:
            resume, argument = receiving.throw, error
        else:
            if exchange.is_sent and not is_stopped:
                is_stopped = True
                resume, argument = receiving.throw, CancelledError()


def _wait_until_sent(exchange: _Exchange, awaited: asyncio.Future[Any]) -> Generator[Any, Any, None]:
    """Wait for a future, or until the response is out, whichever comes first."""
    # A task would have taken note of the future in this way.
    awaited._asyncio_future_blocking = False
    either = exchange.loop.create_future()

    def wake(_: Any) -> None:
        if not either.done():
            either.set_result(None)

    awaited.add_done_callback(wake)
    exchange.until_sent.append(either)
    try:
        yield from either
    except CancelledError:
        awaited.cancel()
        raise
    finally:
        awaited.remove_done_callback(wake)
        exchange.until_sent.remove(either)
