"""Whether the functions that this package has shorter ways around are still the original ones.

Tests and tracing tools replace functions of Starlette, of the standard library and of this package at any time, and
expect calls. A shorter way is open only while the functions it leaves out are the originals. These are all forms of
that question:

    question                    compares                                                  asked
    are_replaced()              all methods of the classes that planned requests leave    by each request
                                out, and names in public modules
    has_replaced_names(module)  the names of one public module of this package            when routes are built
    Originals(globals(), ...)   functions that a module calls by their global names       at the call, with `is`
    Guard((holder, ...), ...)   attributes with the objects that they were at import      by plans, once for a form
    is_original(kind, name)     a method with the definition in the module of its class   by plans
    has_own, redefines          methods of an object or a subclass with those of a base   by plans

`watch` names methods that plans examine themselves: replacing one counts as a change, and the plans are compiled again.
"""

from __future__ import annotations

import json
import operator
import sys
import types
from importlib import import_module
from typing import TYPE_CHECKING, Any, Callable, Dict, FrozenSet, Generic, Iterable, List, Mapping, Sequence, Tuple

from starlette import responses, routing
from starlette._utils import get_route_path
from starlette.background import BackgroundTask, BackgroundTasks
from starlette.datastructures import URL, FormData, Headers, MutableHeaders, QueryParams, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from fastapi._changes import changes
from fastapi._stand_ins.class_version import WORD, WORD_AFTER_LOOK_UP, words_of
from fastapi.exceptions import RequestValidationError

# A class and the name of a method, or the name of a module and a name in it.
Target = Tuple[Any, str]

_ABSENT = object()


# ── By definition ──


def is_defined_in(module: str, function: object) -> bool:
    """Whether a module itself defines a function: a replacement has other globals, or `__wrapped__`."""
    # A module may have been taken out of `sys.modules`, to be imported again.
    home = sys.modules.get(module)
    has_its_globals = home is not None and getattr(function, "__globals__", None) is vars(home)
    return has_its_globals and not is_wrapped(function)


def is_original(kind: type, name: str) -> bool:
    """Whether the module of a class defines its method."""
    return is_defined_in(kind.__module__, getattr(kind, name))


# ── By value ──


class Guard:
    """Attributes of modules and classes, and the objects that they were when the guard was made.

        parsers = Guard((formparsers, "FormParser"), (formparsers.FormParser, "parse", "on_field_end"))
        parsers.holds()

    Attributes that the installed release lacks are not compared.
    """

    def __init__(self, *targets: Tuple[Any, ...]) -> None:
        holders = [holder for holder, *_ in targets]
        found = [(i, name) for i, (holder, *names) in enumerate(targets) for name in names if hasattr(holder, name)]
        tests = [f"holder{i}.{name}" for i, name in found]
        values = [getattr(holders[i], name) for i, name in found]
        self._comparison = tests, values, {f"holder{i}": holder for i, holder in enumerate(holders)}

    def holds(self) -> bool:
        """Whether all attributes are the same objects as before."""
        # PERF: importing the package makes guards, and the first question compiles them.
        self.holds = _make_comparison(*self._comparison)  # type: ignore[method-assign]
        return self.holds()


class Originals:
    """Functions that a module calls by their global names, and the objects that they were at import.

        _originals = Originals(globals(), "serialize_response")
        if serialize_response is _originals.serialize_response: ...

    PERF: a request asks several times, and `is` is the cheapest question. `hold` asks about all names together.
    """

    def __init__(self, namespace: Mapping[str, Any], *names: str, **known: Any) -> None:
        known.update((name, namespace[name]) for name in names)
        vars(self).update(known)
        # A module with a `__getattr__` may lack a name until its first access.
        tests = [f"get({name!r}, v{i})" for i, name in enumerate(known)]
        self._comparison = tests, list(known.values()), {"get": namespace.get}
        self._source = namespace["__name__"], *known

    def hold(self) -> bool:
        """Whether the namespace has no other object under any of the names."""
        self.hold = _make_comparison(*self._comparison)  # type: ignore[method-assign]
        return self.hold()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __reduce__(self) -> Tuple[Any, ...]:
        # A function that is pickled with its globals takes the names and not the namespace.
        return _originals_in, self._source


