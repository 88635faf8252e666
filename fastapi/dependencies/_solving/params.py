"""Values of path, query, header and cookie parameters.

A `Reader` is made from a field when a route is added. For each request it looks up the names of the parameter, and
Pydantic validates the value.

- The first declared name that the request has counts, even if its value is empty, and the error names it. Without any
of
  the names, the error names the first one.
- If a name occurs several times, a scalar takes the last value, or the first header; a sequence takes all.
- A parameter model takes all parameters of its location: its fields by their names, the others as extras.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Sequence, Set, Tuple, Type, Union, cast

from pydantic import BaseModel
from starlette.datastructures import Headers, ImmutableMultiDict, MutableHeaders

from fastapi import params
from fastapi._compat import ModelField, Undefined, field_annotation_is_sequence, get_missing_field_error
from fastapi._stand_ins.guards import are_replaced
from fastapi.dependencies._declared.fields import (
    AcceptedName,
    allows_any_key,
    get_accepted_names,
    get_param_aliases,
    get_param_model,
    takes_many_values,
)

Loc = Tuple[str, ...]
Values = Dict[str, object]
Errors = List[Any]
# All values of each name.
Grouped = Dict[str, List[object]]
# (the location of the request, valid values so far, errors so far)
Reader = Callable[["Received", Values, Errors], None]


def request_params_to_args(fields: Sequence[ModelField], received_params: Mapping[str, Any]) -> Tuple[Values, Errors]:
    """Return the arguments for `fields` from `received_params`, and the errors of the fields with wrong values."""
    values: Values = {}
    errors: Errors = []
    read_params(make_readers(fields), received_params, values, errors)
    return values, errors


def make_readers(fields: Sequence[ModelField]) -> Tuple[AnyReader, ...]:
    """Return a reader for each of `fields`."""
    return tuple(_make_reader(field) for field in fields)


def read_params(
    readers: Sequence[Reader],
    received: Received,
    values: Values,
    errors: Errors,
) -> None:
    """Read all parameters of one location."""
    # PERF: for each name, `Headers` decodes and compares every header. An index serves all readers with one pass.
    if len(readers) > 1 and type(received) in _PLAIN_HEADERS and not are_replaced():
        received = _HeaderIndex(cast(Headers, received))
    for read in readers:
        read(received, values, errors)


def validate_value(field: ModelField, value: object, values: Values, loc: Loc) -> Tuple[object, Errors]:
    """Return the valid value and no errors, or the errors. For `Undefined`, that is the default or a missing error."""
    if value is not Undefined:
        return field.validate(value, values, loc=loc)
    if field.field_info.is_required():
        return None, [get_missing_field_error(loc)]
    default = fresh_default(field)
    if field.field_info.validate_default:
        return field.validate(default, values, loc=loc)
    return default, []


def _validate_value_with_model_field(
    *, field: ModelField, value: Any, values: Dict[str, Any], loc: Tuple[str, ...]
) -> Tuple[Any, List[Any]]:
    """Return `validate_value` of the arguments: the function that the real package has under this name."""
    return validate_value(field, value, values, loc)


def fresh_default(field: ModelField) -> object:
    """Return a copy of the default for one request.

    NOTE: `get_default` copies a default, but not the result of a factory; upstream copies both.
    """
    default = field.get_default()
    return default if type(default) in _COPIED_AS_THEMSELVES else deepcopy(default)


_COPIED_AS_THEMSELVES = (type(None), bool, int, float, str)


def get_multidict_value(many: bool, is_sequence: bool, received: Received, alias: str) -> object:
    """Return the value of `alias`, or all of its values; `Undefined` if there is none."""
    if many and isinstance(received, _MULTI):
        return received.getlist(alias) or Undefined
    return _or_undefined(is_sequence, received.get(alias))


def _or_undefined(is_sequence: bool, value: Any) -> object:
    # NOTE: as upstream, an empty text counts as absent for a sequence, also where it is JSON or the only value.
    return Undefined if value is None or (is_sequence and len(value) == 0) else value


def get_multidict_extras(received: Mapping[str, object], processed: Set[str]) -> Iterator[Tuple[str, object]]:
    """Yield each name that is not in `processed` with its value, or with all of its values if there are several."""
    for name, found in group(received).items():
        if name not in processed:
            yield name, found[0] if len(found) == 1 else found


def group(received: Received) -> Grouped:
    """Return all values of each name, in the order of the request."""
    grouped: Grouped = {}
    for name, value in received.multi_items() if isinstance(received, ImmutableMultiDict) else received.items():
        if name in grouped:
            grouped[name].append(value)
        else:
            grouped[name] = [value]
    return grouped


# Readers.


def _make_reader(field: ModelField) -> AnyReader:
    model = get_param_model(field)
    location = cast(params.Param, field.field_info).in_.value
    if model is not None:
        return _ModelReader(field, model, location)
    return _ScalarReader(field, location)


class _ScalarReader:
    """Reads one parameter."""

    __slots__ = ("aliases", "alias", "field", "is_sequence", "loc", "location", "many", "name")

    def __init__(self, field: ModelField, location: str) -> None:
        self.field = field
        self.name = field.name
        self.location = location
        self.aliases = get_param_aliases(field)
        self.alias = self.aliases[0]
        self.loc: Loc = (location, self.alias)
        self.many = takes_many_values(field.field_info)
        self.is_sequence = field_annotation_is_sequence(field.field_info.annotation)

    @property
    def reads_one_name(self) -> bool:
        """Return whether the request has the value exactly if it has the one name of the parameter."""
        may_be_empty = self.is_sequence and not (self.many and self.location in ("query", "header"))
        return len(self.aliases) == 1 and not may_be_empty

    def __call__(self, received: Received, values: Values, errors: Errors) -> None:
        alias, loc = self.alias, self.loc
        if len(self.aliases) > 1:
            alias = next((name for name in self.aliases if name in received), alias)
            loc = (self.location, alias)
        value = get_multidict_value(self.many, self.is_sequence, received, alias)
        value, found_errors = validate_value(self.field, value, values, loc)
        if found_errors:
            errors.extend(found_errors)
        else:
            values[self.name] = value


class _ModelParam(NamedTuple):
    """A field of a parameter model."""

    name: str
    accepted: List[AcceptedName]
    many: bool
    is_sequence: bool


class _ModelReader:
    """Reads a parameter model: the parameters of one location that its fields name, and the others as extras."""

    __slots__ = ("any_key", "by_alias", "field", "fields", "is_header", "loc", "name", "names", "nullable")

    def __init__(self, field: ModelField, model: Type[BaseModel], location: str) -> None:
        self.field = field
        self.name = field.name
        self.loc = (location,)
        self.is_header = location == "header"
        self.nullable = field.field_info.annotation is not model
        self.any_key = allows_any_key(model)
        # Errors show the names of the request, unless the configuration of the model asks for those of its fields.
        self.by_alias = model.model_config.get("loc_by_alias", True)
        converts = getattr(field.field_info, "convert_underscores", True)
        self.fields: List[_ModelParam] = []
        for name, info in model.model_fields.items():
            convert = self.is_header and getattr(info, "convert_underscores", converts)
            accepted = get_accepted_names(model.model_config, name, info, convert_underscores=convert)
            is_sequence = field_annotation_is_sequence(info.annotation)
            self.fields.append(_ModelParam(name, accepted, takes_many_values(info), is_sequence))
        self.names = {self._key(known.external) for field in self.fields for known in field.accepted}

    def __call__(self, received: Received, values: Values, errors: Errors) -> None:
        grouped = group(received)
        found: object = self._collect(grouped, isinstance(received, _MULTI))
        if self.nullable and self.names.isdisjoint(grouped) and not (self.any_key and found):
            found = Undefined
        value, found_errors = validate_value(self.field, found, {}, self.loc)
        if found_errors:
            errors.extend(self._relocate(found_errors, grouped))
        else:
            values[self.name] = value

    def _collect(self, grouped: Grouped, multi: bool) -> Values:
        collected: Values = {}
        processed: Set[str] = set()
        for field in self.fields:
            known = self._choose(field, grouped)
            processed.add(self._key(known.external))
            if self.is_header:
                # A model that declares `x-token` does not get a header `x_token` as an extra.
                processed.update(each.internal.lower() for each in field.accepted if each.internal != each.external)
            found = grouped.get(self._key(known.external))
            if found is None:
                continue
            value = (
                found if field.many and multi else _or_undefined(field.is_sequence, found[0 if self.is_header else -1])
            )
            if value is not Undefined:
                collected[known.internal] = value
        for name, found in grouped.items():
            if name not in processed:
                collected[name] = found[0] if len(found) == 1 else found
        return collected

    def complete_errors(self, errors: Errors, found: Values, received: Received) -> Errors:
        """Return the errors of a validation that got `found`, which has only the fields, as with the extras.

        `found` gets the extras: errors show it as their input.
        """
        grouped = group(received)
        whole = self._collect(grouped, isinstance(received, _MULTI))
        found.clear()
        found.update(whole)
        return self._relocate(errors, grouped)

    def _choose(self, field: _ModelParam, grouped: Grouped) -> AcceptedName:
        """Return the first name that the request has, or else the first name."""
        accepted = field.accepted
        return next((known for known in accepted if self._key(known.external) in grouped), accepted[0])

    def _relocate(self, errors: Errors, grouped: Grouped) -> Errors:
        """Return the errors with the names of headers in place of those of fields."""
        chosen = {field.name: self._choose(field, grouped) for field in self.fields}
        renamed = {name: known.external for name, known in chosen.items() if known.internal != known.external}
        for error in errors if self.by_alias else ():
            loc = error["loc"]
            if len(loc) > 1 and loc[1] in renamed:
                error["loc"] = (loc[0], renamed[loc[1]], *loc[2:])
        return errors

    def _key(self, name: str) -> str:
        return name.lower() if self.is_header else name


AnyReader = Union[_ScalarReader, _ModelReader]


class _HeaderIndex:
    """The headers of one request, indexed for several look-ups."""

    __slots__ = ("_by_name", "_headers")

    def __init__(self, headers: Headers) -> None:
        self._headers = headers
        self._by_name: Dict[bytes, List[bytes]] = {}
        for name, value in headers.raw:
            if name in self._by_name:
                self._by_name[name].append(value)
            else:
                self._by_name[name] = [value]

    def __contains__(self, name: str) -> bool:
        return name.lower().encode("latin-1") in self._by_name

    def get(self, name: str) -> Union[str, None]:
        found = self._by_name.get(name.lower().encode("latin-1"))
        return None if found is None else found[0].decode("latin-1")

    def getlist(self, name: str) -> List[str]:
        found = self._by_name.get(name.lower().encode("latin-1"), ())
        return [value.decode("latin-1") for value in found]

    def items(self) -> List[Tuple[str, str]]:
        return self._headers.items()


# The parameters of one location, by name.
Received = Union[Mapping[str, object], _HeaderIndex]


_PLAIN_HEADERS = (Headers, MutableHeaders)
_MULTI = (ImmutableMultiDict, Headers, _HeaderIndex)
