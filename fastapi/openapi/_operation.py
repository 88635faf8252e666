"""From one route to the path item that describes it.

The order of the steps is the order of the keys in the document. The data of the application (`responses`,
`openapi_extra`) is merged into our own dictionaries and never changed.
"""

from __future__ import annotations

import copy
import http.client
import inspect
import sys
import warnings
from functools import lru_cache
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Set, Tuple, Type, Union, cast

from starlette.responses import JSONResponse, Response

from fastapi import sse
from fastapi._compat import ModelField, get_schema_from_model_field, lenient_issubclass
from fastapi._compat.v2 import FieldMapping
from fastapi._routing.described.attributes import description_of
from fastapi._routing.described.description import Description
from fastapi._routing.described.operation import ResolvedOperation
from fastapi._routing.tree.inclusion.placed import APIRouteContext
from fastapi._routing.tree.inclusion.walk import RouteContext
from fastapi._routing.tree.route import APIRoute
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies._declared.shapes import get_shown_params, view_of
from fastapi.exceptions import FastAPIDeprecationWarning
from fastapi.openapi._parameters import (
    _examples,
    _get_openapi_dependency_data,
    _get_openapi_operation_parameters,
    unique_parameters,
)
from fastapi.openapi._security import _get_openapi_security_definitions
from fastapi.openapi._types import DescribedRoute, JSONObject
from fastapi.openapi.constants import METHODS_WITH_BODY, REF_PREFIX
from fastapi.params import Body
from fastapi.types import ModelNameMap
from fastapi.utils import deep_dict_update, generate_operation_id_for_path, is_body_allowed_for_status_code

