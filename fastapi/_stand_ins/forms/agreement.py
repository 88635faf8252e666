"""Whether the installed python-multipart and Starlette read forms as the core does.

Both change from release to release which forms they accept. So the core reads forms only where it gives the same
answers as the installed parsers to the documents below, one for each rule in which releases differ. The first form
starts that comparison. It uses the callbacks of Starlette's parsers alone: tests may count the forms and files made.
"""

from __future__ import annotations

import logging
from typing import Any, List, Optional, Sequence, Tuple

from starlette import formparsers as _formparsers
from starlette import requests as _requests
from starlette.datastructures import Headers
from starlette.requests import Request

from fastapi import _rust
from fastapi._stand_ins.accelerators import FORM_PARSING, NotUsed, OlderRelease, installed_version
from fastapi._stand_ins.forms.assembly import open_assembly
from fastapi._stand_ins.guards import Guard, is_original
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


class _Parsers:
    """The functions of the installed parsers, as they were when the check ran, and the logger of python-multipart."""

    urlencoded: Guard
    multipart: Guard
    logger = logging.getLogger("python_multipart.multipart")


def agrees() -> bool:
    """Whether the core may read forms: the parsers agreed once, and those of urlencoded forms are the original ones.

    A parser whose logger takes DEBUG has to run: it logs the bytes that the core passes over.
    """
    return FORM_PARSING.is_on() and _Parsers.urlencoded.holds() and not _Parsers.logger.isEnabledFor(logging.DEBUG)


def agrees_on_multipart() -> bool:
    """Whether the core may read multipart forms, if `agrees`: their parsers are the original ones."""
    return _Parsers.multipart.holds()


def why_off() -> Optional[str]:
    """Return the first document that is read differently, or None."""
    if not _rust.rust_available():
        raise NotUsed("the core does not run")
    if formparsers.multipart is None:
        raise NotUsed("python-multipart is not installed")
    if not all(hasattr(formparsers, name) for name in _NEEDED) or not hasattr(Request, "_get_form"):
        raise OlderRelease("this release of Starlette reads forms in another way")
    if not _are_original():
        raise NotUsed("a tool has replaced a function of the parsers")
    _Parsers.urlencoded, _Parsers.multipart = _urlencoded_guard(), _multipart_guard()
    _Parsers.logger = logging.getLogger(formparsers.multipart.QuerystringParser.__module__)
    different = _find_difference()
    if different is not None and _is_old():
        raise OlderRelease(f"this release of python-multipart reads {different} in another way")
    return None if different is None else f"the parsers read {different} in another way"


def _are_original() -> bool:
    callbacks = ((formparsers.FormParser, _FIELD_CALLBACKS), (formparsers.MultiPartParser, _PART_CALLBACKS))
    methods = [(kind, f"on_{name}") for kind, names in callbacks for name in names]
    machines = (formparsers.multipart.QuerystringParser, formparsers.multipart.MultipartParser)
    return all(is_original(*method) for method in methods) and all(is_original(kind, "write") for kind in machines)


# Names of Starlette's module that forms are made with. Older releases lack the first.
_NEEDED = ("FormParserError", "FormData", "SpooledTemporaryFile", "UploadFile")
# The first release of python-multipart that reads forms as the core does.
_FIRST_LIKE_THE_CORE = (0, 0, 34)


def _is_old() -> bool:
    version = installed_version("python-multipart") or ""
    return tuple(int(part) for part in version.split(".") if part.isdigit()) < _FIRST_LIKE_THE_CORE


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


def _find_difference() -> Optional[str]:
    if not hasattr(formparsers.MultiPartParser, "spool_max_size"):
        return "files"
    for media_type in _MEDIA_TYPES:
        if not _same_boundary(media_type):
            return media_type
    for documents, sizes, same in _READINGS:
        for document in documents:
            if not all(same(document, size or len(document) or 1) for size in sizes):
                return repr(document[:80])
    return None


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


# Documents, the sizes of the chunks in which they come (0: in one), and the comparison.
_READINGS = (
    (_MULTIPART, (0,), _same_multipart),
    (_MULTIPART[:12], (1,), _same_multipart),
    (_URLENCODED, (1, 100), _same_urlencoded),
)


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
    # Many documents are wrong on purpose, so their warnings are no news.
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
