"""The delimiter of a multipart form."""

from __future__ import annotations


class Delimiter:
    """The end of a part: CRLF "--" boundary. It has one CR: the core takes no boundary with one."""

    __slots__ = ("_bytes", "_low_bits")

    def __init__(self, delimiter: bytes) -> None:
        self._bytes = delimiter
        self._low_bits = delimiter.translate(_LOW_BITS)

    def is_far_from(self, chunk: bytes, start: int, end: int) -> bool:
        """Whether a piece neither holds a delimiter nor ends in the beginning of one; False also where telling is slow.

        `rfind` is linear for any piece: at a CR without a delimiter it moves by the whole length of the delimiter,
        which has no other CR. (`find` takes three to four times as long in CPython 3.8 to 3.13.)
        """
        delimiter = self._bytes
        sample = chunk[start:end:_SAMPLE_STEP]
        unlike = len(sample.translate(_LOW_BITS).translate(None, self._low_bits))
        if unlike * len(delimiter) < _WORTHWHILE_STEP * len(sample) or chunk.rfind(delimiter, start, end) >= 0:
            return False
        last = chunk.rfind(b"\r", max(start, end - len(delimiter) + 1), end)
        return last < 0 or not delimiter.startswith(chunk[last:end])


# PERF: CPython's search moves by the length of the needle at a byte whose low bits no byte of the needle has, otherwise
# by one byte. A sample of the piece shows the mean step. Below this many bytes the core is faster (benchmark `upload`;
# a file of one letter that the boundary has).
_WORTHWHILE_STEP = 8
_SAMPLE_STEP = 1021
_LOW_BITS = bytes(byte & 63 for byte in range(256))
