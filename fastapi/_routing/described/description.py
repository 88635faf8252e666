"""`Description`: the attributes of a path operation, under the names of `APIRoute`.

Three classes have them: `ResolvedOperation` (frozen), `APIRoute`, and `APIRouteContext` (a route in one inclusion).
"""

from __future__ import annotations

from contextvars import ContextVar
from enum import Enum
from typing import Any, Callable, Dict, List, Optional, Pattern, Set, Type, Union

from starlette.convertors import Convertor
from starlette.responses import Response
from starlette.routing import BaseRoute
from typing_extensions import Protocol

from fastapi import params
from fastapi._compat import ModelField
from fastapi._form_limits import _FormLimits
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.types import IncEx

# A callable of the application: an endpoint or a dependency.
UserCallable = Callable[..., Any]
# The attributes of an object, or a part of them, by name.
AttributeValues = Dict[str, Any]
# Additional responses by status code, as the application declares them.
Responses = Dict[Union[int, str], Dict[str, Any]]
# Returns the unique id of the operation of a route.
UniqueIdFunction = Callable[[Any], str]


class Description(Protocol):
    """A path operation as a request and the documentation see it.

    Nothing here is `Default(...)`, except `response_class`, `generate_unique_id_function` and `strict_content_type`:
    a request depends on whether the application chose them.
    """

    path: str
    path_regex: Pattern[str]
    path_format: str
    param_convertors: Dict[str, Convertor[object]]
    methods: Set[str]
    endpoint: UserCallable
    name: str
    unique_id: str
    operation_id: Optional[str]
    # For the documentation.
    summary: Optional[str]
    description: str
    tags: List[Union[str, Enum]]
    deprecated: Optional[bool]
    include_in_schema: bool
    callbacks: Optional[List[BaseRoute]]
    openapi_extra: Optional[Dict[str, Any]]
    generate_unique_id_function: Union[UniqueIdFunction, DefaultPlaceholder]
    # The request.
    dependencies: List[params.Depends]
    dependant: Dependant
    body_field: Optional[ModelField]
    _embed_body_fields: bool
    # The object with `dependency_overrides`, normally the application, or None.
    dependency_overrides_provider: Optional[Any]
    strict_content_type: Union[bool, DefaultPlaceholder]
    max_body_size: Optional[int]
    form_limits: _FormLimits
    # The response.
    status_code: Optional[int]
    response_class: Union[Type[Response], DefaultPlaceholder]
    response_description: str
    responses: Responses
    response_model: object
    response_field: Optional[ModelField]
    response_fields: Dict[Union[int, str], ModelField]
    response_model_include: Optional[IncEx]
    response_model_exclude: Optional[IncEx]
    response_model_by_alias: bool
    response_model_exclude_unset: bool
    response_model_exclude_defaults: bool
    response_model_exclude_none: bool
    stream_item_type: Optional[object]
    stream_item_field: Optional[ModelField]
    is_sse_stream: bool
    is_json_stream: bool


# The description whose attributes replace those of the route while the handler of an included route is built; None at
# any other time.
_effective_route_context_var: ContextVar[Optional[Description]] = ContextVar(
    "fastapi_effective_route_context", default=None
)
