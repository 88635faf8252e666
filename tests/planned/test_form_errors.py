"""Errors of malformed forms: texts, causes and log records are those of the installed parsers.

The literal values are those of the real package with python-multipart 0.0.34.
"""

import asyncio
import logging
from typing import Any, Dict, List, Sequence, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.requests import Request

from fastapi import FastAPI, Form, _rust
from fastapi._stand_ins.forms.agreement import agrees
from fastapi._stand_ins.forms.reading import read_form
from tests.planned.asgi import http_scope
from tests.planned.fuzzing import examples

pytestmark = [
    pytest.mark.skipif(
        not (_rust.rust_available() and agrees()), reason="no core here, or parsers that read forms differently"
    ),
    # Starlette leaves an unfinished file to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

MULTIPART = b"multipart/form-data; boundary=B"
URLENCODED = b"application/x-www-form-urlencoded"
HEAD = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
FILE = b'--B\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'


def make_request(chunks: Sequence[Any], content_type: bytes = MULTIPART, **scope: Any) -> Request:
    messages: List[Dict[str, Any]] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b""})

    async def receive() -> Dict[str, Any]:
        return messages.pop(0)

    return Request({**http_scope("/", "POST", [(b"content-type", content_type)]), **scope}, receive)


def told(read: Any, request: Request) -> Tuple[Any, ...]:
    """Return the fields, or the exception: types and arguments along its causes, and the offset of the innermost."""

    async def outcome() -> Tuple[Any, ...]:
        try:
            form = await read(request)
        except Exception as error:
            return chain(error)
        fields = tuple((name, str(getattr(value, "filename", value))) for name, value in form.multi_items())
        await form.close()
        return fields

    return asyncio.run(outcome())


def chain(error: Any) -> Tuple[Any, ...]:
    found: List[Any] = []
    while error is not None:
        found.append((type(error).__name__, str(getattr(error, "message", error)), getattr(error, "offset", None)))
        error = error.__cause__ or error.__context__
    return tuple(found)


def cut(body: bytes, places: Sequence[int]) -> List[bytes]:
    ends = sorted({place % (len(body) + 1) for place in places} | {len(body)})
    return [body[start:end] for start, end in zip([0, *ends], ends)]


@pytest.mark.parametrize(
    "chunks, text, offset",
    [
        ([b"text"], "Expected boundary character 45, got 116 at index 2", 0),
        ([b"--B\r\n", b"A b: c\r\n"], "Found invalid character 32 in header at 1", 1),
        ([HEAD + b"v\r\n--B x"], "Did not find CRLF after boundary padding at 56", 56),
        ([HEAD + b"v", b"w\r\n--", b"B x"], "Did not find CRLF after boundary padding at 2", 2),
        ([FILE + b"v", b"w" * 70_000, b"w\r\n--B\r\n:"], "Found 0-length header at 8", 8),
    ],
)
def test_a_malformed_form_has_the_cause_and_the_record_of_the_installed_parser(chunks, text, offset, caplog):
    assert told(read_form, make_request(chunks)) == (
        ("MultiPartException", "Invalid multipart data.", None),
        ("MultipartParseError", text, offset),
    )
    assert caplog.record_tuples == [("python_multipart.multipart", logging.WARNING, text)]


def test_a_missing_name_was_looked_up(caplog):
    assert told(read_form, make_request([b"--B\r\nA: b\r\n\r\n"])) == (
        ("MultiPartException", 'The Content-Disposition header field "name" must be provided.', None),
        ("KeyError", "b'name'", None),
    )
    assert caplog.record_tuples == []


def test_the_answer_to_a_wrong_form_has_no_cause():
    async def read() -> Any:
        with pytest.raises(HTTPException) as raised:
            await read_form(make_request([b"text"], app=None))
        return raised.value

    error: Any = asyncio.run(read())
    assert (error.status_code, error.__cause__) == (400, None)
    assert type(error.__context__).__name__ == "MultiPartException"


