"""Models in forms: all fields of a form are on one level, and each model takes its own.

A form is first made a plain dict: a name with its value, or with a list of its values if it came more than once. Then
each model takes its fields out of it, in its own way: `[""]` for a list, nothing for a scalar, since a browser sends
empty fields of which the user meant nothing. What the model did not take stays, as extras. For a union this is done
for each member, by a validator in front of it, because only Pydantic knows which member it is going to be.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple, Type, Union
from weakref import WeakKeyDictionary

from pydantic import BaseModel, BeforeValidator, Tag
from starlette.datastructures import FormData, UploadFile
from typing_extensions import Annotated, get_args, get_origin

from fastapi._compat import ModelField, Undefined, field_annotation_is_sequence, lenient_issubclass
from fastapi._compat.shared import is_union_origin
from fastapi.dependencies._fields import (
    allows_any_key,
    annotate,
    get_accepted_names,
    get_first_keys,
    is_json_field,
    is_nullable,
    strip_annotated_union,
    takes_many_values,
)
from fastapi.dependencies._params import get_multidict_value, group


def get_form_models(field: ModelField) -> List[Type[BaseModel]]:
    """Return the model, or the models of the union, that a field of a form is declared with."""
    if is_json_field(field.field_info):
        return []
    return get_union_models(field.field_info.annotation)


def get_union_models(annotation: Any) -> List[Type[BaseModel]]:
    """Return the members of a union if all of them are models, `None` aside."""
    members: List[Any] = []
    for member in strip_annotated_union(annotation):
        if is_union_origin(get_origin(member)):
            members.extend(get_union_models(member) or [member])
        elif member is not type(None):
            members.append(member)
    if all(lenient_issubclass(member, BaseModel) for member in members):
        return members
    return []


def add_form_union_validators(annotation: Any) -> Any:
    """Put a validator before each model of a union, that gives the model its fields of the form."""
    if len(get_union_models(annotation)) < 2:
        return annotation
    return _add_validators(annotation)


def _add_validators(annotation: Any) -> Any:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        if not lenient_issubclass(inner, BaseModel):
            return annotate(_add_validators(inner), metadata)
        return annotate(inner, _add_validator(inner, metadata))
    if is_union_origin(origin):
        return Union[tuple(_add_validators(arg) for arg in get_args(annotation))]
    if lenient_issubclass(annotation, BaseModel):
        return annotate(annotation, _add_validator(annotation, ()))
    return annotation


def _add_validator(model: Type[BaseModel], metadata: Sequence[Any]) -> List[Any]:
    tags: List[Any] = [item for item in metadata if isinstance(item, Tag)]
    others = [item for item in metadata if not isinstance(item, Tag)]
    validator = BeforeValidator(partial(_normalize_form_model, model=model))
    # Tags come last, to be those of the schema with the validator. Without one, the location of an error would name the
    # validator instead of the model.
    return [*others, validator, *(tags or [Tag(model.__name__)])]


class FormModelReader:
    """Takes the value of one form model, or union of them, out of a form."""

    __slots__ = ("any_key", "models", "names", "nullable")

    def __init__(self, field: ModelField, models: List[Type[BaseModel]]) -> None:
        self.models = models
        self.nullable = is_nullable(field.field_info.annotation)
        self.any_key = any(allows_any_key(model) for model in models)
        self.names = get_form_names(models)

    def read(self, form: Mapping[str, Any]) -> Any:
        """Return what to validate, or `Undefined` if an optional model is not there."""
        grouped = group(form)
        if self.nullable and not self._is_supplied(grouped):
            return Undefined
        flat = flatten(grouped)
        if len(self.models) > 1:
            return flat
        return _normalize_form_model(flat, model=self.models[0])

    def _is_supplied(self, grouped: Dict[str, List[Any]]) -> bool:
        return bool(grouped) if self.any_key else not self.names.isdisjoint(grouped)


def get_form_names(models: Sequence[Type[BaseModel]]) -> Set[str]:
    """Return every name that belongs to a field of one of the models."""
    names: Set[str] = set()
    for model in models:
        for name, info in model.model_fields.items():
            names.update(known.external for known in get_accepted_names(model.model_config, name, info))
            names.update(get_first_keys(info))
    return names


def flatten(grouped: Mapping[str, List[Any]]) -> Dict[str, Any]:
    """Return each name with its value, or with all of its values if there are several."""
    return {name: found[0] if len(found) == 1 else found for name, found in grouped.items()}


def _normalize_form_model(value: Any, *, model: Type[BaseModel]) -> Any:
    """Give `model` its fields of a form, each as one value or as a list, and leave out the empty ones."""
    if not isinstance(value, dict):
        return value
    # Each member of a union gets a dict of its own, for validators may change it.
    rest = dict(value)
    fields: Dict[str, Any] = {}
    for names, many in _get_shape(model):
        for name in names:
            if name not in value:
                continue
            rest.pop(name, None)
            shaped = _shape(value[name], many)
            if shaped is not Undefined:
                fields[name] = shaped
                break
    fields.update(rest)
    return fields


_Shape = List[Tuple[List[str], bool]]
_shapes: WeakKeyDictionary[Type[BaseModel], Tuple[Any, _Shape]] = WeakKeyDictionary()


def _get_shape(model: Type[BaseModel]) -> _Shape:
    """Return, for each field, the names it is accepted under and whether it takes many values."""
    # A model rebuilt for forward references gets new fields, and then a new shape.
    known = _shapes.get(model)
    if known is not None and known[0] is model.model_fields:
        return known[1]
    fields = model.model_fields
    shape = [
        (
            [known.external for known in get_accepted_names(model.model_config, name, info)],
            takes_many_values(info),
        )
        for name, info in fields.items()
    ]
    _shapes[model] = (fields, shape)
    return shape


def _shape(value: Any, many: bool) -> Any:
    if many:
        values = value if isinstance(value, list) else [value]
        if value is None:
            return None
        kept = [item for item in values if not is_empty_file_input(item)]
        # An empty list is what a validator put there; a form cannot send one.
        return kept if kept or not values else Undefined
    if isinstance(value, list) and value:
        value = value[-1]
    return Undefined if is_empty_form_value(value) else value


def is_empty_form_value(value: Any) -> bool:
    """Return whether the user left the field empty."""
    return (isinstance(value, str) and value == "") or is_empty_file_input(value)


def is_empty_file_input(value: Any) -> bool:
    """Return whether a browser sent a file input of which no file was chosen."""
    return isinstance(value, UploadFile) and not value.filename and not value.size


def get_form_value(many: bool, form: FormData, alias: str) -> Any:
    """Return the value of a single field of a form, or `Undefined` if there is none or it is empty."""
    if many:
        values = [item for item in form.getlist(alias) if not is_empty_file_input(item)]
        return values or Undefined
    value = form.get(alias, Undefined)
    return Undefined if is_empty_form_value(value) else value


# Under the names and with the signatures that FastAPI has in `fastapi.dependencies.utils`.


def _get_multidict_value(field: ModelField, values: Mapping[str, Any], alias: str) -> Any:
    """Return the value or values of a field, or `Undefined`; an empty field of a form is not there."""
    many = takes_many_values(field.field_info)
    if isinstance(values, FormData):
        return get_form_value(many, values, alias)
    value = get_multidict_value(many, values, alias)
    is_missing = value is None or value is not Undefined and _is_empty_sequence(field, value)
    return Undefined if is_missing else value


def _is_empty_sequence(field: ModelField, value: Any) -> bool:
    return field_annotation_is_sequence(field.field_info.annotation) and len(value) == 0


def _get_form_model(field: ModelField) -> Optional[Type[BaseModel]]:
    """Return the model that a form is declared with, None when there is none or there are several."""
    models = get_form_models(field)
    return models[0] if len(models) == 1 else None
