"""A changed file while the application runs: on demand, or as soon as it is seen when `FASTAPI_PARAMS_SCHEMA_RELOAD=1`.

A thread looks at the file's identity once a second. A look on a request would cost each of them a comparison,
and one of them the reading of the file, with all others of its event loop waiting for it; the planned way would need a
place for it. The price of the thread: hosts without threads have `reload_params_schema()` alone, and a warning that
says so. Without the variable, or without a parameter of a file, there is no thread.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Dict, Optional

from fastapi._forks import in_children
from fastapi._schema_file.checking.check import read_schema
from fastapi._schema_file.locate import FilePath
from fastapi._schema_file.problems import ParamsSchemaError
from fastapi._schema_file.reading.load import Identity, identity_of
from fastapi._schema_file.registry import registry
from fastapi._schema_file.schema import Identities, ParamsSchema
from fastapi.logger import logger

RELOAD_VARIABLE = "FASTAPI_PARAMS_SCHEMA_RELOAD"
INTERVAL = 1.0

_watching: Optional[threading.Thread] = None
_stopped = threading.Event()


def reload_params_schema(path: Optional[FilePath] = None) -> bool:
    """Read the files in use again, or one of them; return whether all are in force now as they are on disk.

    A file is checked, and every route that uses it is built with it, before anything is replaced. When that fails, the
    old state stays in force and the log says why. A file that became shorter in its place may be half of one: it is
    believed when it is a second old, or found the same by the next call.
    """
    wanted = None if path is None else os.path.abspath(os.fsdecode(path))
    results = [
        _reload(schema)
        for schema in registry.all() or (registry.current(),)
        if wanted is None or schema.source.path == wanted
    ]
    if not results:
        registry.current(path)
    return all(results)


# The states of files that were doubted once.
_doubted: Dict[str, Identities] = {}
_SETTLED_AFTER = 1.0


def _is_doubtful(old: ParamsSchema, new: ParamsSchema) -> bool:
    """Whether one of the files is shorter than before, written in its place, and that a moment ago.

    Many programs write a file by emptying it first, and the first half of `le: 100` is `le: 1`.
    """
    path = old.source.path
    if _doubted.get(path) == new.identities or not any(map(_may_be_half, new.identities, old.identities)):
        _doubted.pop(path, None)
        return False
    _doubted[path] = new.identities
    return True


def _may_be_half(now: Identity, before: Identity) -> bool:
    is_in_place = (now.inode, now.device) == (before.inode, before.device)
    return is_in_place and now.size < before.size and abs(time.time() - now.modified / 1e9) < _SETTLED_AFTER


def identities_of(schema: ParamsSchema) -> Optional[Identities]:
    """Return the states of a file and of those that it includes, as they are now; None if one is missing."""
    try:
        return tuple(identity_of(path) for path in (schema.source.path, *schema.included))
    except OSError:
        return None


def _reload(schema: ParamsSchema) -> bool:
    try:
        new = read_schema(schema.source, schema.strict)
        if _is_doubtful(schema, new):
            logger.warning(
                "The file of parameters %s became shorter while it was written in its place; it is read again before "
                "it is believed. Write a file beside it and rename that one instead",
                schema.source.path,
            )
            return False
        registry.put(new)
    except ParamsSchemaError as error:
        logger.error(
            "The parameters declared in %s stay as they were, the file as it is now cannot be used. %s",
            schema.source.path,
            error,
        )
        return False
    logger.info("The parameters declared in %s were loaded again", schema.source.path)
    return True


def is_wanted() -> bool:
    return os.environ.get(RELOAD_VARIABLE, "").strip().lower() in ("1", "true", "yes", "on")


def watch_files() -> None:
    """Start the thread that looks at the files, if that is wanted and it does not run yet."""
    global _watching
    if not is_wanted() or (_watching is not None and _watching.is_alive()):
        return
    with registry.lock:
        if _watching is not None and _watching.is_alive():
            return
        _stopped.clear()
        thread = threading.Thread(target=_watch, name="fastapi-params-schema", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            logger.warning(
                "%s=1 has no effect here, for no thread can be started (%s): call reload_params_schema() instead",
                RELOAD_VARIABLE,
                error,
            )
            return
        _watching = thread


def stop_watching() -> None:
    """End the thread and wait for it."""
    global _watching
    _stopped.set()
    if _watching is not None:
        _watching.join()
        _watching = None


def _watch() -> None:
    looker = Looker()
    while not _stopped.wait(INTERVAL):
        try:
            looker.look()
        except Exception:
            # An error in this package must not end the thread.
            logger.exception("The files of parameters could not be looked at")


class Looker:
    """Reloads files whose identity differs from that of the schema in force."""

    def __init__(self) -> None:
        # The states of files that cannot be used: each is tried, and complained about, once.
        self._refused: Dict[str, Optional[Identities]] = {}

    def look(self) -> None:
        for schema in registry.all():
            path = schema.source.path
            found = identities_of(schema)
            if found == schema.identities:
                self._refused.pop(path, None)
            elif path not in self._refused or self._refused[path] != found:
                if not _reload(schema) and path in _doubted:
                    continue  # the next look reads it again
                self._refused[path] = found


def _in_child() -> None:
    """Threads do not survive a fork: the child gets one of its own, and locks that no thread of the parent holds."""
    global _watching
    registry.renew_locks()
    if _watching is not None:
        _watching = None
        watch_files()


in_children(_in_child)
