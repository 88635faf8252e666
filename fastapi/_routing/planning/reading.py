"""The readings of parameters: rows that tell the core where a value is and how to convert it.

A parameter is planned from the core schema that Pydantic built for it, because that schema alone decides how a value is
validated. A schema with only the keys that this module knows becomes a row that the core converts. Any other schema
becomes a `raw` row: the core finds the text, Pydantic converts it.
"""

from __future__ import annotations

import marshal
from typing import Any, List, Mapping, NamedTuple, Optional, Tuple, Union
from weakref import WeakKeyDictionary

from pydantic import TypeAdapter

from fastapi import params
from fastapi._compat import ModelField
from fastapi._wasm import contract
from fastapi.dependencies._solving.body import BodyParamReader

# Keys of a core schema without influence on validation.
_SILENT_KEYS = frozenset({"type", "metadata", "serialization", "ref"})

# Schemas around another one that do not change how a text is validated. A text is never None, and the validator is not
# called for an absent value.
_TRANSPARENT = {
    "nullable": {"schema"},
    "default": {"schema", "default", "default_factory", "default_factory_takes_data", "copy_default"},
}

MARSHAL_VERSION = 2
_LARGEST_EXACT_FLOAT = 2**53

Constraint = Tuple[int, Union[int, float]]
Constraints = Tuple[Constraint, ...]
# The schema from which Pydantic builds a validator.
CoreSchema = Mapping[str, Any]
CoreRow = Tuple[int, str, str, int, int, Optional[bytes], Constraints]


class Conversion(NamedTuple):
    """The conversion of the text of one parameter in the core."""

    scalar: str
    is_list: bool = False
    constraints: Constraints = ()


class Reading(NamedTuple):
    """One parameter: its row for the core, and its field, which completes the value in Python."""

    # None if a security scheme reads the value.
    field: Optional[ModelField]
    row: CoreRow
    conversion: Conversion

    @property
    def location(self) -> Tuple[str, str]:
        """The `loc` of an error."""
        return contract.KINDS[self.row[0]], self.row[2]

    @property
    def is_raw(self) -> bool:
        return self.conversion.scalar == "raw"

    @property
    def needs_python(self) -> bool:
        """Whether Python completes the value: converts the text, or creates a default that marshal cannot write."""
        return self.is_raw or (
            self.field is not None and not self.field.field_info.is_required() and self.row[5] is None
        )


def reading_of(field: ModelField, kind: str, key: str, is_sequence: bool) -> Reading:
    """Describe how to read `field` from the place called `kind` under the name `key`."""
    conversion = conversion_of(field)
    if conversion is None or conversion.is_list is not is_sequence or not _is_plainly_validated(field):
        conversion = Conversion("raw", is_sequence)
    flags = (contract.FLAG_REQUIRED if field.field_info.is_required() else 0) | (
        contract.FLAG_LIST if is_sequence else 0
    )
    name = key.lower() if kind == "header" else key
    scalar = contract.SCALARS.index(conversion.scalar)
    # Python decides whether the default of a raw parameter is validated.
    default = None if field.field_info.is_required() or conversion.scalar == "raw" else default_frame(field)
    row = (contract.KINDS.index(kind), name, key, scalar, flags, default, conversion.constraints)
    return Reading(field, row, conversion)


def field_reading(field: ModelField) -> Optional[Reading]:
    """Return the reading of a field of an urlencoded form, None if the field is not one name of the form."""
    reader, info = BodyParamReader(field), field.field_info
    if not isinstance(info, params.Form) or isinstance(info, params.File):
        return None
    if not reader.reads_one_name:
        return None
    return reading_of(field, "body", reader.aliases[0], reader.many)


def header_text(name: str) -> Reading:
    """Return the reading of a header that is not a declared parameter. Its value is None if the header is absent."""
    row = (contract.KIND_HEADER, name, name, contract.SCALAR_STR, 0, marshal.dumps(None, MARSHAL_VERSION), ())
    return Reading(None, row, Conversion("str"))


def default_frame(field: ModelField) -> Optional[bytes]:
    """Return the default as a frame for every answer of the core, None if Python creates the default."""
    info = field.field_info
    if info.default_factory is not None or not is_marshallable(info.default):
        return None
    return marshal.dumps(info.default, MARSHAL_VERSION)


def is_marshallable(value: Any) -> bool:
    """Return whether marshal returns an equal value of the same type, as it does not for subclasses."""
    kind = type(value)
    if kind in (list, tuple):
        return all(is_marshallable(item) for item in value)
    if kind is dict:
        return all(is_marshallable(item) for pair in value.items() for item in pair)
    if kind is int:
        return bool(value.bit_length() < 63)
    return value is None or kind in (bool, float, str)


def conversion_of(field: ModelField) -> Optional[Conversion]:
    """Return the conversion of the core for `field`, None if only Pydantic can convert it."""
    adapter = field._type_adapter
    if not is_complete(adapter):
        return None
    try:
        return _conversions[adapter]
    except KeyError:
        conversion = _conversions[adapter] = _read_schema(adapter)
        return conversion


