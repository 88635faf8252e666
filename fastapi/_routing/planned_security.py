"""Security schemes on the planned way: what the core reads for each, and who judges it.

A scheme's `__call__` reads from the request and hands what it found to a method of its own. The planned way hands the
same method what the core read. A class that is not in the table, or whose `__call__` was replaced, is a dependency like
any other.
"""

from __future__ import annotations

import marshal
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from fastapi._routing.reading import Conversion, Reading
from fastapi._wasm import contract
from fastapi.security.api_key import APIKeyCookie, APIKeyHeader, APIKeyQuery
from fastapi.security.http import HTTPBase, HTTPBasic, HTTPBearer, HTTPDigest
from fastapi.security.oauth2 import OAuth2, OAuth2AuthorizationCodeBearer, OAuth2PasswordBearer
from fastapi.security.open_id_connect_url import OpenIdConnect

_NO_VALUE = marshal.dumps(None, 2)
_AUTHORIZATION = "authorization"


class PlannedScheme(NamedTuple):
    """One scheme: the row for the core, and what turns the core's value into the dependency's."""

    reading: Reading
    finish: Callable[[Any], Any]


def plan_scheme(call: Any) -> Optional[PlannedScheme]:
    """Return how the scheme `call` is planned, None when it is none of those known here."""
    kind = type(call)
    if kind not in _PLANNERS or kind.__call__ is not _ORIGINAL_CALLS[kind]:
        return None
    return _PLANNERS[kind](call)


def _plan_authorization(scheme: Any) -> PlannedScheme:
    """The core splits the header in two."""

    def finish(parts: Optional[Tuple[str, str]]) -> Any:
        return scheme._accept_authorization(*(("", "") if parts is None else parts))

    return PlannedScheme(_reading("header", _AUTHORIZATION, "authorization"), finish)


def _plan_whole_header(scheme: Any) -> PlannedScheme:
    return PlannedScheme(_reading("header", _AUTHORIZATION, "str"), scheme._require)


def _plan_key(kind: str) -> Callable[[Any], PlannedScheme]:
    def plan(scheme: Any) -> PlannedScheme:
        return PlannedScheme(_reading(kind, scheme.model.name, "str"), scheme.check_api_key)

    return plan


def _reading(kind: str, name: str, scalar: str) -> Reading:
    key = name.lower() if kind == "header" else name
    row = (contract.KINDS.index(kind), key, name, contract.SCALARS.index(scalar), 0, _NO_VALUE, ())
    return Reading(None, row, Conversion(scalar))


_PLANNERS: Dict[type, Callable[[Any], PlannedScheme]] = {
    HTTPBase: _plan_authorization,
    HTTPBasic: _plan_authorization,
    HTTPBearer: _plan_authorization,
    HTTPDigest: _plan_authorization,
    OAuth2PasswordBearer: _plan_authorization,
    OAuth2AuthorizationCodeBearer: _plan_authorization,
    OAuth2: _plan_whole_header,
    OpenIdConnect: _plan_whole_header,
    APIKeyQuery: _plan_key("query"),
    APIKeyHeader: _plan_key("header"),
    APIKeyCookie: _plan_key("cookie"),
}
_ORIGINAL_CALLS = {kind: kind.__call__ for kind in _PLANNERS}
