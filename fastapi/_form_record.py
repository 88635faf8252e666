"""The bytes of a form so far, for the parser of Starlette, should the core fail in the middle.

Chunks are kept as they came. Those that are nothing but data of a file are not: the file has them. So a record takes no
more memory than the fields and headers of the form.
"""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import Any, AsyncIterator, List, Optional, Tuple, Union

from starlette.concurrency import run_in_threadpool

# Of longer forms no more is kept, apart from files. The core fails once in a blue moon; memory is short every day.
_MOST_KEPT = 8 << 20
_BLOCK = 1 << 20

# A chunk, or the file and the first and last place of some data in it.
_Part = Union[bytes, Tuple[Any, int, int]]


class FormRecord:
    """Remembers the chunks that an assembly takes: `keep` before it takes one, `settle` after it has."""

    __slots__ = ("_assembly", "_file", "_parts", "_size")

    def __init__(self, assembly: Any) -> None:
        self._assembly = assembly
        self._parts: Optional[List[_Part]] = []
        self._size = 0
        # The file that the assembly was in the data of before it took the chunk.
        self._file: Any = None

    def keep(self, chunk: bytes) -> None:
        """Remember a chunk that the assembly is about to take."""
        self._file = getattr(self._assembly, "_file", None)
        if self._parts is not None:
            self._size += len(chunk)
            self._parts.append(chunk)

    def settle(self, chunk: bytes) -> None:
        """Let go of a chunk that the assembly took, if a file has all of it."""
        parts = self._parts
        if parts is None:
            return
        file = self._file
        if file is not None and self._assembly._file is file and type(file.upload.file) is SpooledTemporaryFile:
            self._size -= len(chunk)
            end = (file.upload.size or 0) + file.waiting
            start = end - len(chunk)
            before = parts[-2] if len(parts) > 1 else b""
            if before.__class__ is tuple and before[0] is file and before[2] == start:
                start = before[1]
                parts.pop()
            parts[-1] = (file, start, end)
        elif self._size > _MOST_KEPT:
            self._parts = None

    def is_whole(self) -> bool:
        """Whether all bytes so far can be told again."""
        return self._parts is not None

    async def chunks(self, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Tell the bytes so far again, then the rest."""
        for part in self._parts or ():
            if isinstance(part, bytes):
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


def _read(file: Any, place: int, length: int) -> bytes:
    file.seek(place)
    data: bytes = file.read(length)
    return data
