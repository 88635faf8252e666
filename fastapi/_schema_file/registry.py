"""The files in force, and the objects to rebuild when one of them changes.

A schema is replaced in two steps. First all objects that use it are rebuilt beside those in force, with the new schema
in view of this thread alone; a failure leaves everything as it was. Then, under the lock that compiling plans also
takes, `swap` replaces all of the old objects at once. A request that has begun keeps the parameters that it began with:
handlers and plans hold their dependants, and no dependant is ever changed.
"""

from __future__ import annotations

import os
import threading
import weakref
from contextvars import ContextVar
from typing import Any, Callable, Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Tuple

from fastapi._changes import changes
from fastapi._schema_file.checking.check import read_schema
from fastapi._schema_file.locate import FilePath, locate
from fastapi._schema_file.problems import ParamsSchemaError, Problem
from fastapi._schema_file.schema import ParamsSchema
from fastapi._schema_file.swap import Assignment, swap

# Returns the attributes that an object has with the schema in view.
Rebuild = Callable[[Any], Dict[str, Any]]


_REMEDY = "Correct the file; the code that uses it can be changed only when the process starts again."
# Dead references are not counted below this number.
_FEW = 100


class _Watcher(NamedTuple):
    """Something that was built from a file."""

    owner: weakref.ref[Any]
    rebuild: Rebuild
    # The files.
    keys: FrozenSet[str]


class Registry:
    """All files of this process. There is one, `registry`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        # Guards the lists of living objects. A thread that holds it never waits: routers build routes under locks of
        # their own, and compiling a plan asks for those.
        self._watching = threading.RLock()
        self._schemas: Dict[str, ParamsSchema] = {}
        self._default: Optional[str] = None
        self._watchers: List[_Watcher] = []
        # The markers that `param_factory` returned, and how many of them lived at the last count.
        self._made: List[weakref.ref[Any]] = []
        self._made_alive = _FEW
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
        key = self._default if path is None else os.path.abspath(os.fsdecode(path))
        found = None if key is None else self._schemas.get(key)
        if found is not None:
            return found
        with self.lock:
            # Two threads that ask first read the file once.
            key = self._default if path is None else key
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

    def renew_locks(self) -> None:
        """Forget locks that a thread of a parent process held when this process was forked."""
        self.lock = threading.RLock()
        self._watching = threading.RLock()

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
                watchers = self._living(key)
                prepared = self._prepare(schema, watchers) if key in self._schemas else []
                with changes.lock, self._watching:
                    known = set(map(id, watchers))
                    if key in self._schemas and any(id(watcher) not in known for watcher in self._living(key)):
                        continue  # a route was added meanwhile
                    swap(
                        [
                            *(Assignment(vars(owner), attributes) for owner, attributes in prepared),
                            Assignment(self._schemas, {key: schema}),
                        ]
                    )
                    return

    def watch(self, owner: object, rebuild: Rebuild, seen: int, keys: Iterable[str]) -> None:
        """Rebuild `owner` when one of these files changes. `seen` is the number of changes before it was built."""
        if self._in_view.get() is not None:
            return  # a part of something that is being rebuilt
        with self._watching:
            self._watchers.append(_Watcher(weakref.ref(owner), rebuild, frozenset(keys)))
        while changes.declarations != seen:
            # A file was replaced while the owner was built, perhaps another while it is rebuilt here.
            seen = changes.declarations
            vars(owner).update(rebuild(owner))

    def _living(self, key: str) -> List[_Watcher]:
        """Return the watchers of a file; those of other files do not matter for it."""
        with self._watching:
            self._watchers = [watcher for watcher in self._watchers if watcher.owner() is not None]
            return [watcher for watcher in self._watchers if key in watcher.keys]

    def remember(self, made: Any) -> None:
        """Remember a marker that `param_factory` returned, as long as it lives."""
        with self._watching:
            self._made.append(weakref.ref(made))
            if len(self._made) > 2 * self._made_alive:
                self._made = [each for each in self._made if each() is not None]
                self._made_alive = max(len(self._made), _FEW)

    def _require_made(self, schema: ParamsSchema) -> None:
        """Refuse a file with which the code could not be imported: a parameter is missing, or does not fit.

        This also covers routes that are not built yet: those of an included router are built on the first request.
        """
        key = key_of(schema)
        problems: List[Problem] = []
        with self._watching:
            living = [made for made in (each() for each in self._made) if made is not None]
        for declaration in {id(made._declaration): made._declaration for made in living}.values():
            if declaration.key == key:
                try:
                    declaration.current()
                except ParamsSchemaError as error:
                    problems.extend(problem for problem in error.problems if problem not in problems)
        if problems:
            raise ParamsSchemaError(schema.source, problems, _REMEDY)

    def _prepare(self, schema: ParamsSchema, watchers: List[_Watcher]) -> List[Tuple[object, Dict[str, object]]]:
        token = self._in_view.set(schema)
        try:
            self._require_made(schema)
            owners = [(watcher.owner(), watcher.rebuild) for watcher in watchers]
            return [(owner, _rebuilt(schema, owner, rebuild)) for owner, rebuild in owners if owner is not None]
        finally:
            self._in_view.reset(token)


def _rebuilt(schema: ParamsSchema, owner: object, rebuild: Rebuild) -> Dict[str, object]:
    try:
        return rebuild(owner)
    except ParamsSchemaError:
        raise
    except Exception as error:
        message = f"{owner!r} cannot be built with it: {error}"
        raise ParamsSchemaError(schema.source, [Problem(message)], _REMEDY) from error


def key_of(schema: ParamsSchema) -> str:
    return schema.source.path


registry = Registry()
