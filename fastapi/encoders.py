"""Turn any object into data that `json.dumps` accepts.

What decides about an object, in this order:

    a custom encoder for its type, then for a class of it; a Pydantic model; a dataclass; an enumeration; a path;
    text, numbers and `None`; a dict; a sequence; `ENCODERS_BY_TYPE`, by its type and then by a class of it;
    `dict(obj)`; `vars(obj)`.

"A class of it" is what `isinstance` says, so objects that pretend to be of another class are encoded as that class.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections import defaultdict, deque
from decimal import Decimal
from enum import Enum
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from itertools import chain
from operator import attrgetter
from pathlib import Path, PurePath
from types import GeneratorType
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Type,
    Union,
)
from uuid import UUID

from annotated_doc import Doc
from pydantic import AnyUrl, BaseModel, NameEmail, SecretBytes, SecretStr
from pydantic_core import PydanticUndefinedType, Url
from typing_extensions import Annotated

from fastapi._compat import is_pydantic_v1_model_instance
from fastapi._facade import install as _install
from fastapi._stand_ins.guards import Originals
from fastapi.exceptions import PydanticV1NotSupportedError
from fastapi.types import IncEx

# Colors are in the table in any case, so that tools find the same entries everywhere.
try:
    from pydantic.color import Color
except ImportError:

    class Color:  # type: ignore[no-redef]
        """Stands for the colors of Pydantic, which it keeps for old applications only."""


try:
    from pydantic_extra_types.color import Color as PyExtraColor  # type: ignore[import-not-found,unused-ignore]
except ImportError:

    class PyExtraColor:  # type: ignore[no-redef]
        """Stands for the colors of a package that is not installed."""


Encoder = Callable[[Any], Any]
Names = Optional[Collection[Any]]


def jsonable_encoder(
    obj: Annotated[Any, Doc("The object to encode.")],
    include: Annotated[
        Optional[IncEx],
        Doc("The only fields or keys to keep, as Pydantic's `include` has them."),
    ] = None,
    exclude: Annotated[
        Optional[IncEx],
        Doc("The fields or keys to leave out, as Pydantic's `exclude` has them."),
    ] = None,
    by_alias: Annotated[bool, Doc("Whether fields of models go by their aliases.")] = True,
    exclude_unset: Annotated[bool, Doc("Whether to leave out fields of models that were never set.")] = False,
    exclude_defaults: Annotated[bool, Doc("Whether to leave out fields of models that equal their default.")] = False,
    exclude_none: Annotated[bool, Doc("Whether to leave out fields and keys that are `None`.")] = False,
    custom_encoder: Annotated[
        Optional[Dict[Any, Callable[[Any], Any]]],
        Doc("Encoders by type, which come before all others."),
    ] = None,
    sqlalchemy_safe: Annotated[
        bool,
        Doc("Whether to leave out keys that start with `_sa`, SQLAlchemy's own."),
    ] = True,
) -> Any:
    """Convert an object to plain data: dicts, lists, text, numbers, booleans and `None`.

    `jsonable_encoder({"when": datetime(2020, 1, 1)})` is `{"when": "2020-01-01T00:00:00"}`.
    """
    options = _Options(
        by_alias,
        exclude_unset,
        exclude_defaults,
        exclude_none,
        custom_encoder or {},
        sqlalchemy_safe,
    )
    if jsonable_encoder is not _originals.jsonable_encoder:
        options.encode = _encode_by_name
        options.keeps_all = False
    if options.keeps_all and include is None and exclude is None:
        return _encode_plainly(obj, options, _SHORT_WAY)
    return _encode(obj, options, _names(include), _names(exclude))


class _Options:
    """What stays the same for everything inside of an object."""

    __slots__ = (
        "by_alias",
        "exclude_unset",
        "exclude_defaults",
        "exclude_none",
        "custom_encoder",
        "sqlalchemy_safe",
        "encode",
        "keeps_all",
    )

    def __init__(
        self,
        by_alias: bool,
        exclude_unset: bool,
        exclude_defaults: bool,
        exclude_none: bool,
        custom_encoder: Mapping[Any, Encoder],
        sqlalchemy_safe: bool,
    ) -> None:
        self.by_alias = by_alias
        self.exclude_unset = exclude_unset
        self.exclude_defaults = exclude_defaults
        self.exclude_none = exclude_none
        self.custom_encoder = custom_encoder
        self.sqlalchemy_safe = sqlalchemy_safe
        # What encodes the values inside of an object.
        self.encode: Callable[[Any, _Options, Names, Names], Any] = _encode
        # Whether plain values stay what they are wherever they stand, apart from the keys of SQLAlchemy.
        self.keeps_all = not (exclude_none or custom_encoder)


def _names(names: Any) -> Names:
    # Lists are accepted, too; Pydantic wants sets and dicts.
    if names is None or isinstance(names, (set, dict)):
        return names
    return set(names)


def _encode(obj: Any, options: _Options, include: Names, exclude: Names) -> Any:
    """Encode anything. One frame for each level of dicts and sequences, so that depth ends where it does upstream."""
    if options.custom_encoder:
        encoder = _custom_encoder_for(obj, options.custom_encoder)
        if encoder is not None:
            return encoder(obj)
    # PERF: the exact type decides nearly always, and no rule of the walk below could say otherwise for these.
    cls = type(obj)
    if cls in _EXACT_PLAIN:
        return obj
    if cls in _EXACT_BY_TYPE and cls in ENCODERS_BY_TYPE:
        return ENCODERS_BY_TYPE[cls](obj)
    if cls is not dict and cls not in _EXACT_SEQUENCES:
        value = _encode_by_class(obj, options, include, exclude)
        if value is not _CONTAINER:
            return value
    if not isinstance(obj, dict):
        items, encode = [], options.encode
        for item in obj:
            items.append(encode(item, options, include, exclude))
        return items
    exclude_none, sqlalchemy_safe = options.exclude_none, options.sqlalchemy_safe
    encode = options.encode
    converts_names = bool(options.custom_encoder) or encode is not _encode
    allowed = _allowed_keys(obj, include, exclude)
    encoded: Dict[Any, Any] = {}
    for key, value in obj.items():
        if value is None and exclude_none:
            continue
        if sqlalchemy_safe and isinstance(key, str) and key.startswith("_sa"):
            continue
        if allowed is not None and key not in allowed:
            continue
        if converts_names or type(key) is not str:
            key = encode(key, options, None, None)
        encoded[key] = encode(value, options, None, None)
    return encoded


def _encode_by_name(obj: Any, options: _Options, include: Names, exclude: Names) -> Any:
    """Encode with the function that was put in the place of `jsonable_encoder`."""
    return jsonable_encoder(
        obj,
        include=include,  # type: ignore[arg-type]
        exclude=exclude,  # type: ignore[arg-type]
        by_alias=options.by_alias,
        exclude_unset=options.exclude_unset,
        exclude_defaults=options.exclude_defaults,
        exclude_none=options.exclude_none,
        custom_encoder=options.custom_encoder,  # type: ignore[arg-type]
        sqlalchemy_safe=options.sqlalchemy_safe,
    )


_originals = Originals(globals(), "jsonable_encoder")


# The short way: plain trees, and values of well-known types in them.


def _encode_plainly(obj: Any, options: _Options, levels: int) -> Any:
    """Encode with options that leave plain values alone, `levels` deep; then `_encode` goes on."""
    cls = type(obj)
    if levels > 0:
        if cls is dict and _has_plain_keys((obj,), options):
            return _encode_rows((obj,), options, levels)[0]
        if cls is list:
            return _encode_list(obj, options, levels)
    return _encode(obj, options, None, None)


def _encode_list(items: List[Any], options: _Options, levels: int) -> List[Any]:
    if _EXACT_PLAIN.issuperset(map(type, items)):
        return items.copy()
    if set(map(type, items)) == _DICT_ALONE and _has_plain_keys(items, options):
        return _encode_rows(items, options, levels)
    return [item if type(item) in _EXACT_PLAIN else _encode_plainly(item, options, levels - 1) for item in items]


def _has_plain_keys(rows: Sequence[Dict[Any, Any]], options: _Options) -> bool:
    """Whether every key is a `str` that stays."""
    if not _STR_ALONE.issuperset(map(type, chain.from_iterable(rows))):
        return False
    if not options.sqlalchemy_safe:
        return True
    names = set().union(*rows)
    return "_sa" not in "\0".join(names) or not any(name.startswith("_sa") for name in names)


def _encode_rows(rows: Sequence[Dict[str, Any]], options: _Options, levels: int) -> List[Dict[str, Any]]:
    """Encode dicts with plain keys: copies, in which what is not plain is replaced."""
    encoded = []
    # PERF: names of the loop are local, and the tables are compared once for all rows (benchmarks `jsonable10k` and
    # `typed100`).
    plain, shortcuts = _EXACT_PLAIN, _valid_shortcuts()
    for row in rows:
        copy = row.copy()
        for key, value in row.items():
            cls = type(value)
            if cls in plain:
                continue
            if cls in shortcuts:
                copy[key] = shortcuts[cls](value)
            elif cls is list and plain.issuperset(map(type, value)):
                copy[key] = value.copy()
            else:
                copy[key] = _encode_plainly(value, options, levels - 1)
        encoded.append(copy)
    return encoded


def _custom_encoder_for(obj: Any, encoders: Mapping[Any, Encoder]) -> Optional[Encoder]:
    exact = encoders.get(type(obj))
    if exact is not None:
        return exact
    for cls, encoder in encoders.items():
        if isinstance(obj, cls):
            return encoder
    return None


def _encode_by_class(obj: Any, options: _Options, include: Names, exclude: Names) -> Any:
    """Encode by what `isinstance` says; `_CONTAINER`: a dict or a sequence, whose items are still to be encoded."""
    if isinstance(obj, BaseModel):
        return _encode_model(obj, options, include, exclude)
    if dataclasses.is_dataclass(obj):
        assert not isinstance(obj, type)
        return options.encode(dataclasses.asdict(obj), options, include, exclude)
    if isinstance(obj, Enum):
        _remember_enumeration(type(obj))
        return obj.value
    if isinstance(obj, PurePath):
        return str(obj)
    if isinstance(obj, (str, int, float, type(None))):
        return obj
    if isinstance(obj, PydanticUndefinedType):
        return None
    if isinstance(obj, dict) or isinstance(obj, _SEQUENCES):
        return _CONTAINER
    encoder = _encoder_by_type(obj)
    if encoder is not None:
        return encoder(obj)
    return options.encode(_as_dict(obj), options, include, exclude)


def _encode_model(obj: BaseModel, options: _Options, include: Any, exclude: Any) -> Any:
    data = obj.model_dump(
        mode="json",
        include=include,
        exclude=exclude,
        by_alias=options.by_alias,
        exclude_unset=options.exclude_unset,
        exclude_none=options.exclude_none,
        exclude_defaults=options.exclude_defaults,
    )
    # What Pydantic dumped is looked through once more: a serializer may have left something that is not plain. Custom
    # encoders are not for that.
    if options.encode is not _encode:
        return jsonable_encoder(
            data,
            exclude_none=options.exclude_none,
            exclude_defaults=options.exclude_defaults,
            sqlalchemy_safe=options.sqlalchemy_safe,
        )
    again = _Options(True, False, False, options.exclude_none, {}, options.sqlalchemy_safe)
    return _encode(data, again, None, None)


def _allowed_keys(obj: Mapping[Any, Any], include: Names, exclude: Names) -> Optional[Collection[Any]]:
    # NOTE: a subclass may have items that are not among its keys; those are left out.
    if include is None and exclude is None and type(obj) is dict:
        return None
    allowed = set(obj.keys())
    if include is not None:
        allowed &= set(include)
    if exclude is not None:
        allowed -= set(exclude)
    return allowed


def _as_dict(obj: Any) -> Dict[Any, Any]:
    """Return the items of an object or else its attributes; raise a ValueError that holds what went wrong."""
    try:
        return dict(obj)
    except Exception as not_iterable:
        errors: List[Exception] = [not_iterable]
        try:
            return dict(vars(obj))
        except Exception as without_attributes:
            errors.append(without_attributes)
            raise ValueError(errors) from without_attributes


def _encoder_by_type(obj: Any) -> Optional[Encoder]:
    encoder = ENCODERS_BY_TYPE.get(type(obj))
    if encoder is not None:
        return encoder
    for encoder, classes in encoders_by_class_tuples.items():
        if isinstance(obj, classes):
            return encoder
    if is_pydantic_v1_model_instance(obj):
        raise PydanticV1NotSupportedError(
            f"pydantic.v1 models are no longer supported by FastAPI. Please update the model {obj!r}."
        )
    return None


def _valid_shortcuts() -> Mapping[Type[Any], Encoder]:
    """The shortcuts that do what `ENCODERS_BY_TYPE` says at present."""
    current = ENCODERS_BY_TYPE.get
    if all(current(cls) is encoder for cls, encoder in _SHORTENED):
        return _SHORTCUTS
    valid = dict(_SHORTCUTS)
    for cls, encoder in _SHORTENED:
        if current(cls) is not encoder:
            del valid[cls]
    return valid


def _remember_enumeration(cls: Type[Any]) -> None:
    """Let `obj.value` be read without Python code from now on, if the class leaves it as `Enum` has it."""
    # What only pretends to be an enumeration has rules of its own, too.
    if not issubclass(cls, Enum) or len(_SHORTCUTS) >= _MOST_SHORTCUTS:
        return
    own = [base for base in cls.__mro__ if base.__module__ not in ("enum", "builtins")]
    if all(_ENUMERATION_RULES.isdisjoint(vars(base)) for base in own):
        _SHORTCUTS[cls] = _enumeration_value


def has_typed_rows(content: Any) -> bool:
    """Whether content is a list whose first dict holds a value that has to be encoded.

    Where something else stands for `jsonable_encoder`, it has to encode each value.
    """
    if jsonable_encoder is not _originals.jsonable_encoder:
        return True
    if type(content) is not list or not content or type(content[0]) is not dict:
        return False
    return not _SHORTCUTS.keys().isdisjoint(map(type, content[0].values()))


# The tables.


def isoformat(o: Union[datetime.date, datetime.time]) -> str:
    """Encode a date or a time."""
    return o.isoformat()


def decimal_encoder(dec_value: Decimal) -> Union[int, float]:
    """Encode a decimal as an integer if it was written without a fraction, so that it survives the round trip.

    `decimal_encoder(Decimal("1.0"))` is `1.0`, `decimal_encoder(Decimal("1"))` is `1`.
    """
    exponent = dec_value.as_tuple().exponent
    # The exponent of infinities and NaN is a letter.
    if isinstance(exponent, int) and exponent >= 0:
        return int(dec_value)
    return float(dec_value)


def _uuid_text(value: UUID) -> str:
    # PERF: `str(value)` in fewer steps; every second byte brings a hyphen, and three of them are too many.
    digits = value.int.to_bytes(16, "big").hex("-", 2)
    return f"{digits[:4]}{digits[5:29]}{digits[30:34]}{digits[35:]}"


def _datetime_text(value: datetime.datetime) -> str:
    # PERF: `isoformat` asks the time zone and then writes the offset; nearly all of them are this one.
    if value.tzinfo is _UTC:
        return f"{_date_text(value)}T{_time_text(_time_of(value))}+00:00"
    return _whole_text(value)


_UTC = datetime.timezone.utc
_date_text, _time_text, _time_of = datetime.date.isoformat, datetime.time.isoformat, datetime.datetime.time
_whole_text = datetime.datetime.isoformat


ENCODERS_BY_TYPE: Dict[Type[Any], Encoder] = {
    bytes: lambda value: value.decode(),
    Color: str,
    PyExtraColor: str,
    datetime.date: isoformat,
    datetime.datetime: isoformat,
    datetime.time: isoformat,
    datetime.timedelta: lambda value: value.total_seconds(),
    Decimal: decimal_encoder,
    Enum: lambda value: value.value,
    frozenset: list,
    deque: list,
    GeneratorType: list,
    IPv4Address: str,
    IPv4Interface: str,
    IPv4Network: str,
    IPv6Address: str,
    IPv6Interface: str,
    IPv6Network: str,
    NameEmail: str,
    Path: str,
    re.Pattern: lambda value: value.pattern,
    SecretBytes: str,
    SecretStr: str,
    set: list,
    UUID: str,
    Url: str,
    AnyUrl: str,
}


def generate_encoders_by_class_tuples(
    type_encoder_map: Dict[Any, Encoder],
) -> Dict[Encoder, Tuple[Any, ...]]:
    """Group types by their encoder, to ask `isinstance` once for each encoder."""
    grouped: Dict[Encoder, Tuple[Any, ...]] = defaultdict(tuple)
    for cls, encoder in type_encoder_map.items():
        grouped[encoder] += (cls,)
    return grouped


encoders_by_class_tuples = generate_encoders_by_class_tuples(ENCODERS_BY_TYPE)

# What does the same as an entry of `ENCODERS_BY_TYPE` in less time; types of enumerations join when they are met first.
_SHORTCUTS: Dict[Type[Any], Encoder] = {
    datetime.date: datetime.date.isoformat,
    datetime.datetime: _datetime_text,
    datetime.time: datetime.time.isoformat,
    UUID: _uuid_text,
}
_SHORTENED = [(cls, ENCODERS_BY_TYPE[cls]) for cls in _SHORTCUTS]
_MOST_SHORTCUTS = 1000
_enumeration_value: Encoder = attrgetter("_value_")
# Where a class may say something else about its members.
_ENUMERATION_RULES = frozenset(
    {"value", "_value_", "__class__", "__getattribute__", "__getattr__", "__dataclass_fields__", "__pydantic_fields__"}
)

_SEQUENCES = (list, set, frozenset, GeneratorType, tuple, deque)
_CONTAINER = object()
# Levels of the short way, which takes up to three frames for one.
_SHORT_WAY = 8
_EXACT_SEQUENCES = frozenset(_SEQUENCES)
_EXACT_PLAIN = frozenset({str, int, float, bool, type(None)})
_STR_ALONE = frozenset({str})
_DICT_ALONE = {dict}
# Types that only `ENCODERS_BY_TYPE` has something to say about.
_EXACT_BY_TYPE = frozenset(cls for cls in ENCODERS_BY_TYPE if cls not in (Enum, Path) and cls not in _SEQUENCES)

# A replaced `jsonable_encoder` encodes also what is inside of an object.
_install(__name__, [])
