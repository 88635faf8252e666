"""The files of a form: the bytes that wait for them, and the writes to disk."""

from __future__ import annotations

import os
from tempfile import SpooledTemporaryFile
from typing import Any, Iterator, List, Tuple

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from fastapi._stand_ins.guards import Guard
from fastapi._stand_ins.worker_threads import call_in_thread

# A write to disk is a trip to a worker thread, so bytes wait until they are as many as a file has in memory at most.
_WRITE_FROM = 1 << 20
# A huge chunk is not copied as a whole.
_BLOCK = 1 << 20


class OpenFile:
    """A file whose end has not come, or whose last bytes wait for a write.

    Waiting bytes stay in the received chunks, without a copy, until they are worth a trip to a worker thread, or until
    the file ends.
    """

    __slots__ = ("has_ended", "name", "runs", "upload", "waiting")

    def __init__(self, name: str, upload: UploadFile) -> None:
        self.name = name
        self.upload = upload
        self.has_ended = False
        # (chunk, start, end), and how many bytes that is.
        self.runs: List[Tuple[bytes, int, int]] = []
        self.waiting = 0

    def length(self) -> int:
        """Return how many bytes were added."""
        return (self.upload.size or 0) + self.waiting

    def add(self, chunk: bytes, start: int, end: int) -> None:
        self.waiting += end - start
        if self.runs:
            before, first, last = self.runs[-1]
            if before is chunk and last == start:
                self.runs[-1] = chunk, first, end
                return
        self.runs.append((chunk, start, end))

    def has_to_write(self) -> bool:
        return self.has_ended or self.waiting >= _WRITE_FROM

    async def write(self) -> None:
        """Write the waiting bytes; wind back a file that has ended."""
        upload = self.upload
        file: Any = upload.file
        if type(file) is SpooledTemporaryFile and type(upload) is UploadFile and _writing.holds():
            await self._write_directly(file)
        else:
            for block in self._blocks():
                await upload.write(bytes(block))
            if self.has_ended:
                await upload.seek(0)
        self.runs.clear()
        self.waiting = 0

    async def _write_directly(self, file: Any) -> None:
        """Do the same as `write` and `seek` of Starlette's class, in one trip to a worker thread, or none."""
        size = self.upload.size or 0
        self.upload.size = size + self.waiting
        if not file._rolled and not 0 < file._max_size < size + self.waiting:
            self._write_blocks(file)
        else:
            await call_in_thread(run_in_threadpool, self._write_blocks, {"file": file})

    def _write_blocks(self, file: Any) -> None:
        if not file._rolled and 0 < file._max_size < self.waiting:
            # PERF: all of it goes to disk, so none of it is put into memory before (benchmark: upload10m).
            file.rollover()
        if file._rolled and len(self.runs) > 1 and self.waiting <= 2 * _WRITE_FROM:
            # PERF: a file system takes one long write in a third of the time of many short ones.
            _write_at_once(file, list(self._blocks()))
        else:
            for block in self._blocks():
                file.write(block)
        if self.has_ended:
            file.seek(0)

    def _blocks(self) -> Iterator[memoryview]:
        for chunk, start, end in self.runs:
            view = memoryview(chunk)
            for place in range(start, end, _BLOCK):
                yield view[place : min(place + _BLOCK, end)]


def _write_at_once(file: Any, blocks: List[memoryview]) -> None:
    """Write blocks to a file on disk, where the system allows without making one of them first."""
    written = 0
    if _pwritev is not None and len(blocks) <= _MOST_BLOCKS:
        # Buffered bytes go first; `seek` tells the buffer about the write that went past it.
        file.flush()
        start = file.tell()
        written = _pwritev(file.fileno(), blocks, start)
        file.seek(start + written)
    if written < sum(map(len, blocks)):
        file.write(memoryview(b"".join(blocks))[written:])


_pwritev = getattr(os, "pwritev", None)
# POSIX: IOV_MAX is at least 16; it is 1024 wherever Python has the call.
_MOST_BLOCKS = 1024

_writing = Guard((UploadFile, "write", "seek", "_will_roll"))


async def close_form(form: FormData) -> None:
    """Close a form as `form.close()` does, but small files without the trip to a worker thread."""
    if type(form) is not FormData or not _closing.holds():
        await form.close()
        return
    for _, value in form.multi_items():
        if not isinstance(value, UploadFile):
            continue
        file: Any = value.file
        is_small = type(file) is SpooledTemporaryFile and value.size is not None and value.size <= 2 * _WRITE_FROM
        if is_small and type(value) is UploadFile:
            file.close()
        else:
            await value.close()


_closing = Guard((FormData, "close"), (UploadFile, "close", "_in_memory"))
