"""The core fails in the middle of a form: the parser of Starlette reads it from its first byte on."""

from __future__ import annotations

import asyncio
from typing import Any, Dict, List, Tuple

import pytest
from starlette.datastructures import UploadFile as StarletteUploadFile
from starlette.formparsers import MultiPartException

from fastapi import FastAPI, File, Form, Request, UploadFile, _rust
from fastapi._stand_ins.forms.agreement import agrees
from fastapi._stand_ins.forms.assembly import MultipartAssembly
from fastapi._stand_ins.forms.reading import accelerate
from fastapi.logger import logger

pytestmark = pytest.mark.skipif(not agrees(), reason="the core reads no forms beside these parsers")

MULTIPART = b"multipart/form-data; boundary=B"
URLENCODED = b"application/x-www-form-urlencoded"


def part(name: str, data: bytes, filename: str = "") -> bytes:
    more = f'; filename="{filename}"' if filename else ""
    return f'--B\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + data + b"\r\n"


LARGE = bytes(range(256)) * 12_000
SMALL_BODY = part("a", b"1") + part("f", b"file\r\n--", "f.txt") + part("b", b"\xc3\xa9") + b"--B--\r\n"
LARGE_BODY = part("a", b"1") + part("f", LARGE, "f.bin") + part("g", b"x" * 200_000, "g.bin") + b"--B--\r\n"
FORMS: Dict[str, Tuple[bytes, bytes, int]] = {
    "multipart": (MULTIPART, SMALL_BODY, 9),
    "a large file": (MULTIPART, LARGE_BODY, 65_536),
    "one chunk": (MULTIPART, LARGE_BODY, 1 << 30),
    "urlencoded": (URLENCODED, b"a=1&f=%C3%A9+x&b=&a=2", 4),
}


def messages(body: bytes, size: int) -> List[Dict[str, Any]]:
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    return [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks] + [{"type": "http.request"}]


def request(kind: str) -> Request:
    content_type, body, size = FORMS[kind]
    waiting = messages(body, size)

    async def receive() -> Dict[str, Any]:
        return waiting.pop(0)

    return Request({"type": "http", "method": "POST", "headers": [(b"content-type", content_type)]}, receive)


async def read(kind: str, accelerated: bool) -> List[Any]:
    made = request(kind)
    if accelerated:
        accelerate(made)
    async with made.form() as form:
        return [
            (name, (value.filename, value.size, await value.read(), list(value.headers.raw)))
            if isinstance(value, StarletteUploadFile)
            else (name, value)
            for name, value in form.multi_items()
        ]


class Failing:
    """Stands for `parse_form`: does not answer from the `last`-th piece on."""

    def __init__(self, last: int) -> None:
        self.count = 0
        self._last = last
        self._parse = _rust.parse_form

    def __call__(self, *arguments: Any) -> Any:
        self.count += 1
        return None if self.count > self._last else self._parse(*arguments)


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_is_read_although_the_core_fails(kind: str, monkeypatch: Any) -> None:
    expected = asyncio.run(read(kind, accelerated=False))
    assert len(expected) >= 3
    counting = Failing(1 << 30)
    monkeypatch.setattr(_rust, "parse_form", counting)
    assert asyncio.run(read(kind, accelerated=True)) == expected and counting.count
    for last in range(counting.count):
        failing = Failing(last)
        failing._parse = counting._parse
        monkeypatch.setattr(_rust, "parse_form", failing)
        assert asyncio.run(read(kind, accelerated=True)) == expected
        assert failing.count == last + 1


def test_an_error_after_the_core_failed_has_no_trace_of_it(monkeypatch: Any) -> None:
    async def refused(accelerated: bool) -> Any:
        made = request("multipart")
        if accelerated:
            accelerate(made)
        with pytest.raises(MultiPartException) as raised:
            await made.form(max_fields=1)
        return raised.value

    monkeypatch.setattr(_rust, "parse_form", Failing(2))
    for accelerated in (False, True):
        error = asyncio.run(refused(accelerated))
        assert (error.message, error.__cause__, error.__context__) == (
            "Too many fields. Maximum number of fields is 1.",
            None,
            None,
        )


def test_data_of_files_is_not_kept_twice(monkeypatch: Any) -> None:
    sizes = []
    take = MultipartAssembly.take

    def taken(self: MultipartAssembly, chunk: bytes) -> None:
        take(self, chunk)
        sizes.append(sum(len(part) for part in self.record._parts if isinstance(part, bytes)))

    monkeypatch.setattr(MultipartAssembly, "take", taken)
    asyncio.run(read("a large file", accelerated=True))
    assert len(sizes) > 40 and max(sizes) < 6 * 65_536


@pytest.mark.parametrize("kind", FORMS)
def test_an_endpoint_gets_its_form_without_the_core(kind: str, monkeypatch: Any) -> None:
    app = FastAPI()
    seen: List[Any] = []

    @app.post("/")
    async def post(a: List[str] = Form(), f: Any = File(), b: str = Form("none")) -> Any:
        seen.append((a, (await f.read()) if isinstance(f, StarletteUploadFile) else f, b))

    @app.post("/upload")
    async def upload(f: UploadFile) -> Any:
        return None

    def ask() -> Any:
        content_type, body, size = FORMS[kind]
        waiting, sent = messages(body, size), []

        async def receive() -> Dict[str, Any]:
            return waiting.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/",
            "query_string": b"",
            "headers": [(b"content-type", content_type)],
            "root_path": "",
        }
        asyncio.run(app(scope, receive, send))
        return sent[0]["status"], seen[-1]

    expected = ask()
    assert expected[0] == 200
    for name in ("parse_form", "open_form"):
        monkeypatch.setattr(_rust, name, lambda *_: None)
        assert ask() == expected


def test_another_instance_answers_after_a_trap_in_a_form(monkeypatch: Any) -> None:
    expected = asyncio.run(read("multipart", accelerated=False))
    core, parse, traps = _rust._require_core(), _rust.parse_form, _rust.counters()["traps"]

    def trap_before(*arguments: Any) -> Any:
        # As after a trap: the pointer is set, and the buffer holds an older answer.
        core.lease().instance.trap.value = 1
        return parse(*arguments)

    monkeypatch.setattr(_rust, "parse_form", trap_before)
    monkeypatch.setattr(logger, "disabled", True)
    assert asyncio.run(read("multipart", accelerated=True)) == expected
    assert _rust.counters()["traps"] > traps


def test_a_whole_form_is_read_without_the_core(monkeypatch: Any) -> None:
    from fastapi._stand_ins.forms.reading import read_urlencoded

    expected = [("a", "1"), ("f", "\u00e9 x"), ("b", ""), ("a", "2")]
    body = FORMS["urlencoded"][1]
    assert read_urlencoded(body).multi_items() == expected
    for name in ("parse_form", "open_form"):
        monkeypatch.setattr(_rust, name, lambda *_: None)
        assert read_urlencoded(body).multi_items() == expected
