"""For any form, cut anywhere, the core reads and refuses the same as Starlette and python-multipart."""

from __future__ import annotations

import asyncio
from tempfile import SpooledTemporaryFile
from typing import Any, List, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette import formparsers
from starlette.datastructures import UploadFile
from starlette.requests import Request

from fastapi import _rust
from fastapi._stand_ins.forms import assembly as _form_assembly
from fastapi._stand_ins.forms import delimiter
from fastapi._stand_ins.forms.agreement import agrees
from fastapi._stand_ins.forms.reading import read_form

pytestmark = [
    pytest.mark.skipif(
        not (_rust.rust_available() and agrees()), reason="no core here, or parsers that read forms differently"
    ),
    # Starlette leaves an incomplete file to the garbage collector, and so does the reader of this package.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
thorough = settings(max_examples=600, deadline=None)

DISPOSITION = b"Content-Disposition: form-data; "


def seen(chunks: Sequence[bytes], content_type: bytes, read: Any, **limits: Any) -> Any:
    """The result of reading a body: the items or the error, and the number of messages that were received."""
    return asyncio.run(see(chunks, content_type, read, limits))


async def see(chunks: Sequence[bytes], content_type: bytes, read: Any, limits: Any) -> Any:
    waiting = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})
    received = 0

    async def receive() -> Any:
        nonlocal received
        received += 1
        return waiting.pop(0)

    scope = {"type": "http", "headers": [(b"content-type", content_type)], "app": None}
    request = Request(scope, receive)
    try:
        form = await read(request, **limits)
    except Exception as error:
        return received, type(error), getattr(error, "detail", None), request._form
    assert request._form is form
    items = [(name, await item_of(value)) for name, value in form.multi_items()]
    await form.close()
    return received, items


async def item_of(value: Any) -> Any:
    if not isinstance(value, UploadFile):
        return value
    place = value.file.tell()
    return (
        value.filename,
        value.size,
        value.headers.raw,
        value.content_type,
        place,
        getattr(value.file, "_rolled", None),
        await value.read(),
    )


async def starlettes(request: Request, **limits: Any) -> Any:
    files: List[Any] = []

    def opened(**parameters: Any) -> Any:
        files.append(SpooledTemporaryFile(**parameters))
        return files[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formparsers, "SpooledTemporaryFile", opened)
        kept: List[Any] = []
        try:
            form = await request.form(**limits)
            kept = [value.file for _, value in form.multi_items() if isinstance(value, UploadFile)]
            return form
        finally:
            # Starlette leaves incomplete files, and the files of a refused form, to the garbage collector.
            for file in files:
                if file not in kept:
                    file.close()


def agree(chunks: Sequence[bytes], content_type: bytes, **limits: Any) -> None:
    assert seen(chunks, content_type, read_form, **limits) == seen(chunks, content_type, starlettes, **limits)


def is_read_by_the_core(content_type: bytes) -> bool:
    return _form_assembly.open_assembly(content_type, max_files=1, max_fields=1, max_part_size=1) is not None


# Multipart ----------------------------------------------------------------------------------------------------------

# The few bytes that the grammar consists of, so that nearly correct forms are frequent.
BOUNDARIES = st.sampled_from([b"b", b"bb", b"-b", b"--", b"a\nb", b"b" * 70])
noise = st.lists(
    st.sampled_from(
        [b"\r", b"\n", b"\r\n", b"-", b"--", b"b", b"x", b" ", b"\t", b":", b'"', b"\xc3", b"\xa9", b"\x00", b";"]
    ),
    max_size=12,
).map(b"".join)
values = st.one_of(noise, st.binary(max_size=30))
parameters = st.one_of(
    st.sampled_from(
        [
            b"name=a",
            b'name="a b"',
            b'name="a\\"b\\\\"',
            b'name="\xc3\xa9"',
            b'name="\xe9"',
            b"NAME=upper",
            b"name",
            b"name*=utf-8''a",
            b'filename="f.txt"',
            b"filename=",
            b"filename",
            b'filename="C:\\\\dir\\\\f.txt"',
            b'filename="C:\\dir\\f.txt"',
            b'filename="\\\\\\\\host\\\\f"',
            b"filename*=UTF-8''%e2%82%ac.txt",
            b'filename="a;b"',
            b'filename="open',
            b"filename=\xff",
            b'x="a;name=b"',
        ]
    ),
    st.text('name=";\\ *\t', max_size=12).map(str.encode),
)
dispositions = st.lists(parameters, max_size=4).map(
    lambda found: b"Content-Disposition: form-data; " + b" ; ".join(found)
)
other_headers = st.sampled_from(
    [
        b"Content-Type: text/plain",
        b"X-Empty:",
        b"x-spaces:   a  ",
        b"X-Tab:\ta",
        b"X-LF: a\nb",
        b"bad header: x",
        b": x",
        b"X",
        b"X:" + b"y" * 5000,
        b"X:" + b"y" * 4222,
    ]
)
headers = st.lists(st.one_of(dispositions, dispositions, other_headers), max_size=10)


