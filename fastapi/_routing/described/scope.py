"""The entry "fastapi" of an ASGI scope, through which the levels of routers pass data to each other.

    {"included_router": ..., "effective_route_context": ..., "form_limits": {...},
     "frontend_path": "assets/app.js", "frontend_specificity": 4}

Routes may put keys of their own there: the entry is merged, never replaced.
"""

from __future__ import annotations

from collections import deque
from contextlib import AsyncExitStack
from typing import Any, Callable, Mapping, Optional, Tuple

from starlette.routing import Match
from starlette.types import Scope

from fastapi._form_limits import _FormLimits
from fastapi._routing.described.description import AttributeValues
from fastapi._scope_keys import (
    EFFECTIVE_ROUTE_CONTEXT_KEY,
    FASTAPI_KEY,
    FORM_LIMITS_KEY,
    FRONTEND_SPECIFICITY_KEY,
    INCLUDED_ROUTER_KEY,
)

# The previous value of a key that was not there.
MISSING = object()

Matches = Callable[[Scope], Tuple[Match, Scope]]


def get_fastapi_scope(scope: Scope) -> AttributeValues:
    """Return the entry; create it if it is missing."""
    entry = scope.get(FASTAPI_KEY)
    if not isinstance(entry, dict):
        entry = scope[FASTAPI_KEY] = {}
    return entry


def read_fastapi_scope(scope: Mapping[str, Any], key: str) -> Any:
    """Return one value of the entry, or None. It does not create the entry."""
    entry = scope.get(FASTAPI_KEY)
    return entry.get(key) if isinstance(entry, dict) else None


def get_effective_route_context(scope: Scope) -> Any:
    """Return the context of the route, None outside of an included router."""
    return read_fastapi_scope(scope, EFFECTIVE_ROUTE_CONTEXT_KEY)


def get_included_router(scope: Scope) -> object:
    """Return the node whose router matches or handles now, None for a router that is not included."""
    return read_fastapi_scope(scope, INCLUDED_ROUTER_KEY)


def get_frontend_specificity(scope: Scope) -> Optional[int]:
    """Return the length of the path that the frontend matched, None if no frontend matched."""
    specificity = read_fastapi_scope(scope, FRONTEND_SPECIFICITY_KEY)
    return specificity if isinstance(specificity, int) else None


def update_scope(scope: Scope, child_scope: Mapping[str, object]) -> None:
    """Merge the child scope that `matches` returned; the entry "fastapi" key by key."""
    entry = scope.get(FASTAPI_KEY)
    scope.update(child_scope)
    child_entry = child_scope.get(FASTAPI_KEY)
    if isinstance(entry, dict) and isinstance(child_entry, dict):
        entry.update(child_entry)
        scope[FASTAPI_KEY] = entry


def _restore_fastapi_scope_key(scope: Scope, key: str, previous: object) -> None:
    """Give a key of the entry its previous value; `MISSING` removes the key."""
    entry = scope.get(FASTAPI_KEY)
    if isinstance(entry, dict) and previous is not MISSING:
        entry[key] = previous
    elif isinstance(entry, dict):
        entry.pop(key, None)


def ask_with(scope: Scope, key: str, value: object, matches: Matches) -> Tuple[Match, Scope]:
    """Return `matches(scope)`, during which `key` of the entry has `value`."""
    entry = get_fastapi_scope(scope)
    previous = entry.get(key, MISSING)
    entry[key] = value
    try:
        return matches(scope)
    finally:
        _restore_fastapi_scope_key(scope, key, previous)


def apply_form_limits(scope: Scope, limits: _FormLimits) -> None:
    """Let the form limits of a nearer level replace those of the levels around it."""
    if limits and scope["type"] == "http":
        entry = get_fastapi_scope(scope)
        entry[FORM_LIMITS_KEY] = {**entry.get(FORM_LIMITS_KEY, {}), **limits}


def make_ended_stack() -> AsyncExitStack:
    """Return an exit stack that is closed already, for the scope of a request that needs none.

    It drops callbacks that are pushed on it, because it will never call them: many requests share one such stack.
    """
    stack = AsyncExitStack()
    stack._exit_callbacks = deque(maxlen=0)  # type: ignore[attr-defined]
    return stack


def is_ended_stack(stack: AsyncExitStack) -> bool:
    """Whether an exit stack is one that `make_ended_stack` made."""
    return bool(stack._exit_callbacks.maxlen == 0)  # type: ignore[attr-defined]


def has_callbacks(stack: AsyncExitStack) -> bool:
    """Whether anything was pushed on an open exit stack."""
    return bool(stack._exit_callbacks)  # type: ignore[attr-defined]
