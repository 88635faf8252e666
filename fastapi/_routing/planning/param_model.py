"""Parameter models: the core reads the fields as texts, and Pydantic validates them together.

The real package gives the model all names of a location, those that are no fields as extras. The planned way gives it
the fields alone. So a model is planned only if nothing in it sees the extras: it ignores them, and no function of the
user gets the whole input.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from pydantic_core import SchemaValidator

from fastapi._compat import ModelField
from fastapi._routing.planning.reading import Conversion, CoreSchema, Reading, is_complete
from fastapi._wasm import contract
from fastapi.dependencies._solving.params import _ModelParam, _ModelReader

# Schemas around a model that get the valid model, or only say what stands for an absent value.
_TRANSPARENT = ("function-after", "default")
# The locations in which a name may occur several times.
_MULTI = ("query", "header")


class ModelPart(NamedTuple):
    """One field of a parameter model: the name under which the model takes it, and its reading."""

    name: str
    reading: Reading
    # Whether an empty text counts as absent.
    drops_empty: bool


def plan_model(reader: _ModelReader) -> Optional[Tuple[ModelPart, ...]]:
    """Return the parts of a parameter model, None if only the exact way can read it."""
    location = reader.loc[0]
    if reader.nullable or reader.any_key or not _ignores_extras(reader.field):
        return None
    parts = [_plan_part(param, location) for param in reader.fields]
    keys = {part.reading.row[1] for part in parts if part is not None}
    return tuple(part for part in parts if part is not None) if len(keys) == len(parts) else None


def _plan_part(param: _ModelParam, location: str) -> Optional[ModelPart]:
    if len(param.accepted) != 1:
        return None
    known = param.accepted[0]
    is_list = param.many and location in _MULTI
    name = known.external.lower() if location == "header" else known.external
    flags = contract.FLAG_LIST if is_list else 0
    row = (contract.KINDS.index(location), name, known.external, contract.SCALARS.index("raw"), flags, None, ())
    return ModelPart(known.internal, Reading(None, row, Conversion("raw", is_list)), param.is_sequence and not is_list)


def _ignores_extras(field: ModelField) -> bool:
    """Return whether only the fields of a model decide how it is validated."""
    adapter = field._type_adapter
    # A plugin of Pydantic wraps the validator, and sees the whole input.
    if not is_complete(adapter) or type(adapter.validator) is not SchemaValidator:
        return False
    return _has_only_fields(adapter.core_schema)


def _has_only_fields(schema: CoreSchema) -> bool:
    while schema.get("type") in _TRANSPARENT:
        schema = schema["schema"]
    return (
        schema.get("type") == "model"
        and not schema.get("custom_init")
        and not schema.get("root_model")
        and schema["schema"].get("type") == "model-fields"
        and "extras_schema" not in schema["schema"]
        and schema["schema"].get("extra_behavior", "ignore") == "ignore"
        and (schema.get("config") or {}).get("extra_fields_behavior", "ignore") == "ignore"
    )
