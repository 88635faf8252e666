"""Code compiled ahead of time, kept between processes: 0.3 ms instead of 50-90 ms.

Loading it is loading native code, and wasmtime verifies nothing of it. Therefore:

- A folder is used only if no user but its owner can write it, and its owner is this user or root; and only if the same
  is true of each folder above it, or that has the sticky bit. First `__pycache__` beside the module (the trust of a
  `.pyc`), then the user's cache folder. Never a folder for temporary files.
- A file is used only if it is a regular file under the same rule, no link, and its content has the SHA-256 in its name.
- A file is written beside its place and renamed. Where no folder will do, nothing is kept, and a warning says why.

`FASTAPI_RS_CACHE=off` keeps and reads nothing; `FASTAPI_RS_CACHE=DIR` uses that folder alone, under the same rules.
"""

from __future__ import annotations

import logging
import os
import stat
import sys
from hashlib import sha256
from os.path import dirname, expanduser, join
from time import time
from typing import Callable, Iterator

CACHE_VARIABLE = "FASTAPI_RS_CACHE"
_SUFFIX = ".cwasm"
_TEMPORARY = ".tmp"
# Seconds from the creation of a temporary file to its renaming, and much more.
_LONGEST_WRITE = 3600
# wasmtime checks in an artefact the settings, its version and the features of the processor; this names the rest.
CONFIG_TAG = "1"

_logger = logging.getLogger("fastapi")
_has_warned = False


def key(wasm_digest: str, version: str, tag: str) -> str:
    """Return the start of the file name of an artefact: a digest of everything that it depends on."""
    parts = "\0".join((wasm_digest, version, tag, CONFIG_TAG, sys.platform, processor()))
    return "core-" + sha256(parts.encode()).hexdigest()[:32] + "-"


def processor() -> str:
    """Return the machine's name for its processor, e.g. `x86_64`."""
    if hasattr(os, "uname"):
        return os.uname().machine
    from platform import machine  # takes 2 ms to import

    return machine()


def folders() -> Iterator[str]:
    """Yield the folders that may hold an artefact, best first."""
    wanted = os.environ.get(CACHE_VARIABLE, "")
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
    """Return the path of a trustworthy artefact with this key, or None."""
    for folder in folders():
        if _objection(folder, stat.S_ISDIR) or _objection_above(folder):
            continue
        try:
            names = [name for name in os.listdir(folder) if name.startswith(prefix) and name.endswith(_SUFFIX)]
        except OSError:
            continue
        for name in names:
            path = join(folder, name)
            if not _objection(path, stat.S_ISREG) and _digest(path) == name[len(prefix) : -len(_SUFFIX)]:
                return path
    return None


def holds_any() -> bool:
    """Return whether a folder has a file that looks like a compiled core; `find` decides whether it can be used."""
    for folder in folders():
        try:
            if any(name.startswith("core-") and name.endswith(_SUFFIX) for name in os.listdir(folder)):
                return True
        except OSError:
            continue
    return False


def keep(prefix: str, content: bytes) -> str | None:
    """Store an artefact; return its path, or None when no folder will do."""
    name = prefix + sha256(content).hexdigest() + _SUFFIX
    reasons = []
    for folder in folders():
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            reason = _objection(folder, stat.S_ISDIR) or _objection_above(folder)
            if reason is None:
                _replace(join(folder, name), content)
                _clean(folder, prefix, name)
                return join(folder, name)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
        reasons.append(f"{folder}: {reason}")
    if reasons:
        _warn(reasons)
    return None


def _warn(reasons: list[str]) -> None:
    """Say once in a process that nothing is kept."""
    global _has_warned
    if not _has_warned:
        _has_warned = True
        _logger.warning(
            "fastapi-rs: the compiled core cannot be kept, so each process compiles it again (%s). "
            "%s names a folder that only its owner can write; %s=off keeps nothing and says nothing.",
            "; ".join(reasons),
            CACHE_VARIABLE,
            CACHE_VARIABLE,
        )


def _objection(path: str, is_kind: Callable[[int], bool]) -> str | None:
    """Return why another user could change the file or folder at `path`, or None. A link is not followed."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    if not is_kind(status.st_mode):
        return "a link, or of another kind"
    return _objection_to(status)


def _objection_above(folder: str) -> str | None:
    """Return why another user could replace this folder by another one, or None."""
    for path in {os.path.abspath(folder), os.path.realpath(folder)}:
        while path != dirname(path):
            path = dirname(path)
            try:
                reason = _objection_to(os.stat(path), may_be_sticky=True)
            except OSError as error:
                reason = error.strerror
            if reason is not None:
                return f"{path} above it: {reason}"
    return None


def _objection_to(status: os.stat_result, may_be_sticky: bool = False) -> str | None:
    if not hasattr(os, "geteuid"):
        # Windows: the package's folder and LOCALAPPDATA carry access lists; mode bits say nothing there.
        return None
    if status.st_uid not in (0, os.geteuid()):
        return f"its owner is user {status.st_uid}, not this user"
    others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    # In a folder with the sticky bit, users can rename only files of their own.
    if others_write and not (may_be_sticky and status.st_mode & stat.S_ISVTX):
        return "other users can write it"
    return None


def _digest(path: str) -> str | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            return sha256(file.read()).hexdigest()
    except OSError:
        return None


def _replace(path: str, content: bytes) -> None:
    # Never a name that was used before: a process that died may have left its file.
    temporary = f"{path}.{os.getpid()}.{os.urandom(8).hex()}{_TEMPORARY}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _clean(folder: str, prefix: str, name: str) -> None:
    """Remove older files of the same key (a damaged one, another compilation), and files of processes that died."""
    for other in os.listdir(folder):
        is_older = other.startswith(prefix) and other.endswith(_SUFFIX) and other != name
        try:
            if is_older or _is_left(folder, other):
                os.unlink(join(folder, other))
        except OSError:
            # Another process was here first.
            continue


def _is_left(folder: str, name: str) -> bool:
    """Whether a file was written so long ago that no process will rename it."""
    if not (name.startswith("core-") and name.endswith(_TEMPORARY)):
        return False
    return time() - os.lstat(join(folder, name)).st_mtime > _LONGEST_WRITE
