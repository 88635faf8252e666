"""The fields that a parameter may have in a file: one table.

A row says how the constructors of `fastapi.params` call a field, how JSON Schema does, of which kind its value is, and
which types and places it fits. `table_problems` compares the table with the signatures of our constructors and of the
installed Pydantic; a field that an older Pydantic does not have is refused with the release that has it.
"""

from __future__ import annotations

import inspect
import re
from functools import lru_cache
from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Pattern, Tuple, Union

import pydantic
from typing_extensions import Literal

from fastapi import params
from fastapi._compat import PYDANTIC_VERSION_MINOR_TUPLE

CLASSES: Dict[str, Any] = {
    "path": params.Path,
    "query": params.Query,
    "header": params.Header,
    "cookie": params.Cookie,
    "body": params.Body,
    "form": params.Form,
    "file": params.File,
}
PLACES = tuple(CLASSES)

# Families of types that the same constraints fit; `types` says which type is of which family.
NUMBERS = frozenset({"int", "float", "decimal"})
DATES = frozenset({"date", "datetime", "time", "timedelta"})
TEXTS = frozenset({"str", "bytes"})
COLLECTIONS = frozenset({"list", "set", "tuple"})
SIZED = TEXTS | COLLECTIONS | {"object", "mapping"}
STRICT = NUMBERS | DATES | TEXTS | {"bool", "uuid", "imported"}


class FieldRow(NamedTuple):
    """One field of a parameter."""

    name: str
    # The kind of its values, for Pydantic and in words.
    annotation: Any
    expects: str
    json_names: Tuple[str, ...] = ()
    # Types that it constrains; None: it has nothing to do with the type.
    families: Optional[FrozenSet[str]] = None
    # Places that it belongs to; None: all.
    kinds: Optional[FrozenSet[str]] = None
    # The first Pydantic that has it, if that is newer than the oldest supported Pydantic.
    since: Tuple[int, int] = (2, 0)
    # Whether the value is handed to the constructor; the others decide the type or the class.
    is_option: bool = True
    doc: str = ""


Bound = Union[int, float, str]
Size = int
_BOUND = "a number, or text in ISO 8601 for dates and times"
_SIZE = "a whole number, 0 or more"

