"""The outermost of the layers below the middleware of the user: where a request asks the planned way."""

from __future__ import annotations

from copyreg import __newobj__ as new_object  # type: ignore[attr-defined]
from typing import Any, Awaitable, Optional, Tuple

from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import Receive, Scope, Send
from typing_extensions import Protocol

from fastapi._rest import Answering, Rest


class EntrancePlace(Protocol):
    """The place of the requests that have passed the middleware of the user."""

    def ask(self, scope: Scope, receive: Receive, send: Send) -> Optional[Answering]:
        """Return the planned answer to a request, or None."""

    def go_on(self, rest: Rest, scope: Scope, receive: Receive) -> Awaitable[None]:
        """Bring the rest of a request to the place of its route."""
        ...


class Entrance(ExceptionMiddleware):
    """An `ExceptionMiddleware` that asks the planned way first. It passes for an object of that class."""

    # Not in the dictionary of the object, which users can see.
    __slots__ = ("place",)

    place: EntrancePlace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            answer = self.place.ask(scope, receive, send)
            if answer is not None:
                rest = await answer
                if rest is not None:
                    await self.place.go_on(rest, scope, receive)
                return
        await ExceptionMiddleware.__call__(self, scope, receive, send)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # pyright: ignore
        return ExceptionMiddleware

    def __reduce_ex__(self, protocol: object) -> Tuple[object, ...]:
        # A copy is an object of the class itself.
        return new_object, (ExceptionMiddleware,), vars(self)


for name in ("__module__", "__qualname__", "__name__", "__doc__"):
    setattr(Entrance, name, getattr(ExceptionMiddleware, name))
