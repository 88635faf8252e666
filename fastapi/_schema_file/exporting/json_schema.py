"""The JSON Schema of the file format, by which editors complete names and mark mistakes.

# yaml-language-server: $schema=params_schema.schema.json

It refuses the files that `check` refuses, as far as one row shows it: `check` alone judges names of definitions,
imports, and defaults that need Pydantic.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, Iterator, List

from pydantic import TypeAdapter

from fastapi._schema_file.fields import FIELDS, PLACES, FieldRow
from fastapi._schema_file.model import VERSION
from fastapi._schema_file.types import ALIASES, FORMATS, TYPES

JsonSchema = Dict[str, Any]

_NEVER: Any = False
# A value that an environment variable gives; the type of such a text is not known here.
_VARIABLE: JsonSchema = {"type": "string", "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*(:-.*)?\}$"}
_SIZES = ("min_length", "max_length", "max_digits", "decimal_places")
_BOUNDS = ("gt", "ge", "lt", "le")
_COLLECTION = r"^\s*(list|array|set|frozenset|tuple)\s*\[[^\]|]*\]\s*$"
_NESTED = r"^\s*(list|array|set|frozenset|tuple)\s*\[.*\b(list|array|set|frozenset|tuple|object|dict)\b"
_UNION = r"^\s*(int|str|float|bool)\s*\|\s*(int|str|float|bool)\s*$"
# The default of a type as a file has it.
_DEFAULTS: Dict[str, JsonSchema] = {
    "str": {"type": "string"},
    "bytes": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "decimal": {"type": ["number", "string"]},
    "bool": {"type": "boolean"},
    **{name: {"type": "string"} for name in ("date", "datetime", "time", "timedelta", "uuid", "email", "url")},
    "object": {"type": "object"},
    "file": {"type": "null"},
}


def file_format() -> JsonSchema:
    """Return the JSON Schema of a file (draft 2020-12)."""
    row = _row([field.name for field in FIELDS])
    endpoint = {
        "type": "object",
        "additionalProperties": False,
        "required": ["params"],
        "properties": {"description": {"type": "string"}, "params": _named("param")},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Parameters of an API",
        "type": "object",
        "additionalProperties": False,
        "required": ["version"],
        "anyOf": [{"required": [name]} for name in ("endpoints", "definitions", "include")],
        "properties": {
            "version": {"const": VERSION, "type": "integer"},
            "description": {"type": "string"},
            "include": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            "definitions": {**_named("definition"), "propertyNames": _not_a_type()},
            "endpoints": _named("endpoint"),
        },
        "$defs": {
            "definition": row,
            "param": {**row, "allOf": [*row["allOf"], *_whole_parameter()]},
            "items": _row([field.name for field in FIELDS if field.families is not None or field.name in _OF_ITEMS]),
            "endpoint": endpoint,
        },
    }


def _named(what: str) -> JsonSchema:
    reference = {"$ref": f"#/$defs/{what}"}
    return {"type": "object", "propertyNames": {"pattern": r"\S"}, "additionalProperties": reference}


def _not_a_type() -> JsonSchema:
    return {"pattern": r"\S", "not": {"enum": sorted({*TYPES, *ALIASES, "list", "array", "optional"})}}


def _row(known: List[str]) -> JsonSchema:
    rules = [*_exclusive(), *_of_places(), *_of_types(), *_of_other_fields()]
    return {"type": "object", "additionalProperties": False, "properties": _properties(known), "allOf": rules}


# Of the fields that say a type, those that the items of a list have.
_OF_ITEMS = ("type", "import", "items", "enum", "format", "optional", "$ref")


def _properties(known: List[str]) -> JsonSchema:
    return {name: _property(row) for row in FIELDS if row.name in known for name in (row.name, *row.json_names)}


def _property(row: FieldRow) -> JsonSchema:
    return {**_values(row), "description": row.doc}


def _values(row: FieldRow) -> JsonSchema:
    if row.name == "type":
        # Any text is allowed: names of definitions, of imports, and types around types.
        names = [*TYPES, *ALIASES, "list", "array", "set", "tuple", "dict"]
        text: JsonSchema = {"anyOf": [{"enum": names}, {"type": "string", "pattern": r"[^\s|]", "maxLength": 200}]}
        members = {"type": "array", "minItems": 1, "items": {"type": "string"}, "not": {"const": ["null"]}}
        return {"anyOf": [text, members]}
    if row.name == "items":
        return {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/items"}]}
    if row.name in ("alias", "validation_alias"):
        return {"type": "string", "pattern": r"\S"}
    if row.name == "format":
        return {"enum": list(FORMATS)}
    if row.name in ("import", "default_factory"):
        return {"type": "string", "pattern": r"^[^\W\d]\w*([.:][^\W\d]\w*)+$"}
    if row.name == "$ref":
        return {"type": "string", "pattern": "^#/definitions/."}
    if row.name == "enum":
        kinds = [{"items": {"type": [kind, "null"]}} for kind in ("string", "integer", "boolean")]
        return {"type": "array", "minItems": 1, "uniqueItems": True, "anyOf": kinds, "not": {"const": [None]}}
    if row.name in _SIZES:
        return {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 2**64 - 1}, _VARIABLE]}
    if row.name == "multiple_of":
        return {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _VARIABLE]}
    schema: JsonSchema = TypeAdapter(row.annotation).json_schema()
    return schema if not schema or schema.get("type") == "string" else {"anyOf": [schema, _VARIABLE]}


# The names that a request can have at a place: see `fields.name_problem`.
_NAMES = {
    "header": r"^[-!#$%&'*+.^_`|~0-9A-Za-z]+$",
    "path": "^[a-zA-Z_][a-zA-Z0-9_]*$",
    "cookie": r"^(?!\s)[^;=]*[^;=\s]$",
}

# Rules of more than one field.


def _exclusive() -> Iterator[JsonSchema]:
    """Yield rules for fields that cannot stand beside each other."""
    for row in FIELDS:
        names = [row.name, *row.json_names]
        for index, name in enumerate(names):
            for other in names[index + 1 :]:
                yield _never_together(name, other)
    for name, other in (("type", "import"), ("$ref", "import"), ("$ref", "type"), ("default", "default_factory")):
        yield _never_together(name, other)


def _never_together(name: str, other: str) -> JsonSchema:
    return {"not": {"required": [name, other]}}


def _of_places() -> Iterator[JsonSchema]:
    for kind in PLACES:
        refused = [row for row in FIELDS if row.kinds is not None and kind not in row.kinds]
        yield _if_in([kind], _without(name for row in refused for name in (row.name, *row.json_names)))
    yield _if_in(["path"], {"properties": {"default": _NEVER, "default_factory": _NEVER, "optional": {"const": False}}})
    yield _if_in(["path"], {"properties": {"type": _no_text(r"^\s*(list|array|set|frozenset|tuple)\b")}})
    single = ["path", "query", "header", "cookie"]
    yield _if_in(single, {"properties": {"type": _no_text(r"^\s*(object|dict)\b")}})
    yield _if_in(single, {"properties": {"type": _no_text(_NESTED)}})
    yield _if_in(
        [*single, "body", "form"], {"properties": {"type": {"not": {"enum": ["file", "file?", "list[file]"]}}}}
    )
    others = [name for name in (*TYPES, *ALIASES) if name not in ("file", "bytes", "code")]
    yield _if_in(["file"], {"properties": {"type": {"not": {"enum": others}}}})
    for kind, pattern in _NAMES.items():
        aliases = {name: {"pattern": pattern} for name in ("alias", "validation_alias")}
        yield _if_in([kind], {"properties": aliases})


def _no_text(pattern: str) -> JsonSchema:
    return {"not": {"type": "string", "pattern": pattern}}


def _if_in(kinds: List[str], then: JsonSchema) -> JsonSchema:
    return {"if": {"required": ["in"], "properties": {"in": {"enum": kinds}}}, "then": then}


def _of_types() -> Iterator[JsonSchema]:
    for family in sorted({type_.family for type_ in TYPES.values()} - {"code"}):
        names = _names_of(family)
        refused = [row for row in FIELDS if row.families is not None and family not in row.families]
        yield _if_type(names, _without(name for row in refused for name in (row.name, *row.json_names)))
        if family in _DEFAULTS:
            default = {"anyOf": [_DEFAULTS[family], {"type": "null"}, _VARIABLE]}
            # An enum has a default among its values, a default as written has any.
            yield _if_type(names, {"properties": {"default": default}}, without=("default_as_written", "enum"))
    for pattern, family in ((_COLLECTION, "list"), (_UNION, "union")):
        refused = [row for row in FIELDS if row.families is not None and family not in row.families]
        condition = {"required": ["type"], "properties": {"type": {"type": "string", "pattern": pattern}}}
        yield {"if": condition, "then": _without(name for row in refused for name in (row.name, *row.json_names))}
    numbers = [*_names_of("int"), *_names_of("float")]
    limits = {"properties": {name: _number_or_variable() for name in _limits()}}
    yield _if_type(numbers, limits)
    moments = [name for family in ("date", "datetime", "time", "timedelta") for name in _names_of(family)]
    yield _if_type(moments, {"properties": {name: {"type": "string"} for name in _limits()}})
    whole = {"anyOf": [{"type": "number", "multipleOf": 1}, _VARIABLE]}
    yield _if_type(_names_of("int"), {"properties": dict.fromkeys(_limits(), whole)})


def _names_of(family: str) -> List[str]:
    own = [name for name, type_ in TYPES.items() if type_.family == family]
    known = [*own, *(alias for alias, name in ALIASES.items() if name in own)]
    return [text for name in known for text in (name, f"{name}?", f"optional[{name}]")]


def _limits() -> Iterator[str]:
    for row in FIELDS:
        if row.name in _BOUNDS:
            yield from (row.name, *row.json_names)


def _number_or_variable() -> JsonSchema:
    return {"anyOf": [{"type": "number"}, _VARIABLE]}


def _if_type(names: List[str], then: JsonSchema, without: Iterable[str] = ()) -> JsonSchema:
    # A format makes another type of a text, an enum has no constraints at all.
    others = [{"required": [name]} for name in ("format", *without)]
    condition = {"required": ["type"], "properties": {"type": {"enum": names}}, "not": {"anyOf": others}}
    return {"if": condition, "then": then}


def _of_other_fields() -> Iterator[JsonSchema]:
    constraints = [name for row in FIELDS if row.families is not None for name in (row.name, *row.json_names)]
    yield {"if": {"required": ["enum"]}, "then": _without(constraints)}
    choices = ["str", "string", "raw", "int", "integer", "bool", "boolean"]
    plain = {"type": {"not": {"enum": [name for name in (*TYPES, *ALIASES, "list", "array") if name not in choices]}}}
    yield {"if": {"required": ["enum"]}, "then": {"properties": plain}}
    text = {"properties": {"type": {"enum": ["string", "str"]}}, "required": ["type"]}
    yield {"if": {"required": ["format"]}, "then": text}
    lists = {"properties": {"type": {"not": {"enum": [name for name in (*TYPES, *ALIASES) if name != "code"]}}}}
    yield {"if": {"required": ["items"]}, "then": lists}
    for kind, names in (("string", ["str", "string", "raw"]), ("integer", ["int", "integer"])):
        items = {"enum": {"items": {"type": [kind, "null"]}}}
        yield _if_type(names, {"properties": items})


def _without(names: Iterable[str]) -> JsonSchema:
    return {"properties": dict.fromkeys(names, _NEVER)}


def _whole_parameter() -> Iterator[JsonSchema]:
    """Yield rules for fields that a parameter needs and a definition does not."""
    # A definition may say the rest, and it is referred to by `$ref` or by a type that is none of these names.
    own = {"required": ["type"], "properties": {"type": {"enum": [*TYPES, *ALIASES, "list", "array"]}}}
    yield {
        "if": {"anyOf": [own, {"not": {"anyOf": [{"required": ["type"]}, {"required": ["$ref"]}]}}]},
        "then": {"required": ["in"]},
    }
    said = [{"required": [name]} for name in ("type", "import", "items", "enum", "$ref")]
    yield {"anyOf": [*said, {"required": ["in"], "properties": {"in": {"const": "file"}}}]}
