"""Whether the installed python-multipart and Starlette read forms as the core does.

Both changed what they accept from release to release. So the core is used for forms only where, the first time a form
comes, it gives the same answers as the installed parsers to the documents below, one for each rule that releases
differ in. What is asked are the callbacks of Starlette's parsers: no form and no file is made, as tests may count them.
"""

from __future__ import annotations

import logging
from typing import Any, List, Optional, Sequence, Tuple

from starlette import formparsers as _formparsers
from starlette import requests as _requests
from starlette.datastructures import Headers
from starlette.requests import Request

from fastapi import _rust
from fastapi._stand_ins.forms.assembly import open_assembly
from fastapi._stand_ins.guards import Guard
from fastapi._wasm import contract

# Names that Starlette does not export, and releases may not have.
formparsers: Any = _formparsers
requests: Any = _requests

_LIMITS = {"max_fields": 3, "max_part_size": 40}
_DISPOSITION = b"Content-Disposition: form-data; "
_HEADERS = b"--b\r\n" + _DISPOSITION

_DISPOSITIONS = (
    b'name="a"',
    b'NAME=a; name="b;\\"c\\\\"; other',
    b"name*=utf-8''x; name=plain",
    b"name*=utf-8''x",
    b'name="\xc3\xa9"',
    b'name="\xe9"',
    b"name",
    b'name=" a " \t',
    b'name*0=a; name*1=b; name="c',
    b"filename",
    b"Name*=x;x=y",
)
_MULTIPART: Tuple[bytes, ...] = (
    *(b"--b\r\n" + _DISPOSITION.replace(b"form-data", kind) + b"name=a\r\n\r\nx\r\n--b--" for kind in (b"", b"x")),
    _HEADERS + b"name=a\r\n\r\nx\r\n--b\r\n" + _DISPOSITION + b"name=b\r\nX-Other:  1\r\n\r\n\r\n--b--\r\nepilogue",
    _HEADERS + b"name=a\r\n\r\nx\r\n--b \t\r\n" + _DISPOSITION + b"name=b\r\n\r\ny\r\n--b--",
    _HEADERS + b"name=a\r\n\r\nx\r\n--b x\r\n" + _DISPOSITION + b"name=b\r\n\r\ny\r\n--b--",
    _HEADERS + b"name=a\r\n\r\nx\r\n--bx\r\n-\r\n--b-x\r\n--b\rx\r\n--b\r\r\n--b--",
    b"\r\nsome text--b\r\n" + _DISPOSITION + b"name=a\r\n\r\nx\r\n--b--",
    b"\n\r\n--b\r\n" + _DISPOSITION + b"name=a\r\n\r\nx\r\n--b--",
    b"--b \r\n" + _DISPOSITION + b"name=a\r\n\r\nx\r\n--b--",
    b"text\r\n--b\r\n",
    b"--b--",
    b"--b-x",
    b"",
    _HEADERS + b"name=a\r\n\r\nx\r\n",
    _HEADERS + b"name=a\r\n\r\n\xff\r\n--b--",
    _HEADERS + b"name=a\r\n\r\n" + b"x" * 40 + b"\r\n--b--",
    _HEADERS + b"name=a\r\n\r\n" + b"x" * 41 + b"\r\n--b--",
    (_HEADERS + b"name=a\r\n\r\nx\r\n") * 4 + b"--b--",
    b"--b\r\nX: 1\r\n\r\nx\r\n--b--",
    b"--b\r\n\r\nx\r\n--b--",
    b"--b\r\nContent Disposition: x\r\n\r\n",
    b"--b\r\n: x\r\n\r\n",
    b"--b\r\nX: 1\rx",
    b"--b\r\nX: 1\r\n\rx",
    b"--b\r\n" + b"X: 1\r\n" * 7 + _DISPOSITION + b"name=a\r\n\r\nx\r\n--b--",
    b"--b\r\n" + b"X: 1\r\n" * 8 + _DISPOSITION + b"name=a\r\n\r\nx\r\n--b--",
    *(b"--b\r\nX:" + b" " * n + b"\r\n" + _DISPOSITION + b"name=a\r\n\r\nx\r\n--b--" for n in (4222, 4223)),
    *(_HEADERS + disposition + b"\r\n\r\nx\r\n--b--" for disposition in _DISPOSITIONS),
)
_URLENCODED = (
    b"",
    b"a=1&b=2",
    b"a=1;b=2",
    b"&&a=1&&b&=c&",
    b"a",
    b"a=1&b",
    b"a=b=c&+%20=%C3%A9%e9\xe9%",
    b"a&b&c&d",
    b"a=" + b"x" * 39,
    b"a=" + b"x" * 40,
)
_MEDIA_TYPES = (
    "multipart/form-data; boundary=b",
    'Multipart/Form-Data ; x="a;boundary=c"; BOUNDARY = "b"',
    "multipart/form-data; boundary*=b; boundary=b",
    "multipart/form-data; boundary=c; boundary=b ; charset=utf-8",
)

_PART_CALLBACKS = (
    "part_begin",
    "part_data",
    "part_end",
    "header_field",
    "header_value",
    "header_end",
    "headers_finished",
)
_FIELD_CALLBACKS = ("field_start", "field_name", "field_data", "field_end")

_agreement: Optional[bool] = None
# The functions of the installed parsers, as they were when the parsers were asked.
_urlencoded: Guard
_multipart: Guard
_logger = logging.getLogger("python_multipart.multipart")