def test_the_parser_runs_when_its_logger_takes_debug(caplog):
    app = FastAPI()

    @app.post("/")
    async def endpoint(a: str = Form()) -> str:
        return a

    sent: List[Any] = []

    async def receive() -> Dict[str, Any]:
        return {"type": "http.request", "body": b"a=1&&b=2"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = http_scope("/", "POST", [(b"content-type", URLENCODED)])
    asyncio.run(app(scope, receive, send))
    assert caplog.record_tuples == []
    caplog.set_level(logging.DEBUG, logger="python_multipart.multipart")
    asyncio.run(app(http_scope("/", "POST", [(b"content-type", URLENCODED)]), receive, send))
    assert caplog.record_tuples == [("python_multipart.multipart", logging.DEBUG, "Skipping duplicate ampersand at 4")]
    assert [message["body"] for message in sent[1::2]] == [b'"1"', b'"1"']


@pytest.mark.parametrize("content_type, body, missing", [(URLENCODED, b"a=1", "find"), (MULTIPART, HEAD, "startswith")])
def test_a_chunk_of_another_type_fails_as_in_the_installed_parser(content_type, body, missing):
    assert told(read_form, make_request([memoryview(body)], content_type)) == (
        ("AttributeError", f"'memoryview' object has no attribute '{missing}'", None),
    )


@pytest.mark.parametrize("charset", [b"undefined", b"punycode", b"utf-16"])
def test_charsets_with_other_errors_are_left_to_starlette(charset):
    def outcome(read: Any) -> Tuple[Any, ...]:
        return told(read, make_request([HEAD + b"\xff\r\n--B--"], MULTIPART + b"; charset=" + charset))

    assert outcome(read_form) == outcome(Request.form)


@pytest.mark.parametrize("name", ["parse_options_header", "_user_safe_decode", "UploadFile", "SpooledTemporaryFile"])
def test_a_replaced_name_is_used(name, monkeypatch):
    from starlette import formparsers

    calls: List[str] = []
    genuine: Any = getattr(formparsers, name)

    def replaced(*arguments: Any, **options: Any) -> Any:
        calls.append(name)
        return genuine(*arguments, **options)

    monkeypatch.setattr(formparsers, name, replaced)
    assert told(read_form, make_request([FILE + b"v\r\n--B--"])) == (("f", "x"),)
    assert calls


@pytest.mark.parametrize("name", ["FormParser", "unquote_plus"])
def test_a_replaced_name_is_used_for_urlencoded_forms(name, monkeypatch):
    from starlette import formparsers, requests

    calls: List[str] = []
    module: Any = requests if name == "FormParser" else formparsers
    genuine: Any = getattr(module, name)

    def replaced(*arguments: Any, **options: Any) -> Any:
        calls.append(name)
        return genuine(*arguments, **options)

    monkeypatch.setattr(module, name, replaced)
    assert told(read_form, make_request([b"a=1"], URLENCODED)) == (("a", "1"),)
    assert calls


# ── Any form ──

_PIECES = st.lists(
    st.sampled_from(
        [b"--B", b"\r\n--B", b"\r\n", b"--", b" ", b"x", b":", HEAD, FILE, b"v" * 9, b"X: y\r\n", b"Y: " + b"z" * 1500]
    ),
    max_size=9,
).map(b"".join)


@given(start=st.sampled_from([b"", HEAD, FILE]), rest=_PIECES, places=st.lists(st.integers(0, 5000), max_size=9))
@examples(2)
def test_any_form_in_any_chunks_has_the_outcome_of_starlette(start: bytes, rest: bytes, places: List[int]) -> None:
    chunks = cut(start + rest, places)
    assert told(read_form, make_request(chunks)) == told(Request.form, make_request(chunks))


@pytest.mark.parametrize("size", [1, 7, 255, 256])
@pytest.mark.parametrize("end", [b"\r\n\r\nv\r\n--B--", b"\rx", b"z" * 4000, b"\r\nA b", b"\r\n" + b"Q: 1\r\n" * 8])
def test_long_headers_in_short_chunks(size: int, end: bytes) -> None:
    # Chunks of fewer than 256 bytes wait while a header of more than 1024 bytes continues.
    body = b'--B\r\nContent-Disposition: form-data; name="a"\r\nX: ' + b"y" * 3000 + end
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    assert told(read_form, make_request(chunks)) == told(Request.form, make_request(chunks))
