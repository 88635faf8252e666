"""Fields, models and schemas of Pydantic 2: the names that the real package has in this module.

- `model_field`: a parameter or a response as a field       - `flat_models`: the models that fields reach
- `field_infos`: fields from annotations and from models    - `schemas`: the JSON schema of many fields
"""

from __future__ import annotations

import re as re
from copy import copy as copy
from dataclasses import dataclass as dataclass
from dataclasses import is_dataclass as is_dataclass
from enum import Enum as Enum
from functools import lru_cache as lru_cache
from typing import Any as Any
from typing import Dict as Dict
from typing import List as List
from typing import Optional as Optional
from typing import Sequence as Sequence
from typing import Tuple as Tuple
from typing import Type as Type
from typing import Union as Union
from typing import cast as cast

from pydantic import BaseModel as BaseModel
from pydantic import ConfigDict as ConfigDict
from pydantic import PydanticSchemaGenerationError as PydanticSchemaGenerationError
from pydantic import TypeAdapter as TypeAdapter
from pydantic import ValidationError as ValidationError
from pydantic import create_model as create_model
from pydantic.fields import FieldInfo as FieldInfo
from pydantic.json_schema import GenerateJsonSchema as _GenerateJsonSchema  # noqa: F401
from pydantic.json_schema import JsonSchemaValue as JsonSchemaValue
from pydantic_core import PydanticUndefined as PydanticUndefined
from pydantic_core import Url as Url
from pydantic_core.core_schema import (
    with_info_plain_validator_function as with_info_plain_validator_function,
)
from typing_extensions import Literal as Literal
from typing_extensions import get_args as get_args
from typing_extensions import get_origin as get_origin

from fastapi._compat import shared as shared
from fastapi._compat.field_infos import asdict as asdict
from fastapi._compat.field_infos import build_sequence as build_sequence
from fastapi._compat.field_infos import config_for as config_for
from fastapi._compat.field_infos import copy_field_info as copy_field_info
from fastapi._compat.field_infos import create_body_model as create_body_model
from fastapi._compat.field_infos import evaluate_forwardref as evaluate_forwardref
from fastapi._compat.field_infos import get_cached_model_fields as get_cached_model_fields
from fastapi._compat.field_infos import get_model_fields as get_model_fields
from fastapi._compat.field_infos import is_bytes_field as is_bytes_field
from fastapi._compat.field_infos import is_bytes_sequence_field as is_bytes_sequence_field
from fastapi._compat.field_infos import is_scalar_field as is_scalar_field
from fastapi._compat.field_infos import is_scalar_sequence_field as is_scalar_sequence_field
from fastapi._compat.field_infos import is_sequence_field as is_sequence_field
from fastapi._compat.field_infos import serialize_sequence_value as serialize_sequence_value
from fastapi._compat.flat_models import TypeModelOrEnum as TypeModelOrEnum
from fastapi._compat.flat_models import TypeModelSet as TypeModelSet
from fastapi._compat.flat_models import get_flat_models_from_annotation as get_flat_models_from_annotation
from fastapi._compat.flat_models import get_flat_models_from_field as get_flat_models_from_field
from fastapi._compat.flat_models import get_flat_models_from_fields as get_flat_models_from_fields
from fastapi._compat.flat_models import get_flat_models_from_model as get_flat_models_from_model
from fastapi._compat.flat_models import get_model_name_map as get_model_name_map
from fastapi._compat.flat_models import normalize_name as normalize_name
from fastapi._compat.model_field import FieldMode as FieldMode
from fastapi._compat.model_field import ModelField as ModelField
from fastapi._compat.model_field import Undefined as Undefined
from fastapi._compat.model_field import _regenerate_error_with_loc as _regenerate_error_with_loc
from fastapi._compat.model_field import get_missing_field_error as get_missing_field_error
from fastapi._compat.namespace import add_names
from fastapi._compat.schemas import REF_TEMPLATE as REF_TEMPLATE
from fastapi._compat.schemas import FieldMapping as FieldMapping
from fastapi._compat.schemas import GenerateJsonSchema as GenerateJsonSchema
from fastapi._compat.schemas import _annotation_has_computed_fields as _annotation_has_computed_fields
from fastapi._compat.schemas import _has_computed_fields as _has_computed_fields
from fastapi._compat.schemas import get_definitions as get_definitions
from fastapi._compat.schemas import get_schema_from_model_field as get_schema_from_model_field
from fastapi._facade import install as _install
from fastapi.types import IncEx as IncEx
from fastapi.types import ModelNameMap as ModelNameMap

RequiredParam = PydanticUndefined

_install(__name__, [f"fastapi._compat.{module}" for module in ("field_infos", "flat_models", "model_field", "schemas")])
add_names(globals())
