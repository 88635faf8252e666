"""Encoders that give the same result as those of `ENCODERS_BY_TYPE` in less time."""

from __future__ import annotations

import datetime
from enum import Enum
from operator import attrgetter
from typing import Dict, KeysView, Mapping
from uuid import UUID

from fastapi._encoder_table import ENCODERS_BY_TYPE, Encoder


def valid_shortcuts(table: Mapping[type, Encoder]) -> Mapping[type, Encoder]:
    """Return the shortcuts, without those for types whose encoder in `table` has been replaced."""
    current = table.get
    if all(current(cls) is encoder for cls, encoder in _SHORTENED):
        return _SHORTCUTS
    valid = dict(_SHORTCUTS)
    for cls, encoder in _SHORTENED:
        if current(cls) is not encoder:
            del valid[cls]
    return valid


def shortened_types() -> KeysView[type]:
    """Return the types that have a shortcut."""
    return _SHORTCUTS.keys()


def remember_enumeration(cls: type) -> None:
    """Add a shortcut for an enumeration whose class leaves `value` as `Enum` defines it."""
    # A class that only pretends to be an enumeration (`__class__`) has rules of its own.
    if not issubclass(cls, Enum) or len(_SHORTCUTS) >= _MOST_SHORTCUTS:
        return
    own = [base for base in cls.__mro__ if base.__module__ not in ("enum", "builtins")]
    if all(_ENUMERATION_RULES.isdisjoint(vars(base)) for base in own):
        _SHORTCUTS[cls] = _enumeration_value


def _uuid_text(value: UUID) -> str:
    # PERF: `str(value)` in fewer steps: `hex` puts a hyphen after every second byte, and three of them go.
    digits = value.int.to_bytes(16, "big").hex("-", 2)
    return f"{digits[:4]}{digits[5:29]}{digits[30:34]}{digits[35:]}"


def _datetime_text(value: datetime.datetime) -> str:
    # PERF: `isoformat` calls the time zone for its offset; nearly all time zones are UTC.
    if value.tzinfo is _UTC:
        return f"{_date_text(value)}T{_time_text(_time_of(value))}+00:00"
    return _whole_text(value)


_UTC = datetime.timezone.utc
_date_text, _time_text, _time_of = datetime.date.isoformat, datetime.time.isoformat, datetime.datetime.time
_whole_text = datetime.datetime.isoformat


# Enumerations are added when one of their members is encoded for the first time.
_SHORTCUTS: Dict[type, Encoder] = {
    datetime.date: datetime.date.isoformat,
    datetime.datetime: _datetime_text,
    datetime.time: datetime.time.isoformat,
    UUID: _uuid_text,
}
_SHORTENED = [(cls, ENCODERS_BY_TYPE[cls]) for cls in _SHORTCUTS]
_MOST_SHORTCUTS = 1000
_enumeration_value: Encoder = attrgetter("_value_")
# Attributes by which a class changes the value of its members.
_ENUMERATION_RULES = frozenset(
    {"value", "_value_", "__class__", "__getattribute__", "__getattr__", "__dataclass_fields__", "__pydantic_fields__"}
)
