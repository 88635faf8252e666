"""From the signature of an endpoint to a tree of dependants. Runs when a route is added."""

from __future__ import annotations

from typing import Any, Hashable, List, Optional, Sequence

from typing_extensions import Literal

from fastapi import params
from fastapi._compat import ModelField, lenient_issubclass
from fastapi._stand_ins.guards import has_replaced_names
from fastapi.concurrency import _DependencyConcurrency
from fastapi.dependencies._declared.parameter import REQUEST_OBJECT_TYPES, REQUEST_OBJECTS, ParamDetails, analyze_param
from fastapi.dependencies._declared.shapes import make_shape, take_shape
from fastapi.dependencies._declared.shared_fields import SharedField, find_shared, parameter_key, share
from fastapi.dependencies._declared.signature import get_parameters
from fastapi.dependencies.models import (
    Dependant,
    _get_computed_scope,
    gives_async_generator,
    gives_generator,
)
from fastapi.exceptions import DependencyScopeError
from fastapi.types import AnyCallable
from fastapi.utils import get_path_param_names


def get_dependant(
    *,
    path: str,
    call: AnyCallable,
    name: Optional[str] = None,
    own_oauth_scopes: Optional[List[str]] = None,
    parent_oauth_scopes: Optional[List[str]] = None,
    use_cache: bool = True,
    scope: Optional[Literal["function", "request"]] = None,
    concurrency: Optional[_DependencyConcurrency] = None,
) -> Dependant:
    """Return the dependant of `call`, with its parameters and the dependants of its dependencies."""
    dependant = Dependant(
        call=call,
        name=name,
        path=path,
        use_cache=use_cache,
        scope=scope,
        own_oauth_scopes=own_oauth_scopes,
        parent_oauth_scopes=parent_oauth_scopes,
        concurrency=concurrency,
    )
    path_param_names = get_path_param_names(path)
    # While a step of the analysis is replaced, the replacement is called for each parameter of each route.
    may_share = not has_replaced_names("fastapi.dependencies.utils")
    found = _Found()
    for param_name, annotation, default in get_parameters(call):
        is_path_param = param_name in path_param_names
        key = parameter_key(param_name, annotation, default, is_path_param) if may_share else None
        shared = None if key is None else find_shared(key)
        if shared is not None:
            found.fields.append(shared)
            continue
        details = analyze_param(
            param_name=param_name,
            annotation=annotation,
            value=default,
            path_param_names=path_param_names,
        )
        if details.depends is not None:
            found.dependencies.append(_get_sub_dependant(dependant, param_name, details.depends))
        elif not may_share:
            _add_by_functions(dependant, param_name, details)
        elif details.field is not None:
            found.add(key, details.field)
        else:
            _set_request_object(dependant, param_name, details.type_annotation)
    if may_share:
        found.give_to(dependant)
    else:
        dependant.dependencies.extend(found.dependencies)
    return dependant


def _add_by_functions(dependant: Dependant, param_name: str, details: ParamDetails) -> None:
    """Add a parameter with the public functions, because one of them is replaced."""
    is_special = add_non_field_param_to_dependency(
        param_name=param_name, type_annotation=details.type_annotation, dependant=dependant
    )
    if is_special:
        return
    assert details.field is not None
    if isinstance(details.field.field_info, params.Body):
        dependant.body_params.append(details.field)
    else:
        add_param_to_fields(field=details.field, dependant=dependant)


class _Found:
    """The parameters and dependencies found in a signature, in their order."""

    __slots__ = ("dependencies", "fields")

    def __init__(self) -> None:
        self.fields: List[SharedField] = []
        self.dependencies: List[Dependant] = []

    def add(self, key: Optional[Hashable], field: ModelField) -> None:
        self.fields.append(share(key, _get_list_name(field), field))

    def give_to(self, dependant: Dependant) -> None:
        if all(field.is_shared for field in self.fields) and all(sub._shape is not None for sub in self.dependencies):
            take_shape(dependant, make_shape(self.fields, self.dependencies))
            return
        # The methods of `list` tell no plan of the change: none has read the lists of a new dependant.
        for field in self.fields:
            list.append(getattr(dependant, field.kind), field.make() if field.is_shared else field.field)
        list.extend(dependant.dependencies, self.dependencies)


