"""What the installed parser says of a multipart form that is wrong.

The core only tells that a form is wrong. Why, and where in its chunk, is told by an exception and a log record of the
installed parser. So the parser reads the bytes again, but only those since a place where all forms are alike: a chunk
that ended in the data of a part, with no beginning of a delimiter at its end.
"""

from __future__ import annotations

from typing import Any, List

from starlette import formparsers as _formparsers

# Names that Starlette does not export, looked up there because tests replace them there.
formparsers: Any = _formparsers

# Chunks of more bytes than that are read by the installed parser before another one is kept.
_MOST_KEPT = 1 << 18


class Replay:
    """Keeps the chunks that the installed parser would have to read."""

    __slots__ = ("_boundary", "_chunks", "_is_in_data", "_machine", "_size")

    def __init__(self, boundary: bytes) -> None:
        self._boundary = boundary
        self._chunks: List[Any] = []
        self._size = 0
        self._is_in_data = False
        # The installed parser, once it has read chunks that are not kept any more.
        self._machine: Any = None

    def keep(self, chunk: Any) -> None:
        """Keep the next chunk."""
        if self._size > _MOST_KEPT:
            self.run()
        self._chunks.append(chunk)
        self._size += len(chunk)

    def forget(self) -> None:
        """Forget all chunks: the last one ended in the data of a part."""
        self._chunks.clear()
        self._size = 0
        self._is_in_data = True
        self._machine = None

    def run(self) -> None:
        """Let the installed parser read the chunks. Raises what it raises, after it has logged what it logs."""
        machine = self._machine or self._make_machine()
        self._machine = None
        chunks, self._chunks, self._size = self._chunks, [], 0
        try:
            for chunk in chunks:
                machine.write(chunk)
        except formparsers.FormParserError as error:
            raise formparsers.MultiPartException("Invalid multipart data.") from error
        self._machine = machine

    def _make_machine(self) -> Any:
        machine = formparsers.multipart.MultipartParser(self._boundary, {})
        if self._is_in_data:
            machine.write(b"--" + self._boundary + b"\r\nA: b\r\n\r\n")
        return machine
