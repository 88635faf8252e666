"""Models in forms: a form has one level of fields, and each model takes its own fields.

A form becomes a plain dict of names and values; a name that occurs several times has a list of values. Then each model
takes its fields out of the dict. Browsers also send fields that the user left empty: they count as absent for a scalar,
and as `[""]` for a list. The remaining fields are the extras of the model. For a union, a validator in front of each
member does this, because only Pydantic finds out which member accepts the form.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple, Type, Union, cast
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
from fastapi.dependencies._declared.fields import (
    allows_any_key,
    annotate,
    get_accepted_names,
    get_model_type,
    is_json_field,
    is_nullable,
    takes_many_values,
)
from fastapi.dependencies._solving.params import get_multidict_value, group


def get_form_models(field: ModelField) -> List[Type[BaseModel]]:
    """Return the model, or the models of the union, with which a field of a form is declared."""
    info = field.field_info
    if not isinstance(info, params.Form) or info.embed or is_json_field(info):
        return []
    model = get_model_type(info.annotation)
    return get_union_models(info.annotation) if model is None else [model]


def get_union_models(annotation: object) -> List[Type[BaseModel]]:
    """Return the members of a union, without `None`, if there are several and all of them are models."""
    if not is_union_origin(get_origin(annotation)):
        return []
    members = [_strip_annotated(member) for member in get_args(annotation) if member is not type(None)]
    if len(members) < 2 or not all(lenient_issubclass(member, BaseModel) for member in members):
        return []
    return members


def _strip_annotated(annotation: object) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def add_form_union_validators(annotation: object) -> Any:
    """Return the union with a validator before each model, which gives the model its fields of the form."""
    if not get_union_models(annotation):
        return annotation
    return Union[tuple(_add_validator(member) for member in get_args(annotation))]


def _add_validator(member: object) -> object:
    if member is type(None):
        return member
    model = _strip_annotated(member)
    metadata = get_args(member)[1:] if get_origin(member) is Annotated else ()
    # The location of an error names the tag. Without one, it would name the validator.
    tags = [item for item in metadata if isinstance(item, Tag)] or [Tag(model.__name__)]
    return annotate(member, [BeforeValidator(partial(_normalize_form_model, model=model)), tags[-1]])


class FormModelReader:
    """Reads the value of one form model, or of a union of them, from a form."""

    __slots__ = ("any_key", "models", "names", "nullable")

    def __init__(self, field: ModelField, models: List[Type[BaseModel]]) -> None:
        self.models = models
        self.nullable = is_nullable(field.field_info.annotation)
        self.any_key = any(allows_any_key(model) for model in models)
        self.names = get_form_names(models)

    async def read(self, form: FormData) -> object:
        """Return the dict to validate, or `Undefined` if the form lacks an optional model."""
        if self.nullable and self.names.isdisjoint(form) and not (self.any_key and form):
            return Undefined
        # The validators of a union give each member its fields.
        fields = _get_form_fields(self.models[0]) if len(self.models) == 1 else ()
        found, taken = take_fields(fields, form)
        for field, alias in taken:
            found[alias] = await field.read_files(found[alias])
        return found


def get_form_names(models: Sequence[Type[BaseModel]]) -> Set[str]:
    """Return all names of the fields of the models."""
    return {alias for model in models for field in _get_form_fields(model) for alias in field.aliases}


def _normalize_form_model(value: object, *, model: Type[BaseModel]) -> object:
    """Return the fields of a form for `model`, each as one value or as a list, without the empty ones."""
    if not isinstance(value, dict):
        return value
    entries = [
        (name, item) for name, found in value.items() for item in (found if isinstance(found, list) else [found])
    ]
    fields, _ = take_fields(_get_form_fields(model), FormData(entries))
    # A form cannot contain None or an empty list, but an earlier validator may have put them there.
    fields.update((name, item) for name, item in value.items() if item is None or item == [] and isinstance(item, list))
    return fields


class FormField(NamedTuple):
    """A field of a form, or of a model in a form."""

    info: FieldInfo
    aliases: Sequence[str]
    many: bool
    is_sequence: bool
    # Whether the field declares bytes, so that uploads are read: one upload, or the items of a sequence.
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

    def find(self, form: FormData) -> Tuple[object, str]:
        """Return the value of the first name that has one, and the name; `Undefined` if no name has a value."""
        for alias in self.aliases:
            value = self._get(form, alias)
            if value is not Undefined:
                return value, alias
        return Undefined, self.aliases[0]

    def _get(self, form: FormData, alias: str) -> object:
        value: Any
        if self.many:
            value = [item for item in form.getlist(alias) if not is_empty_file_input(item)]
        else:
            value = form.get(alias)
            if value is None or is_empty_form_value(value):
                return Undefined
        return Undefined if self.is_sequence and len(value) == 0 else value

    async def read_files(self, value: object) -> object:
        """Return the value with its uploads read, if the field declares bytes."""
        if self.takes_bytes:
            return await _read_file_bytes(value) if isinstance(value, UploadFile) else value
        if not self.takes_many_bytes or not value_is_sequence(value):
            return value
        # One after the other, in the order of the request, so that only one file is in memory twice.
        sequence = cast(Iterable[object], value)
        items = [await _read_file_bytes(item) if isinstance(item, UploadFile) else item for item in sequence]
        return build_sequence(self.info.annotation, items)


def take_fields(fields: Iterable[FormField], form: FormData) -> Tuple[Dict[str, object], List[Tuple[FormField, str]]]:
    """Return a dict of the form, the values of `fields` first, and each field that has a value with its name.

    The names of a field after the one with the value stay in the form, where another field may find them.
    """
    found: Dict[str, object] = {}
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


_form_fields: WeakKeyDictionary[Type[BaseModel], Tuple[object, List[FormField]]] = WeakKeyDictionary()


def _get_form_fields(model: Type[BaseModel]) -> List[FormField]:
    # A model that was rebuilt for forward references has new fields.
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


def is_empty_form_value(value: object) -> bool:
    """Return whether the user left the field empty."""
    return (isinstance(value, str) and value == "") or is_empty_file_input(value)


def is_empty_file_input(value: object) -> bool:
    """Return whether the value is the upload that a browser sends if the user chose no file."""
    return isinstance(value, UploadFile) and value.filename == "" and value.size == 0


async def _read_file_bytes(file: UploadFile) -> bytes:
    """Return the rest of a file and restore its position, because another parameter may read it again."""
    position = file.file.tell()
    try:
        return await file.read()
    finally:
        await file.seek(position)


# Functions with the names and signatures that the real package has in `fastapi.dependencies.utils`.


def _get_multidict_value(field: ModelField, values: Mapping[str, Any], alias: str) -> Any:
    """Return the value or the values of a field; `Undefined` if it is absent or an empty field of a form."""
    known = FormField.of(field.field_info, [alias])
    if isinstance(values, FormData):
        return known.find(values)[0]
    return get_multidict_value(known.many, known.is_sequence, values, alias)


def _get_form_model(field: ModelField) -> Optional[Type[BaseModel]]:
    """Return the model with which a form is declared, or None for no model and for several."""
    models = get_form_models(field)
    return models[0] if len(models) == 1 else None
