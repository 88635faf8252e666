"""Whether a function was replaced that this package has a short way around.

A planned request makes no `Request`, and its answer is written without `JSONResponse.render`. Tests and tracing tools
replace such functions at any time, and then want to be called; no other package tells that one of its classes changed.
So `are_replaced` is asked for every request. While something is replaced, requests take the exact way, and the exact
way does without its own short cuts.

CPython has a number in each class, for its method caches, that changes with any attribute of the class and of its
bases. One class below all that matter has one number for all of them, so that a request compares one word of memory. A
Python where that word is not found compares the methods that are replaced most.
"""

from __future__ import annotations

import ctypes
import json
import operator
import sys
import types
from typing import Any, Callable, Dict, FrozenSet, Generic, Iterable, List, Optional, Tuple

from starlette import responses, routing
from starlette._utils import get_route_path
from starlette.background import BackgroundTask, BackgroundTasks
from starlette.datastructures import URL, FormData, Headers, MutableHeaders, QueryParams, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from fastapi._changes import changes
from fastapi.exceptions import RequestValidationError

# A class or the name of a module, and a name in it.
Place = Tuple[Any, str]

# Classes that planned requests do without, and that the exact way takes short cuts around.
_CLASSES = (
    *(JSONResponse, Response, Request, HTTPConnection, Headers, MutableHeaders, QueryParams, FormData, UploadFile, URL),
    *(BackgroundTasks, BackgroundTask, HTTPException, RequestValidationError),
)
_DUNDER_METHODS = ("__init__", "__new__", "__call__", "__getattribute__", "__setattr__")
_ABSENT = object()
_CLASS_SIZE: int = type.__basicsize__  # type: ignore[assignment]


class _Originals:
    """What stood in each place when this was imported, and whether something else stands in one of them now."""

    def __init__(self) -> None:
        self.expected: Dict[Place, Any] = {}
        # Methods that plans look at themselves, and what they were when that was last found out.
        self.watched: Dict[Place, Any] = {}
        # Functions of this package's own modules that were replaced; `fastapi._facade` reports them.
        self.replaced_here: FrozenSet[Place] = frozenset()
        self.is_replaced_elsewhere = False
        self.is_replaced = False

    def expect(self, kind: type) -> None:
        """Remember all methods and attributes of a class, also what it has of the mappings of the standard library."""
        self.expected.update({(kind, name): _find(kind, name) for name in _DUNDER_METHODS})
        for base in kind.__mro__:
            if base is object or base is Generic:
                continue
            is_judged = base.__module__.partition(".")[0] == "starlette"
            for name, attribute in vars(base).items():
                if not name.startswith("__") or isinstance(attribute, types.FunctionType):
                    value = _find(kind, name)
                    self.expected[kind, name] = value if _is_own(value) or not is_judged else _ABSENT

    def look(self) -> None:
        """Find out what is replaced; count a change when a method that plans look at is another one."""
        self.is_replaced_elsewhere = any(_find(*place) is not value for place, value in self.expected.items())
        self.is_replaced = self.is_replaced_elsewhere or bool(self.replaced_here)
        found = {place: _find(*place) for place in self.watched}
        if any(found[place] is not value for place, value in self.watched.items()):
            self.watched = found
            changes.bump()


def _find(kind: Any, name: str) -> Any:
    """Return an attribute of a class as it is kept, without binding it."""
    for base in kind.__mro__:
        if name in vars(base):
            return vars(base)[name]
    return _ABSENT


def _is_own(value: Any) -> bool:
    """Tell whether a function is one of the module that it names, where it is a function."""
    function = getattr(value, "fget", None) or getattr(value, "__func__", None) or value
    if not hasattr(function, "__globals__"):
        return True
    home = sys.modules.get(function.__module__)
    return home is not None and function.__globals__ is vars(home) and not hasattr(function, "__wrapped__")


_originals = _Originals()
for _kind in _CLASSES:
    _originals.expect(_kind)


def guard(kind: type) -> None:
    """Let requests take the exact way while something of a class of this package is replaced.

    To be called at import, before any request.
    """
    _originals.expect(kind)
    _guarded.append(kind)


_guarded: List[type] = []


def watch(methods: Iterable[Tuple[type, str]]) -> None:
    """Let a change be counted when one of these methods is replaced: plans find out what that means.

    To be called at import, before any request.
    """
    _originals.watched.update({(kind, name): _find(kind, name) for kind, name in methods})


