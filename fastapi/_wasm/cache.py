"""Code compiled ahead of time, kept between processes: 0.3 ms instead of 50-90 ms.

Loading it is loading native code, and wasmtime verifies nothing of it. Therefore:

- A folder is used only if nobody but its owner can write it, and its owner is this user or root: first `__pycache__`
  beside the module (the trust of a `.pyc`), then the user's cache folder. Never a folder for temporary files.
- A file is used only if it is a regular file under the same rule, no link, and its content has the SHA-256 in its name.
- A file is written beside its place and renamed; where no folder will do, nothing is kept.

`FASTAPI_RS_CACHE=off` keeps and reads nothing; `FASTAPI_RS_CACHE=DIR` uses that folder alone, under the same rules.
"""

from __future__ import annotations

import os
import stat
import sys
from hashlib import sha256
from os.path import dirname, expanduser, join
from typing import Callable, Iterator

VARIABLE = "FASTAPI_RS_CACHE"
_SUFFIX = ".cwasm"
# wasmtime checks in an artefact the settings, its version and the features of the processor; this names the rest.
CONFIG_TAG = "1"


def key(wasm_digest: str, version: str, tag: str) -> str:
    """What an artefact depends on, as the start of its file name."""
    parts = "\0".join((wasm_digest, version, tag, CONFIG_TAG, sys.platform, processor()))
    return "core-" + sha256(parts.encode()).hexdigest()[:32] + "-"


def processor() -> str:
    """The machine's name for its processor, e.g. `x86_64`."""
    if hasattr(os, "uname"):
        return os.uname().machine
    from platform import machine  # takes 2 ms to import

    return machine()


def folders() -> Iterator[str]:
    """Where an artefact may be, best first."""
    wanted = os.environ.get(VARIABLE, "")
    if wanted.lower() == "off":
        return
    if wanted:
        yield wanted
        return
    yield join(dirname(__file__), "__pycache__")
    home = expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = join(home, "Library", "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "") or join(home, ".cache")
    if os.path.isabs(base):
        yield join(base, "fastapi-rs")


def find(prefix: str) -> str | None:
    """The path of a trustworthy artefact with this key."""
    for folder in folders():
        if not _private(folder, stat.S_ISDIR):
            continue
        try:
            names = [name for name in os.listdir(folder) if name.startswith(prefix) and name.endswith(_SUFFIX)]
        except OSError:
            continue
        for name in names:
            path = join(folder, name)
            if _private(path, stat.S_ISREG) and _digest(path) == name[len(prefix) : -len(_SUFFIX)]:
                return path
    return None


def keep(prefix: str, content: bytes) -> str | None:
    """Store an artefact; answers where, or None when no folder will do."""
    name = prefix + sha256(content).hexdigest() + _SUFFIX
    for folder in folders():
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            if not _private(folder, stat.S_ISDIR):
                continue
            _replace(join(folder, name), content)
            _forget_others(folder, prefix, name)
        except OSError:
            continue
        return join(folder, name)
    return None


def _private(path: str, is_kind: Callable[[int], bool]) -> bool:
    """Whether nobody but this user or root can change what is at `path` itself (a link is not followed)."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return False
    if not is_kind(status.st_mode):
        return False
    if not hasattr(os, "geteuid"):
        # Windows: the package's folder and LOCALAPPDATA carry access lists; mode bits say nothing there.
        return True
    return status.st_uid in (0, os.geteuid()) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _digest(path: str) -> str | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            return sha256(file.read()).hexdigest()
    except OSError:
        return None


def _replace(path: str, content: bytes) -> None:
    temporary = f"{path}.{os.getpid()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


def _forget_others(folder: str, prefix: str, name: str) -> None:
    """Remove what the same key meant before: a damaged file, or another compilation of the same module."""
    for other in os.listdir(folder):
        if other.startswith(prefix) and other.endswith(_SUFFIX) and other != name:
            os.unlink(join(folder, other))