def is_complete(adapter: object) -> bool:
    """Return whether Pydantic resolved all names of the annotation.

    Reading the schema of an incomplete adapter makes Pydantic try again, in the namespace of the reading function.
    """
    return type(getattr(adapter, "core_schema", None)) is dict


# Fields that are declared alike share an adapter.
_conversions: WeakKeyDictionary[object, Optional[Conversion]] = WeakKeyDictionary()


def _read_schema(adapter: TypeAdapter[object]) -> Optional[Conversion]:
    validate = getattr(getattr(adapter, "validator", None), "validate_python", None)
    # A plugin (logfire has one) wraps the validator to record each validation, so each validation has to happen.
    if type(validate).__name__ != "builtin_function_or_method":
        return None
    return _from_schema(adapter.core_schema)


def _from_schema(schema: CoreSchema) -> Optional[Conversion]:
    kind = schema.get("type")
    if kind in _TRANSPARENT and _spoken_keys(schema) <= _TRANSPARENT[str(kind)]:
        return _from_schema(schema["schema"])
    if kind == "list":
        return _list_from_schema(schema)
    if kind in ("str", "int", "float", "bool"):
        constraints = _core_constraints(str(kind), schema, _spoken_keys(schema))
        return None if constraints is None else Conversion(str(kind), False, constraints)
    return None


def is_pure(field: ModelField) -> bool:
    """Return whether only Pydantic's own code validates `field`, so that a second validation has no effect."""
    schema = getattr(getattr(field, "_type_adapter", None), "core_schema", None)
    while isinstance(schema, dict) and schema.get("type") in _TRANSPARENT:
        schema = schema["schema"]
    return isinstance(schema, dict) and schema.get("type") in _PURE


_PURE = frozenset(["str", "int", "float", "bool", "date", "time", "datetime", "timedelta", "decimal", "uuid"])


def obstacle(field: ModelField) -> str:
    """Return the reason, for `explain`, why the core does not convert `field`."""
    schema = getattr(getattr(field, "_type_adapter", None), "core_schema", None)
    if not isinstance(schema, dict):
        return "a name in its annotation is unknown"
    if conversion_of(field) is not None or not _obstacle(schema):
        return "its default is validated, or its validation is watched"
    return _obstacle(schema)


def _obstacle(schema: CoreSchema) -> str:
    kind = str(schema.get("type"))
    if kind in _TRANSPARENT:
        return ", ".join(sorted(_spoken_keys(schema) - _TRANSPARENT[kind])) or _obstacle(schema["schema"])
    if kind == "list":
        items = schema.get("items_schema", {"type": "any"})
        return "a list of " + (_obstacle(items) or str(items["type"]))
    if kind not in ("str", "int", "float", "bool"):
        return kind
    allowed = {name for name, scalars in contract.CONSTRAINT_SCALARS.items() if kind in scalars}
    inexact = {name for name in _spoken_keys(schema) & allowed if not _is_exact(kind, name, schema[name])}
    unknown = (_spoken_keys(schema) - allowed) | inexact
    return f"{kind} with {', '.join(sorted(unknown))}" if unknown else ""


def _list_from_schema(schema: CoreSchema) -> Optional[Conversion]:
    items = _from_schema(schema.get("items_schema", {"type": "any"}))
    if items is None or items.is_list or schema["items_schema"].get("type") == "nullable":
        return None
    lengths = _spoken_keys(schema) - {"items_schema"}
    if not lengths <= {"min_length", "max_length"}:
        return None
    # In the order of the contract, which is the order in which Pydantic checks.
    names = [name for name in contract.CONSTRAINTS if name.replace("items", "length") in lengths]
    own = tuple((_constraint_id(name), schema[name.replace("items", "length")]) for name in names if "items" in name)
    return Conversion(items.scalar, True, items.constraints + own)


def _spoken_keys(schema: CoreSchema) -> frozenset[str]:
    return frozenset(key for key, value in schema.items() if key not in _SILENT_KEYS and value is not None)


def _core_constraints(scalar: str, schema: CoreSchema, keys: frozenset[str]) -> Optional[Constraints]:
    allowed = {name for name, scalars in contract.CONSTRAINT_SCALARS.items() if scalar in scalars}
    if not keys <= allowed:
        return None
    found: List[Constraint] = []
    for name in contract.CONSTRAINTS:
        if name in keys:
            if not _is_exact(scalar, name, schema[name]):
                return None
            found.append((_constraint_id(name), schema[name]))
    return tuple(found)


def _is_exact(scalar: str, name: str, value: object) -> bool:
    """Return whether core and Pydantic agree on the constraint: they do not on booleans and rounded numbers."""
    if name == "allow_inf_nan":
        return type(value) is bool
    if type(value) is float:
        return scalar == "float"
    return type(value) is int and abs(value) < _LARGEST_EXACT_FLOAT


def _constraint_id(name: str) -> int:
    return contract.CONSTRAINTS.index(name)


def _is_plainly_validated(field: ModelField) -> bool:
    info = field.field_info
    return isinstance(info, (params.Param, params.Form)) and not getattr(info, "validate_default", None)
