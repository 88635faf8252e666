"""A validator for the keywords that the schema of the file format uses: JSON Schema draft 2020-12."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List

Schema = Any

_TYPES: Dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "integer": lambda value: (
        not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))
    ),
}
_NOTES = {"$schema", "$defs", "title", "description", "then"}


def is_valid(value: Any, schema: Schema, root: Schema) -> bool:
    if isinstance(schema, bool):
        return schema
    unknown = set(schema) - set(_KEYWORDS) - _NOTES
    assert not unknown, unknown
    return all(_KEYWORDS[name](value, schema, root) for name in schema if name in _KEYWORDS)


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _type(value: Any, schema: Schema, root: Schema) -> bool:
    names: List[str] = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return any(_TYPES[name](value) for name in names)


def _properties(value: Any, schema: Schema, root: Schema) -> bool:
    rules = schema["properties"]
    return not isinstance(value, dict) or all(
        is_valid(value[name], rules[name], root) for name in rules if name in value
    )


def _additional(value: Any, schema: Schema, root: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    others = [name for name in value if name not in schema.get("properties", {})]
    return all(is_valid(value[name], schema["additionalProperties"], root) for name in others)


def _if(value: Any, schema: Schema, root: Schema) -> bool:
    return not is_valid(value, schema["if"], root) or is_valid(value, schema["then"], root)


def _reference(value: Any, schema: Schema, root: Schema) -> bool:
    return is_valid(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)


def _unique(value: Any, schema: Schema, root: Schema) -> bool:
    return not isinstance(value, list) or not any(
        _same(one, other) for index, one in enumerate(value) for other in value[index + 1 :]
    )


def _number(compare: Callable[[Any, Any], bool], name: str) -> Callable[[Any, Schema, Schema], bool]:
    def check(value: Any, schema: Schema, root: Schema) -> bool:
        return not _TYPES["number"](value) or compare(value, schema[name])

    return check


_KEYWORDS: Dict[str, Callable[[Any, Schema, Schema], bool]] = {
    "type": _type,
    "enum": lambda value, schema, root: any(_same(value, each) for each in schema["enum"]),
    "const": lambda value, schema, root: _same(value, schema["const"]),
    "pattern": lambda value, schema, root: not isinstance(value, str) or bool(re.search(schema["pattern"], value)),
    "required": lambda value, schema, root: not isinstance(value, dict) or set(schema["required"]) <= set(value),
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": lambda value, schema, root: (
        not isinstance(value, dict) or all(is_valid(name, schema["propertyNames"], root) for name in value)
    ),
    "items": lambda value, schema, root: (
        not isinstance(value, list) or all(is_valid(each, schema["items"], root) for each in value)
    ),
    "maxLength": lambda value, schema, root: not isinstance(value, str) or len(value) <= schema["maxLength"],
    "maximum": _number(lambda value, limit: value <= limit, "maximum"),
    "minItems": lambda value, schema, root: not isinstance(value, list) or len(value) >= schema["minItems"],
    "uniqueItems": _unique,
    "minimum": _number(lambda value, limit: value >= limit, "minimum"),
    "exclusiveMinimum": _number(lambda value, limit: value > limit, "exclusiveMinimum"),
    "multipleOf": _number(lambda value, step: value == value and value % step == 0, "multipleOf"),
    "allOf": lambda value, schema, root: all(is_valid(value, each, root) for each in schema["allOf"]),
    "anyOf": lambda value, schema, root: any(is_valid(value, each, root) for each in schema["anyOf"]),
    "not": lambda value, schema, root: not is_valid(value, schema["not"], root),
    "if": _if,
    "$ref": _reference,
}
