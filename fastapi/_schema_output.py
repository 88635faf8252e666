"""Where the commands about files of parameters write: the standard output, or a file that is replaced at once."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from typing import Any, Iterable, Optional


def write_output(text: str, encoding: Optional[str] = None) -> int:
    """Write all of a text to the standard output, in any encoding, and return the exit status."""
    stream: Any = sys.stdout
    buffer = getattr(stream, "buffer", None)
    try:
        if buffer is None:
            stream.write(text)
        else:
            stream.flush()
            buffer.write(text.encode(encoding or stream.encoding or "utf-8", "backslashreplace"))
        stream.flush()
    except BrokenPipeError:
        _forget_output()  # as with `| head`: no reader is left
        return 1
    except OSError as error:
        _forget_output()
        complain(f"the output could not be written: {error}")
        return 1
    return 0


def replace_file(path: str, text: str) -> int:
    """Write a text beside a file and give it the name of that file in one step; return the exit status.

    An application that reads the file meanwhile finds all of the old text or all of the new one.
    """
    target = os.path.realpath(path)
    try:
        handle, beside = tempfile.mkstemp(prefix=".params_schema-", dir=os.path.dirname(target))
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(beside, _mode_of(target))
            os.replace(beside, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(beside)
            raise
    except OSError as error:
        complain(f"{path} could not be written: {error}")
        return 1
    return 0


def is_output(paths: Iterable[Optional[str]]) -> Optional[str]:
    """Return which of some files the standard output writes to, None if it is none of them."""
    try:
        status = os.fstat(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return None
    for path in paths:
        with contextlib.suppress(OSError):
            if path is not None and os.path.samestat(status, os.stat(path)):
                return path
    return None


def complain(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201, this is a command's output


def _mode_of(path: str) -> int:
    try:
        return os.stat(path).st_mode & 0o777
    except OSError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask


def _forget_output() -> None:
    """Keep Python from trying once more to write the rest when it ends, and from complaining again."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
