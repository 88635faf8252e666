"""Hints for fields and values that people write by habit: from OpenAPI, from JSON Schema, from YAML 1.1."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from fastapi._schema_file import fields
from fastapi._schema_file.problems import Problem, nearest

# Fields of OpenAPI and JSON Schema, and how a file of parameters says the same.
_FIELDS: Dict[str, str] = {
    "required": "a parameter without a default is required; `optional: true` or a `default` makes it optional",
    "nullable": "write `optional: true`, or `type: optional[TYPE]` for a value that may be null but has to be there",
    "schema": "write its fields beside `in`, as in `{in: query, type: int, ge: 1}`",
    "name": "the key of the parameter is its name; where the request has another one write `alias`",
    "style": "a list is read from repeated names (`?tag=a&tag=b`), in no other style",
    "explode": "a list is read from repeated names (`?tag=a&tag=b`), in no other style",
    "allowReserved": "values are decoded as in every request",
    "allowEmptyValue": "an empty value is a value; `min_length: 1` refuses it",
    "content": "write `media_type`",
    "anyOf": "write `type: A | B`, or `import` a type",
    "oneOf": "write `type: A | B`, or `import` a type",
    "allOf": "write `$ref` with the other fields beside it, or `import` a type",
    "not": "`import` a type that has a validator",
    "const": "write `enum: [VALUE]`",
    "uniqueItems": "write `type: set[TYPE]`",
    "properties": "`import` a model",
    "additionalProperties": "write `type: dict[str, TYPE]`, or `import` a model",
    "readOnly": "a parameter is always an input",
    "writeOnly": "a parameter is always an input",
}
_FORMATS_OF_NUMBERS: Dict[str, str] = {
    "int32": "leave it out, or write `ge: -2147483648, le: 2147483647`",
    "int64": "leave it out, or write `ge: -9223372036854775808, le: 9223372036854775807`",
    "float": "leave it out",
    "double": "leave it out",
}
_FORMATS_OF_TEXT: Dict[str, str] = {
    "password": "`import: pydantic.SecretStr`",
    "byte": "`import: pydantic.Base64Bytes`",
    "ipv4": "`import: ipaddress.IPv4Address`",
    "ipv6": "`import: ipaddress.IPv6Address`",
    "hostname": "a `pattern`",
    "url": "`type: url`",
}
_TOP: Dict[str, str] = {
    "openapi": "OpenAPI",
    "swagger": "OpenAPI",
    "paths": "OpenAPI",
    "asyncapi": "AsyncAPI",
}
# Truth values of YAML 1.1, which are text in YAML 1.2.
_TRUTHS: Dict[str, str] = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def unknown_field(field: str, value: Any, about: Mapping[str, Any]) -> Problem:
    """Return the problem of a field that a parameter cannot have, with a hint if its meaning is known."""
    if field in fields.NOT_IN_A_FILE:
        return Problem(f"this field has no place in a file: {fields.NOT_IN_A_FILE[field]}", **about)
    hint = _FIELDS.get(field)
    if hint is not None and not (field == "required" and isinstance(value, list)):
        return Problem(f"this field is not one of a parameter: {hint}", **about)
    if field.startswith("x-"):
        return Problem("this field is unknown: write it below `json_schema_extra`", **about)
    return Problem(
        "this field is unknown", allowed=fields.allowed_names(), nearest=nearest(field, fields.SPELLINGS), **about
    )


def format_hint(type_name: object, format_: str) -> Optional[str]:
    """Return how a file says a format that OpenAPI has and this does not; None for the others."""
    if format_ in _FORMATS_OF_NUMBERS and type_name in ("integer", "int", "number", "float"):
        return f"the format {format_!r} checks nothing: {_FORMATS_OF_NUMBERS[format_]}"
    if format_ in _FORMATS_OF_TEXT:
        return f"there is no format {format_!r}: write {_FORMATS_OF_TEXT[format_]} instead"
    return None


def document_hint(data: Mapping[str, object]) -> Optional[str]:
    """Return a sentence that names a document of OpenAPI or AsyncAPI; None for any other document."""
    kind = next((_TOP[name] for name in _TOP if name in data), None)
    if kind is None or "endpoints" in data:
        return None
    return (
        f"this is a document of {kind}, not a file of parameters: a file has `version: 1` and `endpoints`. "
        "`fastapi-rs schema export main:app` writes one from an application"
    )


def truth_hint(value: object, expects: str) -> str:
    """Return a hint for `yes` and `no` where a truth value is expected, empty for everything else."""
    truth = _TRUTHS.get(value.lower()) if isinstance(value, str) and "true or false" in expects else None
    return "" if truth is None else f" (in YAML 1.2 `{value}` is text: write `{truth}`)"


def value_hint(value: object, family: str) -> str:
    """Return a hint for a value that YAML reads as another one than its type has, empty for everything else."""
    if family == "bool":
        return truth_hint(value, "true or false")
    if family in _TEXTS and isinstance(value, (bool, int, float)):
        return " (write it in quotes)"
    if family in ("int", "float") and isinstance(value, str) and value.strip().lstrip("+-").replace(".", "").isdigit():
        return " (write it without quotes)"
    return ""


_TEXTS = frozenset({"str", "bytes", "date", "datetime", "time", "uuid", "email", "url", "enum"})