def add_parameterless(dependant: Dependant, dependencies: Sequence[Dependant]) -> None:
    """Put dependencies without a parameter before those of a new dependant."""
    shape = dependant._shape
    if dependencies and shape is not None and all(sub._shape is not None for sub in dependencies):
        take_shape(dependant, make_shape(shape.fields, (*dependencies, *shape.patterns)))
    elif dependencies:
        dependant.dependencies[:0] = dependencies


def get_parameterless_sub_dependant(*, depends: params.Depends, path: str) -> Dependant:
    """Return the dependant of a dependency without a parameter, from `dependencies=[...]`.

    NOTE: as upstream, its `use_cache` has no effect: its result is cached.
    """
    assert callable(depends.dependency), "A parameter-less dependency must have a callable dependency"
    return get_dependant(
        path=path,
        call=depends.dependency,
        own_oauth_scopes=_get_declared_scopes(depends),
        scope=depends.scope,
        concurrency=depends._concurrency,
    )


def _get_sub_dependant(dependant: Dependant, param_name: str, depends: params.Depends) -> Dependant:
    assert depends.dependency
    _check_scope(dependant, depends)
    return get_dependant(
        path=dependant.path or "",
        call=depends.dependency,
        name=param_name,
        own_oauth_scopes=_get_declared_scopes(depends),
        parent_oauth_scopes=[
            *(dependant.parent_oauth_scopes or ()),
            *(dependant.own_oauth_scopes or ()),
        ],
        use_cache=depends.use_cache,
        scope=depends.scope,
        concurrency=depends._concurrency,
    )


def _get_declared_scopes(depends: params.Depends) -> List[str]:
    return list(depends.scopes or ()) if isinstance(depends, params.Security) else []


def _check_scope(dependant: Dependant, depends: params.Depends) -> None:
    call = dependant.call
    if depends.scope != "function" or not (gives_generator(call) or gives_async_generator(call)):
        return
    if _get_computed_scope(dependant=dependant) == "request":
        raise DependencyScopeError(
            'The dependency "{}" has a scope of "request", it cannot depend on '
            'dependencies with scope "function".'.format(getattr(call, "__name__", "<unnamed_callable>"))
        )


# The attributes of a dependant for each kind of parameter.


def add_param_to_fields(*, field: ModelField, dependant: Dependant) -> None:
    """Append a parameter outside of the body to the list of its location."""
    getattr(dependant, _get_location(field)).append(field)


def add_non_field_param_to_dependency(*, param_name: str, type_annotation: Any, dependant: Dependant) -> Optional[bool]:
    """Store the name of a parameter that is an object of the request and return True; return None for any other."""
    if not lenient_issubclass(type_annotation, REQUEST_OBJECT_TYPES):
        return None
    _set_request_object(dependant, param_name, type_annotation)
    return True


def _get_list_name(field: ModelField) -> str:
    if isinstance(field.field_info, params.Body):
        return "body_params"
    return _get_location(field)


def _get_location(field: ModelField) -> str:
    in_ = getattr(field.field_info, "in_", None)
    assert isinstance(in_, params.ParamTypes), (
        f"non-body parameters must be in path, query, header or cookie: {field.name}"
    )
    return f"{in_.value}_params"


def _set_request_object(dependant: Dependant, param_name: str, annotation: object) -> None:
    for special, attribute in REQUEST_OBJECTS.items():
        if lenient_issubclass(annotation, special):
            object.__setattr__(dependant, attribute, param_name)
            return
