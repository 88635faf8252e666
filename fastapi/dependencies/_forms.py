"""Models in forms: all fields of a form are on one level, and each model takes its own.

A form is first made a plain dict: a name with its value, or with a list of its values if it came more than once. Then
each model takes its fields out of it, in its own way: `[""]` for a list, nothing for a scalar, since a browser sends
empty fields of which the user meant nothing. What the model did not take stays, as extras. For a union this is done
for each member, by a validator in front of it, because only Pydantic knows which member it is going to be.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple, Type, Union
from weakref import WeakKeyDictionary

from pydantic import BaseModel, BeforeValidator, Tag
from pydantic.fields import FieldInfo
from starlette.datastructures import FormData, UploadFile
from typing_extensions import Annotated, get_args, get_origin

from fastapi import params
from fastapi._compat import (
    ModelField,
    Undefined,
    field_annotation_is_sequence,
    is_bytes_or_nonable_bytes_annotation,
    is_bytes_sequence_annotation,
    lenient_issubclass,
    value_is_sequence,
)
from fastapi._compat.field_infos import build_sequence
from fastapi._compat.shared import is_union_origin
from fastapi.dependencies._fields import (
    allows_any_key,
    annotate,
    get_accepted_names,
    get_model_type,
    is_json_field,
    is_nullable,
    takes_many_values,
)
from fastapi.dependencies._params import get_multidict_value, group


def get_form_models(field: ModelField) -> List[Type[BaseModel]]:
    """Return the model, or the models of the union, that a field of a form is declared with."""
    info = field.field_info
    if not isinstance(info, params.Form) or info.embed or is_json_field(info):
        return []
    model = get_model_type(info.annotation)
    return get_union_models(info.annotation) if model is None else [model]


def get_union_models(annotation: Any) -> List[Type[BaseModel]]:
    """Return the members of a union if there are several and all of them are models, `None` aside."""
    if not is_union_origin(get_origin(annotation)):
        return []
    members = [_strip_annotated(member) for member in get_args(annotation) if member is not type(None)]
    if len(members) < 2 or not all(lenient_issubclass(member, BaseModel) for member in members):
        return []
    return members


def _strip_annotated(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def add_form_union_validators(annotation: Any) -> Any:
    """Put a validator before each model of a union, that gives the model its fields of the form."""
    if not get_union_models(annotation):
        return annotation
    return Union[tuple(_add_validator(member) for member in get_args(annotation))]


def _add_validator(member: Any) -> Any:
    if member is type(None):
        return member
    model = _strip_annotated(member)
    metadata = get_args(member)[1:] if get_origin(member) is Annotated else ()
    # Without a tag, the location of an error would name the validator instead of the model.
    tags = [item for item in metadata if isinstance(item, Tag)] or [Tag(model.__name__)]
    return annotate(member, [BeforeValidator(partial(_normalize_form_model, model=model)), tags[-1]])


class FormModelReader:
    """Takes the value of one form model, or union of them, out of a form."""

    __slots__ = ("any_key", "models", "names", "nullable")

    def __init__(self, field: ModelField, models: List[Type[BaseModel]]) -> None:
        self.models = models
        self.nullable = is_nullable(field.field_info.annotation)
        self.any_key = any(allows_any_key(model) for model in models)
        self.names = get_form_names(models)

    async def read(self, form: FormData) -> Any:
        """Return what to validate, or `Undefined` if an optional model is not there."""
        if self.nullable and self.names.isdisjoint(form) and not (self.any_key and form):
            return Undefined
        # Each member of a union takes its own fields, when it is tried.
        fields = _get_form_fields(self.models[0]) if len(self.models) == 1 else ()
        found, taken = take_fields(fields, form)
        for field, alias in taken:
            found[alias] = await field.read_files(found[alias])
        return found


def get_form_names(models: Sequence[Type[BaseModel]]) -> Set[str]:
    """Return every name that belongs to a field of one of the models."""
    return {alias for model in models for field in _get_form_fields(model) for alias in field.aliases}


def _normalize_form_model(value: Any, *, model: Type[BaseModel]) -> Any:
    """Give `model` its fields of a form, each as one value or as a list, and leave out the empty ones."""
    if not isinstance(value, dict):
        return value
    entries = [
        (name, item) for name, found in value.items() for item in (found if isinstance(found, list) else [found])
    ]
    fields, _ = take_fields(_get_form_fields(model), FormData(entries))
    # A form cannot send these, but a validator may put them there.
    fields.update((name, item) for name, item in value.items() if item is None or item == [] and isinstance(item, list))
    return fields


class FormField(NamedTuple):
    """A field of a form, or of a model in a form."""

    info: FieldInfo
    aliases: Sequence[str]
    many: bool
    is_sequence: bool
    # Whether uploads are turned into bytes: one, or the items of a sequence.
    takes_bytes: bool
    takes_many_bytes: bool

    @classmethod
    def of(cls, info: FieldInfo, aliases: Sequence[str]) -> FormField:
        kind = info.annotation
        is_file = isinstance(info, params.File)
        takes_bytes = is_file and is_bytes_or_nonable_bytes_annotation(kind)
        takes_many_bytes = is_file and not takes_bytes and is_bytes_sequence_annotation(kind)
        many, is_sequence = takes_many_values(info), field_annotation_is_sequence(kind)
        return cls(info, aliases, many, is_sequence, takes_bytes, takes_many_bytes)

    def find(self, form: FormData) -> Tuple[Any, str]:
        """Return the value of the first name that has one, with the name; `Undefined` if none has."""
        for alias in self.aliases:
            value = self._get(form, alias)
            if value is not Undefined:
                return value, alias
        return Undefined, self.aliases[0]

    def _get(self, form: FormData, alias: str) -> Any:
        value: Any
        if self.many:
            value = [item for item in form.getlist(alias) if not is_empty_file_input(item)]
        else:
            value = form.get(alias)
            if value is None or is_empty_form_value(value):
                return Undefined
        return Undefined if self.is_sequence and len(value) == 0 else value

    async def read_files(self, value: Any) -> Any:
        """Turn uploads into bytes, if the field asks for bytes."""
        if self.takes_bytes:
            return await _read_file_bytes(value) if isinstance(value, UploadFile) else value
        if not self.takes_many_bytes or not value_is_sequence(value):
            return value
        # One after the other: the order is that of the request, and only one file is in flight.
        items = [await _read_file_bytes(item) if isinstance(item, UploadFile) else item for item in value]
        return build_sequence(self.info.annotation, items)


def take_fields(fields: Iterable[FormField], form: FormData) -> Tuple[Dict[str, Any], List[Tuple[FormField, str]]]:
    """Return the values of the fields by their names, then what is left of the form; and which fields have which name.

    Names of a field after the one that has a value are left, for another field may have them.
    """
    found: Dict[str, Any] = {}
    taken: List[Tuple[FormField, str]] = []
    tried: Set[str] = set()
    for field in fields:
        value, alias = field.find(form)
        if value is Undefined:
            tried.update(field.aliases)
            continue
        tried.update(field.aliases[: field.aliases.index(alias) + 1])
        found[alias] = value
        taken.append((field, alias))
    for name, values in group(form).items():
        if name not in tried:
            found[name] = values[0] if len(values) == 1 else values
    return found, taken


_form_fields: WeakKeyDictionary[Type[BaseModel], Tuple[Any, List[FormField]]] = WeakKeyDictionary()


def _get_form_fields(model: Type[BaseModel]) -> List[FormField]:
    # A model rebuilt for forward references gets new fields.
    known = _form_fields.get(model)
    if known is not None and known[0] is model.model_fields:
        return known[1]
    infos = model.model_fields
    fields = [
        FormField.of(info, [known.external for known in get_accepted_names(model.model_config, name, info)])
        for name, info in infos.items()
    ]
    _form_fields[model] = (infos, fields)
    return fields


# Values and files.


def is_empty_form_value(value: Any) -> bool:
    """Return whether the user left the field empty."""
    return (isinstance(value, str) and value == "") or is_empty_file_input(value)


def is_empty_file_input(value: Any) -> bool:
    """Return whether a browser sent a file input of which no file was chosen."""
    return isinstance(value, UploadFile) and value.filename == "" and value.size == 0


async def _read_file_bytes(file: UploadFile) -> bytes:
    """Read the rest of a file, and leave its position where it was, for others may read it too."""
    position = file.file.tell()
    try:
        return await file.read()
    finally:
        await file.seek(position)


# Under the names and with the signatures that FastAPI has in `fastapi.dependencies.utils`.


def _get_multidict_value(field: ModelField, values: Mapping[str, Any], alias: str) -> Any:
    """Return the value or values of a field, or `Undefined`; an empty field of a form is not there."""
    known = FormField.of(field.field_info, [alias])
    if isinstance(values, FormData):
        return known.find(values)[0]
    return get_multidict_value(known.many, known.is_sequence, values, alias)


def _get_form_model(field: ModelField) -> Optional[Type[BaseModel]]:
    """Return the model that a form is declared with, None when there is none or there are several."""
    models = get_form_models(field)
    return models[0] if len(models) == 1 else None
