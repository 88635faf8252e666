"""Validation of parameters from elsewhere than a request: from a queue, a command line, a test.

    validate_query_params({"limit": "10", "tag": ["a", "b"]}, "read_items")
    validate_header_params({"X-Token": "secret"}, {"x_token": {"type": "str", "min_length": 3}})

The second argument declares the parameters: as the name of an endpoint in the file of parameters, as the result of
`get_param_schema`, or as rows of such a file, where `in` is optional.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Mapping, Tuple, Union
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, ImmutableMultiDict

from fastapi._compat import ModelField
from fastapi._schema_file.checking.check import rows_to_params
from fastapi._schema_file.problems import ParamsSchemaError, Problem
from fastapi._schema_file.registry import registry
from fastapi._schema_file.schema import ParamSchema, ParamsSchema
from fastapi._schema_file.types import FromCode
from fastapi.dependencies._solving.params import Values, request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.utils import create_model_field

Rows = Mapping[str, Mapping[str, object]]
# The name of an endpoint, the parameters of an endpoint, or rows of a file.
Declared = Union[str, ParamSchema, Mapping[str, ParamSchema], Rows]


def validate_path_params(params: Mapping[str, object], schema: Declared) -> Values:
    """Return the values of path parameters.

    Raises:
        RequestValidationError: A value is wrong. The errors equal those of a request.
    """
    return _validate_location("path", dict(_mapping(params)), schema)


def validate_query_params(params: Union[str, Mapping[str, object]], schema: Declared) -> Values:
    """Return the values of query parameters, given as a mapping of values and lists, or as a query string.

    Raises:
        RequestValidationError: A value is wrong. The errors equal those of a request.
    """
    if isinstance(params, str):
        return _validate_location("query", ImmutableMultiDict(parse_qsl(params, keep_blank_values=True)), schema)
    if isinstance(params, ImmutableMultiDict):
        return _validate_location("query", params, schema)
    received = ImmutableMultiDict(list(_pairs(_mapping(params, "a mapping of names to values, or a query string"))))
    return _validate_location("query", received, schema)


def validate_header_params(params: Mapping[str, object], schema: Declared) -> Values:
    """Return the values of headers. The case of their names does not matter.

    Raises:
        RequestValidationError: A value is wrong. The errors equal those of a request.
    """
    if isinstance(params, Headers):
        return _validate_location("header", params, schema)
    pairs = _pairs(_mapping(params))
    raw = [(str(name).lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in pairs]
    return _validate_location("header", Headers(raw=raw), schema)


def validate_cookie_params(params: Mapping[str, object], schema: Declared) -> Values:
    """Return the values of cookies.

    Raises:
        RequestValidationError: A value is wrong. The errors equal those of a request.
    """
    return _validate_location("cookie", dict(_mapping(params)), schema)


def _validate_location(kind: str, received: Mapping[str, object], schema: Declared) -> Values:
    fields = [_field_of(param) for param in _params(schema, kind).values() if param.kind == kind]
    values, errors = request_params_to_args(fields, received)
    if errors:
        raise RequestValidationError(errors)
    return values


def _params(schema: Declared, kind: str) -> Mapping[str, ParamSchema]:
    if isinstance(schema, str):
        return registry.current().endpoint(schema)
    if isinstance(schema, ParamSchema):
        return {schema.name: schema}
    if isinstance(schema, ParamsSchema):
        raise TypeError("schema is a whole file of parameters: name an endpoint, as in get_param_schema('read_item')")
    declared: Dict[str, ParamSchema] = {}
    rows: Dict[str, Mapping[str, object]] = {}
    for name, param in _mapping(schema, _EXPECTED).items():
        if isinstance(param, ParamSchema):
            declared[name] = param
        else:
            rows[name] = {"in": kind, **_mapping(param, f"a mapping of fields for {name!r}")}
    return {**declared, **rows_to_params(rows)} if rows else declared


_EXPECTED = "the name of an endpoint, what get_param_schema() returns of one, or a mapping of names to fields"


def _mapping(value: object, expected: str = "a mapping of names to values") -> Mapping[Any, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"expected {expected}, not {type(value).__name__}")
    return value


def _field_of(param: ParamSchema) -> ModelField:
    if param.annotation is FromCode:
        message = "the file leaves the type to the code, so values cannot be validated by the file alone"
        problem = Problem(message, param.place, param.endpoint, param.name, "type")
        raise ParamsSchemaError(param.source, [problem], "Write the type in the file.")
    info = param.make()
    if not info.alias:
        converted = param.kind == "header" and info.convert_underscores
        info.alias = param.name.replace("_", "-") if converted else param.name
    return create_model_field(name=param.name, type_=param.annotation, alias=info.alias, field_info=info)


def _pairs(params: Mapping[str, object]) -> Iterator[Tuple[str, object]]:
    for name, value in params.items():
        values: List[object] = list(value) if isinstance(value, (list, tuple)) else [value]
        for each in values:
            yield name, each
