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

# A comment that keeps proxies from closing an idle connection, and the seconds of silence before it is sent.
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
    """A stream of server-sent events, of the media type `text/event-stream`.

    It is the `response_class` of a path operation that yields. The framework encodes each yielded value as an event: a
    `ServerSentEvent` with its fields, any other value as JSON in the field `data`. Any method may stream, also POST.

    ```python
    @app.get("/sensors/{name}/readings", response_class=EventSourceResponse)
    async def readings(name: str) -> AsyncIterable[Reading]:
        async for reading in sensors[name].subscribe():
            yield reading
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
    # Clients ignore an id that contains a null character.
    if v is not None and "\0" in v:
        raise ValueError("SSE 'id' must not contain null characters")
    return _check_single_line(v, "id")


class ServerSentEvent(BaseModel):
    """One event of a stream, with the other fields of the format beside its data.

    A path operation with `response_class=EventSourceResponse` yields it. The data is sent as JSON, text included:
    `data="ready"` sends `data: "ready"`, with the quotes. `raw_data` is sent as it is.

    `yield ServerSentEvent(data={"celsius": 21}, event="reading", id="7")` sends

        event: reading
        data: {"celsius": 21}
        id: 7
    """

    data: Annotated[
        Any,
        Doc(
            "The data of the event, sent as JSON: a model, a dict, a list, a number, or a text, which gets quotes. Not "
            "together with `raw_data`."
        ),
    ] = None
    raw_data: Annotated[
        Optional[str],
        Doc(
            "The data of the event as text that is sent without encoding: HTML, CSV, or JSON that is ready. Not "
            "together with `data`."
        ),
    ] = None
    event: Annotated[
        Optional[str],
        AfterValidator(_check_event_single_line),
        Doc(
            "The type of the event, in one line. A browser calls the listeners that `addEventListener` added for it. "
            "Without it, the type is `message`."
        ),
    ] = None
    id: Annotated[
        Optional[str],
        AfterValidator(_check_id_valid),
        Doc(
            "The id of the event, in one line without null characters. A client that connects again sends the last id "
            "in the header `Last-Event-ID`."
        ),
    ] = None
    retry: Annotated[
        Optional[int],
        Field(ge=0),
        Doc("The milliseconds that a client waits before it connects again; not negative."),
    ] = None
    comment: Annotated[
        Optional[str],
        Doc(
            "Text for lines that start with `:`, which clients ignore. Comments keep proxies from closing an idle "
            "connection."
        ),
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
    # `str.splitlines` has more line ends than the format, and drops an empty last line.
    return _END_OF_LINE.split(value)


def format_sse_event(
    *,
    data_str: Annotated[Optional[str], Doc("The data as encoded text; each line becomes a field `data`.")] = None,
    event: Annotated[Optional[str], Doc("The type of the event.")] = None,
    id: Annotated[Optional[str], Doc("The id of the event.")] = None,
    retry: Annotated[Optional[int], Doc("The time before a client connects again, in milliseconds.")] = None,
    comment: Annotated[Optional[str], Doc("Text for comment lines, which come first.")] = None,
) -> bytes:
    """Return one event in the format of the stream, with the empty line that ends it.

    `format_sse_event(data_str="21", id="7")` is `b"data: 21\\nid: 7\\n\\n"`.
    """
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