def report(place: Place, is_replaced: bool) -> None:
    """Note that a function of this package was replaced, or that it is the original again."""
    _originals.replaced_here = _originals.replaced_here - {place} | ({place} if is_replaced else set())
    _originals.is_replaced = _originals.is_replaced_elsewhere or bool(_originals.replaced_here)


def are_replaced_at_import() -> bool:
    """Tell whether a function is replaced already; for modules at import, before all `watch` calls."""
    _originals.look()
    return _originals.is_replaced


# ── The number of all classes ──


def _words_of(kind: type) -> Any:
    """Return the memory of a class, in words of four bytes."""
    return (ctypes.c_uint32 * (_CLASS_SIZE // 4)).from_address(id(kind))


def _find_index(*, after_look_up: bool = False) -> Optional[int]:
    """Return which word of a class is the number, None when no word behaves like it.

    Before 3.10, a class that changed has its new number only `after_look_up`.
    """
    if sys.implementation.name != "cpython":
        return None
    base = type("Base", (), {"mark": 0})
    leaf = type("Leaf", (base,), {})
    words = _words_of(leaf)
    candidates = set(range(len(words)))
    numbers: List[List[int]] = []
    for step in range(3):
        # A look-up gives a class its number.
        getattr(leaf, "mark")  # noqa: B009
        before = list(words)
        getattr(leaf, "mark")  # noqa: B009
        kept = list(words)
        base.mark = step  # type: ignore[attr-defined]
        if after_look_up:
            getattr(leaf, "mark")  # noqa: B009
        changed = list(words)
        candidates = {each for each in candidates if 0 != before[each] == kept[each] != changed[each]}
        numbers.append(before)
    candidates = {each for each in candidates if len({words[each] for words in numbers}) == len(numbers)}
    return candidates.pop() if len(candidates) == 1 else None


_INDEX = _find_index()
_INDEX_AFTER_LOOK_UP = _find_index(after_look_up=True)


def _make_leaf() -> type:
    """Return a class below all that matter."""
    kinds = list(dict.fromkeys([*_CLASSES, *_guarded, *(kind for kind, _ in _originals.watched)]))
    lowest = [kind for kind in kinds if not any(kind is not each and issubclass(each, kind) for each in kinds)]
    return types.new_class("Originals", tuple(lowest))


# ── The question of every request ──


def _make_check(index: int, looks_up: bool) -> Callable[[], bool]:
    originals, dumps, loads = _originals, json.dumps, json.loads
    leaf: Any = JSONResponse
    memory: Any = [0]
    place, seen = 0, -1

    def look_again() -> None:
        nonlocal leaf, memory, place, seen
        if place == 0:
            leaf = _make_leaf()
            memory, place = _words_of(leaf), index
        getattr(leaf, "render", None)
        # 0 is no number. What changes after this changes the number again.
        number = memory[place] or -1
        originals.look()
        seen = number

    def are_replaced() -> bool:
        # PERF: closure variables are found faster than attributes (benchmark `plain`).
        if looks_up:
            leaf.render  # noqa: B018
        if memory[place] != seen:
            look_again()
        return (
            originals.is_replaced
            or json.dumps is not dumps
            or json.loads is not loads
            or responses.json is not json  # type: ignore[attr-defined]
            or routing.get_route_path is not get_route_path  # type: ignore[attr-defined]
        )

    return are_replaced


def _make_slow_check() -> Callable[[], bool]:
    originals, dumps, loads = _originals, json.dumps, json.loads
    of_response = operator.attrgetter("render", "__init__", "init_headers")
    seen: Any = None

    def are_replaced() -> bool:
        nonlocal seen
        own = [getattr(kind, name) for kind, name in originals.watched]
        methods = (*of_response(Response), *of_response(JSONResponse), Request.__init__, *own)
        if methods != seen:
            originals.look()
            seen = methods
        return (
            originals.is_replaced
            or json.dumps is not dumps
            or json.loads is not loads
            or responses.json is not json  # type: ignore[attr-defined]
            or routing.get_route_path is not get_route_path  # type: ignore[attr-defined]
        )

    return are_replaced


# Tells whether a request has to call each function that FastAPI calls.
if _INDEX is not None:
    are_replaced = _make_check(_INDEX, False)
elif _INDEX_AFTER_LOOK_UP is not None:
    are_replaced = _make_check(_INDEX_AFTER_LOOK_UP, True)
else:
    are_replaced = _make_slow_check()
# A handler that is pickled with what it uses names this function.
are_replaced.__qualname__ = are_replaced.__name__
