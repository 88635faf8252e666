"""Public modules whose code lives in inner modules; callers see no difference.

Tests and tracing libraries rebind names of public modules, for example `fastapi.routing.get_request_handler = traced`.
The functions that use such a name live in an inner module with globals of their own, so the assignment is forwarded:

    # fastapi/routing.py
    from fastapi._routing.exact.handler import get_request_handler as get_request_handler
    install(__name__, ["fastapi._routing.exact.handler", "fastapi._routing.tree.route"])

A name is rebound in every inner module that holds the *same object* as the facade did, so putting the original back
restores all of them. Every assignment also bumps `fastapi._changes.changes`, because a plan may leave out the function
that was just replaced.

Public classes and functions name the facade as their module: `APIRoute.__module__ == "fastapi.routing"`. Private names
name the inner module.
"""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any, Callable, Dict, Iterable, List, Mapping, Tuple, TypeVar, Union

from fastapi._changes import changes
from fastapi._stand_ins.guards import note_assignment

_Class = TypeVar("_Class", bound=type)
_ABSENT = object()
_inner_modules: Dict[str, Tuple[ModuleType, ...]] = {}


def install(name: str, inner_modules: Iterable[Union[str, ModuleType]]) -> None:
    """Make the module called `name` forward assignments to `inner_modules`, which must be imported already."""
    _inner_modules[name] = tuple(sys.modules[module] if isinstance(module, str) else module for module in inner_modules)
    _show_public_names(sys.modules[name], _inner_modules[name])
    sys.modules[name].__class__ = FacadeModule


def _show_public_names(facade: ModuleType, inner_modules: Iterable[ModuleType]) -> None:
    homes = {module.__name__ for module in inner_modules}
    for name, value in vars(facade).items():
        is_definition = inspect.isclass(value) or inspect.isfunction(value)
        if is_definition and not name.startswith("_") and value.__module__ in {facade.__name__, *homes}:
            value.__module__ = facade.__name__
            if inspect.isclass(value):
                show_own_methods(value)


def show_own_methods(cls: type) -> None:
    """Let the methods that a class defines name the module where the class is shown."""
    for member in vars(cls).values():
        function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        if isinstance(function, FunctionType) and function.__qualname__.startswith(f"{cls.__qualname__}."):
            function.__module__ = cls.__module__


def takes_over(base: type, *names: str) -> Callable[[_Class], _Class]:
    """Give a class methods of `base` as methods of its own: those with `names`, else all that `base` defines.

    ```python
    @takes_over(PathOperations)
    class APIRouter(PathOperations): ...
    ```
    """

    def take(cls: _Class) -> _Class:
        for name, member in list(vars(base).items()):
            if isinstance(member, FunctionType) and (name in names or not names) and name not in vars(cls):
                setattr(cls, name, _as_method_of(cls, member))
        return cls

    return take


def _as_method_of(cls: type, function: FunctionType) -> FunctionType:
    method = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    method.__kwdefaults__ = function.__kwdefaults__
    method.__annotations__ = function.__annotations__
    method.__doc__ = function.__doc__
    vars(method).update(vars(function))
    method.__module__, method.__qualname__ = cls.__module__, f"{cls.__qualname__}.{function.__name__}"
    return method


def lazy_names(name: str, homes: Mapping[str, str]) -> Tuple[Callable[[str], object], Callable[[], List[str]]]:
    """Return `__getattr__` and `__dir__` for the module called `name`, whose names in `homes` are imported on demand.

    They are names that others import from there, while the module itself can do without their cost:

        if not TYPE_CHECKING:
            __getattr__, __dir__ = lazy_names(__name__, {"OAuth2Model": "fastapi.openapi.models.OAuth2"})
    """

    def get(attribute: str) -> object:
        if attribute not in homes:
            raise AttributeError(f"module {name!r} has no attribute {attribute!r}")
        module, _, original = homes[attribute].rpartition(".")
        value = getattr(import_module(module), original)
        vars(sys.modules[name])[attribute] = value  # Past `__setattr__`: nothing is replaced.
        return value

    def names() -> List[str]:
        return sorted({*vars(sys.modules[name]), *homes})

    return get, names


class LazyModule:
    """A module that is imported when one of its names is used.

    The annotations of a function are evaluated in its globals, which do not ask the `__getattr__` of the module. So an
    annotation that needs an expensive module names it through this: `flows: _models.OAuthFlows`.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


class FacadeModule(ModuleType):
    """A module that forwards assignments to its attributes."""

    def __setattr__(self, name: str, value: object) -> None:
        previous = self.__dict__.get(name, _ABSENT)
        super().__setattr__(name, value)
        # The import system sets dunder attributes of modules, which concern the module alone.
        if not (name.startswith("__") and name.endswith("__")):
            note_assignment(self.__name__, name, previous, value)
            _forward(_inner_modules[self.__name__], name, previous, value)

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Only cloudpickle has a way of pickling modules, which it finds by their exact class.
        if "cloudpickle" in sys._getframe(1).f_globals.get("__name__", ""):
            return import_module, (self.__name__,)
        raise TypeError("cannot pickle 'module' object")

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        changes.bump()


def _forward(modules: Tuple[ModuleType, ...], name: str, previous: object, value: object) -> None:
    for module in modules:
        if previous is not _ABSENT and module.__dict__.get(name, _ABSENT) is previous:
            setattr(module, name, value)
    changes.bump()
