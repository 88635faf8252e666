"""Turn any object into data that `json.dumps` accepts.

The first rule that matches decides about an object:

    a custom encoder for its type, then for a class of it; a Pydantic model; a dataclass; an enumeration; a path;
    text, numbers and `None`; a dict; a sequence; `ENCODERS_BY_TYPE`, by its type and then by a class of it;
    `dict(obj)`; `vars(obj)`.

"A class of it" means `isinstance`, so an object that pretends to be of another class is encoded as that class.
"""

from __future__ import annotations

import dataclasses
import datetime as datetime
from collections import defaultdict as defaultdict
from collections import deque
from decimal import Decimal as Decimal
from enum import Enum
from ipaddress import IPv4Address as IPv4Address
from ipaddress import IPv4Interface as IPv4Interface
from ipaddress import IPv4Network as IPv4Network
from ipaddress import IPv6Address as IPv6Address
from ipaddress import IPv6Interface as IPv6Interface
from ipaddress import IPv6Network as IPv6Network
from itertools import chain
from pathlib import Path, PurePath
from types import GeneratorType
from typing import Any, Callable, Collection, Dict, Iterable, List, Mapping, Optional, Sequence
from uuid import UUID as UUID

from annotated_doc import Doc
from pydantic import AnyUrl as AnyUrl
from pydantic import BaseModel
from pydantic import NameEmail as NameEmail
from pydantic import SecretBytes as SecretBytes
from pydantic import SecretStr as SecretStr
from pydantic_core import PydanticUndefinedType
from pydantic_core import Url as Url
from typing_extensions import Annotated

from fastapi._compat import is_pydantic_v1_model_instance
from fastapi._encoder_shortcuts import remember_enumeration, shortened_types, valid_shortcuts
from fastapi._encoder_table import ENCODERS_BY_TYPE as ENCODERS_BY_TYPE
from fastapi._encoder_table import Color as Color
from fastapi._encoder_table import Encoder
from fastapi._encoder_table import PyExtraColor as PyExtraColor
from fastapi._encoder_table import decimal_encoder as decimal_encoder
from fastapi._encoder_table import encoders_by_class_tuples as encoders_by_class_tuples
from fastapi._encoder_table import generate_encoders_by_class_tuples as generate_encoders_by_class_tuples
from fastapi._encoder_table import isoformat as isoformat
from fastapi._facade import install as _install
from fastapi._stand_ins.guards import Originals
from fastapi.exceptions import PydanticV1NotSupportedError
from fastapi.types import IncEx

# Names of fields or keys. Pydantic takes sets and dicts.
Names = Optional[Collection[object]]
PlainDict = Dict[str, Any]


