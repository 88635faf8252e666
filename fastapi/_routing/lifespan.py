"""What runs before the first request and after the last: lifespans and the older event handlers."""

from __future__ import annotations

import inspect
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import (
    Any,
    AsyncContextManager,
    AsyncIterator,
    Callable,
    Dict,
    List,
    Mapping,
    Optional,
    Sequence,
)

from annotated_doc import Doc
from starlette._utils import is_async_callable
from typing_extensions import Annotated, deprecated

from fastapi.types import DecoratedCallable

EventHandler = Callable[[], Any]
LifespanContext = Callable[[Any], AsyncContextManager[Any]]

ON_EVENT_DEPRECATED = """
        on_event is deprecated, use lifespan event handlers instead.

        Read more about it in the
        [FastAPI docs for Lifespan Events](https://fastapi.tiangolo.com/advanced/events/).
        """


class EventHandlers:
    """The event handlers of a router: functions without arguments, run at startup and at shutdown."""

    on_startup: List[EventHandler]
    on_shutdown: List[EventHandler]

    def add_event_handler(self, event_type: str, func: EventHandler) -> None:
        """Run `func` at "startup" or "shutdown", after the handlers that are already there."""
        assert event_type in ("startup", "shutdown")
        handlers = self.on_startup if event_type == "startup" else self.on_shutdown
        handlers.append(func)

    @deprecated(ON_EVENT_DEPRECATED)
    def on_event(
        self,
        event_type: Annotated[str, Doc('The type of event: "startup" or "shutdown".')],
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add an event handler. Deprecated: give the router a `lifespan` instead."""

        def decorator(func: DecoratedCallable) -> DecoratedCallable:
            self.add_event_handler(event_type, func)
            return func

        return decorator

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


class EventHandlersLifespan:
    """The lifespan of a router that was given none: it runs the event handlers."""

    def __init__(self, handlers: EventHandlers) -> None:
        self._handlers = handlers

    def __call__(self, app: object) -> EventHandlersLifespan:
        return self

    async def __aenter__(self) -> None:
        await self._handlers._startup()

    async def __aexit__(self, *exc_info: object) -> None:
        await self._handlers._shutdown()


def make_lifespan(lifespan: Optional[Callable[[Any], Any]], handlers: EventHandlers) -> LifespanContext:
    """Return `lifespan` as a function that makes async context managers.

    It may be one, an async or a plain generator function, or `None` for the event handlers.
    """
    if lifespan is None:
        return EventHandlersLifespan(handlers)
    if inspect.isasyncgenfunction(lifespan):
        return asynccontextmanager(lifespan)
    if inspect.isgeneratorfunction(lifespan):
        return _lift(lifespan)
    return lifespan


def merge_lifespans(outer: LifespanContext, inner: LifespanContext) -> LifespanContext:
    """Run `inner` inside of `outer`. Of a state key that both yield, the outer value wins."""

    @asynccontextmanager
    async def merged_lifespan(app: Any) -> AsyncIterator[Optional[Mapping[str, Any]]]:
        async with outer(app) as outer_state:
            async with inner(app) as inner_state:
                if outer_state is None and inner_state is None:
                    yield None
                else:
                    state: Dict[str, Any] = {**(inner_state or {}), **(outer_state or {})}
                    yield state

    return merged_lifespan


def _lift(lifespan: Callable[[Any], Any]) -> LifespanContext:
    """Make a lifespan from a plain generator function."""
    manager = contextmanager(lifespan)

    @asynccontextmanager
    async def lifted_lifespan(app: Any) -> AsyncIterator[Any]:
        async with AsyncExitStack() as stack:
            yield stack.enter_context(manager(app))

    return lifted_lifespan
