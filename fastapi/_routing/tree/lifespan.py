"""Code before the first request and after the last: lifespans and the older event handlers."""

from __future__ import annotations

import inspect
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, AsyncContextManager, AsyncIterator, Callable, List, Mapping, Optional, Sequence

from annotated_doc import Doc
from starlette._utils import is_async_callable
from typing_extensions import Annotated, deprecated

from fastapi._routing.tree.decorator import make_decorator
from fastapi.types import DecoratedCallable

EventHandler = Callable[[], Any]
LifespanContext = Callable[[Any], AsyncContextManager[Any]]
# Lifespans yield it; each request gets a copy as `scope["state"]`.
State = Mapping[str, Any]

ON_EVENT_DEPRECATED = """
        on_event is deprecated, use lifespan event handlers instead.

        Read more about it in the
        [FastAPI docs for Lifespan Events](https://fastapi.tiangolo.com/advanced/events/).
        """


class EventHandlers:
    """The event handlers of a router: functions without arguments, run at startup and at shutdown."""

    if TYPE_CHECKING:  # A router has no annotations.
        on_startup: List[EventHandler]
        on_shutdown: List[EventHandler]

    def add_event_handler(self, event_type: str, func: EventHandler) -> None:
        """Run `func` at "startup" or "shutdown", after the handlers that are already there.

        They run only if the router has no `lifespan`. `func` has no parameters; it may be a coroutine function.

        Raises:
            AssertionError: `event_type` is neither "startup" nor "shutdown".
        """
        assert event_type in ("startup", "shutdown")
        handlers = self.on_startup if event_type == "startup" else self.on_shutdown
        handlers.append(func)

    @deprecated(ON_EVENT_DEPRECATED)
    def on_event(
        self,
        event_type: Annotated[str, Doc('The type of event: "startup" or "shutdown".')],
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Return a decorator that adds an event handler. Deprecated: use `lifespan`.

        The code of a lifespan before its `yield` runs at startup, the code after it at shutdown.
        """
        return make_decorator("on_event", lambda func: self.add_event_handler(event_type, func))

    async def _startup(self) -> None:
        await run_event_handlers(self.on_startup)

    async def _shutdown(self) -> None:
        await run_event_handlers(self.on_shutdown)


async def run_event_handlers(handlers: Sequence[EventHandler]) -> None:
    """Run the handlers one after the other."""
    for handler in handlers:
        if is_async_callable(handler):
            await handler()
        else:
            handler()


class _DefaultLifespan:
    """The lifespan of a router without its own: it runs the event handlers."""

    def __init__(self, router: EventHandlers) -> None:
        self._router = router

    def __call__(self, app: object) -> _DefaultLifespan:
        return self

    async def __aenter__(self) -> None:
        await self._router._startup()

    async def __aexit__(self, *exc_info: object) -> None:
        await self._router._shutdown()


def make_lifespan(lifespan: Optional[Callable[[Any], Any]], handlers: EventHandlers) -> LifespanContext:
    """Return `lifespan` as a function that makes async context managers.

    It may be one, an async or a plain generator function, or `None` for the event handlers.
    """
    if lifespan is None:
        return _DefaultLifespan(handlers)
    if inspect.isasyncgenfunction(lifespan):
        return asynccontextmanager(lifespan)
    if inspect.isgeneratorfunction(lifespan):
        return _wrap_gen_lifespan_context(lifespan)
    return lifespan


def _merge_lifespan_context(original_context: LifespanContext, nested_context: LifespanContext) -> LifespanContext:
    """Return a lifespan that runs the nested one inside the original one and yields the state of both."""

    @asynccontextmanager
    async def merged_lifespan(app: Any) -> AsyncIterator[Optional[State]]:
        async with original_context(app) as outer, nested_context(app) as inner:
            yield _merge_states(outer, inner)

    return merged_lifespan


def _merge_states(outer: Optional[State], inner: Optional[State]) -> Optional[State]:
    """Return all keys of both, with the outer value where both have a key; None if there is no state."""
    if outer is None and inner is None:
        return None
    return {**(inner or {}), **(outer or {})}


class _AsyncLiftContextManager(AbstractAsyncContextManager):  # type: ignore[type-arg]
    """A plain context manager as an asynchronous one. It blocks as long as the plain one does."""

    def __init__(self, cm: Any) -> None:
        self._cm = cm

    async def __aenter__(self) -> Any:
        return self._cm.__enter__()

    async def __aexit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> Any:
        return self._cm.__exit__(exc_type, exc_value, traceback)


def _wrap_gen_lifespan_context(lifespan_context: Callable[[Any], Any]) -> LifespanContext:
    """Make a lifespan from a plain generator function."""
    manager = contextmanager(lifespan_context)

    @wraps(manager)
    def wrapper(app: object) -> AsyncContextManager[object]:
        return _AsyncLiftContextManager(manager(app))

    return wrapper
