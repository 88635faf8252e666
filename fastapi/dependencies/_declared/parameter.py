"""The declaration of one parameter, analysed when a route is added.

The first rule that matches decides the meaning of a parameter:

1. `Depends()` or `Security()`, as default or in `Annotated`: a dependency.
2. `Path()`, `Query()`, `Body()` and so on, as default or in `Annotated`: a parameter of that kind.
3. An annotation such as `Request`, `Response` or `BackgroundTasks`: the object of the request.
4. A name that the path contains: a path parameter.
5. An upload or a list of uploads: a file. Any other type that is not a scalar: the body. A scalar: a query parameter.
"""

from __future__ import annotations

import inspect
import typing
from copy import copy
from dataclasses import dataclass, replace
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Sequence, Set, Union

from pydantic.fields import FieldInfo
from starlette.background import BackgroundTasks as StarletteBackgroundTasks
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from typing_extensions import Annotated, TypeAliasType, get_args, get_origin

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
from fastapi.dependencies._declared.fields import get_model_type, text_choices
from fastapi.dependencies._declared.multipart import ensure_multipart_is_installed
from fastapi.dependencies._solving.forms import add_form_union_validators
from fastapi.security.oauth2 import SecurityScopes
from fastapi.utils import create_model_field

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from fastapi._schema_file.declaration import Declaration, Misused

_EMPTY = inspect.Signature.empty

try:
    from typing_inspection.typing_objects import is_typealiastype as is_typealiastype
except ImportError:  # Pydantic 2.10, the last for Python 3.8, does not bring it.
    _ALIAS_TYPES = (TypeAliasType, getattr(typing, "TypeAliasType", TypeAliasType))

    def is_typealiastype(obj: Any, /) -> TypeIs[TypeAliasType]:
        """Return whether a `type` statement made `obj`."""
        return isinstance(obj, _ALIAS_TYPES)


# The types of the objects of a request, and the attribute of a dependant that holds the name of the argument.
# `Request` and `WebSocket` are subclasses of `HTTPConnection`, so they come first.
REQUEST_OBJECTS = {
    Request: "request_param_name",
    WebSocket: "websocket_param_name",
    HTTPConnection: "http_connection_param_name",
    Response: "response_param_name",
    StarletteBackgroundTasks: "background_tasks_param_name",
    SecurityScopes: "security_scopes_param_name",
}
REQUEST_OBJECT_TYPES = tuple(REQUEST_OBJECTS)


@dataclass
class ParamDetails:
    """The result of analysing a parameter. With neither `depends` nor `field` it is an object of the request."""

    type_annotation: Any
    depends: Optional[params.Depends]
    field: Optional[ModelField]


def analyze_param(*, param_name: str, annotation: Any, value: Any, path_param_names: Set[str]) -> ParamDetails:
    """Return the meaning of a parameter with this annotation and this default."""
    is_path_param = param_name in path_param_names
    declaration = _find_declaration(annotation, value)
    if declaration is not None:
        annotation, value = declaration.resolve(param_name, annotation, value)
    declared = _read_annotation(param_name, annotation, value, is_path_param)
    declared = _read_default(param_name, declared, value)
    depends, field_info = declared.depends, declared.field_info
    if depends is not None and depends.dependency is None:
        depends = replace(depends, dependency=declared.type_annotation)
    if depends is None and lenient_issubclass(declared.type_annotation, REQUEST_OBJECT_TYPES):
        assert field_info is None, f"Cannot specify FastAPI annotation for type {declared.type_annotation!r}"
    elif depends is None and field_info is None:
        field_info = _infer_field_info(declared, value, is_path_param)
    field = None
    if field_info is not None:
        # NOTE: as upstream, a marker beside a dependency has no effect, but must be valid.
        field = _make_field(param_name, declared.use_annotation, field_info, path_param_names)
    return ParamDetails(declared.type_annotation, depends, field)


def _find_declaration(annotation: object, value: object) -> Union[Declaration, Misused, None]:
    """Return the declaration in a file that `param_factory` gave to a parameter, or None.

    `param_factory` leaves it on the marker, which is the default of the parameter or part of its `Annotated`.
    """
    if isinstance(value, FieldInfo):
        return getattr(value, "_declaration", None)
    for item in (value, *getattr(getattr(annotation, "__value__", annotation), "__metadata__", ())):
        # `Depends(param_factory(...))` and `param_factory` without a call have a declaration that refuses them.
        if isinstance(item, params.Depends):
            wrapped = _declaration_of(item.dependency)
            if wrapped is not None:
                return wrapped.in_depends()
        elif _declaration_of(item) is not None:
            return _declaration_of(item)
    return None


def _declaration_of(item: object) -> Optional[Declaration]:
    return getattr(item, "_declaration", None) if isinstance(item, (FieldInfo, FunctionType)) else None


Marker = Union[params.Param, params.Body, params.Depends]


class _Declared(NamedTuple):
    """The result so far: the whole annotation, the bare type, and the marker or the dependency if there is one."""

    use_annotation: object
    type_annotation: Any
    depends: Optional[params.Depends] = None
    field_info: Optional[FieldInfo] = None


def _read_annotation(param_name: str, annotation: Any, value: object, is_path_param: bool) -> _Declared:
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


def _get_last_marker(metadata: Sequence[object]) -> Optional[Marker]:
    """Return the last marker of this package, or None. A plain `Field()` is not a marker; Pydantic reads it later."""
    markers = [item for item in metadata if isinstance(item, (params.Param, params.Body, params.Depends))]
    return markers[-1] if markers else None


def _read_default(param_name: str, declared: _Declared, value: object) -> _Declared:
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
        # NOTE: as upstream, a marker that is the default of several parameters keeps the alias of the first one.
        value.annotation = declared.type_annotation
        return declared._replace(field_info=value)
    return declared


def _infer_field_info(declared: _Declared, value: object, is_path_param: bool) -> FieldInfo:
    """Return a marker for a parameter without one: the location follows from its name and its type."""
    type_annotation = declared.type_annotation
    default = RequiredParam if value is _EMPTY else value
    field_info: FieldInfo
    if is_path_param:
        # The default is ignored: it is for other routes with the same callable whose paths lack this parameter.
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
    # Only the default of the parameter counts, not a default within `Annotated`.
    inferred_default = field_info.default
    field_info = copy_field_info(field_info=field_info, annotation=declared.use_annotation)
    field_info.default = inferred_default
    if is_path_param:
        field_info.default_factory = None
    return field_info


def _make_field(
    param_name: str,
    annotation: object,
    field_info: FieldInfo,
    path_param_names: Set[str],
) -> ModelField:
    """Return the field of a parameter, after checking that its type fits its location in the request."""
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
    """Return the marker with the first of its names that the path contains as its only name."""
    for choice in text_choices(field_info.validation_alias):
        if choice in path_param_names:
            # The marker may belong to other routes as well.
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