def _originals_in(module: str, *names: str) -> Originals:
    return Originals(vars(import_module(module)), *names)


def _make_comparison(expressions: Sequence[str], values: Sequence[object], names: Dict[str, Any]) -> Callable[[], bool]:
    """Return a function that tells whether each expression is the value at the same index.

    PERF: written out, the comparisons take a third of the time of a loop (benchmarks `form`, `upload`, `mw`).
    """
    tests = " and ".join(f"{expression} is v{i}" for i, expression in enumerate(expressions)) or "True"
    namespace = {**names, **{f"v{i}": value for i, value in enumerate(values)}}
    exec(f"def holds():\n try: return {tests}\n except AttributeError: return False", namespace)
    made: Callable[[], bool] = namespace["holds"]
    return made


# ── Overridden by an object or a class ──


def has_own(instance: object, *names: str) -> bool:
    """Whether an object has one of these names in its own dictionary, where it hides the method of the class."""
    return not vars(instance).keys().isdisjoint(names)


def redefines(kind: type, base: type, *methods: str) -> bool:
    """Whether a class has another version of one of these methods than `base`."""
    return any(getattr(kind, name) is not getattr(base, name) for name in methods)


def is_wrapped(function: object) -> bool:
    """Whether a function stands for another one whose attributes it shows, as `functools.wraps` marks it."""
    return hasattr(function, "__wrapped__")


# ── Names in public modules of this package ──

# The original object of each name that was replaced, by module and name.
_replaced_names: Dict[Target, Any] = {}
# Plans examine the names of these modules themselves, so replacing one only counts as a change.
_EXAMINED_BY_PLANS = frozenset(["fastapi.applications", "fastapi.routing", "fastapi.openapi.utils"])


def note_assignment(module: str, name: str, previous: object, value: object) -> None:
    """Note that a name of a public module was assigned: a replacement, or the original again."""
    target = (module, name)
    original = _replaced_names.get(target, previous)
    if value is original:
        _replaced_names.pop(target, None)
    elif callable(original):
        _replaced_names[target] = original
    if module not in _EXAMINED_BY_PLANS:
        _register.note(target, target in _replaced_names)


def has_replaced_names(module: str) -> bool:
    """Whether a function or class of a public module is not the one that this package put there."""
    return any(target[0] == module for target in _replaced_names)


# ── Methods of the classes that planned requests leave out ──

# A planned request makes no `Request`, and writes its answer without `JSONResponse.render`.
_CLASSES = (
    *(JSONResponse, Response, Request, HTTPConnection, Headers, MutableHeaders, QueryParams, FormData, UploadFile, URL),
    *(BackgroundTasks, BackgroundTask, HTTPException, RequestValidationError),
)
_DUNDER_METHODS = ("__init__", "__new__", "__call__", "__getattribute__", "__setattr__")


class _Register:
    """The original of each target, and whether any target has another object now."""

    def __init__(self) -> None:
        self.expected: Dict[Target, Any] = {}
        # Methods that plans examine, with the objects that the last look found.
        self.watched: Dict[Target, Any] = {}
        self.replaced_here: FrozenSet[Target] = frozenset()
        self.is_replaced_elsewhere = False
        self.is_replaced = False

    def expect(self, kind: type) -> None:
        """Remember all methods and attributes of a class, inherited ones included."""
        self.expected.update({(kind, name): _find(kind, name) for name in _DUNDER_METHODS})
        for base in kind.__mro__:
            if base is object or base is Generic:
                continue
            is_judged = base.__module__.partition(".")[0] == "starlette"
            for name, attribute in vars(base).items():
                if not name.startswith("__") or isinstance(attribute, types.FunctionType):
                    is_own = not is_judged or _is_written_in(base.__module__, attribute)
                    self.expected[kind, name] = _find(kind, name) if is_own else _ABSENT

    def look(self) -> None:
        """Compare all targets; count a change when a method that plans examine is another one."""
        self.is_replaced_elsewhere = any(_find(*target) is not value for target, value in self.expected.items())
        self.is_replaced = self.is_replaced_elsewhere or bool(self.replaced_here)
        found = {target: _find(*target) for target in self.watched}
        if any(found[target] is not value for target, value in self.watched.items()):
            self.watched = found
            changes.bump()

    def note(self, target: Target, is_replaced: bool) -> None:
        """Note whether a name of a public module is replaced."""
        self.replaced_here = self.replaced_here - {target} | ({target} if is_replaced else set())
        self.is_replaced = self.is_replaced_elsewhere or bool(self.replaced_here)


