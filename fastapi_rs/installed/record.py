"""The RECORD of a distribution: its files with their digests.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import csv
import io
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple


class Entry(NamedTuple):
    path: str  # relative to the folder of the distribution, with slashes
    digest: str  # "sha256=..." or empty
    size: str


def parse(text: str) -> List[Entry]:
    rows = (row for row in csv.reader(io.StringIO(text)) if row)
    return [Entry(*(row + ["", ""])[:3]) for row in rows]


def render(entries: Iterable[Entry]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(entries)
    return buffer.getvalue()


def digest_of(content: bytes) -> str:
    """Return the digest of a content as RECORD writes it."""
    return "sha256=" + urlsafe_b64encode(sha256(content).digest()).decode().rstrip("=")


def entry_of(path: str, content: bytes) -> Entry:
    return Entry(path, digest_of(content), str(len(content)))


def digests_below(folder: Path, root: Path) -> Dict[str, str]:
    """Return the digest of each file below a folder, by its path relative to `root`; compiled files are left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not is_compiled(path.as_posix()):
            found[path.relative_to(root).as_posix()] = digest_of(path.read_bytes())
    return found


def is_compiled(path: str) -> bool:
    """Whether a file is made by running the package: byte code or compiled WebAssembly."""
    return path.endswith((".pyc", ".pyo", ".cwasm", ".cwasm.tmp")) or "/__pycache__/" in f"/{path}"