def jsonable_encoder(
    obj: Annotated[Any, Doc("The object to encode: a model, a dataclass, a dict, a list, a date, or any other.")],
    include: Annotated[
        Optional[IncEx],
        Doc("The fields of models and the keys of dicts to keep. Pydantic gets it as `include`."),
    ] = None,
    exclude: Annotated[
        Optional[IncEx],
        Doc("The fields of models and the keys of dicts to leave out. Pydantic gets it as `exclude`."),
    ] = None,
    by_alias: Annotated[
        bool,
        Doc(
            "Whether the keys for the fields of a model are their aliases. With `False` they are the names of the "
            "attributes in Python."
        ),
    ] = True,
    exclude_unset: Annotated[
        bool, Doc("Whether to leave out fields of models that the caller never set, so that they have their default.")
    ] = False,
    exclude_defaults: Annotated[
        bool, Doc("Whether to leave out fields of models that equal their default, even if the caller set them.")
    ] = False,
    exclude_none: Annotated[bool, Doc("Whether to leave out fields of models and keys of dicts that are `None`.")] = (
        False
    ),
    custom_encoder: Annotated[
        Optional[Dict[Any, Callable[[Any], Any]]],
        Doc("Encoders by type. Each takes an object and returns plain data; they precede all other rules."),
    ] = None,
    sqlalchemy_safe: Annotated[
        bool,
        Doc(
            "Whether to leave out keys that start with `_sa`: SQLAlchemy keeps its own state in attributes with such "
            "names, and that state has no JSON."
        ),
    ] = True,
) -> Any:
    """Convert an object to plain data: dicts, lists, text, numbers, booleans and `None`.

    The framework encodes the result of an endpoint and the errors of a request with it. An application may call it
    before it stores an object where only JSON fits, such as a document database or a message queue.

    ```python
    class Event(BaseModel):
        name: str
        start: datetime

    jsonable_encoder(Event(name="Launch", start=datetime(2030, 5, 1, 9, 30)))
    # {"name": "Launch", "start": "2030-05-01T09:30:00"}
    ```

    Raises:
        ValueError: No rule matches the object, and it has neither items nor attributes.
        PydanticV1NotSupportedError: The object is a model of `pydantic.v1`.
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
    return _encode(obj, options, _as_names(include), _as_names(exclude))


class _Options:
    """The options of one call, the same for everything inside of the object."""

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
        # Encodes the values inside of the object.
        self.encode: Callable[[object, _Options, Names, Names], object] = _encode
        # Whether every plain value stays as it is, apart from the keys of SQLAlchemy.
        self.keeps_all = not (exclude_none or custom_encoder)


def _as_names(names: Optional[Iterable[object]]) -> Names:
    # Callers may pass a list; Pydantic takes only sets and dicts.
    if names is None or isinstance(names, (set, dict)):
        return names
    return set(names)


def _encode(obj: Any, options: _Options, include: Names, exclude: Names) -> object:
    """Encode anything, with one frame for each level of dicts and sequences.

    So the depth at which Python raises RecursionError is upstream's.
    """
    if options.custom_encoder:
        encoder = _custom_encoder_for(obj, options.custom_encoder)
        if encoder is not None:
            return encoder(obj)
    # PERF: the exact type decides nearly always, and for these types no rule below gives another result.
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
    encoded: Dict[Any, object] = {}
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


def _encode_by_name(obj: object, options: _Options, include: Names, exclude: Names) -> object:
    """Encode with the replacement of `jsonable_encoder`."""
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


# The short way: trees of plain data that hold values of well-known types.


def _encode_plainly(obj: Any, options: _Options, levels: int) -> object:
    """Encode with options that leave plain values alone. Below `levels` levels, `_encode` takes over."""
    cls = type(obj)
    if levels > 0:
        if cls is dict and _has_plain_keys((obj,), options):
            return _encode_rows((obj,), options, levels)[0]
        if cls is list:
            return _encode_list(obj, options, levels)
    return _encode(obj, options, None, None)


def _encode_list(items: List[Any], options: _Options, levels: int) -> Sequence[object]:
    if _EXACT_PLAIN.issuperset(map(type, items)):
        return items.copy()
    if set(map(type, items)) == _DICT_ALONE and _has_plain_keys(items, options):
        return _encode_rows(items, options, levels)
    return [item if type(item) in _EXACT_PLAIN else _encode_plainly(item, options, levels - 1) for item in items]


def _has_plain_keys(rows: Sequence[PlainDict], options: _Options) -> bool:
    """Return whether every key is a `str` that the options keep."""
    if not _STR_ALONE.issuperset(map(type, chain.from_iterable(rows))):
        return False
    if not options.sqlalchemy_safe:
        return True
    names = set().union(*rows)
    return "_sa" not in "\0".join(names) or not any(name.startswith("_sa") for name in names)


def _encode_rows(rows: Sequence[PlainDict], options: _Options, levels: int) -> List[PlainDict]:
    """Return copies of dicts with plain keys, in which each value that is not plain is encoded."""
    encoded = []
    # PERF: the loop uses local names, and one comparison of the tables serves all rows (benchmarks `jsonable10k` and
    # `typed100`).
    plain, shortcuts = _EXACT_PLAIN, valid_shortcuts(ENCODERS_BY_TYPE)
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


def _custom_encoder_for(obj: object, encoders: Mapping[Any, Encoder]) -> Optional[Encoder]:
    exact = encoders.get(type(obj))
    if exact is not None:
        return exact
    for cls, encoder in encoders.items():
        if isinstance(obj, cls):
            return encoder
    return None


def _encode_by_class(obj: object, options: _Options, include: Names, exclude: Names) -> object:
    """Encode by the first class that `isinstance` finds; return `_CONTAINER` for a dict or a sequence."""
    if isinstance(obj, BaseModel):
        return _encode_model(obj, options, include, exclude)
    if dataclasses.is_dataclass(obj):
        assert not isinstance(obj, type)
        return options.encode(dataclasses.asdict(obj), options, include, exclude)
    if isinstance(obj, Enum):
        remember_enumeration(type(obj))
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


def _encode_model(obj: BaseModel, options: _Options, include: Any, exclude: Any) -> object:
    data = obj.model_dump(
        mode="json",
        include=include,
        exclude=exclude,
        by_alias=options.by_alias,
        exclude_unset=options.exclude_unset,
        exclude_none=options.exclude_none,
        exclude_defaults=options.exclude_defaults,
    )
    # A serializer of the model may have left values that are not plain, so the result is encoded again, as upstream
    # does: without the custom encoders.
    if options.encode is not _encode:
        return jsonable_encoder(
            data,
            exclude_none=options.exclude_none,
            exclude_defaults=options.exclude_defaults,
            sqlalchemy_safe=options.sqlalchemy_safe,
        )
    again = _Options(True, False, False, options.exclude_none, {}, options.sqlalchemy_safe)
    return _encode(data, again, None, None)


def _allowed_keys(obj: Mapping[object, object], include: Names, exclude: Names) -> Optional[Collection[object]]:
    # NOTE: `items()` of a dict subclass may give keys that `keys()` does not; they are left out.
    if include is None and exclude is None and type(obj) is dict:
        return None
    allowed = set(obj.keys())
    if include is not None:
        allowed &= set(include)
    if exclude is not None:
        allowed -= set(exclude)
    return allowed


def _as_dict(obj: Any) -> Dict[object, object]:
    """Return the items of an object or else its attributes; raise a ValueError that holds both errors."""
    try:
        return dict(obj)
    except Exception as not_iterable:
        errors: List[Exception] = [not_iterable]
        try:
            return dict(vars(obj))
        except Exception as without_attributes:
            errors.append(without_attributes)
            raise ValueError(errors) from without_attributes


def _encoder_by_type(obj: object) -> Optional[Encoder]:
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


def has_typed_rows(content: object) -> bool:
    """Return whether content is a list whose first dict holds a value that is not plain.

    True for any content while `jsonable_encoder` is replaced: the replacement encodes each value.
    """
    if jsonable_encoder is not _originals.jsonable_encoder:
        return True
    if type(content) is not list or not content or type(content[0]) is not dict:
        return False
    return not shortened_types().isdisjoint(map(type, content[0].values()))


_SEQUENCES = (list, set, frozenset, GeneratorType, tuple, deque)
_CONTAINER = object()
# The short way goes so many levels deep. It takes up to three frames for a level, where upstream takes one.
_SHORT_WAY = 8
_EXACT_SEQUENCES = frozenset(_SEQUENCES)
_EXACT_PLAIN = frozenset({str, int, float, bool, type(None)})
_STR_ALONE = frozenset({str})
_DICT_ALONE = {dict}
# Types for which `ENCODERS_BY_TYPE` is the only rule that matches.
_EXACT_BY_TYPE = frozenset(cls for cls in ENCODERS_BY_TYPE if cls not in (Enum, Path) and cls not in _SEQUENCES)

# A replacement of `jsonable_encoder` also encodes the values inside of an object.
_install(__name__, ["fastapi._encoder_table"])