FIELDS: Tuple[FieldRow, ...] = (
    FieldRow(
        "in",
        Literal["path", "query", "header", "cookie", "body", "form", "file"],
        "one of the places of a request",
        is_option=False,
        doc="Where the parameter is read from.",
    ),
    FieldRow("type", Union[str, List[str]], "the name of a type", is_option=False, doc="The type of the value."),
    FieldRow(
        "format",
        str,
        "the name of a format",
        is_option=False,
        doc="With `type: string`: what the text means, as in JSON Schema.",
    ),
    FieldRow(
        "enum",
        List[Union[bool, int, float, str, None]],
        "a list of the values allowed",
        is_option=False,
        doc="The only values allowed.",
    ),
    FieldRow(
        "items",
        Union[str, Dict[str, Any]],
        "the type of the items: a name, or fields of its own",
        is_option=False,
        doc="Lists: the type of the items, with their constraints.",
    ),
    FieldRow("optional", bool, "true or false", is_option=False, doc="Whether None is a value, and the default."),
    FieldRow(
        "import",
        str,
        "a name such as package.module.Type",
        is_option=False,
        doc="A type of your own, by where it is imported from.",
    ),
    FieldRow(
        "$ref",
        str,
        "a reference such as '#/definitions/ItemId'",
        is_option=False,
        doc="A definition of this file; the fields here are laid over its own.",
    ),
    FieldRow(
        "default", Any, "a value", doc="The value when there is none in the request; without it there has to be one."
    ),
    FieldRow(
        "default_as_written",
        bool,
        "true or false",
        is_option=False,
        doc="Whether the endpoint gets the default as it stands here, neither checked nor converted to the type.",
    ),
    FieldRow("default_factory", str, "a name such as package.module.function", doc="Called for a default."),
    FieldRow("alias", str, "text", doc="The name in the request, where it differs from that of the parameter."),
    FieldRow("alias_priority", int, "a whole number", doc="Which alias wins when an alias generator gives another."),
    FieldRow("validation_alias", str, "text", doc="The name in the request, if `alias` does not say it."),
    FieldRow("serialization_alias", str, "text", doc="The name in the output, if `alias` does not say it."),
    FieldRow("title", str, "text", doc="A title for people."),
    FieldRow("description", str, "text", doc="A description for people."),
    FieldRow("gt", Bound, _BOUND, ("exclusiveMinimum",), NUMBERS | DATES, doc="Greater than this."),
    FieldRow("ge", Bound, _BOUND, ("minimum",), NUMBERS | DATES, doc="This or greater."),
    FieldRow("lt", Bound, _BOUND, ("exclusiveMaximum",), NUMBERS | DATES, doc="Less than this."),
    FieldRow("le", Bound, _BOUND, ("maximum",), NUMBERS | DATES, doc="This or less."),
    FieldRow("multiple_of", Union[int, float], "a number above 0", ("multipleOf",), NUMBERS, doc="A multiple of this."),
    FieldRow("min_length", Size, _SIZE, ("minLength", "minItems", "min_items"), SIZED, doc="At least so long."),
    FieldRow("max_length", Size, _SIZE, ("maxLength", "maxItems", "max_items"), SIZED, doc="At most so long."),
    FieldRow(
        "pattern",
        str,
        "a regular expression",
        (),
        frozenset({"str"}),
        doc="A regular expression that has to be found in the text.",
    ),
    FieldRow(
        "allow_inf_nan",
        bool,
        "true or false",
        (),
        frozenset({"float", "decimal"}),
        doc="Whether infinities and NaN are accepted.",
    ),
    FieldRow("max_digits", Size, _SIZE, (), frozenset({"decimal"}), doc="At most so many digits."),
    FieldRow("decimal_places", Size, _SIZE, (), frozenset({"decimal"}), doc="At most so many digits after the point."),
    FieldRow("strict", bool, "true or false", (), STRICT, doc="Take values of exactly this type, without conversion."),
    FieldRow("fail_fast", bool, "true or false", (), COLLECTIONS, None, (2, 8), doc="Stop at the first error."),
    FieldRow(
        "discriminator",
        str,
        "the name of a field",
        (),
        frozenset({"imported", "union"}),
        doc="The field that tells the members of a union apart.",
    ),
    FieldRow(
        "union_mode",
        Literal["smart", "left_to_right"],
        "smart or left_to_right",
        (),
        frozenset({"imported", "union"}),
        doc="How the member of a union is chosen.",
    ),
    FieldRow("validate_default", bool, "true or false", doc="Validate the default, too."),
    FieldRow("examples", List[Any], "a list", doc="Example values, as a part of the JSON schema."),
    FieldRow(
        "openapi_examples",
        Dict[str, Dict[str, Any]],
        "a mapping of names to examples",
        doc="Named examples with summaries, as OpenAPI has them.",
    ),
    FieldRow("deprecated", Union[bool, str], "true, false or a message", doc="Show the parameter as deprecated."),
    FieldRow("include_in_schema", bool, "true or false", doc="Whether the documentation shows the parameter."),
    FieldRow("json_schema_extra", Dict[str, Any], "a mapping", doc="More keys for the JSON schema."),
    FieldRow(
        "convert_underscores",
        bool,
        "true or false",
        kinds=frozenset({"header"}),
        doc="Whether underscores of the name are hyphens in the request.",
    ),
    FieldRow(
        "embed",
        bool,
        "true or false",
        kinds=frozenset({"body"}),
        doc="Expect the value below a key, even if it is the only one of the body.",
    ),
    FieldRow(
        "media_type", str, "a media type", kinds=frozenset({"body", "form", "file"}), doc="The media type to document."
    ),
)

# Keywords of the constructors that a file does not have, and why.
NOT_IN_A_FILE: Dict[str, str] = {
    "annotation": "write `type`",
    "regex": "it is deprecated, write `pattern`",
    "example": "it is deprecated, write `examples`",
}

