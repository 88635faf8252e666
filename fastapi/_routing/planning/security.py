"""Security schemes on the planned way: the reading of each, and the method that judges its value.

The `__call__` of a scheme reads a value from the request and passes it to another method of the scheme. The planned way
passes the value that the core read to the same method. A class that is not in the table, or whose `__call__` was
replaced, is a dependency like any other. If the class, the name of a key or the function that splits the header is
replaced after planning, the step returns `CHANGED`, and the exact way calls the scheme itself.
"""

from __future__ import annotations

import marshal
from types import ModuleType
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from fastapi._routing.planning.reading import Conversion, Reading
from fastapi._stand_ins.guards import Guard, Originals, has_own
from fastapi._wasm import contract
from fastapi.security import http, oauth2
from fastapi.security.api_key import APIKeyCookie, APIKeyHeader, APIKeyQuery
from fastapi.security.http import HTTPBase, HTTPBasic, HTTPBearer, HTTPDigest
from fastapi.security.oauth2 import OAuth2, OAuth2AuthorizationCodeBearer, OAuth2PasswordBearer
from fastapi.security.open_id_connect_url import OpenIdConnect

# The value of a step whose scheme is no longer the one that was planned.
CHANGED = object()

_NO_VALUE = marshal.dumps(None, 2)
_AUTHORIZATION = "authorization"


# Turns the value that the core read for a scheme into the value of the dependency, or `CHANGED`.
Judge = Callable[[Any], object]


class PlannedScheme(NamedTuple):
    """One scheme: its reading, and the function that judges the value that the core read."""

    reading: Reading
    judge: Judge


def plan_scheme(call: object) -> Optional[PlannedScheme]:
    """Return the plan of the scheme `call`, None if it is not a scheme of the table."""
    kind = type(call)
    if kind not in _PLANNERS or not _is_unchanged(call, kind) or has_own(call, "__call__"):
        return None
    return _PLANNERS[kind](call)


def _is_unchanged(scheme: Any, kind: type) -> bool:
    return scheme.__class__ is kind and _GUARDS[kind].holds()


def _plan_authorization(module: ModuleType) -> Callable[[object], PlannedScheme]:
    """Return the planner of schemes that split the Authorization header with a function of `module`."""
    originals = Originals(vars(module), "get_authorization_scheme_param")

    def plan(scheme: Any) -> PlannedScheme:
        kind = type(scheme)
        guard = _GUARDS[kind]

        def finish(parts: Optional[Tuple[str, str]]) -> Any:
            if scheme.__class__ is not kind or not guard.holds() or not originals.hold():
                return CHANGED
            return scheme._accept_authorization(*(("", "") if parts is None else parts))

        return PlannedScheme(_reading("header", _AUTHORIZATION, "authorization"), finish)

    return plan


def _plan_whole_header(scheme: Any) -> PlannedScheme:
    kind = type(scheme)

    def finish(value: Optional[str]) -> object:
        return scheme._require(value) if _is_unchanged(scheme, kind) else CHANGED

    return PlannedScheme(_reading("header", _AUTHORIZATION, "str"), finish)


def _plan_key(location: str) -> Callable[[object], Optional[PlannedScheme]]:
    def plan(scheme: Any) -> Optional[PlannedScheme]:
        kind, name = type(scheme), getattr(scheme.model, "name", None)
        if not isinstance(name, str):
            return None

        def finish(value: Optional[str]) -> object:
            if not _is_unchanged(scheme, kind) or getattr(scheme.model, "name", None) != name:
                return CHANGED
            return scheme.check_api_key(value)

        return PlannedScheme(_reading(location, name, "str"), finish)

    return plan


def _reading(kind: str, name: str, scalar: str) -> Reading:
    key = name.lower() if kind == "header" else name
    row = (contract.KINDS.index(kind), key, name, contract.SCALARS.index(scalar), 0, _NO_VALUE, ())
    return Reading(None, row, Conversion(scalar))


_PLANNERS: Dict[type, Callable[[object], Optional[PlannedScheme]]] = {
    **dict.fromkeys((HTTPBase, HTTPBasic, HTTPBearer, HTTPDigest), _plan_authorization(http)),
    **dict.fromkeys((OAuth2PasswordBearer, OAuth2AuthorizationCodeBearer), _plan_authorization(oauth2)),
    OAuth2: _plan_whole_header,
    OpenIdConnect: _plan_whole_header,
    APIKeyQuery: _plan_key("query"),
    APIKeyHeader: _plan_key("header"),
    APIKeyCookie: _plan_key("cookie"),
}
_GUARDS = {kind: Guard((kind, "__call__")) for kind in _PLANNERS}