validation_error_definition: JSONObject = {
    "title": "ValidationError",
    "type": "object",
    "properties": {
        "loc": {
            "title": "Location",
            "type": "array",
            "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        },
        "msg": {"title": "Message", "type": "string"},
        "type": {"title": "Error Type", "type": "string"},
        "input": {"title": "Input"},
        "ctx": {"title": "Context", "type": "object"},
    },
    "required": ["loc", "msg", "type"],
}

validation_error_response_definition: JSONObject = {
    "title": "HTTPValidationError",
    "type": "object",
    "properties": {
        "detail": {
            "title": "Detail",
            "type": "array",
            "items": {"$ref": REF_PREFIX + "ValidationError"},
        }
    },
}

status_code_ranges: Dict[str, str] = {
    "1XX": "Information",
    "2XX": "Success",
    "3XX": "Redirection",
    "4XX": "Client Error",
    "5XX": "Server Error",
    "DEFAULT": "Default Response",
}

# https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation, as a schema. It is a copy,
# because `fastapi.openapi.utils` and `fastapi.sse` show two objects.
_SSE_EVENT_SCHEMA: JSONObject = copy.deepcopy(sse._SSE_EVENT_SCHEMA)


def get_openapi_path(
    *,
    route: DescribedRoute,
    operation_ids: Set[str],
    model_name_map: ModelNameMap,
    field_mapping: FieldMapping,
    separate_input_output_schemas: bool = True,
) -> Tuple[JSONObject, JSONObject, JSONObject]:
    """Return the operations of a route by method, its security schemes, and the definitions it adds.

    `route` is an `APIRoute` or anything with its attributes, such as a `RouteContext`.
    """
    route = described_route(route)
    describer = _Describer(route, operation_ids, model_name_map, field_mapping, separate_input_output_schemas)
    assert isinstance(route, ResolvedOperation) or route.methods is not None, "Methods must be a list"
    assert describer.response_class, "A response class is needed to generate OpenAPI"
    if not route.include_in_schema:
        return {}, {}, {}
    methods = route.method_names if isinstance(route, ResolvedOperation) else route.methods
    path = {method.lower(): describer.operation(method) for method in methods}
    return path, describer.security_schemes, describer.definitions


class _Describer:
    """Describes the operations of one route, which share most parts."""

    def __init__(
        self,
        route: Description,
        operation_ids: Set[str],
        model_name_map: ModelNameMap,
        field_mapping: FieldMapping,
        separate_input_output_schemas: bool,
    ) -> None:
        self.route = route
        self.operation_ids = operation_ids
        self.schema_options: JSONObject = {
            "model_name_map": model_name_map,
            "field_mapping": field_mapping,
            "separate_input_output_schemas": separate_input_output_schemas,
        }
        self.response_class = _response_class(route)
        self.security_schemes: JSONObject = {}
        self.definitions: JSONObject = {}
        self._body_schema: Optional[JSONObject] = None

    def operation(self, method: str) -> JSONObject:
        route = self.route
        operation = get_openapi_operation_metadata(route=route, method=method, operation_ids=self.operation_ids)
        self._add_parameters(operation)
        if method in METHODS_WITH_BODY:
            body = get_openapi_operation_request_body(body_field=_body_field(route), **self.schema_options)
            if body and isinstance(route, ResolvedOperation):
                body["content"] = self._own_body_content(body["content"])
            if body:
                operation["requestBody"] = body
        if route.callbacks:
            operation["callbacks"] = self._callbacks()
        operation["responses"] = self._responses()
        if route.openapi_extra:
            deep_dict_update(operation, route.openapi_extra)
        return operation

    def _own_body_content(self, content: JSONObject) -> JSONObject:
        """Return the content with a schema that only this route has, since `openapi_extra` may add to it."""
        if self._body_schema is None:
            self._body_schema = {name: _copy_tree(described["schema"]) for name, described in content.items()}
        schemas = self._body_schema
        return {name: {**described, "schema": schemas[name]} for name, described in content.items()}

    def _add_parameters(self, operation: JSONObject) -> None:
        described = self._described_parameters()
        if described.requirements:
            operation.setdefault("security", []).extend(described.requirements)
        self.security_schemes.update(described.schemes)
        if described.parameters:
            operation["parameters"] = described.parameters

    def _described_parameters(self) -> _Parameters:
        """Return the description of all parameters and schemes, made once for all routes that declare the same."""
        dependant = self.route.dependant
        view = view_of(dependant)
        known = getattr(self.schema_options["field_mapping"], "parameters", {})
        # A view lives as long as its dependants, so its id is unique while the document is made.
        described = known.get(id(view)) if view is not dependant else None
        if described is None:
            data = _get_openapi_dependency_data(view)
            schemes, requirements = _get_openapi_security_definitions(data.security_dependencies)
            parameters = _get_openapi_operation_parameters(dependency_data=data, **self.schema_options)
            described = _Parameters(schemes, requirements, unique_parameters(parameters))
            if view is not dependant:
                known[id(view)] = described
        return described

    def _callbacks(self) -> JSONObject:
        callbacks: JSONObject = {}
        for callback in self.route.callbacks or ():
            # NOTE: an included router among the callbacks is left out.
            if not isinstance(callback, APIRoute):
                continue
            # NOTE: schemes and definitions of a callback are not added to the document, as upstream.
            path, _, _ = get_openapi_path(route=callback, operation_ids=self.operation_ids, **self.schema_options)
            callbacks[callback.name] = {callback.path: path}
        return callbacks

    def _responses(self) -> JSONObject:
        route = self.route
        main: JSONObject = {"description": route.response_description}
        content = self._main_content()
        if content:
            main["content"] = content
        responses: JSONObject = {_main_status_code(route, self.response_class): main}
        for status_code, declared in (route.responses or {}).items():
            self._add_response(responses, status_code, declared)
        if _may_fail_validation(route) and not responses.keys() & {"422", "4XX", "default"}:
            responses["422"] = {
                "description": "Validation Error",
                "content": {"application/json": {"schema": {"$ref": REF_PREFIX + "HTTPValidationError"}}},
            }
            self.definitions["ValidationError"] = validation_error_definition
            self.definitions["HTTPValidationError"] = validation_error_response_definition
        return responses

    def _main_content(self) -> JSONObject:
        """Return the content of the successful response, by media type."""
        route = self.route
        media_type = self.response_class.media_type
        if not is_body_allowed_for_status_code(route.status_code):
            return {}
        if route.is_sse_stream:
            return {"text/event-stream": {"itemSchema": self._event_schema(route.stream_item_field)}}
        if route.is_json_stream:
            return {"application/jsonl": {"itemSchema": self._schema(route.stream_item_field)}}
        if not media_type:
            return {}
        if lenient_issubclass(self.response_class, JSONResponse):
            return {media_type: {"schema": self._response_schema()}}
        return {media_type: {"schema": {"type": "string"}}}

    def _event_schema(self, item: Optional[ModelField]) -> JSONObject:
        schema: JSONObject = _copy_tree(_SSE_EVENT_SCHEMA)
        if item is not None:
            schema["properties"]["data"].update(contentMediaType="application/json", contentSchema=self._schema(item))
            schema["required"] = ["data"]
        return schema

    def _response_schema(self) -> JSONObject:
        route = self.route
        # A field that several routes share has a name of its own.
        name = f"Response_{route.unique_id}" if isinstance(route, ResolvedOperation) else None
        return self._schema(_response_field(route), name)

    def _schema(self, field: Optional[ModelField], name: Optional[str] = None) -> JSONObject:
        if field is None:
            return {}
        schema = get_schema_from_model_field(field=field, field_alias=name, **self.schema_options)
        return cast(JSONObject, _copy_tree(schema))

    def _add_response(self, responses: JSONObject, status_code: Union[int, str], declared: JSONObject) -> None:
        """Merge the additional response `declared` into the response with that status code."""
        assert isinstance(declared, dict), "An additional response must be a dict"
        key = str(status_code).upper()
        addition = {name: _copy_tree(value) for name, value in declared.items() if name != "model"}
        field = self.route.response_fields.get(status_code)
        if field is not None:
            media_type = self.response_class.media_type or "application/json"
            content = addition.setdefault("content", {}).setdefault(media_type, {})
            deep_dict_update(content.setdefault("schema", {}), self._schema(field))
        response = responses.setdefault("default" if key == "DEFAULT" else key, {})
        # NOTE: a key that is not a status code raises ValueError, also when its phrase is not needed.
        phrase = status_code_ranges.get(key) or http.client.responses.get(int(status_code))
        description = addition.get("description") or response.get("description") or phrase or "Additional Response"
        deep_dict_update(response, addition)
        response["description"] = description


class _Parameters(NamedTuple):
    """The parameters and security schemes of an operation."""

    schemes: JSONObject
    requirements: List[JSONObject]
    parameters: List[JSONObject]


def get_openapi_operation_metadata(*, route: Description, method: str, operation_ids: Set[str]) -> JSONObject:
    """Return the tags, texts and id of an operation; warn if another operation has the same id."""
    operation: JSONObject = {}
    if route.tags:
        operation["tags"] = list(route.tags)
    operation["summary"] = generate_operation_summary(route=route, method=method)
    if route.description:
        operation["description"] = route.description
    operation_id = route.operation_id or route.unique_id
    if operation_id in operation_ids:
        warnings.warn(_duplicate_message(operation_id, route.endpoint), stacklevel=1)
    operation_ids.add(operation_id)
    operation["operationId"] = operation_id
    if route.deprecated:
        operation["deprecated"] = route.deprecated
    return operation


def _duplicate_message(operation_id: str, endpoint: object) -> str:
    name = getattr(endpoint, "__name__", "<unnamed_endpoint>")
    message = f"Duplicate Operation ID {operation_id} for function {name}"
    file_name = getattr(endpoint, "__globals__", {}).get("__file__")
    return f"{message} at {file_name}" if file_name else message


def generate_operation_summary(*, route: Description, method: str) -> str:
    """Return the summary of a route, or its name as words: `read_item` -> `Read Item`."""
    return route.summary or route.name.replace("_", " ").title()


def generate_operation_id(*, route: Description, method: str) -> str:
    """Return an operation id from name, path and method. Deprecated: nothing here calls it."""
    warnings.warn(
        message="fastapi.openapi.utils.generate_operation_id() was deprecated, "
        "it is not used internally, and will be removed soon",
        category=FastAPIDeprecationWarning,
        stacklevel=2,
    )
    return route.operation_id or generate_operation_id_for_path(name=route.name, path=route.path_format, method=method)


def get_openapi_operation_request_body(
    *,
    body_field: Optional[ModelField],
    model_name_map: ModelNameMap,
    field_mapping: FieldMapping,
    separate_input_output_schemas: bool = True,
) -> Optional[JSONObject]:
    """Return the request body object of a body field, or `None` without one."""
    if not body_field:
        return None
    assert isinstance(body_field, ModelField)
    schema = get_schema_from_model_field(
        field=body_field,
        model_name_map=model_name_map,
        field_mapping=field_mapping,
        separate_input_output_schemas=separate_input_output_schemas,
    )
    field_info = cast(Body, body_field.field_info)
    body: JSONObject = {"required": True} if body_field.field_info.is_required() else {}
    body["content"] = {field_info.media_type: {"schema": schema, **_examples(field_info)}}
    return body


def _get_api_route_for_openapi(route_context: RouteContext) -> Optional[RouteContext]:
    """Return the context if it belongs to a path operation; nothing else is part of the document."""
    return route_context if isinstance(route_context.original_route, APIRoute) else None


def described_route(route: DescribedRoute) -> Description:
    """Return the resolved operation of a route, or the route itself if its own attributes count."""
    own = route._route_context or route.route if isinstance(route, RouteContext) else route
    described = description_of(own) if isinstance(own, (APIRoute, APIRouteContext)) else route
    return described if isinstance(described, ResolvedOperation) else cast(Description, route)


def _response_class(route: Description) -> Type[Response]:
    response_class = route.response_class
    if isinstance(response_class, DefaultPlaceholder):
        response_class = response_class.value
    return cast(Type[Response], response_class)


def _main_status_code(route: Description, response_class: Type[Response]) -> str:
    """Return the status code of a route, which may come from its response class: 307 for a redirect."""
    if route.status_code is not None:
        return str(route.status_code)
    return _default_status_code(response_class.__init__)


@lru_cache(maxsize=64)
def _default_status_code(initialise: Callable[..., None]) -> str:
    parameter = inspect.signature(initialise).parameters.get("status_code")
    if parameter is not None and isinstance(parameter.default, int):
        return str(parameter.default)
    # NOTE: the real package fails like this for a response class without a default status.
    raise UnboundLocalError(_UNBOUND)


_UNBOUND = (
    "cannot access local variable 'status_code' where it is not associated with a value"
    if sys.version_info >= (3, 11)
    else "local variable 'status_code' referenced before assignment"
)


def _may_fail_validation(route: Description) -> bool:
    return bool(_body_field(route) or get_shown_params(route.dependant))


def _body_field(route: Description) -> Optional[ModelField]:
    return route.shown_body_field if isinstance(route, ResolvedOperation) else route.body_field


def _response_field(route: Description) -> Optional[ModelField]:
    return route.shown_response_field if isinstance(route, ResolvedOperation) else route.response_field


def _copy_tree(value: object) -> Any:
    """Copy dictionaries and lists, so that merging into the result changes nothing else."""
    if isinstance(value, dict):
        return {key: _copy_tree(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy_tree(item) for item in value]
    return value


def get_fields_of_route(route: Description) -> Tuple[List[ModelField], List[ModelField], List[ModelField]]:
    """Return the body, response and request fields of a route whose schemas its description needs."""
    body_fields: List[ModelField] = []
    body_field, response_field = _body_field(route), _response_field(route)
    if body_field:
        assert isinstance(body_field, ModelField), "A request body must be a Pydantic Field"
        body_fields.append(body_field)
    response_fields = [response_field] if response_field else []
    response_fields += route.response_fields.values() if route.response_fields else []
    if route.stream_item_field:
        response_fields.append(route.stream_item_field)
    return body_fields, response_fields, get_shown_params(route.dependant)
