"""The models and enumerations that fields reach, and their names in a document."""

from __future__ import annotations

import re
import sys
from enum import Enum
from typing import TYPE_CHECKING, Callable, Iterable, Optional, Set, Type, Union, cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typing_extensions import get_args, get_origin

from fastapi._compat import shared
from fastapi._compat.field_infos import get_model_fields
from fastapi._compat.model_field import ModelField
from fastapi.types import ModelNameMap

if TYPE_CHECKING or sys.version_info < (3, 10):
    TypeModelOrEnum = Union[Type[BaseModel], Type[Enum]]
    TypeModelSet = Set[TypeModelOrEnum]
else:
    TypeModelOrEnum = type[BaseModel] | type[Enum]
    TypeModelSet = set[TypeModelOrEnum]


def get_flat_models_from_fields(fields: Iterable[ModelField], known_models: TypeModelSet) -> TypeModelSet:
    """Add every model and enumeration that the fields reach to `known_models`, and return it."""
    for field in fields:
        get_flat_models_from_field(field, known_models)
    return known_models


def get_flat_models_from_field(field: ModelField, known_models: TypeModelSet) -> TypeModelSet:
    """Add the models and enumerations that the field reaches."""
    return add_models(field.field_info.annotation, known_models, _get_infos_of_fields)


def get_flat_models_from_model(model: Type[BaseModel], known_models: Optional[TypeModelSet] = None) -> TypeModelSet:
    """Add the models that the fields of `model` reach."""
    found: TypeModelSet = known_models or set()
    for info in _get_infos_of_fields(model):
        add_models(info.annotation, found, _get_infos_of_fields)
    return found


def get_flat_models_from_annotation(annotation: object, known_models: TypeModelSet) -> TypeModelSet:
    """Add the models that the arguments of an annotation reach."""
    return _add_arguments(annotation, known_models, _get_infos_of_fields)


InfosOf = Callable[[Type[BaseModel]], Iterable[FieldInfo]]


def _get_infos_of_fields(model: Type[BaseModel]) -> Iterable[FieldInfo]:
    # A field may take its schema from a function of the user; making a ModelField calls it, as in the real package.
    return [field.field_info for field in get_model_fields(model)]


def _add_arguments(annotation: object, known_models: TypeModelSet, infos_of: InfosOf) -> TypeModelSet:
    if get_origin(annotation) is not None:
        for argument in get_args(annotation):
            add_models(argument, known_models, infos_of)
    return known_models


def add_models(annotation: object, known_models: TypeModelSet, infos_of: InfosOf) -> TypeModelSet:
    """Add the models and enumerations that an annotation reaches; `infos_of` gives the fields of a model."""
    if not shared.lenient_issubclass(annotation, (BaseModel, Enum)):
        return _add_arguments(annotation, known_models, infos_of)
    if annotation not in known_models:
        known_models.add(cast(TypeModelOrEnum, annotation))
        for info in infos_of(annotation) if issubclass(annotation, BaseModel) else ():
            add_models(info.annotation, known_models, infos_of)
    return known_models


def get_model_name_map(unique_models: TypeModelSet) -> ModelNameMap:
    """Return each model with its name; of several models with one name, only the last."""
    by_name = {normalize_name(model.__name__): model for model in unique_models}
    return {model: name for name, model in by_name.items()}


def normalize_name(name: str) -> str:
    """Return `name` with an underscore for each character that the name of an OpenAPI component may not have."""
    return re.sub(r"[^a-zA-Z0-9.\-_]", "_", name)
