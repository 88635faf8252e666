"""Refusals whose bytes are known without calling an exception handler: 404, and 422 for errors that the core found.

A refusal is an exception on the exact way. Here, only its answer leaves. If sending the answer fails, the exact way
makes the same refusal again, and meets the failure at the same message.
"""

from __future__ import annotations

from typing import Callable, NoReturn, Optional

from starlette.types import ASGIApp, Message, Send

from fastapi._rest import Rest
from fastapi._routing.planned.rejoin import raising_once


async def send_messages(
    send: Send, start: Message, body: bytes, refusal: Exception, make_exact_app: Callable[[], ASGIApp]
) -> Optional[Rest]:
    """Send a refusal; if that fails, return the application of `make_exact_app`, which refuses on the exact way.

    The failure has `refusal` as its context, as in an exception handler for `refusal` that sends.

    PERF: `refusal` is raised without the attributes that only a failure shows (benchmark `404`).
    """
    sent = 0
    try:
        raise refusal
    except Exception:
        # The traceback has this frame, so the frame may not keep the refusal.
        del refusal
        try:
            await send(start)
            sent = 1
            await send({"type": "http.response.body", "body": body})
        except Exception as error:
            return Rest(make_exact_app(), _FailingSend(send, sent, error).send)
        except BaseException:
            make_exact_app()
            raise
        finally:
            del make_exact_app
    return None


class _FailingSend:
    """A `send` that drops the messages that have left, raises the error of the next one once, and then sends."""

    __slots__ = ("_fail", "_left", "_send")

    def __init__(self, send: Send, left: int, error: Exception) -> None:
        self._send = send
        self._left = left
        self._fail: Optional[Callable[[], NoReturn]] = raising_once(error)

    async def send(self, message: Message) -> None:
        if self._left:
            self._left -= 1
            return
        fail, self._fail = self._fail, None
        if fail is not None:
            fail()
        await self._send(message)
