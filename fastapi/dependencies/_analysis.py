"""From the signature of an endpoint to a tree of dependants. Runs when a route is added.

How a parameter is understood, first match first:

1. `Depends()` or `Security()`, as default or in `Annotated`: a dependency.
2. `Path()`, `Query()`, `Body()` and so on, as default or in `Annotated`: that.
3. Annotated with `Request`, `Response`, `BackgroundTasks`, ...: the object of the request.
4. Named in the path: a path parameter.
5. An upload or a list of uploads: a file; anything else that is not a scalar: the body; a scalar: a query parameter.
"""

from __future__ import annotations

import inspect
import typing
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Callable, Hashable, List, NamedTuple, Optional, Sequence, Set

from pydantic.fields import FieldInfo
from starlette.background import BackgroundTasks as StarletteBackgroundTasks
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from typing_extensions import Annotated, Literal, TypeAliasType, get_args, get_origin

from fastapi import params
from fastapi._compat import (
    ModelField,
    RequiredParam,
    Undefined,
    copy_field_info,
    field_annotation_is_scalar,
    field_annotation_is_scalar_sequence,
    is_scalar_field,
    is_uploadfile_or_nonable_uploadfile_annotation,
    is_uploadfile_sequence_annotation,
    lenient_issubclass,
)
from fastapi._stand_ins.guards import has_replaced_names
from fastapi.dependencies._fields import get_model_type, text_choices
from fastapi.dependencies._forms import add_form_union_validators
from fastapi.dependencies._multipart import ensure_multipart_is_installed
from fastapi.dependencies._shapes import make_shape, take_shape
from fastapi.dependencies._shared_fields import SharedField, find_shared, parameter_key, share
from fastapi.dependencies._signature import get_parameters
from fastapi.dependencies.models import (
    Dependant,
    _get_computed_scope,
    gives_async_generator,
    gives_generator,
)
from fastapi.exceptions import DependencyScopeError
from fastapi.security.oauth2 import SecurityScopes
from fastapi.utils import create_model_field, get_path_param_names

if TYPE_CHECKING:
    from typing_extensions import TypeIs

_EMPTY = inspect.Signature.empty

try:
    from typing_inspection.typing_objects import is_typealiastype as is_typealiastype
except ImportError:  # Pydantic 2.10, the last for Python 3.8, does not bring it.
    _ALIAS_TYPES = (TypeAliasType, getattr(typing, "TypeAliasType", TypeAliasType))

    def is_typealiastype(obj: Any, /) -> TypeIs[TypeAliasType]:
        """Return whether a `type` statement made `obj`."""
        return isinstance(obj, _ALIAS_TYPES)


def get_dependant(
    *,
    path: str,
    call: Callable[..., Any],
    name: Optional[str] = None,
    own_oauth_scopes: Optional[List[str]] = None,
    parent_oauth_scopes: Optional[List[str]] = None,
    use_cache: bool = True,
    scope: Optional[Literal["function", "request"]] = None,
    concurrency: Any = None,
) -> Dependant:
    """Return `call` with everything it asks for, and everything its dependencies ask for."""
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
    # A replaced step of the analysis is called for each parameter.
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
            _set_special(dependant, param_name, details.type_annotation)
    if may_share:
        found.give_to(dependant)
    else:
        dependant.dependencies.extend(found.dependencies)
    return dependant


def _add_by_functions(dependant: Dependant, param_name: str, details: ParamDetails) -> None:
    """Note a parameter with the public functions, one of which is replaced."""
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
    """The parts of a callable, in their order."""

    __slots__ = ("dependencies", "fields")

    def __init__(self) -> None:
        self.fields: List[SharedField] = []
        self.dependencies: List[Dependant] = []

    def add(self, key: Optional[Hashable], field: ModelField) -> None:
        self.fields.append(share(key, _get_kind(field), field))

    def give_to(self, dependant: Dependant) -> None:
        if all(field.is_shared for field in self.fields) and all(sub._shape is not None for sub in self.dependencies):
            take_shape(dependant, make_shape(self.fields, self.dependencies))
            return
        # A new list: what grows from here on has not been compiled yet.
        for field in self.fields:
            list.append(getattr(dependant, field.kind), field.make() if field.is_shared else field.field)
        list.extend(dependant.dependencies, self.dependencies)


def add_parameterless(dependant: Dependant, dependencies: Sequence[Dependant]) -> None:
    """Put dependencies whose values nobody takes before those of a new dependant."""
    shape = dependant._shape
    if dependencies and shape is not None and all(sub._shape is not None for sub in dependencies):
        take_shape(dependant, make_shape(shape.fields, (*dependencies, *shape.patterns)))
    elif dependencies:
        dependant.dependencies[:0] = dependencies