# Keywords of `pydantic.Field` that our constructors do not have, so a file does not either.
NOT_OF_OURS = frozenset(
    {
        *("init", "init_var", "kw_only", "repr", "frozen", "exclude", "exclude_if", "extra"),
        *("field_title_generator", "coerce_numbers_to_str"),
    }
)

BY_NAME: Dict[str, FieldRow] = {row.name: row for row in FIELDS}
# Each name of a field, in any vocabulary, and the name in the table.
SPELLINGS: Dict[str, str] = {spelling: row.name for row in FIELDS for spelling in (row.name, *row.json_names)}

# The names that a parameter can have in a request, by its place. Starlette's `compile_path`; RFC 9110 section 5.6.2,
# token; Starlette's `cookie_parser`.
_ANY_NAME = ("a name has letters", re.compile(r"\s*\S"))
_PLACES: Dict[str, Tuple[str, Pattern[str]]] = {
    "path": (
        "in a path stands a name of letters, digits and underscores that begins with no digit",
        re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z"),
    ),
    "header": (
        "the name of a header has letters, digits, hyphens and !#$%&'*+.^_`|~ alone",
        re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+\Z"),
    ),
    "cookie": (
        "the name of a cookie has no ; and no = in it, and no space around it",
        re.compile(r"(?!\s)[^;=]+(?<!\s)\Z"),
    ),
}


def name_problem(kind: str, name: str) -> Optional[str]:
    """Return why no request can have a parameter of this name at this place, in words; None when one can."""
    what, pattern = _PLACES.get(kind, _ANY_NAME)
    return None if pattern.match(name) else f"{what}, so no request has {name!r}"


# Options that are ours: Pydantic's `Field` does not know them.
_OURS = frozenset({"openapi_examples", "include_in_schema", "convert_underscores", "embed", "media_type"})


def options_of(kind: str) -> FrozenSet[str]:
    """Return the keywords of the constructor for one place of a request."""
    return frozenset(inspect.signature(CLASSES[kind]).parameters)


@lru_cache(maxsize=None)
def options_of_pydantic() -> FrozenSet[str]:
    return frozenset(inspect.signature(pydantic.Field).parameters)


def is_available(row: FieldRow) -> bool:
    """Whether the installed Pydantic supports a field."""
    return not row.is_option or row.name in _OURS or row.name in options_of_pydantic()


def needs(row: FieldRow) -> str:
    """Return the reason why a field is not available, in words."""
    installed = ".".join(str(part) for part in PYDANTIC_VERSION_MINOR_TUPLE)
    return f"it needs Pydantic {row.since[0]}.{row.since[1]} or newer, installed is {installed}"


def allowed_names(kind: Optional[str] = None) -> Tuple[str, ...]:
    """Return the fields that a parameter read from `kind` may have."""
    return tuple(row.name for row in FIELDS if kind is None or row.kinds is None or kind in row.kinds)


def table_problems() -> List[str]:
    """Compare the table with the signatures it stands for; an empty list means that they agree."""
    return [*_missing_in_table(), *_unknown_to_constructors(), *_unknown_to_pydantic()]


def new_in_pydantic() -> List[str]:
    """Return keywords of `pydantic.Field` that the table does not mention: a newer release may have some."""
    return sorted(options_of_pydantic() - set(BY_NAME) - set(NOT_IN_A_FILE) - NOT_OF_OURS)


def _missing_in_table() -> Iterator[str]:
    for kind in PLACES:
        for name in sorted(options_of(kind) - set(BY_NAME) - set(NOT_IN_A_FILE)):
            yield f"{CLASSES[kind].__name__}() has a keyword that the table does not have: {name}"


def _unknown_to_constructors() -> Iterator[str]:
    for row in FIELDS:
        if row.is_option:
            for kind in PLACES if row.kinds is None else sorted(row.kinds):
                if row.name not in options_of(kind):
                    yield f"{CLASSES[kind].__name__}() has no keyword {row.name}"


def _unknown_to_pydantic() -> Iterator[str]:
    for row in FIELDS:
        if not is_available(row) and row.since <= PYDANTIC_VERSION_MINOR_TUPLE:
            yield f"pydantic.Field() has no keyword {row.name}, but the table says it has since {row.since}"
