"""The files in force, and what has to be rebuilt when one of them changes.

A schema is replaced in two steps. First everything that uses it is rebuilt beside what is in force, with the new schema
in view of this thread alone; whatever fails then leaves everything as it was. Then, under the lock that compiling plans
takes too, one assignment for each route puts the new in the place of the old. A request that has begun keeps what it
began with: handlers and plans hold their dependants, and no dependant is ever changed.
"""

from __future__ import annotations

import os
import threading
import weakref
from contextvars import ContextVar
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from fastapi._changes import changes
from fastapi._schema_file.check import read_schema
from fastapi._schema_file.locate import FilePath, locate
from fastapi._schema_file.problems import ParamsSchemaError, Problem
from fastapi._schema_file.schema import ParamsSchema

# Returns the attributes that an object has with the schema in view.
Rebuild = Callable[[Any], Dict[str, Any]]


class _Watcher(NamedTuple):
    """Something that was built from a file."""

    owner: weakref.ref[Any]
    rebuild: Rebuild


class Registry:
    """All files of this process. There is one, `registry`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._schemas: Dict[str, ParamsSchema] = {}
        self._default: Optional[str] = None
        self._watchers: List[_Watcher] = []
        self._in_view: ContextVar[Optional[ParamsSchema]] = ContextVar("params_schema_in_view", default=None)

    def load(self, path: Optional[FilePath], strict: bool) -> ParamsSchema:
        """Read a file and put it in force; the last one loaded is the one that `param_factory` uses."""
        schema = read_schema(locate(path), strict)
        with self.lock:
            self.put(schema)
            self._default = key_of(schema)
        return schema

    def current(self, path: Optional[FilePath] = None) -> ParamsSchema:
        """Return the schema in force, of a path or the default one; it is loaded when it is first asked for."""
        key = self._default if path is None else os.path.abspath(os.fspath(path))
        found = None if key is None else self._schemas.get(key)
        if found is not None:
            return found
        if path is None:
            return self.load(None, strict=True)
        schema = read_schema(locate(path))
        self.put(schema)
        return schema

    def of_key(self, key: str) -> ParamsSchema:
        """Return the schema of a file, the one in view if it is about to be put in force by this thread."""
        in_view = self._in_view.get()
        return in_view if in_view is not None and key_of(in_view) == key else self._schemas[key]

    def all(self) -> Tuple[ParamsSchema, ...]:
        return tuple(self._schemas.values())

    def put(self, schema: ParamsSchema) -> None:
        """Put a schema in force, with everything that was built from the file.

        Raises:
            ParamsSchemaError: something cannot be built with it. Then nothing has changed.
        """
        key = key_of(schema)
        with self.lock:
            while True:
                watchers = self._living()
                prepared = self._prepare(schema, watchers) if key in self._schemas else []
                with changes.lock:
                    if len(self._watchers) != len(watchers) and key in self._schemas:
                        continue  # a route was added meanwhile
                    self._schemas[key] = schema
                    for owner, attributes in prepared:
                        vars(owner).update(attributes)
                    changes.declarations += 1
                    changes.bump()
                    return

    def watch(self, owner: Any, rebuild: Rebuild, seen: int) -> None:
        """Rebuild `owner` when a file changes. `seen` is the number of changes before it was built."""
        if self._in_view.get() is not None:
            return  # a part of something that is being rebuilt
        with changes.lock:
            self._watchers.append(_Watcher(weakref.ref(owner), rebuild))
            if changes.declarations != seen:
                vars(owner).update(rebuild(owner))

    def _living(self) -> List[_Watcher]:
        with changes.lock:
            self._watchers = [watcher for watcher in self._watchers if watcher.owner() is not None]
            return list(self._watchers)

    def _prepare(self, schema: ParamsSchema, watchers: List[_Watcher]) -> List[Tuple[Any, Dict[str, Any]]]:
        token = self._in_view.set(schema)
        try:
            owners = [(watcher.owner(), watcher.rebuild) for watcher in watchers]
            return [(owner, _rebuilt(schema, owner, rebuild)) for owner, rebuild in owners if owner is not None]
        finally:
            self._in_view.reset(token)


def _rebuilt(schema: ParamsSchema, owner: Any, rebuild: Rebuild) -> Dict[str, Any]:
    try:
        return rebuild(owner)
    except ParamsSchemaError:
        raise
    except Exception as error:
        message = f"{owner!r} cannot be built with it: {error}"
        raise ParamsSchemaError(schema.source, [Problem(message)]) from error


def key_of(schema: ParamsSchema) -> str:
    return os.path.abspath(schema.source.path)


registry = Registry()