def agrees() -> bool:
    """Whether the core may read forms: the parsers agreed once, and those of urlencoded forms are the original ones.

    A parser whose logger takes DEBUG has to run: it logs the bytes that the core passes over.
    """
    if _agreement is None:
        _ask()
    return bool(_agreement) and _urlencoded.holds() and not _logger.isEnabledFor(logging.DEBUG)


def agrees_on_multipart() -> bool:
    """Whether the core may read multipart forms, if `agrees`: their parsers are the original ones."""
    return _multipart.holds()


def _ask() -> None:
    global _agreement, _urlencoded, _multipart, _logger
    try:
        _urlencoded, _multipart = _urlencoded_guard(), _multipart_guard()
        _logger = logging.getLogger(formparsers.multipart.QuerystringParser.__module__)
        _agreement = _rust.rust_available() and _all_agree()
    except Exception:
        # Other names or signatures: parsers that are not known here.
        _agreement = False


def _urlencoded_guard() -> Guard:
    machines = formparsers.multipart
    return Guard(
        (requests, "FormParser"),
        (requests.FormParser, "parse", *(f"on_{name}" for name in _FIELD_CALLBACKS)),
        (formparsers, "multipart", "unquote_plus"),
        (machines, "QuerystringParser"),
        (machines.QuerystringParser, "write", "_internal_write", "finalize"),
    )


def _multipart_guard() -> Guard:
    machines = formparsers.multipart
    return Guard(
        (requests, "MultiPartParser"),
        (requests.MultiPartParser, "parse", *(f"on_{name}" for name in _PART_CALLBACKS)),
        (formparsers, "UploadFile", "SpooledTemporaryFile", "Headers", "MultipartPart"),
        (formparsers, "multipart", "parse_options_header", "_user_safe_decode"),
        (formparsers.UploadFile, "__init__", "write", "seek"),
        (machines, "MultipartParser"),
        (machines.MultipartParser, "write", "_internal_write"),
    )


def _all_agree() -> bool:
    if not hasattr(formparsers, "FormParserError") or not hasattr(formparsers.MultiPartParser, "spool_max_size"):
        return False
    return (
        hasattr(Request, "_get_form")
        and all(hasattr(formparsers, name) for name in ("FormData", "SpooledTemporaryFile", "UploadFile"))
        and all(_same_boundary(media_type) for media_type in _MEDIA_TYPES)
        and all(_same_multipart(document, len(document) or 1) for document in _MULTIPART)
        and all(_same_multipart(document, 1) for document in _MULTIPART[:12])
        and all(_same_urlencoded(document, size) for document in _URLENCODED for size in (1, 100))
    )


def _same_boundary(media_type: str) -> bool:
    kind, parameters = formparsers.parse_options_header(media_type)
    opened = _rust.open_form(media_type.encode("latin-1"), 1, 1, 1)
    return (
        kind == b"multipart/form-data"
        and opened is not None
        and opened == _rust.open_form(b"multipart/form-data; boundary=" + parameters[b"boundary"], 1, 1, 1)
    )


def _cut(document: bytes, size: int) -> Sequence[bytes]:
    return [document[start : start + size] for start in range(0, len(document), size)]


def _same_multipart(document: bytes, size: int) -> bool:
    chunks = _cut(document, size)
    return _multipart_there(chunks) == _fields_here(b"multipart/form-data; boundary=b", chunks)


def _same_urlencoded(document: bytes, size: int) -> bool:
    chunks = _cut(document, size)
    return _urlencoded_there(chunks) == _fields_here(b"application/x-www-form-urlencoded", chunks)


def _multipart_there(chunks: Sequence[bytes]) -> Tuple[List[Any], Any]:
    parser: Any = formparsers.MultiPartParser(Headers(), None, **_LIMITS)
    parser._charset = "utf-8"
    callbacks = {f"on_{name}": getattr(parser, f"on_{name}") for name in _PART_CALLBACKS}
    machine = formparsers.multipart.MultipartParser(b"b", callbacks)
    return parser.items, _error_of(machine, chunks)


def _urlencoded_there(chunks: Sequence[bytes]) -> Tuple[List[Any], Any]:
    parser: Any = formparsers.FormParser(Headers(), None, **_LIMITS)
    callbacks = {f"on_{name}": getattr(parser, f"on_{name}") for name in _FIELD_CALLBACKS}
    machine = formparsers.multipart.QuerystringParser(callbacks)
    return parser._items, _error_of(machine, chunks)


def _error_of(machine: Any, chunks: Sequence[bytes]) -> Optional[str]:
    # The documents are wrong on purpose; that is nobody's concern.
    machine.logger = _Silent()
    try:
        for chunk in chunks:
            machine.write(chunk)
        machine.finalize()
    except formparsers.MultiPartException as error:
        return str(error.message)
    except formparsers.FormParserError:
        return contract.FORM_ERROR_MESSAGES["invalid"]
    return None


class _Silent:
    def warning(self, *args: Any) -> None:
        """Say nothing."""

    debug = warning


def _fields_here(content_type: bytes, chunks: Sequence[bytes]) -> Tuple[List[Any], Any]:
    assembly = open_assembly(content_type, max_files=1, **_LIMITS)
    assert assembly is not None
    assembly.tells_why = False
    try:
        for chunk in chunks:
            assembly.take(chunk)
        assembly.finish()
    except formparsers.MultiPartException as error:
        return assembly.items, error.message
    return assembly.items, None
