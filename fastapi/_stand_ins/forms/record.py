"""The bytes of a form so far, to be read again.

Starlette's parser reads all of them if the core fails in the middle of a form. The installed multipart parser reads
the last of them if the form is invalid: the core only finds that it is; an exception and a log record of that parser
give the reason and the place in its chunk. It begins at a place where all forms are alike: the end of a chunk in the
data of a part, with no beginning of a delimiter held back.

A record keeps chunks as they came, except a chunk that is only data of a file: the file has it. So a
record takes no more memory than the fields and headers of the form.
"""

from __future__ import annotations

from typing import Any, AsyncIterator, List, Tuple, Union

from starlette import formparsers as _formparsers
from starlette.concurrency import run_in_threadpool

# Names that Starlette does not export, looked up there because tests replace them there.
formparsers: Any = _formparsers

# The most bytes kept of a form, apart from files. The core hardly ever fails; memory is always short.
_MOST_KEPT = 8 << 20
# The installed parser reads at most this many bytes, and one chunk, at once.
_MOST_UNREAD = 1 << 18
_BLOCK = 1 << 20

# A chunk, or the file and the first and last place of some data in it.
_Part = Union[Any, Tuple[Any, int, int]]


class FormRecord:
    """Keeps the chunks of one form. The assembly keeps each chunk before the core reads it."""

    # PERF: defaults stand in the class, for each form makes a record (benchmark `upload-memory`).
    # Whether the record has all bytes so far.
    is_whole = True
    # Bytes of the chunks in the parts.
    _size = 0

    def __init__(self) -> None:
        self._parts: List[_Part] = []

    def keep(self, chunk: Any) -> None:
        """Keep the next chunk."""
        self._size += len(chunk)
        self._parts.append(chunk)
        if self._size > _MOST_KEPT:
            self._shorten()

    def _shorten(self) -> None:
        self.is_whole = False
        self._parts.clear()
        self._size = 0

    async def chunks(self, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield the bytes so far again, then the rest."""
        for part in self._parts:
            if not isinstance(part, tuple):
                yield part
                continue
            file, place, end = part
            await file.write()
            while place < end:
                data = await run_in_threadpool(_read, file.upload.file, place, min(_BLOCK, end - place))
                if not data:
                    raise EOFError("a file of a form has lost its data")
                place += len(data)
                yield data
        async for chunk in rest:
            yield chunk


class MultipartRecord(FormRecord):
    """Keeps the chunks of a multipart form, and lets the installed parser read the last of them."""

    # The file that takes the bytes after the parts, and its length where the parts end.
    _file: Any = None
    _file_start = 0
    # The first part that the installed parser would have to read, and how many bytes it would read.
    _unread = 0
    _unread_size = 0
    _is_in_data = False
    # The installed parser, once it has read some of those.
    _machine: Any = None

    def __init__(self, boundary: bytes) -> None:
        super().__init__()
        self._boundary = boundary

    def keep(self, chunk: Any) -> None:
        """Keep the next chunk."""
        if self._unread_size > _MOST_UNREAD:
            self.run()
        file = self._file
        if file is not None:
            self._file = None
            if file.length() > self._file_start:
                self._parts.append((file, self._file_start, file.length()))
                self._unread += 1
        self._unread_size += len(chunk)
        super().keep(chunk)

    def settle(self, file: Any, is_all_data: bool) -> None:
        """Note that the last chunk ended in the data of a part, of this file if any, or was nothing else."""
        if file is not None:
            self._file_start = file.length()
            if is_all_data:
                self._drop_last()
        self._file = file
        self._unread = len(self._parts)
        self._unread_size = 0
        self._is_in_data = True
        self._machine = None

    def _drop_last(self) -> None:
        parts = self._parts
        size = len(parts.pop())
        self._size -= size
        self._file_start = parts.pop()[1] if parts and parts[-1].__class__ is tuple else self._file_start - size

    def run(self) -> None:
        """Let the installed parser read the last chunks, log its records and raise its exception."""
        machine = self._machine or self._make_machine()
        self._machine = None
        try:
            for chunk in self._parts[self._unread :]:
                machine.write(chunk)
        except formparsers.FormParserError as error:
            raise formparsers.MultiPartException("Invalid multipart data.") from error
        self._machine = machine
        self._unread = len(self._parts)
        self._unread_size = 0

    def _make_machine(self) -> Any:
        machine = formparsers.multipart.MultipartParser(self._boundary, {})
        if self._is_in_data:
            machine.write(b"--" + self._boundary + b"\r\nA: b\r\n\r\n")
        return machine

    def _shorten(self) -> None:
        self.is_whole = False
        del self._parts[: self._unread]
        self._unread = 0
        self._size = self._unread_size


def _read(file: Any, place: int, length: int) -> bytes:
    file.seek(place)
    data: bytes = file.read(length)
    return data
