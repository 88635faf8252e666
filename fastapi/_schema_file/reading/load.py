"""From a path to a document: read the file, decode it, and hand it to the reader of its format."""

from __future__ import annotations

import os
import stat
from typing import Callable, Dict, NamedTuple, NoReturn, Tuple

from fastapi._schema_file.locate import FILE_VARIABLE
from fastapi._schema_file.problems import ParamsSchemaError, Place, Problem, Source
from fastapi._schema_file.reading.document import LARGEST_FILE, Document

_CHOOSE_ANOTHER = f"Name another file in the call or in {FILE_VARIABLE}."


class Identity(NamedTuple):
    """The state of a file, which changes when it is written again or replaced."""

    modified: int
    # Windows: when it was created. Elsewhere it moves with the content even where `cp -p` sets the other one back.
    changed: int
    size: int
    inode: int
    device: int


def load(source: Source, count: int = 0) -> Tuple[Document, Identity]:
    """Read a file; `count` values of other files count towards the limit.

    Raises:
        ParamsSchemaError: it is missing, unreadable, of another format, not valid, too large or too deep.
    """
    reader = _reader_of(source)
    content, identity = _read(source)
    document = Document(source, _decode(source, content), count)
    _fill(document, reader)
    return document, identity


def load_text(source: Source, text: str) -> Document:
    """Read a text that is in no file yet, in the format that the path of `source` says.

    Raises:
        ParamsSchemaError: it is not valid, too large or too deep.
    """
    document = Document(source, text)
    _fill(document, _reader_of(source))
    return document


def _fill(document: Document, reader: Callable[[Document], None]) -> None:
    try:
        reader(document)
    except RecursionError:
        raise document.error("the values are nested too deeply", Place(1, 1), "Write it with fewer levels.") from None


def identity_of(path: str) -> Identity:
    """Return the identity of a file as it is now.

    Raises:
        OSError: there is no such file.
    """
    return _identity(os.stat(path))


def _identity(status: os.stat_result) -> Identity:
    return Identity(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev)


def _reader_of(source: Source) -> Callable[[Document], None]:
    if os.path.isdir(source.path):
        _refuse(source, "this is a folder", "Name the file in it.")
    suffix = os.path.splitext(source.path)[1].lower()
    if suffix not in _READERS:
        named = f"of the format {suffix}" if suffix else "without an ending that tells its format"
        _refuse(source, f"the file is {named}", f"Use one of {', '.join(_READERS)}. {_CHOOSE_ANOTHER}")
    return _READERS[suffix]


def _read_yaml(document: Document) -> None:
    from fastapi._schema_file.reading.yaml_reader import read_yaml

    read_yaml(document)


def _read_json(document: Document) -> None:
    from fastapi._schema_file.reading.json_reader import read_json

    read_json(document)


_READERS: Dict[str, Callable[[Document], None]] = {".yaml": _read_yaml, ".yml": _read_yaml, ".json": _read_json}


# Opening a pipe without O_NONBLOCK waits until another process writes to it.
_OPEN_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))


def _require_regular(source: Source, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        _refuse(source, "this is no regular file", _CHOOSE_ANOTHER)


def _read(source: Source) -> Tuple[bytes, Identity]:
    try:
        # First without opening it: opening a device can have effects.
        _require_regular(source, os.stat(source.path))
        with os.fdopen(os.open(source.path, _OPEN_FLAGS), "rb") as file:
            # Another file can have taken the name meanwhile.
            _require_regular(source, os.fstat(file.fileno()))
            content = file.read(LARGEST_FILE + 1)
            identity = _identity(os.fstat(file.fileno()))
    except FileNotFoundError:
        _refuse(source, "there is no such file", f"Create it, or correct the path. {_CHOOSE_ANOTHER}")
    except PermissionError:
        _refuse(source, "this process may not read the file", "Give its user the right to read it.")
    except (OSError, ValueError) as error:
        _refuse(source, f"the file cannot be read: {error}", _CHOOSE_ANOTHER)
    if len(content) > LARGEST_FILE:
        limit = LARGEST_FILE // 2**20
        _refuse(source, f"the file is larger than {limit} MiB", "Split it, and load the parts with their own paths.")
    return content, identity


_LOOKS_WIDE = " (the file begins as UTF-16 or UTF-32 does)"
_SAVE_AS = "Save the file as UTF-8."


def _decode(source: Source, content: bytes) -> str:
    if b"\0" in content[:4] and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        # Both formats begin with an ASCII character, and neither has a byte 0 in it.
        place = Place(1, content.index(b"\0") + 1)
        _refuse(source, f"byte 0x00 has no place in text{_LOOKS_WIDE}", _SAVE_AS, place)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        place = Place(before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1)
        looks = _LOOKS_WIDE if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        _refuse(source, f"byte 0x{content[error.start]:02x} is not UTF-8{looks}", _SAVE_AS, place)


def _refuse(source: Source, message: str, remedy: str, place: Place | None = None) -> NoReturn:
    raise ParamsSchemaError(source, [Problem(message, place)], remedy) from None
