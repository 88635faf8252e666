"""Values of body parameters, at request time.

One parameter that is not embedded is the whole body. Otherwise each parameter is a key of the JSON object, or a field
of the form. A missing body, or one that is not JSON, counts as an object without keys: the parameters have their
defaults. A JSON value that is not an object is an error of each parameter.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Sequence, Tuple

from pydantic import BaseModel
from starlette.datastructures import FormData

from fastapi import params
from fastapi._compat import ModelField, Undefined, get_missing_field_error, lenient_issubclass
from fastapi.dependencies._declared.fields import get_param_aliases
from fastapi.dependencies._solving.forms import FormField, FormModelReader, get_form_models, take_fields
from fastapi.dependencies._solving.forms import _read_file_bytes as _read_file_bytes
from fastapi.dependencies._solving.params import Errors, Loc, Values, validate_value

_BODY: Loc = ("body",)


async def request_body_to_args(
    body_fields: Sequence[ModelField], received_body: Any, embed_body_fields: bool
) -> Tuple[Values, Errors]:
    """Return the arguments for `body_fields`, and the errors of the fields for which the body is wrong."""
    values: Values = {}
    errors: Errors = []
    await read_body_params(make_body_readers(body_fields), received_body, embed_body_fields, values, errors)
    return values, errors


def make_body_readers(fields: Sequence[ModelField]) -> Tuple[BodyParamReader, ...]:
    """Return a reader for each of `fields`."""
    return tuple(BodyParamReader(field) for field in fields)


async def read_body_params(
    readers: Sequence[BodyParamReader], body: object, embedded: bool, values: Values, errors: Errors
) -> None:
    """Read all body parameters of one dependant from a form, from parsed JSON, or from a body that is not JSON."""
    if not isinstance(body, FormData):
        read_parsed_body(readers, body, embedded, values, errors)
        return
    if len(readers) == 1 and not embedded and not readers[0].embeds:
        _keep_whole(readers[0], await readers[0].take_form(body), values, errors)
        return
    for reader in readers:
        value, loc = await reader.find_in_form(body)
        _keep(reader, value, loc, values, errors)


def read_parsed_body(
    readers: Sequence[BodyParamReader], body: object, embedded: bool, values: Values, errors: Errors
) -> None:
    """Read all body parameters of one dependant from parsed JSON, or from a body that is not JSON."""
    if len(readers) == 1 and not embedded and not readers[0].embeds:
        _keep_whole(readers[0], body, values, errors)
        return
    for reader in readers:
        value, loc = reader.find_in_object(body)
        _keep(reader, value, loc, values, errors)


def _keep_whole(reader: BodyParamReader, value: object, values: Values, errors: Errors) -> None:
    # NOTE: as upstream, a wrong value gives the argument None beside its errors; tracing tools show it.
    values[reader.name], found_errors = validate_value(reader.field, value, values, _BODY)
    errors.extend(found_errors)


def _keep(reader: BodyParamReader, value: object, loc: Loc, values: Values, errors: Errors) -> None:
    if value is _NO_OBJECT:
        errors.append(get_missing_field_error(loc))
        return
    value, found_errors = validate_value(reader.field, value, values, loc)
    if found_errors:
        errors.extend(found_errors)
    else:
        values[reader.name] = value


# `find_in_object` returns this for a JSON value that is not an object.
_NO_OBJECT = object()


class BodyParamReader:
    """Finds the value of one body parameter."""

    __slots__ = ("aliases", "embeds", "field", "form_field", "many", "model", "name", "takes_whole_form")

    def __init__(self, field: ModelField) -> None:
        self.field = field
        self.name = field.name
        info = field.field_info
        models = get_form_models(field)
        self.model = FormModelReader(field, models) if models else None
        # The only parameter of a dependency may be a key of the body although that of the endpoint is the whole body.
        self.embeds = _should_embed_body_fields([field]) or self.model is not None
        self.aliases = get_param_aliases(field)
        self.form_field = FormField.of(info, self.aliases)
        self.many = self.form_field.many
        # NOTE: as upstream, a `Json` model in a form is validated against the whole form, which is never JSON.
        self.takes_whole_form = not self.embeds and isinstance(info, params.Form)

    @property
    def reads_one_name(self) -> bool:
        """Return whether a form has the value exactly if it has a field with the one name that is not empty."""
        is_single = self.model is None and not self.takes_whole_form and len(self.aliases) == 1
        # The text of a JSON list has a length, but a client may send a file in its place, which has no length.
        return is_single and not (self.form_field.is_sequence and not self.many)

    def find_in_object(self, body: object) -> Tuple[object, Loc]:
        """Return the value in a parsed body that has a key for each parameter, and its location."""
        loc = (*_BODY, self.aliases[0])
        if body is Undefined or isinstance(body, bytes):
            return Undefined, loc
        if not isinstance(body, Mapping):
            return _NO_OBJECT, loc
        for alias in self.aliases:
            if alias in body:
                return body[alias], (*_BODY, alias)
        return Undefined, loc

    async def find_in_form(self, form: FormData) -> Tuple[object, Loc]:
        """Return the value in a form, and its location."""
        if self.model is not None:
            return await self.model.read(form), _BODY
        value, alias = self.form_field.find(form)
        return await self.form_field.read_files(value), (*_BODY, alias)

    async def take_form(self, form: FormData) -> Dict[str, object]:
        """Return the whole form, with the value of this parameter first."""
        found, taken = take_fields([self.form_field], form)
        for _, alias in taken:
            found[alias] = await self.form_field.read_files(found[alias])
        return found


def _should_embed_body_fields(fields: Sequence[ModelField]) -> bool:
    """Return whether each parameter is a key of the body, rather than one parameter the whole body."""
    if not fields:
        return False
    first = fields[0]
    # Several dependencies may declare the same field.
    if len({field.name for field in fields}) > 1:
        return True
    if get_form_models(first) and not all(_is_same_form_model(first, field) for field in fields[1:]):
        return True
    info = first.field_info
    if getattr(info, "embed", None):
        return True
    # A parameter of a form that is not a model is a field of the form.
    return (
        isinstance(info, params.Form)
        and not lenient_issubclass(info.annotation, BaseModel)
        and not get_form_models(first)
    )


def _is_same_form_model(first: ModelField, field: ModelField) -> bool:
    return bool(get_form_models(field)) and field.field_info.annotation is first.field_info.annotation