def get_parameterless_sub_dependant(*, depends: params.Depends, path: str) -> Dependant:
    """Return the dependant of a dependency whose value nobody takes, from `dependencies=[...]`.

    NOTE: its `use_cache` means nothing: it is always solved once.
    """
    assert callable(depends.dependency), "A parameter-less dependency must have a callable dependency"
    # NOTE: `use_cache` does not count here.
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


# One parameter.


@dataclass
class ParamDetails:
    """What a parameter turned out to be. With neither `depends` nor `field` it is an object of the request."""

    type_annotation: Any
    depends: Optional[params.Depends]
    field: Optional[ModelField]


def analyze_param(*, param_name: str, annotation: Any, value: Any, path_param_names: Set[str]) -> ParamDetails:
    """Find out what a parameter is, from its annotation and its default."""
    is_path_param = param_name in path_param_names
    declaration = params.find_declaration(annotation, value)
    if declaration is not None:
        annotation, value = declaration.resolve(param_name, annotation, value)
    declared = _read_annotation(param_name, annotation, value, is_path_param)
    declared = _read_default(param_name, declared, value)
    depends, field_info = declared.depends, declared.field_info
    if depends is not None and depends.dependency is None:
        depends = replace(depends, dependency=declared.type_annotation)
    if depends is None and lenient_issubclass(declared.type_annotation, _SPECIAL_TYPES):
        assert field_info is None, f"Cannot specify FastAPI annotation for type {declared.type_annotation!r}"
    elif depends is None and field_info is None:
        field_info = _infer_field_info(declared, value, is_path_param)
    field = None
    if field_info is not None:
        # NOTE: also a marker beside a dependency has to be right, though it means nothing there.
        field = _make_field(param_name, declared.use_annotation, field_info, path_param_names)
    return ParamDetails(declared.type_annotation, depends, field)


class _Declared(NamedTuple):
    """What was found so far: the whole annotation, the bare type, and the marker if there is one."""

    use_annotation: Any
    type_annotation: Any
    depends: Optional[params.Depends] = None
    field_info: Optional[FieldInfo] = None


def _read_annotation(param_name: str, annotation: Any, value: Any, is_path_param: bool) -> _Declared:
    if annotation is _EMPTY:
        return _Declared(Any, Any)
    if is_typealiastype(annotation):
        annotation = annotation.__value__
    if get_origin(annotation) is not Annotated:
        return _Declared(annotation, annotation)
    type_annotation, *metadata = get_args(annotation)
    marker = _get_last_marker(metadata)
    if isinstance(marker, params.Depends):
        return _Declared(annotation, type_annotation, depends=marker)
    if marker is None:
        return _Declared(annotation, type_annotation)
    field_info = copy_field_info(field_info=marker, annotation=annotation)
    assert field_info.default == Undefined or field_info.default == RequiredParam, (
        f"`{type(field_info).__name__}` default value cannot be set in `Annotated` for {param_name!r}."
        " Set the default value with `=` instead."
    )
    if value is not _EMPTY:
        assert not is_path_param, "Path parameters cannot have default values"
        if not isinstance(value, (params.Depends, FieldInfo)):
            field_info.default = value
    else:
        field_info.default = RequiredParam
    return _Declared(annotation, type_annotation, field_info=field_info)


def _get_last_marker(metadata: Sequence[Any]) -> Any:
    """Return the last of the markers of this package; a plain `Field()` is none, it only adds to what is inferred."""
    markers = [item for item in metadata if isinstance(item, (params.Param, params.Body, params.Depends))]
    return markers[-1] if markers else None


def _read_default(param_name: str, declared: _Declared, value: Any) -> _Declared:
    if isinstance(value, params.Depends):
        assert declared.depends is None, (
            f"Cannot specify `Depends` in `Annotated` and default value together for {param_name!r}"
        )
        assert declared.field_info is None, (
            "Cannot specify a FastAPI annotation in `Annotated` and `Depends` as a "
            f"default value together for {param_name!r}"
        )
        return declared._replace(depends=value)
    if isinstance(value, FieldInfo):
        assert declared.field_info is None, (
            f"Cannot specify FastAPI annotations in `Annotated` and default value together for {param_name!r}"
        )
        # NOTE: a marker that is the default of several parameters keeps the alias of the first one.
        value.annotation = declared.type_annotation
        return declared._replace(field_info=value)
    return declared


