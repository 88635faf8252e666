"""Whether a file is trusted as code is: if not, checking it imports nothing and shows nothing of this machine."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import Iterator

_is_trusted: ContextVar[bool] = ContextVar("params_schema_is_trusted", default=True)


def is_trusted() -> bool:
    """Whether imports, environment variables and files of other folders may be used."""
    return _is_trusted.get()


@contextmanager
def untrusted() -> Iterator[None]:
    """Import no name of a file, read no variable that it names, and include no file of another folder.

    A type that would be imported is taken for any type, a variable for one that is not set.
    """
    token = _is_trusted.set(False)
    try:
        yield
    finally:
        _is_trusted.reset(token)
