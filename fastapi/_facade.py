"""Public modules whose code lives in inner modules, without anyone noticing.

Tests and tracing libraries rebind names of public modules, for example `fastapi.routing.get_request_handler = traced`.
The functions that use such a name live in an inner module with globals of their own, so the assignment is forwarded:

    # fastapi/routing.py
    from fastapi._routing.handler import get_request_handler as get_request_handler
    install(__name__, ["fastapi._routing.handler", "fastapi._routing.route"])

A name is rebound in every inner module that holds the *same object* as the facade did, so putting the original back
restores all of them. Every assignment also bumps `fastapi._changes.changes`, because a plan may have left out what was
just replaced.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Dict, Iterable, Tuple, Union

from fastapi._changes import changes

_ABSENT = object()
_inner_modules: Dict[str, Tuple[ModuleType, ...]] = {}


def install(name: str, inner_modules: Iterable[Union[str, ModuleType]]) -> None:
    """Make the module called `name` forward assignments to `inner_modules`, which must be imported already."""
    _inner_modules[name] = tuple(sys.modules[module] if isinstance(module, str) else module for module in inner_modules)
    sys.modules[name].__class__ = FacadeModule


class FacadeModule(ModuleType):
    """A module that forwards what is assigned to it."""

    def __setattr__(self, name: str, value: Any) -> None:
        previous = self.__dict__.get(name, _ABSENT)
        super().__setattr__(name, value)
        # The import system sets dunder attributes of modules; those are nobody's business but the module's own.
        if not (name.startswith("__") and name.endswith("__")):
            _forward(_inner_modules[self.__name__], name, previous, value)

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        changes.bump()


def _forward(modules: Tuple[ModuleType, ...], name: str, previous: Any, value: Any) -> None:
    for module in modules:
        if previous is not _ABSENT and module.__dict__.get(name, _ABSENT) is previous:
            setattr(module, name, value)
    changes.bump()
