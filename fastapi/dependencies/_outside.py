"""Validating parameters that did not come in a request: from a queue, a command line, a test.

    validate_query_params({"limit": "10", "tag": ["a", "b"]}, "read_items")
    validate_header_params({"X-Token": "secret"}, {"x_token": {"type": "str", "min_length": 3}})

The second argument says what is expected: the name of an endpoint of the file of parameters, its parameters as
`get_param_schema` returns them, or fields as they stand in a file (`in` may be left out).
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Mapping, Tuple, Union
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, ImmutableMultiDict

from fastapi._compat import ModelField
from fastapi._schema_file.check import rows_to_params
from fastapi._schema_file.problems import ParamsSchemaError, Problem
from fastapi._schema_file.registry import registry
from fastapi._schema_file.schema import ParamSchema, ParamsSchema
from fastapi._schema_file.types import FromCode
from fastapi.dependencies._params import request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.utils import create_model_field

Schema = Union[str, ParamSchema, Mapping[str, ParamSchema], Mapping[str, Mapping[str, Any]]]
Values = Dict[str, Any]


def validate_path_params(params: Mapping[str, Any], schema: Schema) -> Values:
    """Return the values of path parameters.

    Raises:
        RequestValidationError: with the errors that a request would get.
    """
    return _validate("path", dict(_mapping(params)), schema)


def validate_query_params(params: Union[str, Mapping[str, Any]], schema: Schema) -> Values:
    """Return the values of query parameters. A value may be a list; the whole may be a query string.

    Raises:
        RequestValidationError: with the errors that a request would get.
    """
    if isinstance(params, str):
        return _validate("query", ImmutableMultiDict(parse_qsl(params, keep_blank_values=True)), schema)
    if isinstance(params, ImmutableMultiDict):
        return _validate("query", params, schema)
    received = ImmutableMultiDict(list(_pairs(_mapping(params, "a mapping of names to values, or a query string"))))
    return _validate("query", received, schema)


def validate_header_params(params: Mapping[str, Any], schema: Schema) -> Values:
    """Return the values of headers. Their names are compared without case.

    Raises:
        RequestValidationError: with the errors that a request would get.
    """
    if isinstance(params, Headers):
        return _validate("header", params, schema)
    pairs = _pairs(_mapping(params))
    raw = [(str(name).lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in pairs]
    return _validate("header", Headers(raw=raw), schema)


def validate_cookie_params(params: Mapping[str, Any], schema: Schema) -> Values:
    """Return the values of cookies.

    Raises:
        RequestValidationError: with the errors that a request would get.
    """
    return _validate("cookie", dict(_mapping(params)), schema)


def _validate(kind: str, received: Any, schema: Schema) -> Values:
    fields = [_field(param) for param in _params(schema, kind).values() if param.kind == kind]
    values, errors = request_params_to_args(fields, received)
    if errors:
        raise RequestValidationError(errors)
    return values


def _params(schema: Schema, kind: str) -> Mapping[str, ParamSchema]:
    if isinstance(schema, str):
        return registry.current().endpoint(schema)
    if isinstance(schema, ParamSchema):
        return {schema.name: schema}
    if isinstance(schema, ParamsSchema):
        raise TypeError("schema is a whole file of parameters: name an endpoint, as in get_param_schema('read_item')")
    declared: Dict[str, ParamSchema] = {}
    rows: Dict[str, Mapping[str, Any]] = {}
    for name, param in _mapping(schema, _EXPECTED).items():
        if isinstance(param, ParamSchema):
            declared[name] = param
        else:
            rows[name] = {"in": kind, **_mapping(param, f"a mapping of fields for {name!r}")}
    return {**declared, **rows_to_params(rows)} if rows else declared


_EXPECTED = "the name of an endpoint, what get_param_schema() returns of one, or a mapping of names to fields"


def _mapping(value: Any, expected: str = "a mapping of names to values") -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"expected {expected}, not {type(value).__name__}")
    return value


def _field(param: ParamSchema) -> ModelField:
    if param.annotation is FromCode:
        message = "the file leaves the type to the code, so values cannot be validated by the file alone"
        problem = Problem(message, param.place, param.endpoint, param.name, "type")
        raise ParamsSchemaError(param.source, [problem], "Write the type in the file.")
    info = param.make()
    if not info.alias:
        converted = param.kind == "header" and info.convert_underscores
        info.alias = param.name.replace("_", "-") if converted else param.name
    return create_model_field(name=param.name, type_=param.annotation, alias=info.alias, field_info=info)


def _pairs(params: Mapping[str, Any]) -> Iterator[Tuple[str, Any]]:
    for name, value in params.items():
        values: List[Any] = list(value) if isinstance(value, (list, tuple)) else [value]
        for each in values:
            yield name, each
