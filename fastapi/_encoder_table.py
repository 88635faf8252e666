"""The encoders of types that are neither plain data nor models: dates, numbers, addresses, secrets."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict, deque
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from pathlib import Path
from types import GeneratorType
from typing import TYPE_CHECKING, Any, Callable, Dict, Tuple, Type, Union
from uuid import UUID

from pydantic import AnyUrl, NameEmail, SecretBytes, SecretStr
from pydantic_core import Url

# The table has entries for colors in any case, so that tools find the same entries everywhere.
if TYPE_CHECKING:
    from pydantic.color import Color as Color

    class PyExtraColor: ...

else:
    try:
        from pydantic.color import Color
    except ImportError:

        class Color:
            """Stands for `pydantic.color.Color` where Pydantic no longer has it."""

    try:
        from pydantic_extra_types.color import Color as PyExtraColor
    except ImportError:

        class PyExtraColor:
            """Stands for the class of `pydantic_extra_types` where that package is not installed."""


Encoder = Callable[[Any], Any]


def isoformat(o: Union[datetime.date, datetime.time]) -> str:
    """Return a date or a time as text in the format of ISO 8601."""
    return o.isoformat()


def decimal_encoder(dec_value: Decimal) -> Union[int, float]:
    """Return a decimal as an `int` if it was written without a fraction, else as a `float`.

    So a column of whole numbers, such as `NUMERIC(12, 0)`, has the same values after encoding and parsing.

    `decimal_encoder(Decimal("20"))` is `20`, `decimal_encoder(Decimal("20.0"))` is `20.0`, and
    `decimal_encoder(Decimal("NaN"))` is `nan`.
    """
    exponent = dec_value.as_tuple().exponent
    # The exponent of infinities and NaN is a letter.
    is_whole = isinstance(exponent, int) and exponent >= 0
    return int(dec_value) if is_whole else float(dec_value)


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
    """Return the types of each encoder as a tuple, so that one `isinstance` serves all of them."""
    grouped: Dict[Encoder, Tuple[Any, ...]] = defaultdict(tuple)
    for cls, encoder in type_encoder_map.items():
        grouped[encoder] += (cls,)
    return grouped


encoders_by_class_tuples = generate_encoders_by_class_tuples(ENCODERS_BY_TYPE)

# A pickle of such a function names the public module.
for _encode in ENCODERS_BY_TYPE.values():
    if getattr(_encode, "__name__", "") == "<lambda>":
        _encode.__module__ = "fastapi.encoders"
