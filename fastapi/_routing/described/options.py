"""The options of a path operation, as the application wrote them.

They travel as one value, `OperationOptions`, until `resolve_operation` freezes them in an `ResolvedOperation`.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Collection, Dict, List, Mapping, Optional, Sequence, Type, Union, cast

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from typing_extensions import Protocol, TypedDict

from fastapi import params
from fastapi._form_limits import _FormLimits
from fastapi._routing.described.description import AttributeValues, Responses, UniqueIdFunction
from fastapi.datastructures import Default, DefaultPlaceholder
from fastapi.types import IncEx
from fastapi.utils import generate_unique_id


class OperationOptions(TypedDict, total=False):
    """The keyword arguments of `APIRoute`, under their names. A missing one has its default."""

    response_model: object
    status_code: Optional[int]
    tags: Optional[List[Union[str, Enum]]]
    dependencies: Optional[Sequence[params.Depends]]
    summary: Optional[str]
    description: Optional[str]
    response_description: str
    responses: Optional[Responses]
    deprecated: Optional[bool]
    name: Optional[str]
    methods: Optional[Collection[str]]
    operation_id: Optional[str]
    response_model_include: Optional[IncEx]
    response_model_exclude: Optional[IncEx]
    response_model_by_alias: bool
    response_model_exclude_unset: bool
    response_model_exclude_defaults: bool
    response_model_exclude_none: bool
    include_in_schema: bool
    response_class: Union[Type[Response], DefaultPlaceholder]
    dependency_overrides_provider: Optional[object]
    callbacks: Optional[List[BaseRoute]]
    openapi_extra: Optional[Dict[str, Any]]
    generate_unique_id_function: Union[UniqueIdFunction, DefaultPlaceholder]
    strict_content_type: Union[bool, DefaultPlaceholder]
    max_body_size: Optional[int]
    form_limits: Optional[_FormLimits]


OPTION_DEFAULTS: OperationOptions = {
    "response_model": Default(None),
    "status_code": None,
    "tags": None,
    "dependencies": None,
    "summary": None,
    "description": None,
    "response_description": "Successful Response",
    "responses": None,
    "deprecated": None,
    "name": None,
    "methods": None,
    "operation_id": None,
    "response_model_include": None,
    "response_model_exclude": None,
    "response_model_by_alias": True,
    "response_model_exclude_unset": False,
    "response_model_exclude_defaults": False,
    "response_model_exclude_none": False,
    "include_in_schema": True,
    "response_class": Default(JSONResponse),
    "dependency_overrides_provider": None,
    "callbacks": None,
    "openapi_extra": None,
    "generate_unique_id_function": Default(generate_unique_id),
    "strict_content_type": Default(True),
    "max_body_size": None,
    "form_limits": None,
}


class OuterOptions(Protocol):
    """The options that a router, or one level of routers, adds to its routes."""

    tags: List[Union[str, Enum]]
    dependencies: List[params.Depends]
    responses: Responses
    callbacks: List[BaseRoute]


def add_up(outer: OuterOptions, inner: Mapping[str, Any]) -> AttributeValues:
    """Return the options that add up over the levels. The outer ones come first; inner responses replace outer ones."""
    return {
        "tags": [*outer.tags, *(inner["tags"] or [])],
        "dependencies": [*outer.dependencies, *(inner["dependencies"] or [])],
        "responses": {**outer.responses, **(inner["responses"] or {})},
        "callbacks": [*outer.callbacks, *(inner["callbacks"] or [])],
    }


def get_unique_id_function(options: Mapping[str, object]) -> UniqueIdFunction:
    """Return the function that generates the unique id of an operation with these options."""
    function: object = options["generate_unique_id_function"]
    if isinstance(function, DefaultPlaceholder):
        function = function.value
    return cast(UniqueIdFunction, function)
