"""`Request.form()` read by the core.

    accelerate(request)              request.form() is read by the core, whoever calls it
    await read_form(request)         the same at once, for any request of Starlette

Starlette's `form()` calls the method `_get_form` of its request. `accelerate` gives one request a `_get_form` of its
own, so a patched `Request.form`, and classes that override `form` or `stream`, still take effect. A form that the core
would read differently is left to the installed parsers, before the first byte is received.
"""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any, AsyncIterator, Awaitable, Callable
from weakref import ref

from starlette import formparsers
from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request

from fastapi._stand_ins.forms.agreement import agrees, agrees_on_multipart
from fastapi._stand_ins.forms.assembly import Assembly, CoreFailed, MultipartAssembly, open_assembly
from fastapi._stand_ins.forms.guard import read_guarded
from fastapi._stand_ins.forms.limits import Limit
from fastapi._stand_ins.guards import Guard, are_replaced

# Reads a form from its first byte on.
BeginAgain = Callable[[AsyncIterator[bytes]], Awaitable[FormData]]

_starlettes_get_form: Any = getattr(Request, "_get_form", None)


def accelerate(request: Request) -> None:
    """Let the core read the form of this request at the first call of `form()`."""
    # A request class may define its own `_get_form`; replaced methods expect calls from Starlette's.
    if getattr(type(request), "_get_form", None) is _starlettes_get_form is not None and not are_replaced():
        request._get_form = _GetForm(request)  # type: ignore[method-assign]


async def read_form(
    request: Request, *, max_files: Limit = 1000, max_fields: Limit = 1000, max_part_size: int = 1 << 20
) -> FormData:
    """Return the form of a request as `request.form()` does, and keep it in the request as that does."""
    if request._form is None:
        limits: Any = {"max_files": max_files, "max_fields": max_fields, "max_part_size": max_part_size}
        assembly = _assembly_for(request, limits)
        try:
            if assembly is not None:
                request._form = await _assemble(request.stream(), assembly, partial(_read_from, request, limits))
            else:
                request._form = await read_guarded(request, limits)
        except formparsers.MultiPartException as error:
            if "app" in request.scope:
                # As Starlette does, without a cause.
                raise HTTPException(status_code=400, detail=error.message)  # noqa: B904
            raise
        if request._form is None:
            form: FormData = await _starlettes_get_form(request, **limits)
            return form
    assert request._form is not None
    return request._form


def is_read_here() -> bool:
    """Whether an urlencoded form may be read without a request: the methods that read it are the original ones."""
    return agrees() and _readers.holds()


def read_urlencoded(body: bytes) -> FormData:
    """Return the form in a whole body. The body is within its limits."""
    assembly = open_assembly(
        b"application/x-www-form-urlencoded", max_files=0, max_fields=1 << 61, max_part_size=1 << 61
    )
    try:
        if assembly is None:
            raise CoreFailed
        if body:
            assembly.take(body)
        assembly.finish()
    except CoreFailed:
        return _parse_urlencoded(body)
    form: FormData = vars(formparsers)["FormData"](assembly.items)
    return form


_readers = Guard(
    (Request, "form", "_get_form", "stream"), (formparsers, "FormData"), (vars(formparsers)["FormData"], "__init__")
)


class _GetForm:
    """Stands in for the method of one request, without keeping the request alive."""

    __slots__ = ("_request",)

    def __init__(self, request: Request) -> None:
        self._request = ref(request)

    def __call__(self, **limits: Any) -> Any:
        request = self._request()
        assert request is not None
        return read_form(request, **limits)


def _assembly_for(request: Request, limits: Any) -> Assembly | None:
    content_type = request.headers.get("content-type")
    if not content_type or not agrees():
        return None
    assembly = open_assembly(content_type.encode("latin-1"), **limits)
    if isinstance(assembly, MultipartAssembly) and not agrees_on_multipart():
        return None
    return assembly


async def _assemble(stream: AsyncIterator[bytes], assembly: Assembly, begin_again: BeginAgain) -> FormData:
    is_assembled = False
    try:
        is_assembled = await _take_all(stream, assembly)
        if not is_assembled:
            # Not within an `except`: the parser's exceptions have no context there.
            return await begin_again(assembly.record.chunks(stream))
    finally:
        try:
            if not is_assembled:
                assembly.close_files()
        finally:
            close = getattr(stream, "aclose", None)
            if close is not None:
                await close()
    # Looked up where Starlette does, as tests replace its methods.
    form: FormData = vars(formparsers)["FormData"](assembly.items)
    return form


async def _take_all(stream: AsyncIterator[bytes], assembly: Assembly) -> bool:
    """Let the assembly take all chunks; return False if the core failed and the form can be read from its beginning."""
    try:
        async for chunk in stream:
            if not chunk:
                continue
            if isinstance(chunk, (bytes, bytearray)):
                assembly.take(chunk if chunk.__class__ is bytes else bytes(chunk))
            else:
                assembly.take_odd(chunk)
            if assembly.has_to_write():
                await assembly.write_files()
        assembly.finish()
    except CoreFailed:
        if not assembly.record.is_whole:
            raise
        return False
    return True


async def _read_from(request: Request, limits: Any, chunks: AsyncIterator[bytes]) -> FormData:
    """Let Starlette read the form from these chunks."""
    replaced = vars(request).get("stream")
    request.stream = lambda: chunks  # type: ignore[method-assign, assignment, return-value]
    try:
        form: FormData = await _starlettes_get_form(request, **limits)
    finally:
        if replaced is None:
            del request.stream
        else:
            request.stream = replaced  # type: ignore[method-assign]
    return form


def _parse_urlencoded(body: bytes) -> FormData:
    """Let Starlette parse a whole body, without a loop: its parser awaits only the body."""

    async def stream() -> AsyncIterator[bytes]:
        yield body

    parser: Any = formparsers.FormParser
    limits = {"max_fields", "max_part_size"} & set(inspect.signature(parser).parameters)
    headers = Headers({"content-type": "application/x-www-form-urlencoded"})
    parsing = parser(headers, stream(), **dict.fromkeys(limits, 1 << 61)).parse()
    try:
        parsing.send(None)
    except StopIteration as end:
        form: FormData = end.value
        return form
    raise AssertionError("the parser of Starlette waits")
