"""The namespace in which Pydantic resolves names of annotations that are still text.

Pydantic resolves such a name in the globals of the function that makes or completes a type adapter. In the real package
these are the globals of `fastapi._compat.v2`, so `Enum` is known and `Decimal` is not. The module `v2` of this project
has other imports; the functions here run in a namespace with exactly the names of the real one.
"""

from __future__ import annotations

import re
import warnings
from copy import copy
from dataclasses import dataclass, is_dataclass
from enum import Enum
from functools import lru_cache
from types import FunctionType
from typing import Any, Dict, Mapping, Optional, Sequence, Union, cast

import pydantic
from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, TypeAdapter, ValidationError, create_model
from pydantic._internal import _typing_extra
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema, PydanticUndefined
from typing_extensions import Annotated, Literal, get_args, get_origin

from fastapi._compat import shared
from fastapi.types import IncEx, ModelNameMap, UnionType

namespace: Dict[str, object] = {
    "__name__": "fastapi._compat.v2",
    "__builtins__": __builtins__,
    "Annotated": Annotated,
    "Any": Any,
    "BaseModel": BaseModel,
    "ConfigDict": ConfigDict,
    "CoreSchema": CoreSchema,
    "Enum": Enum,
    "Field": Field,
    "FieldInfo": FieldInfo,
    "GetJsonSchemaHandler": GetJsonSchemaHandler,
    "IncEx": IncEx,
    "JsonSchemaValue": JsonSchemaValue,
    "Literal": Literal,
    "ModelNameMap": ModelNameMap,
    "PydanticUndefined": PydanticUndefined,
    "PydanticUndefinedAnnotation": pydantic.PydanticUndefinedAnnotation,
    "Sequence": get_origin(Sequence[Any]),
    "TypeAdapter": TypeAdapter,
    "Union": Union,
    "UnionType": UnionType,
    "ValidationError": ValidationError,
    "_GenerateJsonSchema": GenerateJsonSchema,
    "_pydantic_typing_extra": _typing_extra,
    "cast": cast,
    "copy": copy,
    "create_model": create_model,
    "dataclass": dataclass,
    "get_args": get_args,
    "get_origin": get_origin,
    "is_dataclass": is_dataclass,
    "lenient_issubclass": shared.lenient_issubclass,
    "lru_cache": lru_cache,
    "re": re,
    "shared": shared,
    "warnings": warnings,
}
# Names of the real module that the module `v2` defines or imports.
_NAMES_OF_THE_MODULE = (
    *("GenerateJsonSchema", "ModelField", "PydanticSchemaGenerationError", "REF_TEMPLATE", "RequiredParam"),
    *("TypeModelOrEnum", "TypeModelSet", "Undefined", "Url", "_Attrs", "_annotation_has_computed_fields"),
    *("_has_computed_fields", "_regenerate_error_with_loc", "asdict", "copy_field_info", "create_body_model"),
    *("evaluate_forwardref", "get_cached_model_fields", "get_definitions", "get_flat_models_from_annotation"),
    *("get_flat_models_from_field", "get_flat_models_from_fields", "get_flat_models_from_model"),
    *("get_missing_field_error", "get_model_fields", "get_model_name_map", "get_schema_from_model_field"),
    *("is_scalar_field", "normalize_name", "serialize_sequence_value", "with_info_plain_validator_function"),
)


def add_names(of_module: Mapping[str, object]) -> None:
    """Add the names that the module `v2` shares with the real one to the namespace."""
    namespace.update((name, of_module[name]) for name in _NAMES_OF_THE_MODULE if name in of_module)


# An annotation could use the name of a parameter of these functions, so the parameters have unusual names.


def _make_adapter(_type_: Any, _config_: Optional[ConfigDict]) -> object:
    return TypeAdapter(_type_, config=_config_)


def _validate_incomplete(_adapter_: TypeAdapter[Any], _value_: object) -> object:
    return _adapter_.validate_python(_value_, from_attributes=True)


_make_in_namespace = FunctionType(_make_adapter.__code__, namespace)
_validate_in_namespace = FunctionType(_validate_incomplete.__code__, namespace)


def make_adapter(annotation: object, config: Optional[ConfigDict]) -> TypeAdapter[Any]:
    """Return a new adapter for `annotation`."""
    adapter: TypeAdapter[Any] = _make_in_namespace(annotation, config)
    return adapter


def validate_incomplete(adapter: TypeAdapter[Any], value: object) -> object:
    """Validate with an adapter that Pydantic could not complete; Pydantic tries again, and raises if that fails."""
    return _validate_in_namespace(adapter, value)
