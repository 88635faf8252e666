"""Limits of forms for installed releases that lack them.

Starlette before 1.0 reads urlencoded forms without limits, and python-multipart before 0.0.27 reads headers of a part
without limits. The parsers here are the installed ones, and stop where later releases stop. As in later releases, an
invalid form is the client's fault.
"""

from __future__ import annotations

import inspect
from typing import Any, Optional

from starlette import formparsers as _formparsers
from starlette import requests as _requests
from starlette.datastructures import FormData
from starlette.requests import Request

from fastapi._wasm.contract import FORM_ERROR_MESSAGES

# Names that Starlette does not export, and that are not there without python-multipart.
formparsers: Any = _formparsers
requests: Any = _requests

# python-multipart's own limits, in releases that have them.
_MOST_HEADERS = 8
_MOST_HEADER_BYTES = 4096 + 128


async def read_guarded(request: Request, limits: Any) -> Optional[FormData]:
    """Return the form of a request, or None if the installed releases have all limits for such a form."""
    parser = _make_parser(request, limits) if _IS_NEEDED else None
    if parser is None:
        return None
    try:
        form: FormData = await parser.parse()
    except formparsers.multipart.exceptions.FormParserError as error:
        for file in getattr(parser, "_files_to_close_on_error", ()):
            file.close()
        raise _invalid() from error
    return form


def _make_parser(request: Request, limits: Any) -> Any:
    kind, _ = formparsers.parse_options_header(request.headers.get("content-type"))
    if kind == b"application/x-www-form-urlencoded" and _FIELDS_ARE_UNLIMITED:
        if requests.FormParser is _FormParser:
            return _LimitedFormParser(request.headers, request.stream(), limits)
    elif kind == b"multipart/form-data" and _HEADERS_ARE_UNLIMITED:
        if requests.MultiPartParser is _MultiPartParser:
            return _LimitedMultiPartParser(request.headers, request.stream(), **limits)
    return None


def _lacks(function: Any, parameter: str) -> bool:
    return parameter not in inspect.signature(function).parameters


def _invalid() -> Exception:
    error: Exception = formparsers.MultiPartException(FORM_ERROR_MESSAGES["invalid"])
    return error


_FormParser: Any = formparsers.FormParser
_MultiPartParser: Any = formparsers.MultiPartParser
_FIELDS_ARE_UNLIMITED = formparsers.multipart is not None and _lacks(_FormParser, "max_fields")
_HEADERS_ARE_UNLIMITED = formparsers.multipart is not None and _lacks(
    formparsers.multipart.MultipartParser, "max_header_count"
)
_IS_NEEDED = _FIELDS_ARE_UNLIMITED or _HEADERS_ARE_UNLIMITED


class _LimitedFormParser(_FormParser):  # type: ignore[misc]
    """Starlette's parser of urlencoded forms, with a limit for the fields and for the bytes of one."""

    def __init__(self, headers: Any, stream: Any, limits: Any) -> None:
        super().__init__(headers, stream)
        self._limits = limits
        self._fields = 0
        self._size = 0

    def on_field_start(self) -> None:
        self._size = 0
        super().on_field_start()

    def on_field_name(self, data: bytes, start: int, end: int) -> None:
        self._measure(end - start)
        super().on_field_name(data, start, end)

    def on_field_data(self, data: bytes, start: int, end: int) -> None:
        self._measure(end - start)
        super().on_field_data(data, start, end)

    def on_field_end(self) -> None:
        self._fields += 1
        if self._fields > self._limits["max_fields"]:
            self._fail("too_many_fields")
        super().on_field_end()

    def _measure(self, size: int) -> None:
        self._size += size
        if self._size > self._limits["max_part_size"]:
            self._fail("field_too_large")

    def _fail(self, error: str) -> None:
        numbers = {**self._limits, "max_part_kib": int(self._limits["max_part_size"] / 1024)}
        raise formparsers.MultiPartException(FORM_ERROR_MESSAGES[error].format(**numbers))


class _LimitedMultiPartParser(_MultiPartParser):  # type: ignore[misc]
    """Starlette's parser of multipart forms, with a limit for the headers of a part and for the bytes of one."""

    _headers = 0
    _header_size = 0

    def on_part_begin(self) -> None:
        self._headers = self._header_size = 0
        super().on_part_begin()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        if self._headers == _MOST_HEADERS:
            raise _invalid()
        self._measure(end - start)
        super().on_header_field(data, start, end)

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._measure(end - start)
        super().on_header_value(data, start, end)

    def on_header_end(self) -> None:
        self._headers += 1
        self._header_size = 0
        super().on_header_end()

    def _measure(self, size: int) -> None:
        self._header_size += size
        # The parser reports neither the colon nor the space after it.
        if self._header_size + 2 > _MOST_HEADER_BYTES:
            raise _invalid()
