"""Values of path, query, header and cookie parameters.

A `Reader` is made from a field when a route is added; per request it looks its names up and lets Pydantic validate.

- The first declared name that is present wins, also when it is empty, and the error names it; when none is, the error
  names the first.
- Of a repeated name, a scalar takes the last value, but the first of headers; a sequence takes all.
- A parameter model takes everything of its location: its fields under their names, the rest as extras.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Sequence, Set, Tuple, Type, cast

from pydantic import BaseModel
from starlette.datastructures import Headers, ImmutableMultiDict, MutableHeaders

from fastapi import params
from fastapi._compat import ModelField, Undefined, field_annotation_is_sequence, get_missing_field_error
from fastapi._stand_ins.guards import are_replaced
from fastapi.dependencies._fields import (
    AcceptedName,
    allows_any_key,
    get_accepted_names,
    get_param_aliases,
    get_param_model,
    takes_many_values,
)

Loc = Tuple[str, ...]
Values = Dict[str, Any]
Errors = List[Any]
# (values of the request, validated values so far, errors so far)
Reader = Callable[[Any, Values, Errors], None]


def request_params_to_args(fields: Sequence[ModelField], received_params: Mapping[str, Any]) -> Tuple[Values, Errors]:
    """Return the arguments that `fields` find in `received_params`, and the errors of those that are wrong."""
    values: Values = {}
    errors: Errors = []
    read_params(make_readers(fields), received_params, values, errors)
    return values, errors


def make_readers(fields: Sequence[ModelField]) -> Tuple[Reader, ...]:
    """Return what `read_params` needs to know about `fields`."""
    return tuple(_make_reader(field) for field in fields)


def read_params(
    readers: Sequence[Reader],
    received: Any,
    values: Values,
    errors: Errors,
) -> None:
    """Read all parameters of one location."""
    # PERF: `Headers` decodes and compares all of them for each name asked; one pass serves all readers.
    if len(readers) > 1 and type(received) in _PLAIN_HEADERS and not are_replaced():
        received = _HeaderIndex(received)
    for read in readers:
        read(received, values, errors)


def validate_value(field: ModelField, value: Any, values: Values, loc: Loc) -> Tuple[Any, Errors]:
    """Validate `value`, or find what stands for a value that is not there."""
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
    """Do what `validate_value` does, under the name and with the signature that FastAPI has."""
    return validate_value(field, value, values, loc)


def fresh_default(field: ModelField) -> Any:
    """Return the default for one request.

    NOTE: `get_default` gives a copy already, but of the result of a factory it does not.
    """
    default = field.get_default()
    return default if type(default) in _COPIED_AS_THEMSELVES else deepcopy(default)


_COPIED_AS_THEMSELVES = (type(None), bool, int, float, str)


def get_multidict_value(many: bool, is_sequence: bool, received: Mapping[str, Any], alias: str) -> Any:
    """Return the value or values of `alias`, or `Undefined`."""
    if many and isinstance(received, _MULTI):
        return received.getlist(alias) or Undefined
    return _or_undefined(is_sequence, received.get(alias))


def _or_undefined(is_sequence: bool, value: Any) -> Any:
    # NOTE: also of JSON in a text, and of a text where only one value can come, nothing is left of an empty one.
    return Undefined if value is None or (is_sequence and len(value) == 0) else value


def get_multidict_extras(received: Mapping[str, Any], processed: Set[str]) -> Iterator[Tuple[str, Any]]:
    """Yield what is not in `processed`: a name with its value, or with all of its values if it came more than once."""
    for name, found in group(received).items():
        if name not in processed:
            yield name, found[0] if len(found) == 1 else found


def group(received: Mapping[str, Any]) -> Dict[str, List[Any]]:
    """Return all values of each name, in the order of their arrival, in one pass."""
    grouped: Dict[str, List[Any]] = {}
    pairs: Any = received.multi_items() if isinstance(received, ImmutableMultiDict) else received.items()
    for name, value in pairs:
        if name in grouped:
            grouped[name].append(value)
        else:
            grouped[name] = [value]
    return grouped


# Readers.


def _make_reader(field: ModelField) -> Reader:
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
        """Whether the value is found under one name, and is there when the name is."""
        may_be_empty = self.is_sequence and not (self.many and self.location in ("query", "header"))
        return len(self.aliases) == 1 and not may_be_empty

    def __call__(self, received: Any, values: Values, errors: Errors) -> None:
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


class _ModelField(NamedTuple):
    """A field of a parameter model."""

    name: str
    accepted: List[AcceptedName]
    many: bool
    is_sequence: bool


class _ModelReader:
    """Reads a parameter model: all parameters of one location that its fields name, and the rest as extras."""

    __slots__ = ("any_key", "by_alias", "field", "fields", "is_header", "loc", "name", "names", "nullable")

    def __init__(self, field: ModelField, model: Type[BaseModel], location: str) -> None:
        self.field = field
        self.name = field.name
        self.loc = (location,)
        self.is_header = location == "header"
        self.nullable = field.field_info.annotation is not model
        self.any_key = allows_any_key(model)
        # Errors name what the client sent, unless the model wants the names of its fields there.
        self.by_alias = model.model_config.get("loc_by_alias", True)
        converts = getattr(field.field_info, "convert_underscores", True)
        self.fields: List[_ModelField] = []
        for name, info in model.model_fields.items():
            convert = self.is_header and getattr(info, "convert_underscores", converts)
            accepted = get_accepted_names(model.model_config, name, info, convert_underscores=convert)
            is_sequence = field_annotation_is_sequence(info.annotation)
            self.fields.append(_ModelField(name, accepted, takes_many_values(info), is_sequence))
        self.names = {self._key(known.external) for field in self.fields for known in field.accepted}

    def __call__(self, received: Any, values: Values, errors: Errors) -> None:
        grouped = group(received)
        found: Any = self._collect(grouped, isinstance(received, _MULTI))
        if self.nullable and self.names.isdisjoint(grouped) and not (self.any_key and found):
            found = Undefined
        value, found_errors = validate_value(self.field, found, {}, self.loc)
        if found_errors:
            errors.extend(self._relocate(found_errors, grouped))
        else:
            values[self.name] = value

    def _collect(self, grouped: Dict[str, List[Any]], multi: bool) -> Values:
        collected: Values = {}
        processed: Set[str] = set()
        for field in self.fields:
            known = self._choose(field, grouped)
            processed.add(self._key(known.external))
            if self.is_header:
                # `x_token` in a request does not go to a model that asks for `x-token`.
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

    def _choose(self, field: _ModelField, grouped: Dict[str, List[Any]]) -> AcceptedName:
        """Return the first name that is there, or the first one."""
        accepted = field.accepted
        return next((known for known in accepted if self._key(known.external) in grouped), accepted[0])

    def _relocate(self, errors: Errors, grouped: Dict[str, List[Any]]) -> Errors:
        """Let errors name headers instead of fields."""
        chosen = {field.name: self._choose(field, grouped) for field in self.fields}
        renamed = {name: known.external for name, known in chosen.items() if known.internal != known.external}
        for error in errors if self.by_alias else ():
            loc = error["loc"]
            if len(loc) > 1 and loc[1] in renamed:
                error["loc"] = (loc[0], renamed[loc[1]], *loc[2:])
        return errors

    def _key(self, name: str) -> str:
        return name.lower() if self.is_header else name


class _HeaderIndex:
    """The headers of one request, for several look-ups."""

    __slots__ = ("_by_name", "_headers")

    def __init__(self, headers: Any) -> None:
        self._headers = headers
        self._by_name: Dict[bytes, List[bytes]] = {}
        for name, value in headers.raw:
            if name in self._by_name:
                self._by_name[name].append(value)
            else:
                self._by_name[name] = [value]

    def __contains__(self, name: str) -> bool:
        return name.lower().encode("latin-1") in self._by_name

    def get(self, name: str, default: Any = None) -> Any:
        found = self._by_name.get(name.lower().encode("latin-1"))
        return default if found is None else found[0].decode("latin-1")

    def getlist(self, name: str) -> List[str]:
        found = self._by_name.get(name.lower().encode("latin-1"), ())
        return [value.decode("latin-1") for value in found]

    def items(self) -> Any:
        return self._headers.items()


_PLAIN_HEADERS = (Headers, MutableHeaders)
_MULTI = (ImmutableMultiDict, Headers, _HeaderIndex)
