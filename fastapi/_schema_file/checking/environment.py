"""Values from environment variables: `default: ${PAGE_SIZE:-20}` differs between deployments of one file.

    value = "${" name [ ":-" text ] "}"

The whole value has to be of this form; `$${...}` is the text `${...}`. The text of the variable is read as if it stood
in the file: as text where that is expected, else as a number, true, false, null or JSON.
"""

from __future__ import annotations

import json
import os
import re
from typing import NamedTuple, Optional

from fastapi._schema_file.trust import is_trusted
from fastapi._schema_file.types import Type, TypeProblem

_VALUE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?\}\Z", re.DOTALL)
_ESCAPED = re.compile(r"\$\$+\{.*\}\Z", re.DOTALL)
# Families of types whose values are text in a file.
_TEXTS = frozenset(
    {"str", "bytes", "date", "datetime", "time", "timedelta", "decimal", "uuid", "email", "url", "imported"}
)


class FromEnvironment(NamedTuple):
    """The text of an environment variable, before the type says how to read it."""

    name: str
    # None: the file is not trusted with it.
    text: Optional[str]


class Unset(ValueError):
    """A variable is not set, and the file says no value for that."""


def find_value(written: object) -> Optional[FromEnvironment]:
    """Return the value that the environment gives, None if the file says the value itself.

    Raises:
        Unset: the variable is not set.
    """
    found = _VALUE.match(written) if isinstance(written, str) else None
    if found is None:
        return None
    name, otherwise = found.groups()
    text = os.environ.get(name, otherwise) if is_trusted() else otherwise
    if text is None and not is_trusted():
        return FromEnvironment(name, None)
    if text is None:
        raise Unset(f"the environment variable {name} is not set: set it, or write ${{{name}:-VALUE}} for that case")
    return FromEnvironment(name, text)


def without_escape(written: object) -> object:
    """Return the text `${...}` for `$${...}`, and every other value as it is."""
    return written[1:] if isinstance(written, str) and _ESCAPED.match(written) else written


def with_escape(text: str) -> str:
    """Return how a file says a text that looks like a value from the environment."""
    return f"${text}" if _VALUE.match(text) or _ESCAPED.match(text) else text


def read_value(value: FromEnvironment, type_: Type) -> object:
    """Return the value of a type.

    Raises:
        TypeProblem: the text is no such value.
    """
    if type_.family in _TEXTS or type_.family == "enum":
        return value.text
    return read_plain(value)


def read_plain(value: FromEnvironment) -> object:
    """Return a number, true, false, null, a list or a mapping, as JSON has them.

    Raises:
        TypeProblem: the text is none of them.
    """
    try:
        return json.loads(value.text or "")
    except (ValueError, RecursionError):
        raise TypeProblem(
            f"the environment variable {value.name} is {value.text!r:.80}, which is no value of this kind"
        ) from None


def read_loosely(value: FromEnvironment) -> object:
    """Return the value that `read_plain` returns, or the text itself, for the model of the field to judge."""
    try:
        return read_plain(value)
    except TypeProblem:
        return value.text
