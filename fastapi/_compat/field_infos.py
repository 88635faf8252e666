"""Fields from annotations, bodies from fields, fields from models."""

from __future__ import annotations

from copy import copy
from dataclasses import is_dataclass
from functools import lru_cache
from typing import Any, Dict, List, Optional, Sequence, Type

from pydantic import BaseModel, ConfigDict, create_model
from pydantic.fields import FieldInfo
from typing_extensions import get_args, get_origin

from fastapi._compat import shared
from fastapi._compat.adapters import get_attributes
from fastapi._compat.model_field import ModelField


def evaluate_forwardref(
    value: Any,
    globalns: Optional[Dict[str, Any]] = None,
    localns: Optional[Dict[str, Any]] = None,
) -> Any:
    """Return an evaluated annotation, or the annotation itself if it has an unknown name."""
    from pydantic._internal import _typing_extra

    evaluated, _ = _typing_extra.try_eval_type(value, globalns, localns)
    return evaluated


def asdict(field_info: FieldInfo) -> Dict[str, Any]:
    """Return the annotation, the metadata and the defined attributes of a field."""
    return {
        "annotation": field_info.annotation,
        "metadata": field_info.metadata,
        "attributes": get_attributes(field_info),
    }


def copy_field_info(*, field_info: FieldInfo, annotation: Any) -> FieldInfo:
    """Return a copy of `field_info` with everything that `annotation` declares.

    The annotation usually contains `field_info` itself, beside other metadata. The copy keeps the default.
    """
    described = type(field_info).from_annotation(annotation)
    copied = copy(field_info)
    for name, value in get_attributes(described).items():
        setattr(copied, name, value)
    copied._attributes_set = described._attributes_set.copy()
    copied.metadata = described.metadata
    copied.annotation = described.annotation
    return copied


def create_body_model(
    *,
    fields: Sequence[ModelField],
    model_name: str,
    config: Optional[ConfigDict] = None,
) -> Type[BaseModel]:
    """Return a new model that has the fields of a body."""
    definitions: Dict[str, Any] = {field.name: (field.field_info.annotation, field.field_info) for field in fields}
    return create_model(model_name, __config__=config, **definitions)


def get_model_fields(model: Type[BaseModel]) -> List[ModelField]:
    """Return a `ModelField` for each field of a model."""
    return [
        ModelField(
            field_info=field_info,
            name=name,
            config=config_for(field_info.annotation, model.model_config),
        )
        for name, field_info in model.model_fields.items()
    ]


@lru_cache(maxsize=128)
def get_cached_model_fields(model: Type[BaseModel]) -> List[ModelField]:
    """Return the same list of fields for the same model."""
    return get_model_fields(model)


def config_for(annotation: object, config: ConfigDict) -> Optional[ConfigDict]:
    """Return the model's configuration for one of its fields, or None if the type of the field has its own."""
    owns = shared.lenient_issubclass(annotation, (BaseModel, dict)) or is_dataclass(annotation)
    return None if owns else config


def is_scalar_field(field: ModelField) -> bool:
    """Return whether the field holds a single value and was not declared as part of the body."""
    # Only Body, Form and File have a media type. Their module imports this one, so it cannot be imported here.
    return shared.field_annotation_is_scalar(field.field_info.annotation) and not hasattr(
        field.field_info, "media_type"
    )


def is_scalar_sequence_field(field: ModelField) -> bool:
    return shared.field_annotation_is_scalar_sequence(field.field_info.annotation)


def is_sequence_field(field: ModelField) -> bool:
    return shared.field_annotation_is_sequence(field.field_info.annotation)


def is_bytes_field(field: ModelField) -> bool:
    return shared.is_bytes_or_nonable_bytes_annotation(field.field_info.annotation)


def is_bytes_sequence_field(field: ModelField) -> bool:
    return shared.is_bytes_sequence_annotation(field.field_info.annotation)


def serialize_sequence_value(*, field: ModelField, value: Any) -> Sequence[Any]:
    """Return the items of `value` in the kind of sequence that the field declares."""
    return build_sequence(field.field_info.annotation, value)


def build_sequence(annotation: object, value: object) -> Sequence[Any]:
    """Return the items of `value` in the kind of sequence that the annotation names."""
    origin: Any = get_origin(annotation) or annotation
    if shared.is_union_origin(origin):
        # NOTE: as upstream, only the first member counts, even if it is not a sequence.
        first = next((arg for arg in get_args(annotation) if arg is not type(None)), origin)
        origin = get_origin(first) or first
    assert issubclass(origin, shared.sequence_types)
    sequence: Sequence[Any] = shared.sequence_annotation_to_type[origin](value)
    return sequence
