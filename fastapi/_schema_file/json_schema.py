"""The JSON Schema of the file format, by which editors complete names and mark mistakes.

# yaml-language-server: $schema=params_schema.schema.json
"""

from __future__ import annotations

from typing import Any, Dict

from pydantic import TypeAdapter

from fastapi._schema_file.fields import FIELDS, FieldRow
from fastapi._schema_file.model import VERSION
from fastapi._schema_file.types import ALIASES, FORMATS, TYPES


def file_format() -> Dict[str, Any]:
    """Return the JSON Schema of a file (draft 2020-12)."""
    definition = {"type": "object", "additionalProperties": False, "properties": _properties(is_param=False)}
    param = {
        "type": "object",
        "additionalProperties": False,
        "properties": _properties(is_param=True),
        "anyOf": [{"required": ["in"]}, {"required": ["$ref"]}],
    }
    endpoint = {
        "type": "object",
        "additionalProperties": False,
        "required": ["params"],
        "properties": {
            "description": {"type": "string"},
            "params": _named("param"),
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Parameters of an API",
        "type": "object",
        "additionalProperties": False,
        "required": ["version", "endpoints"],
        "properties": {
            "version": {"const": VERSION},
            "description": {"type": "string"},
            "definitions": _named("definition"),
            "endpoints": _named("endpoint"),
        },
        "$defs": {"definition": definition, "param": param, "endpoint": endpoint},
    }


def _named(what: str) -> Dict[str, Any]:
    reference = {"$ref": f"#/$defs/{what}"}
    return {"type": "object", "propertyNames": {"pattern": r"\S"}, "additionalProperties": reference}


def _properties(is_param: bool) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for row in FIELDS:
        if row.name != "in" or is_param:
            for name in (row.name, *row.json_names):
                found[name] = _property(row)
    return found


def _property(row: FieldRow) -> Dict[str, Any]:
    described = {"description": row.doc}
    if row.name == "type":
        # Other text is allowed: names of definitions, and types around types.
        names = [*TYPES, *ALIASES, "list", "array"]
        text = {"anyOf": [{"enum": names}, {"type": "string"}]}
        return {"anyOf": [text, {"type": "array", "items": {"type": "string"}}], **described}
    if row.name == "format":
        return {"enum": list(FORMATS), **described}
    schema = TypeAdapter(row.annotation).json_schema()
    return {**schema, **described}
