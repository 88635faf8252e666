"""The core reads a form in chunks of several sizes, with the same result as Starlette."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette import formparsers
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from fastapi import _rust
from fastapi._stand_ins.forms.agreement import agrees
from fastapi._stand_ins.forms.assembly import open_assembly
from fastapi._stand_ins.forms.reading import read_form
from tests.conformance.rows import data, files, rows, without_declined

FORMS = rows(*files("forms"))
LIMITS = {"max_files": 1000, "max_fields": 1000, "max_part_size": 1 << 20}


def limits(case: dict[str, Any]) -> dict[str, Any]:
    return {name: case.get(name, default) for name, default in LIMITS.items()}


def expected(case: dict[str, Any]) -> Any:
    return case.get("message") or case["value"]


async def read(case: dict[str, Any], size: int, reader: Any) -> Any:
    body = data(case)
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Any:
        return messages.pop(0)

    headers = [(b"content-type", case["content_type"].encode("latin-1"))]
    request = Request({"type": "http", "headers": headers, "app": None}, receive)
    try:
        form = await reader(request, **limits(case))
    except HTTPException as error:
        assert error.status_code == 400
        return error.detail
    return [await item(name, value) for name, value in form.multi_items()]


async def item(name: str, value: Any) -> Any:
    if not isinstance(value, UploadFile):
        return [name, value]
    headers = [[key.decode("latin-1"), text.decode("latin-1")] for key, text in value.headers.raw]
    content = (await value.read()).decode("latin-1")
    await value.close()
    return [name, value.filename, headers, content]


@pytest.mark.skipif(not _rust.rust_available(), reason="no core here")
@pytest.mark.parametrize("case", FORMS)
def test_core(case: dict[str, Any], monkeypatch: Any) -> None:
    # The test runs also where applications do not use the core, because the installed parsers differ from it.
    for name in ("agrees", "agrees_on_multipart"):
        monkeypatch.setattr(f"fastapi._stand_ins.forms.reading.{name}", lambda: True)
    assembly = open_assembly(case["content_type"].encode("latin-1"), **limits(case))
    assert (assembly is None) == case.get("declined", False)
    # Older releases of Starlette lack names that the assembly needs; applications do not use the core there.
    has_names = hasattr(formparsers.MultiPartParser, "spool_max_size") and hasattr(formparsers, "FormParserError")
    if assembly is not None and has_names:
        for size in (1, 2, 7, 1 << 20):
            assert asyncio.run(read(case, size, read_form)) == expected(case)


@pytest.mark.skipif(not agrees(), reason="the installed parsers read forms differently, or there is no core")
@pytest.mark.parametrize("case", without_declined(FORMS))
def test_starlette(case: dict[str, Any]) -> None:
    async def read_with_starlette(request: Request, **limits: Any) -> Any:
        return await request.form(**limits)

    for size in (1, 1 << 20):
        assert asyncio.run(read(case, size, read_with_starlette)) == expected(case)