def _infer_field_info(declared: _Declared, value: Any, is_path_param: bool) -> FieldInfo:
    """Choose where a parameter comes from that does not say so."""
    type_annotation = declared.type_annotation
    default = RequiredParam if value is _EMPTY else value
    field_info: FieldInfo
    if is_path_param:
        # The same callable may have this parameter elsewhere, with a default: the path is always there.
        field_info = params.Path(annotation=type_annotation)
    elif is_uploadfile_or_nonable_uploadfile_annotation(type_annotation) or is_uploadfile_sequence_annotation(
        type_annotation
    ):
        field_info = params.File(default, annotation=type_annotation)
    elif not field_annotation_is_scalar(type_annotation):
        field_info = params.Body(default, annotation=type_annotation)
    else:
        field_info = params.Query(default, annotation=type_annotation)
    if get_origin(declared.use_annotation) is not Annotated:
        return field_info
    # A default within `Annotated` does not count here, only that of the parameter does.
    inferred_default = field_info.default
    field_info = copy_field_info(field_info=field_info, annotation=declared.use_annotation)
    field_info.default = inferred_default
    if is_path_param:
        field_info.default_factory = None
    return field_info


def _make_field(
    param_name: str,
    annotation: Any,
    field_info: FieldInfo,
    path_param_names: Set[str],
) -> ModelField:
    """Return the field of a parameter whose place in the request is known, after checking that it fits there."""
    is_path_param = param_name in path_param_names
    if is_path_param:
        assert isinstance(field_info, params.Path), (
            f"Cannot use `{type(field_info).__name__}` for path param {param_name!r}"
        )
    elif isinstance(field_info, params.Param) and getattr(field_info, "in_", None) is None:
        field_info.in_ = params.ParamTypes.query
    if isinstance(field_info, params.Form):
        ensure_multipart_is_installed()
        field_info.annotation = add_form_union_validators(field_info.annotation)
    if isinstance(field_info, params.Path):
        field_info = _choose_path_alias(field_info, path_param_names)
    if not field_info.alias:
        field_info.alias = _get_default_alias(param_name, field_info)
    field = create_model_field(
        name=param_name,
        type_=annotation,
        default=field_info.default,
        alias=field_info.alias,
        field_info=field_info,
    )
    _check_type(field, is_path_param)
    return field


def _choose_path_alias(field_info: params.Path, path_param_names: Set[str]) -> params.Path:
    """Of several names, take the first that the path has: which one is known before any request."""
    for choice in text_choices(field_info.validation_alias):
        if choice in path_param_names:
            # The marker may belong to other routes, too.
            chosen = copy(field_info)
            chosen.validation_alias = choice
            return chosen
    return field_info


def _get_default_alias(param_name: str, field_info: FieldInfo) -> str:
    if getattr(field_info, "convert_underscores", False):
        return param_name.replace("_", "-")
    return param_name


def _check_type(field: ModelField, is_path_param: bool) -> None:
    if is_path_param:
        assert is_scalar_field(field), "Path params must be of one of the supported types"
    elif isinstance(field.field_info, params.Query):
        annotation = field.field_info.annotation
        assert (
            is_scalar_field(field)
            or field_annotation_is_scalar_sequence(annotation)
            or get_model_type(annotation) is not None
        ), f"Query parameter {field.name!r} must be one of the supported types"


# Where it goes.


def add_param_to_fields(*, field: ModelField, dependant: Dependant) -> None:
    """Put a parameter that is not in the body into the list of its location."""
    getattr(dependant, _get_location(field)).append(field)


def add_non_field_param_to_dependency(*, param_name: str, type_annotation: Any, dependant: Dependant) -> Optional[bool]:
    """Note a parameter that is an object of the request; return `None` if it is not."""
    if not lenient_issubclass(type_annotation, _SPECIAL_TYPES):
        return None
    _set_special(dependant, param_name, type_annotation)
    return True


def _get_kind(field: ModelField) -> str:
    if isinstance(field.field_info, params.Body):
        return "body_params"
    return _get_location(field)


def _get_location(field: ModelField) -> str:
    in_ = getattr(field.field_info, "in_", None)
    assert isinstance(in_, params.ParamTypes), (
        f"non-body parameters must be in path, query, header or cookie: {field.name}"
    )
    return f"{in_.value}_params"


def _set_special(dependant: Dependant, param_name: str, annotation: Any) -> None:
    for special, attribute in _SPECIAL.items():
        if lenient_issubclass(annotation, special):
            object.__setattr__(dependant, attribute, param_name)
            return


# `Request` and `WebSocket` are connections too, so they come first.
_SPECIAL = {
    Request: "request_param_name",
    WebSocket: "websocket_param_name",
    HTTPConnection: "http_connection_param_name",
    Response: "response_param_name",
    StarletteBackgroundTasks: "background_tasks_param_name",
    SecurityScopes: "security_scopes_param_name",
}
_SPECIAL_TYPES = tuple(_SPECIAL)
