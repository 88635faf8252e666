"""A tree of dependants as one list of parameters, for the documentation and for the body."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Set

from fastapi._compat import ModelField, get_cached_model_fields
from fastapi.dependencies._fields import get_param_model
from fastapi.dependencies.models import Dependant, _get_cache_key, _get_oauth_scopes
from fastapi.types import DependencyCacheKey

_KINDS = (
    "path_params",
    "query_params",
    "header_params",
    "cookie_params",
    "body_params",
)


def get_flat_dependant(
    dependant: Dependant,
    *,
    skip_repeats: bool = False,
    visited: Optional[List[DependencyCacheKey]] = None,
    parent_oauth_scopes: Optional[List[str]] = None,
) -> Dependant:
    """Return a dependant with all parameters of the tree, its own first, and all dependencies as a list.

    `skip_repeats` leaves out a dependency that was there before.
    """
    seen: Set[Any] = set(visited or ())
    parts: Dict[str, List[Any]] = {kind: [] for kind in (*_KINDS, "dependencies")}
    _collect(dependant, parts, seen if skip_repeats else None)
    return Dependant(
        **parts,
        name=dependant.name,
        call=dependant.call,
        request_param_name=dependant.request_param_name,
        websocket_param_name=dependant.websocket_param_name,
        http_connection_param_name=dependant.http_connection_param_name,
        response_param_name=dependant.response_param_name,
        background_tasks_param_name=dependant.background_tasks_param_name,
        security_scopes_param_name=dependant.security_scopes_param_name,
        own_oauth_scopes=_get_oauth_scopes(dependant=dependant),
        parent_oauth_scopes=parent_oauth_scopes,
        use_cache=dependant.use_cache,
        path=dependant.path,
        scope=dependant.scope,
    )


def _collect(dependant: Dependant, parts: Dict[str, List[Any]], seen: Optional[Set[Any]]) -> None:
    if seen is not None:
        seen.add(_get_cache_key(dependant=dependant))
    for kind in _KINDS:
        parts[kind].extend(getattr(dependant, kind))
    for sub in dependant.dependencies:
        if seen is not None and _get_cache_key(dependant=sub) in seen:
            continue
        parts["dependencies"].append(sub)
        _collect(sub, parts, seen)


def get_flat_params(dependant: Dependant) -> List[ModelField]:
    """Return all path, query, header and cookie parameters of the tree, those of parameter models each on its own."""
    flat = get_flat_dependant(dependant, skip_repeats=True)
    return [field for kind in _KINDS[:-1] for field in get_flat_fields(getattr(flat, kind))]


def get_flat_body_params(dependant: Dependant) -> List[ModelField]:
    """Return all body parameters of the tree, also those of a dependency that is there twice."""
    return list(get_flat_dependant(dependant).body_params)


def get_flat_fields(fields: Sequence[ModelField]) -> List[ModelField]:
    """Replace each parameter model by its fields; the same field gives the same objects every time."""
    flat: List[ModelField] = []
    for field in fields:
        model = get_param_model(field)
        if model is None:
            flat.append(field)
        else:
            flat.extend(get_cached_model_fields(model))
    return flat
