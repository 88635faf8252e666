"""Values of path, query, header and cookie parameters.

A `Reader` is made from a field when a route is added; per request it looks its names up and lets Pydantic validate.

- The first declared name that is present wins, and the error names it; when none is, the error names the first.
- Of a repeated name, a scalar takes the last value, but the first of headers; a sequence takes all.
- A parameter model takes everything of its location: its fields under their names, the rest as extras.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, Mapping, Sequence, Set, Tuple, Type, cast

from pydantic import BaseModel
from starlette.datastructures import Headers, ImmutableMultiDict, MutableHeaders

from fastapi import params
from fastapi._compat import ModelField, Undefined, get_missing_field_error
from fastapi.dependencies._fields import (
    AcceptedName,
    allows_any_key,
    get_accepted_names,
    get_first_keys,
    get_param_aliases,
    get_param_model,
    is_nullable,
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
    if len(readers) > 1 and type(received) in _PLAIN_HEADERS:
        received = _HeaderIndex(received)
    for read in readers:
        read(received, values, errors)


def validate_value(field: ModelField, value: Any, values: Values, loc: Loc) -> Tuple[Any, Errors]:
    """Validate `value`, or find what stands for a value that is not there."""
    if value is not Undefined:
        return field.validate(value, values, loc=loc)
    if field.field_info.is_required():
        return None, [get_missing_field_error(loc)]
    default = field.get_default()
    if field.field_info.validate_default:
        return field.validate(default, values, loc=loc)
    return default, []


def _validate_value_with_model_field(
    *, field: ModelField, value: Any, values: Dict[str, Any], loc: Tuple[str, ...]
) -> Tuple[Any, List[Any]]:
    """Do what `validate_value` does, under the name and with the signature that FastAPI has."""
    return validate_value(field, value, values, loc)


def get_multidict_value(many: bool, received: Mapping[str, Any], alias: str) -> Any:
    """Return the value or values of `alias`, or `Undefined`."""
    if many and isinstance(received, _MULTI):
        return received.getlist(alias) or Undefined
    return received.get(alias, Undefined)


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
    if model is not None and location != "path":
        return _ModelReader(field, model, location)
    return _ScalarReader(field, location)


class _ScalarReader:
    """Reads one parameter."""

    __slots__ = ("aliases", "alias", "field", "loc", "location", "many", "name")

    def __init__(self, field: ModelField, location: str) -> None:
        self.field = field
        self.name = field.name
        self.location = location
        self.aliases = get_param_aliases(field)
        self.alias = self.aliases[0]
        self.loc: Loc = (location, self.alias)
        self.many = takes_many_values(field.field_info)

    def __call__(self, received: Any, values: Values, errors: Errors) -> None:
        loc = self.loc
        value = get_multidict_value(self.many, received, self.alias)
        if value is Undefined and len(self.aliases) > 1:
            value, loc = self._find_other(received)
        value, found_errors = validate_value(self.field, value, values, loc)
        if found_errors:
            errors.extend(found_errors)
        else:
            values[self.name] = value

    def _find_other(self, received: Any) -> Tuple[Any, Loc]:
        for alias in self.aliases[1:]:
            value = get_multidict_value(self.many, received, alias)
            if value is not Undefined:
                return value, (self.location, alias)
        return Undefined, self.loc


class _ModelReader:
    """Reads a parameter model: all parameters of one location that its fields name, and the rest as extras."""

    __slots__ = (
        "any_key",
        "field",
        "fields",
        "is_header",
        "loc",
        "name",
        "names",
        "nullable",
        "renamed",
        "shadowed",
    )

    def __init__(self, field: ModelField, model: Type[BaseModel], location: str) -> None:
        self.field = field
        self.name = field.name
        self.loc = (location,)
        self.is_header = location == "header"
        self.nullable = is_nullable(field.field_info.annotation)
        self.any_key = allows_any_key(model)
        convert = bool(getattr(field.field_info, "convert_underscores", False))
        self.fields: List[Tuple[List[AcceptedName], bool]] = []
        self.names: Set[str] = set()
        for name, info in model.model_fields.items():
            accepted = get_accepted_names(model.model_config, name, info, convert_underscores=convert)
            self.fields.append((accepted, takes_many_values(info)))
            self.names.update(self._key(known.external) for known in accepted)
            self.names.update(self._key(key) for key in get_first_keys(info))
        known_names = [known for accepted, _ in self.fields for known in accepted]
        renamed = {known.internal: known.external for known in known_names if known.internal != known.external}
        # `x_token` in a request is not what a model means that asks for `x-token`.
        self.shadowed = {name for name in renamed if name not in self.names}
        # Errors name what the client sent, unless the model wants the names of its fields there.
        by_alias = model.model_config.get("loc_by_alias", True)
        self.renamed = renamed if by_alias else {}

    def __call__(self, received: Any, values: Values, errors: Errors) -> None:
        grouped = group(received)
        if self.nullable and not self._is_supplied(grouped):
            value, found_errors = validate_value(self.field, Undefined, values, self.loc)
        else:
            value, found_errors = self.field.validate(
                self._collect(grouped, isinstance(received, _MULTI)),
                values,
                loc=self.loc,
            )
            found_errors = [self._relocate(error) for error in found_errors]
        if found_errors:
            errors.extend(found_errors)
        else:
            values[self.name] = value

    def _is_supplied(self, grouped: Dict[str, List[Any]]) -> bool:
        if self.any_key:
            return bool(grouped)
        return not self.names.isdisjoint(grouped)

    def _collect(self, grouped: Dict[str, List[Any]], multi: bool) -> Values:
        collected: Values = {}
        processed: Set[str] = set(self.shadowed)
        for accepted, many in self.fields:
            for external, internal in accepted:
                key = self._key(external)
                found = grouped.get(key)
                if found is not None:
                    processed.add(key)
                    collected[internal] = found if many and multi else found[0 if self.is_header else -1]
                    break
        for name, found in grouped.items():
            if name not in processed:
                collected[name] = found[0] if len(found) == 1 else found
        return collected

    def _relocate(self, error: Dict[str, Any]) -> Dict[str, Any]:
        loc = error["loc"]
        if len(loc) > 1 and loc[1] in self.renamed:
            error["loc"] = (loc[0], self.renamed[loc[1]], *loc[2:])
        return error

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
