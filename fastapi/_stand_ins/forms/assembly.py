"""Puts a form together from the events that the core finds in its pieces.

The core answers places in a piece, not bytes: this module cuts files, and fields that span pieces, out of the chunks.
The state of the parser is a small bytes object that comes with each answer and goes with the next piece. So a form
takes the memory of its fields, of files up to their threshold, and of bytes that wait for a write.
"""

from __future__ import annotations

import codecs
from typing import Any, Iterator, List, Optional, Tuple, Union
from urllib.parse import unquote_plus

from starlette import formparsers as _formparsers
from starlette.datastructures import Headers, UploadFile

from fastapi import _rust
from fastapi._stand_ins.forms.delimiter import Delimiter
from fastapi._stand_ins.forms.files import OpenFile
from fastapi._stand_ins.forms.limits import FormSizes, Limit
from fastapi._stand_ins.forms.record import FormRecord, MultipartRecord
from fastapi._wasm import contract
from fastapi._wasm.contract import FORM_FLAG_CONTINUED, FORM_FLAG_LAST, INPUT_BUFFER_SIZE

# Names that Starlette does not export, looked up there because tests replace them there.
formparsers: Any = _formparsers

Items = List[Tuple[str, Union[str, UploadFile]]]

# Bytes of a frame beside the state and the piece.
_FRAME_SIZE = 64
# A state of more bytes than that has headers in it.
_LONG_STATE = 1024
_SHORT_CHUNK = 256


class CoreFailed(Exception):
    """The core did not answer: a bug of this package or a lack of memory, not the client's fault."""


def open_assembly(
    content_type: bytes, *, max_files: Limit, max_fields: Limit, max_part_size: int
) -> Optional[Assembly]:
    """Return an assembly for a form of this type, or None when Starlette has to read it."""
    limits = FormSizes(max_files, max_fields, max_part_size)
    numbers = limits.numbers()
    opened = None if numbers is None else _rust.open_form(content_type, *numbers)
    if opened is None:
        return None
    kind, state, charset, delimiter = opened
    if kind == contract.FORM_URLENCODED:
        return UrlencodedAssembly(state, limits)
    if charset is None:
        return MultipartAssembly(state, limits, "utf-8", delimiter)
    codec = _codec(charset)
    return None if codec is None else MultipartAssembly(state, limits, codec, delimiter)


def _codec(charset: bytes) -> Optional[str]:
    """Return the codec of a charset, or None when decoding with it may fail in a way of its own."""
    try:
        name = codecs.lookup(charset.decode("latin-1")).name
    except LookupError:
        return "latin-1"
    except Exception:
        return None
    return name if name in _CODECS else None


_CODECS = frozenset(codecs.lookup(name).name for name in ("utf-8", "latin-1", "ascii", "cp1252"))


class Assembly:
    """Takes the chunks of one form; `items` are the fields and files so far."""

    # Whether an error has the cause that the installed parser gives it, and is logged by it.
    tells_why = True

    # The bytes so far.
    record: FormRecord

    def __init__(self, state: bytes, limits: FormSizes) -> None:
        self.items: Items = []
        self._state = state
        self._limits = limits

    def take(self, chunk: bytes) -> None:
        """Take the next chunk. Raises MultiPartException for an invalid form."""
        self.record.keep(chunk)
        self._take_kept(chunk)

    def _take_kept(self, chunk: bytes, last: int = 0) -> None:
        if len(chunk) <= INPUT_BUFFER_SIZE - _FRAME_SIZE - len(self._state):
            self._take_piece(chunk, 0, chunk, last)
            return
        for start, piece, flags in self._pieces(chunk, last):
            self._take_piece(chunk, start, piece, flags)

    def _take_piece(self, chunk: bytes, start: int, piece: Any, flags: int) -> None:
        answer = _rust.parse_form(self._state, flags, piece)
        if answer is None:
            raise CoreFailed("the core did not answer to a piece of a form")
        events, only_fields, state = answer
        if only_fields:
            self.items.extend(events)
        else:
            self._follow(events, chunk, start)
        self._state = state

    def _pieces(self, chunk: bytes, last: int) -> Iterator[Tuple[int, Any, int]]:
        view = memoryview(chunk)
        start = 0
        while start < len(chunk):
            end = start + INPUT_BUFFER_SIZE - _FRAME_SIZE - len(self._state)
            yield start, view[start:end], FORM_FLAG_CONTINUED if end < len(chunk) else last
            start = end

    def _follow(self, events: List[Any], chunk: bytes, start: int) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        """Note that no chunk follows."""
        raise NotImplementedError

    def has_to_write(self) -> bool:
        """Whether enough bytes wait for a file to call `write_files`."""
        return False

    async def write_files(self) -> None:
        """Write the bytes that wait for their files."""

    def close_files(self) -> None:
        """Close every file: the form has failed."""

    def _fail(self, error: int) -> None:
        raise formparsers.MultiPartException(self._limits.message(error))

    def take_odd(self, chunk: Any) -> None:
        """Take a chunk that is not bytes, if the installed parser does."""
        raise NotImplementedError


