"""Objects that the applications of all frameworks answer with. This module imports no framework."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

MODIFIED = 1_700_000_000  # Equal in all processes, because headers show the time of a file.


def _write(folder: str, name: str, content: bytes) -> None:
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(content)
    os.utime(path, (MODIFIED, MODIFIED))


def written_folder() -> str:
    """Return a new folder with the files of the rows; it disappears with the process."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _write(folder, "file.bin", bytes(range(256)) * 4096)
    _write(folder, "page.txt", b"one line of a page\n" * 100)
    return folder


class Author:
    """An object as an object-relational mapper returns it."""

    def __init__(self, i: int) -> None:
        self.id, self.name, self.email = i, f"author {i}", f"author{i}@example.org"


class Book:
    def __init__(self, i: int) -> None:
        self.id, self.title, self.price, self.author = i, f"book {i}", i * 1.25, Author(i)
        self.secret = "not in the answer"