@st.composite
def bodies(draw: Any) -> Any:
    """Draw a boundary and a nearly correct body."""
    boundary = draw(BOUNDARIES)
    delimiter = b"\r\n--" + boundary
    pieces = [draw(st.sampled_from([b"", b"", b"", b"\r\n", b"\n", b"\r\ntext", b"text"])), delimiter[2:]]
    for _ in range(draw(st.integers(0, 4))):
        pieces.append(draw(st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b" \t\r\n", b"x\r\n", b"-\r\n", b"\r", b" x"])))
        pieces.extend(header + b"\r\n" for header in (draw(headers) or [DISPOSITION + b"name=a"]))
        pieces.append(draw(st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\r", b"\n"])))
        pieces.extend(
            [draw(values), draw(st.sampled_from([b"", b"", delimiter, delimiter[:-1], b"\r\n--"])), draw(values)]
        )
        pieces.append(delimiter)
    pieces.append(draw(st.sampled_from([b"--", b"--", b"--\r\n", b"--\r\nepilogue", b"-", b"", b"-x"])))
    return boundary, b"".join(pieces)


@st.composite
def mutated(draw: Any) -> Any:
    boundary, body = draw(bodies())
    for _ in range(draw(st.integers(0, 2))):
        if body:
            place = draw(st.integers(0, len(body) - 1))
            body = body[:place] + draw(noise) + body[place + draw(st.integers(0, 2)) :]
    return boundary, body


def cut(body: bytes, places: Sequence[int]) -> Sequence[bytes]:
    ends = sorted({place % (len(body) + 1) for place in places} | {len(body)})
    return [body[start:end] for start, end in zip([0, *ends], ends) if start < end]


cuts = st.one_of(st.just([]), st.lists(st.integers(0, 10_000), max_size=8), st.just(list(range(10_000))))
limits = st.fixed_dictionaries(
    {},
    optional={
        "max_files": st.sampled_from([0, 1, 2, float("inf"), -1]),
        "max_fields": st.sampled_from([0, 1, 2, float("inf"), -1]),
        "max_part_size": st.sampled_from([0, 1, 5, 20, 2000, -1]),
    },
)


@thorough
@given(mutated(), cuts, limits)
@example((b"b", b"\r\n"), [1], {})
@example((b"b", b"\r\nx--b\r\n" + DISPOSITION + b"name=a\r\n\r\nx\r\n--b--"), [3], {})
@example((b"b", b"--b\r\n" + DISPOSITION + b"name=a\r\n\r\nx\r\n--b\rx\r\n--b-x\r\n--b--"), [49, 54, 55, 60], {})
def test_multipart(found: Any, places: Any, found_limits: Any) -> None:
    boundary, body = found
    content_type = b'multipart/form-data; boundary="' + boundary + b'"'
    assert is_read_by_the_core(content_type)
    agree(cut(body, places), content_type, **found_limits)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 64, 4096])
def test_every_size_of_chunks(size: int) -> None:
    body = (
        b"--b\r\n" + DISPOSITION + b'name="a"\r\n\r\nvalue\r\n--b'
        b" \r\n" + DISPOSITION + b'name="f"; filename="x.bin"\r\nContent-Type: a/b\r\n\r\n'
        b"\r\n--a\r\r\n--\r\n--b\r\r\n-b\r\n--b-\r\n--bx\r\n--b"
        b"\r\n" + DISPOSITION + b"name=b\r\n\r\n\r\n--\r\n--b--\r\n"
    )
    agree([body[start : start + size] for start in range(0, len(body), size)], b"multipart/form-data; boundary=b")


def test_every_place_of_one_cut() -> None:
    body = (
        b"\r\n--b\r\n"
        + DISPOSITION
        + b"name=a\r\nX: y\r\n\r\nvalue\r\n--b-\r\n--b\r\nX:1\r\n"
        + DISPOSITION
        + b'name=f; filename="x"\r\n\r\n\r\n--b\r\r\n--b--\r\n'
    )
    for place in range(len(body)):
        agree([body[:place], body[place:]], b"multipart/form-data; boundary=b")