def _find(kind: type, name: str) -> object:
    """Return an attribute of a class as its namespace holds it, without binding it."""
    for base in kind.__mro__:
        if name in vars(base):
            return vars(base)[name]
    return _ABSENT


def _is_written_in(module: str, value: object) -> bool:
    """Whether an attribute is no function, or one of this module."""
    function = getattr(value, "fget", None) or getattr(value, "__func__", None) or value
    return not hasattr(function, "__globals__") or is_defined_in(module, function)


_register = _Register()
for _kind in _CLASSES:
    _register.expect(_kind)
_added: List[type] = []


def guard(kind: type) -> None:
    """Let requests take the exact way while an attribute of this class of the package is replaced.

    To be called at import, before any request.
    """
    _register.expect(kind)
    _added.append(kind)


def watch(methods: Iterable[Tuple[type, str]]) -> None:
    """Count a change when one of these methods is replaced: plans examine them.

    To be called at import, before any request.
    """
    _register.watched.update({(kind, name): _find(kind, name) for kind, name in methods})


def are_replaced_at_import() -> bool:
    """Whether a function is replaced already; for modules at import, before all `watch` calls."""
    _register.look()
    return _register.is_replaced


def _make_leaf() -> type:
    """Return a class below all classes with a target."""
    kinds = list(dict.fromkeys([*_CLASSES, *_added, *(kind for kind, _ in _register.watched)]))
    lowest = [kind for kind in kinds if not any(kind is not each and issubclass(each, kind) for each in kinds)]
    return types.new_class("Originals", tuple(lowest))


# ── The question of every request ──


def _make_check(index: int, looks_up: bool) -> Callable[[], bool]:
    """Return the question for a Python whose class version is found: it compares one word."""
    register, dumps, loads = _register, json.dumps, json.loads
    leaf: Any = JSONResponse
    memory: Sequence[int] = [0]
    place, seen = 0, -1

    def look_again() -> None:
        nonlocal leaf, memory, place, seen
        if place == 0:
            leaf = _make_leaf()
            memory, place = words_of(leaf), index
        getattr(leaf, "render", None)
        # 0 is no number. A change after this line changes the number again.
        number = memory[place] or -1
        register.look()
        seen = number

    def are_replaced() -> bool:
        # PERF: closure variables are found faster than attributes (benchmark `plain`).
        if looks_up:
            leaf.render  # noqa: B018
        if memory[place] != seen:
            look_again()
        return (
            register.is_replaced
            or json.dumps is not dumps
            or json.loads is not loads
            or responses.json is not json  # type: ignore[attr-defined]
            or routing.get_route_path is not get_route_path  # type: ignore[attr-defined]
        )

    return are_replaced


def _make_slow_check() -> Callable[[], bool]:
    """Return the question for any other Python: it compares the methods that are replaced most."""
    register, dumps, loads = _register, json.dumps, json.loads
    of_response = operator.attrgetter("render", "__init__", "init_headers")
    seen: Any = None

    def are_replaced() -> bool:
        nonlocal seen
        own = [getattr(kind, name) for kind, name in register.watched]
        methods = (*of_response(Response), *of_response(JSONResponse), Request.__init__, *own)
        if methods != seen:
            register.look()
            seen = methods
        return (
            register.is_replaced
            or json.dumps is not dumps
            or json.loads is not loads
            or responses.json is not json  # type: ignore[attr-defined]
            or routing.get_route_path is not get_route_path  # type: ignore[attr-defined]
        )

    return are_replaced


def _make_question() -> Callable[[], bool]:
    if WORD is not None:
        return _make_check(WORD, False)
    return _make_slow_check() if WORD_AFTER_LOOK_UP is None else _make_check(WORD_AFTER_LOOK_UP, True)


# Whether a request has to call each function that FastAPI calls.
are_replaced = _make_question()
# A handler that is pickled with its globals names this function.
are_replaced.__qualname__ = are_replaced.__name__
