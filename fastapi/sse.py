"""Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html.

stream     = *event
event      = *( comment / field ) end-of-line
comment    = ":" [ space ] *any-char end-of-line
field      = name ":" [ space ] *any-char end-of-line
end-of-line = ( cr lf ) / cr / lf
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from annotated_doc import Doc
from pydantic import AfterValidator, BaseModel, Field, model_validator
from starlette.responses import StreamingResponse
from typing_extensions import Annotated

# A comment that keeps proxies from closing a silent connection, and after how many seconds of silence it is sent.
KEEPALIVE_COMMENT = b": ping\n\n"
_PING_INTERVAL: float = 15.0

_SSE_EVENT_SCHEMA: Dict[str, Any] = {
    "type": "object",
    "properties": {
        "data": {"type": "string"},
        "event": {"type": "string"},
        "id": {"type": "string"},
        "retry": {"type": "integer", "minimum": 0},
    },
}


class EventSourceResponse(StreamingResponse):
    """A stream of server-sent events.

    ```python
    @app.get("/items/stream", response_class=EventSourceResponse)
    async def stream_items() -> AsyncIterable[Item]:
        for item in items:
            yield item
    ```
    """

    media_type = "text/event-stream"


_LINE_ENDS = frozenset("\r\n")


def _check_single_line(v: Optional[str], field_name: str) -> Optional[str]:
    if v and not _LINE_ENDS.isdisjoint(v):
        raise ValueError(f"SSE '{field_name}' must be a single line")
    return v


def _check_event_single_line(v: Optional[str]) -> Optional[str]:
    return _check_single_line(v, "event")


def _check_id_valid(v: Optional[str]) -> Optional[str]:
    # Clients ignore an id that holds a null character.
    if v is not None and "\0" in v:
        raise ValueError("SSE 'id' must not contain null characters")
    return _check_single_line(v, "id")


class ServerSentEvent(BaseModel):
    """One event, with all that the format has beside the data.

    `yield ServerSentEvent(data={"a": 1}, event="update", id="1")` sends

        event: update
        data: {"a": 1}
        id: 1
    """

    data: Annotated[
        Any,
        Doc("The payload, sent as JSON: text is quoted. Not together with `raw_data`."),
    ] = None
    raw_data: Annotated[
        Optional[str],
        Doc("The payload as it is sent, not encoded. Not together with `data`."),
    ] = None
    event: Annotated[
        Optional[str],
        AfterValidator(_check_event_single_line),
        Doc("The type of the event; clients take it for `message` if it is left out."),
    ] = None
    id: Annotated[
        Optional[str],
        AfterValidator(_check_id_valid),
        Doc("What a client sends as `Last-Event-ID` when it connects again."),
    ] = None
    retry: Annotated[
        Optional[int],
        Field(ge=0),
        Doc("How many milliseconds a client waits before it connects again."),
    ] = None
    comment: Annotated[
        Optional[str],
        Doc("Text that clients ignore, sent in lines that start with `:`."),
    ] = None

    @model_validator(mode="after")
    def _check_data_exclusive(self) -> ServerSentEvent:
        if self.data is not None and self.raw_data is not None:
            raise ValueError(
                "Cannot set both 'data' and 'raw_data' on the same ServerSentEvent. "
                "Use 'data' for JSON-serialized payloads "
                "or 'raw_data' for pre-formatted strings."
            )
        return self


_END_OF_LINE = re.compile("\r\n|\n|\r")


def _split_sse_lines(value: str) -> List[str]:
    # `str.splitlines` splits at more characters than the format does, and drops a last empty line.
    return _END_OF_LINE.split(value)


def format_sse_event(
    *,
    data_str: Annotated[Optional[str], Doc("The data, already as text; each line becomes a `data:`.")] = None,
    event: Annotated[Optional[str], Doc("The type of the event.")] = None,
    id: Annotated[Optional[str], Doc("The id of the event.")] = None,
    retry: Annotated[Optional[int], Doc("The time to connect again, in milliseconds.")] = None,
    comment: Annotated[Optional[str], Doc("Text for comment lines, which come first.")] = None,
) -> bytes:
    """Write one event: `format_sse_event(data_str="a", id="1")` is `b"data: a\\nid: 1\\n\\n"`."""
    lines: List[str] = []
    if comment is not None:
        lines += [": " + line for line in _split_sse_lines(comment)]
    if event is not None:
        lines.append("event: " + event)
    if data_str is not None:
        lines += ["data: " + line for line in _split_sse_lines(data_str)]
    if id is not None:
        lines.append("id: " + id)
    if retry is not None:
        lines.append(f"retry: {retry}")
    lines.append("\n")
    return "\n".join(lines).encode("utf-8")
