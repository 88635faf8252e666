"""Gives a host its code: compiled ahead of time and kept between processes, or compiled now."""

from __future__ import annotations

import logging
import os
import threading

from fastapi._wasm import cache
from fastapi._wasm.instance import Host, Unavailable

# Held while code of wasmtime's runs without the GIL and under locks of its own: a child of os.fork would wait for these
# for ever.
_outside_of_forks = threading.RLock()
_LONGEST_WAIT = 30.0

_logger = logging.getLogger("fastapi")


def load_module(host: Host, wasm: bytes, digest: str) -> str | None:
    """Give the host its code, compiled ahead of time if possible; return the path where that is kept, or None."""
    if not host.keeps_code:
        host.compile(wasm)
        return None
    prefix = cache.key(digest, host.version, host.tag)
    path = cache.find(prefix)
    if path is not None:
        try:
            host.load(path)
            return path
        except Unavailable as error:
            if "executable" in str(error):
                raise
            _logger.debug("fastapi-rs: %s is compiled again: %s", path, error)
    with _outside_of_forks:
        host.compile(wasm)
    try:
        return cache.keep(prefix, host.serialize())
    except (Unavailable, MemoryError) as error:
        # There is no room for a copy of the code. The code itself is here.
        _logger.debug("fastapi-rs: the compiled code is not kept: %s", error)
        return None


# ── Forks ──


def _before_fork() -> None:
    _holds_at_fork.append(_outside_of_forks.acquire(timeout=_LONGEST_WAIT))


def _after_fork_in_parent() -> None:
    if _holds_at_fork.pop():
        _outside_of_forks.release()


def _after_fork_in_child() -> None:
    # A child of os.fork has no thread that could release it.
    global _outside_of_forks
    _outside_of_forks = threading.RLock()
    _holds_at_fork.clear()


_holds_at_fork: list[bool] = []

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
