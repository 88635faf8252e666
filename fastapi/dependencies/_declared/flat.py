"""The parameters of a tree of dependants as one list, for the documentation and for the body."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Set

from fastapi._compat import ModelField, get_cached_model_fields
from fastapi.dependencies._declared.fields import get_param_model
from fastapi.dependencies.models import (
    DEPENDANT_LISTS,
    REQUEST_OBJECT_NAMES,
    Dependant,
    _get_cache_key,
    _get_oauth_scopes,
)
from fastapi.types import DependencyCacheKey

_PARAMS = DEPENDANT_LISTS[:-1]
_KEPT_ATTRIBUTES = (*REQUEST_OBJECT_NAMES, "name", "call", "use_cache", "path", "scope")


def get_flat_dependant(
    dependant: Dependant,
    *,
    skip_repeats: bool = False,
    visited: Optional[List[DependencyCacheKey]] = None,
    parent_oauth_scopes: Optional[List[str]] = None,
) -> Dependant:
    """Return a dependant with all parameters of the tree, its own first, and all dependencies as a list.

    With `skip_repeats`, a dependency that occurs again adds nothing.
    """
    seen: Set[DependencyCacheKey] = set(visited or ())
    values: Dict[str, Any] = {name: getattr(dependant, name) for name in _KEPT_ATTRIBUTES}
    values.update({kind: [] for kind in DEPENDANT_LISTS})
    _add_parts(dependant, values, seen if skip_repeats else None)
    scopes = _get_oauth_scopes(dependant=dependant)
    return Dependant(**values, own_oauth_scopes=scopes, parent_oauth_scopes=parent_oauth_scopes)


def _add_parts(dependant: Dependant, parts: Dict[str, Any], seen: Optional[Set[DependencyCacheKey]]) -> None:
    if seen is not None:
        seen.add(_get_cache_key(dependant=dependant))
    for kind in _PARAMS:
        parts[kind].extend(getattr(dependant, kind))
    for sub in dependant.dependencies:
        if seen is not None and _get_cache_key(dependant=sub) in seen:
            continue
        parts["dependencies"].append(sub)
        _add_parts(sub, parts, seen)


def get_flat_params(dependant: Dependant) -> List[ModelField]:
    """Return all path, query, header and cookie parameters of the tree, with the fields of each parameter model."""
    flat = get_flat_dependant(dependant, skip_repeats=True)
    return [field for kind in _PARAMS[:-1] for field in get_flat_fields(getattr(flat, kind))]


def get_flat_body_params(dependant: Dependant) -> List[ModelField]:
    """Return all body parameters of the tree; a dependency that occurs twice adds its parameters twice."""
    return list(get_flat_dependant(dependant).body_params)


def get_flat_fields(fields: Sequence[ModelField]) -> List[ModelField]:
    """Return the fields with each parameter model replaced by its fields, which are the same objects every time."""
    flat: List[ModelField] = []
    for field in fields:
        model = get_param_model(field)
        if model is None:
            flat.append(field)
        else:
            flat.extend(get_cached_model_fields(model))
    return flat