class UrlencodedAssembly(Assembly):
    """A form of names and values. The field that a chunk ends in is kept as it came, until its end comes."""

    _open: Optional[bytearray] = None

    def __init__(self, state: bytes, limits: FormSizes) -> None:
        super().__init__(state, limits)
        self.record = FormRecord()

    def _follow(self, events: List[Any], chunk: bytes, start: int) -> None:
        for event in events:
            kind = event.__class__
            if kind is tuple:
                self.items.append(event)
            elif kind is list:
                if self._open is None:
                    self._open = bytearray()
                self._open += chunk[start + event[0] : start + event[1]]
            elif kind is int:
                self._fail(event)
            else:
                self._end_field()

    def _end_field(self) -> None:
        assert self._open is not None
        name, _, value = self._open.decode("latin-1").partition("=")
        self._open = None
        self.items.append((unquote_plus(name), unquote_plus(value)))

    def finish(self) -> None:
        if self._open is not None:
            self._take_kept(b"", FORM_FLAG_LAST)

    def take_odd(self, chunk: Any) -> None:
        machine = formparsers.multipart.QuerystringParser({})
        if self._open is not None:
            machine.write(b"a")
        machine.write(chunk)
        self.record.keep(chunk)
        self._take_kept(bytes(chunk))


class _OpenField:
    """A field whose end has not come."""

    __slots__ = ("data", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.data = bytearray()

    def add(self, chunk: bytes, start: int, end: int) -> None:
        self.data += chunk[start:end]


class MultipartAssembly(Assembly):
    """A form of fields and files."""

    def __init__(self, state: bytes, limits: FormSizes, charset: str, delimiter: bytes) -> None:
        super().__init__(state, limits)
        self._charset = charset
        self._delimiter = Delimiter(delimiter)
        self.record: MultipartRecord = MultipartRecord(delimiter[4:])
        # Bytes of headers that the installed parser has read and the core has not.
        self._waiting = b""
        self._part: Union[_OpenField, OpenFile, None] = None
        # The file that a piece was data of up to its end, nothing held back; and where the last data in a piece ended.
        self._file: Optional[OpenFile] = None
        self._data_end = 0
        self._unwritten: List[OpenFile] = []
        self._made: List[Any] = []

    def take(self, chunk: bytes, is_last: bool = False) -> None:
        file = self._file
        if file is not None and len(chunk) <= INPUT_BUFFER_SIZE and self._delimiter.is_far_from(chunk, 0, len(chunk)):
            # PERF: the core would say that all is data, and answer the same state (benchmark `upload-memory`).
            file.add(chunk, 0, len(chunk))
            return
        self.record.keep(chunk)
        if len(self._state) > _LONG_STATE and self._may_wait(chunk):
            # PERF: long headers travel with the state; for a few bytes the installed parser is faster than that.
            self.record.run()
            self._waiting += chunk
            return
        if self._waiting:
            chunk, self._waiting = self._waiting + chunk, b""
        self._take_kept(chunk)

    def _may_wait(self, chunk: bytes) -> bool:
        """Whether this chunk only continues a header. Headers end with LF."""
        return len(chunk) < _SHORT_CHUNK and len(self._waiting) < _LONG_STATE and b"\n" not in chunk

    def take_odd(self, chunk: Any) -> None:
        self.record.keep(chunk)
        self.record.run()
        chunk, self._waiting = self._waiting + bytes(chunk), b""
        self._take_kept(chunk)

    def _take_kept(self, chunk: bytes, last: int = 0) -> None:
        file = self._file
        super()._take_kept(chunk, last)
        if self._data_end == len(chunk):
            self.record.settle(self._file, file is self._file)

    def _pieces(self, chunk: bytes, last: int) -> Iterator[Tuple[int, Any, int]]:
        for start, piece, flags in super()._pieces(chunk, last):
            end = start + len(piece)
            if self._file is not None and self._delimiter.is_far_from(chunk, start, end):
                # PERF: as in `take` (benchmark `upload10m` in one message).
                self._file.add(chunk, start, end)
                self._data_end = end
            else:
                yield start, piece, flags

    def _take_piece(self, chunk: bytes, start: int, piece: Any, flags: int) -> None:
        self._data_end = -1
        super()._take_piece(chunk, start, piece, flags)
        is_in_file = self._data_end == start + len(piece) and isinstance(self._part, OpenFile)
        self._file = self._part if is_in_file else None  # type: ignore[assignment]

    def _follow(self, events: List[Any], chunk: bytes, start: int) -> None:
        for event in events:
            kind = event.__class__
            if kind is list:
                self._data_end = start + event[1]
                self._part.add(chunk, start + event[0], self._data_end)  # type: ignore[union-attr]
            elif kind is bytes:
                self._part.add(event, 0, len(event))  # type: ignore[union-attr]
            elif kind is int:
                self._fail(event)
            elif event is None:
                self._end_part()
            elif len(event) == 2:
                self.items.append((self._text(event[0]), self._text(event[1])))
            elif len(event) == 1:
                self._part = _OpenField(self._text(event[0]))
            else:
                self._begin_file(*event)

    def _begin_file(self, name: Any, filename: Any, headers: List[Tuple[bytes, bytes]]) -> None:
        file = formparsers.SpooledTemporaryFile(max_size=formparsers.MultiPartParser.spool_max_size)
        self._made.append(file)
        upload = formparsers.UploadFile(
            file=file,
            size=0,
            filename=self._text(filename),
            headers=Headers(raw=headers),
        )
        self._part = OpenFile(self._text(name), upload)
        self._unwritten.append(self._part)

    def _end_part(self) -> None:
        part, self._part = self._part, None
        if isinstance(part, _OpenField):
            self.items.append((part.name, self._text(bytes(part.data))))
        elif part is not None:
            part.has_ended = True
            self.items.append((part.name, part.upload))

    def _fail(self, error: int) -> None:
        if error == contract.FORM_ERROR_INVALID and self.tells_why:
            self.record.run()
        if error == contract.FORM_ERROR_NO_NAME:
            # Starlette looks the name up among the parameters of the header.
            try:
                raise KeyError(b"name")
            except KeyError:
                super()._fail(error)
        super()._fail(error)

    def _text(self, raw: Any) -> str:
        if raw.__class__ is str:
            return str(raw)
        try:
            return str(raw.decode(self._charset))
        except (UnicodeDecodeError, LookupError):
            return str(raw.decode("latin-1"))

    def has_to_write(self) -> bool:
        for file in self._unwritten:
            if file.has_to_write():
                return True
        return False

    async def write_files(self) -> None:
        for file in self._unwritten:
            if file.has_to_write():
                await file.write()
        self._unwritten = [file for file in self._unwritten if not file.has_ended]

    def finish(self) -> None:
        # A file that did not end is no item of the form; Starlette leaves it to the garbage collector, which warns.
        pass

    def close_files(self) -> None:
        for file in self._made:
            file.close()
