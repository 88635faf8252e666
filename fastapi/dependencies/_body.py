"""Values of body parameters, at request time.

One parameter that is not embedded is the whole body; otherwise each is a key of it, or a field of the form. A body that
is not there, or could not be parsed, has no keys: parameters then have their defaults. A body that is no object has
none either, but that is an error for each parameter.
"""

from __future__ import annotations

from typing import (
    Any,
    Awaitable,
    Callable,
    Dict,
    Mapping,
    Optional,
    Sequence,
    Tuple,
)

from starlette.datastructures import FormData, UploadFile

from fastapi import params
from fastapi._compat import (
    ModelField,
    Undefined,
    get_missing_field_error,
    is_bytes_or_nonable_bytes_annotation,
    is_bytes_sequence_annotation,
    serialize_sequence_value,
    value_is_sequence,
)
from fastapi.dependencies._fields import (
    get_model_type,
    get_param_aliases,
    takes_many_values,
)
from fastapi.dependencies._forms import (
    FormModelReader,
    flatten,
    get_form_models,
    get_form_value,
)
from fastapi.dependencies._params import Errors, Loc, Values, group, validate_value

_BODY: Loc = ("body",)


async def request_body_to_args(
    body_fields: Sequence[ModelField], received_body: Any, embed_body_fields: bool
) -> Tuple[Values, Errors]:
    """Return the arguments that `body_fields` find in the body, and the errors of those that are wrong."""
    values: Values = {}
    errors: Errors = []
    await read_body(make_body_readers(body_fields), received_body, embed_body_fields, values, errors)
    return values, errors


def make_body_readers(fields: Sequence[ModelField]) -> Tuple[BodyReader, ...]:
    """Return what `read_body` needs to know about `fields`."""
    return tuple(BodyReader(field) for field in fields)


async def read_body(
    readers: Sequence[BodyReader],
    body: Any,
    embedded: bool,
    values: Values,
    errors: Errors,
) -> None:
    """Read all body parameters of one dependant."""
    if not isinstance(body, FormData):
        read_parsed_body(readers, body, embedded, values, errors)
        return
    whole = len(readers) == 1 and not embedded
    for reader in readers:
        value, loc = await reader.find_in_form(body, whole)
        _keep(reader, value, loc, values, errors)


def read_parsed_body(
    readers: Sequence[BodyReader],
    body: Any,
    embedded: bool,
    values: Values,
    errors: Errors,
) -> None:
    """Read all body parameters of one dependant from JSON, or from bytes that are none."""
    if len(readers) == 1 and not embedded and not readers[0].embeds:
        reader = readers[0]
        # NOTE: the value is there with errors, too: as None. Tracing tools show it.
        values[reader.name], found_errors = validate_value(reader.field, body, values, _BODY)
        errors.extend(found_errors)
        return
    for reader in readers:
        value, loc = reader.find_in_object(body)
        _keep(reader, value, loc, values, errors)


def _keep(reader: BodyReader, value: Any, loc: Loc, values: Values, errors: Errors) -> None:
    if value is _NO_OBJECT:
        errors.append(get_missing_field_error(loc))
        return
    value, found_errors = validate_value(reader.field, value, values, loc)
    if found_errors:
        errors.extend(found_errors)
    else:
        values[reader.name] = value


# What `find_in_object` returns for a body that is no object.
_NO_OBJECT = object()


class BodyReader:
    """Finds the value of one body parameter."""

    __slots__ = ("aliases", "embeds", "field", "many", "model", "name", "reads_files", "takes_whole_form")

    def __init__(self, field: ModelField) -> None:
        self.field = field
        self.name = field.name
        # A lone parameter of a dependency may be a key of the body although that of the endpoint is the whole body.
        self.embeds = bool(getattr(field.field_info, "embed", None))
        self.aliases = get_param_aliases(field)
        self.many = takes_many_values(field.field_info)
        models = get_form_models(field) if isinstance(field.field_info, params.Form) else []
        self.model = FormModelReader(field, models) if models else None
        self.reads_files = _get_file_reader(field)
        self.takes_whole_form = not models and get_model_type(field.field_info.annotation) is not None

    def find_in_object(self, body: Any) -> Tuple[Any, Loc]:
        """Return the value in a parsed body that has a key for each parameter."""
        loc = (*_BODY, self.aliases[0])
        if body is Undefined or isinstance(body, bytes):
            return Undefined, loc
        if not isinstance(body, Mapping):
            return _NO_OBJECT, loc
        for alias in self.aliases:
            if alias in body:
                return body[alias], (*_BODY, alias)
        return Undefined, loc

    async def find_in_form(self, form: FormData, whole: bool) -> Tuple[Any, Loc]:
        """Return the value in a form."""
        if self.model is not None:
            return self.model.read(form), _BODY
        value, loc = self._find_alias(form)
        if value is not Undefined and self.reads_files is not None:
            value = await self.reads_files(self.field, value)
        if whole and self.takes_whole_form:
            return self._flatten(form, value), _BODY
        return value, loc

    def _find_alias(self, form: FormData) -> Tuple[Any, Loc]:
        for alias in self.aliases:
            value = get_form_value(self.many, form, alias)
            if value is not Undefined:
                return value, (*_BODY, alias)
        return Undefined, (*_BODY, self.aliases[0])

    def _flatten(self, form: FormData, value: Any) -> Dict[str, Any]:
        # NOTE: only JSON for a model in a form gets here; it is validated against the whole form, which is never JSON.
        rest = group(form)
        for alias in self.aliases:
            rest.pop(alias, None)
        found = {} if value is Undefined else {self.aliases[0]: value}
        return {**found, **flatten(rest)}


# Files.

_FileReader = Callable[[ModelField, Any], Awaitable[Any]]


def _get_file_reader(field: ModelField) -> Optional[_FileReader]:
    """Return what turns uploads into the bytes that the parameter asks for, if it asks for bytes."""
    if not isinstance(field.field_info, params.File):
        return None
    annotation = field.field_info.annotation
    if is_bytes_or_nonable_bytes_annotation(annotation):
        return _read_file
    if is_bytes_sequence_annotation(annotation):
        return _read_files
    return None


async def _read_file(field: ModelField, value: Any) -> Any:
    return await _read_file_bytes(value) if isinstance(value, UploadFile) else value


async def _read_files(field: ModelField, value: Any) -> Any:
    if not value_is_sequence(value):
        return value
    # One after the other: the order is that of the request, and only one file is in flight.
    items = [await _read_file(field, item) for item in value]
    return serialize_sequence_value(field=field, value=items)


async def _read_file_bytes(file: UploadFile) -> bytes:
    """Read the rest of a file, and leave its position where it was, for others may read it too."""
    position = file.file.tell()
    try:
        return await file.read()
    finally:
        await file.seek(position)