@pytest.mark.parametrize("length", [0, 1, 255 << 10, 1 << 20, (1 << 20) + 1, 3 << 20])
@pytest.mark.parametrize("size", [4096, 65536, 1 << 24])
def test_files_of_all_lengths(length: int, size: int) -> None:
    content = (b"\r\n--b\r\n--bound\r" * (length // 16 + 1))[:length]
    head = b"--boundary\r\n" + DISPOSITION + b'name="f"; filename="x"\r\n\r\n'
    other = b"\r\n--boundary\r\n" + DISPOSITION + b'name="g"; filename="y"\r\n\r\n' + content[: 1 << 18]
    body = head + content + other + b"\r\n--boundary--\r\n"
    agree(
        [body[start : start + size] for start in range(0, len(body), size)], b"multipart/form-data; boundary=boundary"
    )


# The data of a file: Python passes it without the core where no delimiter is near ------------------------------

LONG_BOUNDARIES = st.sampled_from([b"b", b"----WebKitFormBoundary7MA4YWxkTrZu0gW", b"-" * 70, b"a\n" * 20 + b"b"])


@st.composite
def uploads(draw: Any) -> Any:
    """Draw a boundary and chunks of a form of files, mostly cut in delimiters and in bytes like them."""
    boundary = draw(LONG_BOUNDARIES)
    delimiter = b"\r\n--" + boundary
    fragments = st.one_of(
        st.sampled_from([b"\r", b"\r" * 40, b"\r\n", b"x", b"x" * 100, boundary, delimiter, delimiter + b"-"]),
        st.integers(1, len(delimiter)).map(lambda length: delimiter[:length]),
        st.integers(0, len(delimiter) - 1).map(lambda start: delimiter[start:]),
        st.binary(max_size=60),
    )
    pieces = []
    for name in draw(st.sampled_from([[b"f"], [b"f", b"g"]])):
        head = DISPOSITION + b"name=" + name + draw(st.sampled_from([b"; filename=x", b"; filename=x", b""]))
        pieces += [b"--" + boundary + b"\r\n" + head + b"\r\n\r\n", *draw(st.lists(fragments, max_size=12)), b"\r\n"]
    pieces.append(b"--" + boundary + draw(st.sampled_from([b"--", b"--\r\n", b"-", b""])))
    places = [
        sum(map(len, pieces[:i])) + draw(st.integers(-2, 2)) for i in range(1, len(pieces)) if draw(st.booleans())
    ]
    return boundary, cut(b"".join(pieces), [place for place in places if place > 0])


@thorough
@given(uploads(), st.sampled_from([0, 0, delimiter._WORTHWHILE_STEP]))
@example((b"bound", [b"--bound\r\n" + DISPOSITION + b"name=f; filename=x\r\n\r\nx", b"\r\n--boun", b"d--"]), 0)
@example((b"bound", [b"--bound\r\n" + DISPOSITION + b"name=f; filename=x\r\n\r\nx", b"\r\r", b"\n--bound--"]), 0)
@example((b"bound", [b"--bound\r\n" + DISPOSITION + b"name=f; filename=x\r\n\r\nx", b"y\r\n--bound", b"--"]), 0)
def test_python_and_the_core_find_the_same_data_of_files(upload: Any, worthwhile: int) -> None:
    boundary, chunks = upload
    content_type = b'multipart/form-data; boundary="' + boundary + b'"'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimiter, "_WORTHWHILE_STEP", worthwhile)
        found = seen(chunks, content_type, read_form)
        patch.setattr(delimiter.Delimiter, "is_far_from", lambda *_: False)
        assert found == seen(chunks, content_type, read_form)
    assert found == seen(chunks, content_type, starlettes)


@pytest.mark.parametrize(
    ("content", "asked"),
    [
        (bytes(range(256)) * 4096, 2),
        # The core searches chunks with bytes like those of the boundary.
        (b"W" * (1 << 20), 17),
        # One of the chunks may end in a delimiter, so the core also reads the next one.
        ((bytes(range(256)) * 4096)[: 5 * 65536 - 101] + b"\r\n" + bytes(range(256)) * 2868, 4),
    ],
)
def test_the_core_reads_few_chunks_of_a_file(content: bytes, asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    boundary = b"----WebKitFormBoundary7MA4YWxkTrZu0gW"
    head = b"--" + boundary + b"\r\n" + DISPOSITION + b'name="f"; filename="x"\r\n\r\n'
    body = head + content + b"\r\n--" + boundary + b"--\r\n"
    chunks = [body[start : start + 65536] for start in range(0, len(body), 65536)]
    calls: List[int] = []
    parse_form = _rust.parse_form

    def counted(state: bytes, flags: int, piece: Any) -> Any:
        calls.append(len(piece))
        return parse_form(state, flags, piece)

    monkeypatch.setattr(_rust, "parse_form", counted)
    agree(chunks, b"multipart/form-data; boundary=" + boundary)
    assert len(calls) == asked


@pytest.mark.parametrize(
    "charset", ["utf-8", "UTF8", "latin-1", "utf-16", "ascii", "nonsense", "base64", "idna", "\xe9", "cp1252"]
)
def test_charsets(charset: str) -> None:
    content_type = b"multipart/form-data; boundary=b; charset=" + charset.encode("latin-1")
    body = b"--b\r\n" + DISPOSITION + b'name="a\xc3\xa9"\r\n\r\n\xc3\xa9\xff\r\n--b\r\n' + DISPOSITION
    body += b'name=f; filename="\xe9"\r\n\r\nx\r\n--b--'
    agree([body], content_type)
    agree([body[:50], body[50:]], content_type)


content_types = st.one_of(
    st.lists(
        st.sampled_from(
            [
                b"multipart/form-data",
                b"Multipart/Form-Data ",
                b"application/x-www-form-urlencoded",
                b"multipart/form-data=x",
                b"boundary=b",
                b'BOUNDARY="b"',
                b"boundary*=b",
                b"boundary",
                b'boundary=" b"',
                b"charset=utf-8",
                b"charset=",
                b"",
                b'x="',
            ]
        ),
        max_size=4,
    ).map(b";".join),
    st.text('boundary="; b', max_size=14).map(lambda text: b"multipart/form-data;" + text.encode()),
)


@thorough
@given(content_types)
@example(b"multipart/form-data; boundary=" + b"b" * 256)
@example(b"multipart/form-data; boundary=" + b"b" * 257)
@example(b"multipart/form-data; boundary=b\rc")
def test_content_types(content_type: bytes) -> None:
    body = b"--b\r\n" + DISPOSITION + b"name=a\r\n\r\nx\r\n--b--&a=1"
    agree([body], content_type)


# Urlencoded ---------------------------------------------------------------------------------------------------------

urlencoded = st.one_of(
    st.lists(
        st.sampled_from([b"&", b"=", b"+", b"%20", b"%C3%A9", b"%e9", b"%", b"\xe9", b";", b"a", b"b=1", b"\x00"]),
        max_size=14,
    ).map(b"".join),
    st.binary(max_size=20),
)


@thorough
@given(urlencoded, cuts, limits)
def test_urlencoded(body: bytes, places: Any, found_limits: Any) -> None:
    agree(cut(body, places), b"application/x-www-form-urlencoded", **found_limits)


@pytest.mark.parametrize("size", [1000, 65536, 1 << 24])
def test_large_urlencoded(size: int) -> None:
    body = b"&".join(b"name%d=" % i + b"%C3%A9+x" * 40 for i in range(900)) + b"&last=" + b"y" * 200_000
    agree([body[start : start + size] for start in range(0, len(body), size)], b"application/x-www-form-urlencoded")


# The state of the parser ---------------------------------------------------------------------------------------------


@thorough
@given(st.binary(max_size=120), st.binary(max_size=40), st.integers(-5, 5))
def test_any_state_gives_an_answer(state: bytes, piece: bytes, flags: int) -> None:
    traps = _rust.counters()["traps"]
    for start in (b"", b"\0", b"\1"):
        _rust.parse_form(start + state, flags, piece)
    assert _rust.counters()["traps"] == traps


@thorough
@given(mutated(), st.integers(0, 400), st.binary(min_size=1, max_size=3), st.integers(0, 2000))
def test_a_changed_state_gives_an_answer(found: Any, place: int, change: bytes, end: int) -> None:
    boundary, body = found
    traps = _rust.counters()["traps"]
    opened = _rust.open_form(b'multipart/form-data; boundary="' + boundary + b'"', 5, 5, 50)
    assert opened is not None
    answer = _rust.parse_form(opened[1], 0, body[:end])
    state = answer[2] if answer is not None and answer[2] is not None else opened[1]
    place %= len(state)
    _rust.parse_form(state[:place] + change + state[place + len(change) :], 0, body[end:])
    assert _rust.counters()["traps"] == traps
