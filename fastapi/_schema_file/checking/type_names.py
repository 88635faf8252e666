"""The texts that name types, and the types that they name.

    type   = member *( "|" member )
    member = name [ "[" type *( "," type ) [ "," "..." ] "]" ] *"?"
    name   = a type of `TYPES` or `ALIASES` / a definition of the file / package.module.Type / "null"

`list[int]`, `set[str]`, `tuple[int, ...]`, `dict[str, int]`, `int | str`, `optional[int]` and `int?` are types.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, FrozenSet, Iterable, List, Optional, Set, Tuple, Union

from fastapi._schema_file.checking.imports import import_type
from fastapi._schema_file.problems import nearest
from fastapi._schema_file.types import ALIASES, TYPES, FromCode, Type, TypeProblem, optional_of, require_email_validator

# Returns the type of a definition of the file, None when there is none of that name.
Definitions = Callable[[str], Optional[Type]]

GENERICS = ("list[...]", "set[...]", "frozenset[...]", "tuple[...]", "dict[...]", "optional[...]", "... | ...")
# Each bracket in it is a call of its own.
_LONGEST_TYPE = 200
# Definitions may be used again and again inside of each other.
_HEAVIEST_TYPE = 200
_NAME = re.compile(r"[^\[\]|,?]+")


def no_definitions(name: str) -> Optional[Type]:
    return None


def parse_type(text: str, find: Definitions, defined: Tuple[str, ...] = ()) -> Type:
    """Return the type that a text names.

    Raises:
        TypeProblem: it names none.
    """
    text = text.strip()
    found = find(text)
    if found is not None:
        return found
    if len(text) > _LONGEST_TYPE:
        raise TypeProblem(f"the name of a type has at most {_LONGEST_TYPE} characters, this has {len(text)}")
    return _Parser(text, find, defined).whole()


class _Parser:
    """Reads one text from left to right."""

    def __init__(self, text: str, find: Definitions, defined: Tuple[str, ...]) -> None:
        self._text = text
        self._find = find
        self._defined = defined
        self._position = 0

    def whole(self) -> Type:
        found = self._union()
        if self._position != len(self._text):
            raise self._refusal()
        return found

    def _union(self) -> Type:
        members = [self._member()]
        while self._takes("|"):
            members.append(self._member())
        return make_union(members)

    def _member(self) -> Type:
        found = _NAME.match(self._text, self._position)
        name = found.group().strip() if found else ""
        if found is None or not name:
            raise self._refusal()
        self._position = found.end()
        made = self._generic(name) if self._takes("[") else self._named(name)
        while self._takes("?"):
            made = optional_of(made)
        return made

    def _generic(self, name: str) -> Type:
        make = _MAKERS.get(name.lower())
        if make is None:
            raise TypeProblem(
                f"there is no type {name}[...] in {self._text!r}", GENERICS, nearest(name.lower(), _MAKERS)
            )
        arguments = [self._union()]
        ends_open = False
        while self._takes(","):
            ends_open = self._takes("...")
            if ends_open:
                break
            arguments.append(self._union())
        if not self._takes("]"):
            raise self._refusal()
        _require_known(arguments)
        return _light(make(arguments, ends_open))

    def _named(self, name: str) -> Type:
        found = self._find(name) or _BARE.get(name.lower()) or TYPES.get(ALIASES.get(name, name))
        if found is None and "." in name:
            found = import_type(name)
        if found is None:
            known = (*TYPES, *GENERICS, *self._defined)
            raise TypeProblem(f"there is no type {name!r}", known, nearest(name, (*TYPES, *ALIASES, *self._defined)))
        if found.family == "email":
            require_email_validator()
        return found

    def _takes(self, sign: str) -> bool:
        """Step over a sign and the spaces around it, if it is the next."""
        start = self._position
        while self._text[start : start + 1].isspace():
            start += 1
        if not self._text.startswith(sign, start):
            return False
        self._position = start + len(sign)
        while self._text[self._position : self._position + 1].isspace():
            self._position += 1
        return True

    def _refusal(self) -> TypeProblem:
        if self._position >= len(self._text):
            return TypeProblem(f"there is no type {self._text!r}: it ends too early, perhaps a bracket is missing")
        rest = self._text[self._position :]
        return TypeProblem(f"there is no type {self._text!r}: {rest!r} is not expected", GENERICS)


def _light(type_: Type) -> Type:
    if type_.weight > _HEAVIEST_TYPE:
        raise TypeProblem(f"the type is made of more than {_HEAVIEST_TYPE} others: `import` it")
    return type_


NULL = Type(type(None), "null")


def make_union(members: List[Type]) -> Type:
    """Return the type that accepts the values of each member."""
    others = [member for member in members if member is not NULL]
    if len(members) > 1:
        _require_known(others)
    if not others:
        return NULL
    if len(others) == 1:
        union = others[0]
    else:
        weight = sum(member.weight for member in others)
        union = _light(Type(Union[tuple(member.annotation for member in others)], "union", weight))
    return union if len(others) == len(members) else optional_of(union)


def _require_known(members: Iterable[Type]) -> None:
    if any(member.annotation is FromCode for member in members):
        raise TypeProblem("`code` leaves the whole type to the code, so it cannot stand inside of another type")


def list_of(item: Type) -> Type:
    _require_known([item])
    return Type(List[item.annotation], "list", item.weight + 1)  # type: ignore[name-defined]  # known at run time only


def _single(arguments: List[Type], ends_open: bool, name: str) -> Type:
    if len(arguments) != 1 or ends_open:
        raise TypeProblem(f"{name}[...] takes one type")
    return arguments[0]


def _list(arguments: List[Type], ends_open: bool) -> Type:
    return list_of(_single(arguments, ends_open, "list"))


def _set(arguments: List[Type], ends_open: bool) -> Type:
    item = _single(arguments, ends_open, "set")
    return Type(Set[item.annotation], "set", item.weight + 1)  # type: ignore[name-defined]


def _frozenset(arguments: List[Type], ends_open: bool) -> Type:
    item = _single(arguments, ends_open, "frozenset")
    return Type(FrozenSet[item.annotation], "set", item.weight + 1)  # type: ignore[name-defined]


def _optional(arguments: List[Type], ends_open: bool) -> Type:
    return optional_of(_single(arguments, ends_open, "optional"))


def _union(arguments: List[Type], ends_open: bool) -> Type:
    if ends_open:
        raise TypeProblem("union[...] takes types, not `...`")
    return make_union(arguments)


def _tuple(arguments: List[Type], ends_open: bool) -> Type:
    if ends_open and len(arguments) != 1:
        raise TypeProblem("in tuple[TYPE, ...] there is one type before `...`")
    items = tuple(argument.annotation for argument in arguments)
    made: Any = Tuple[(*items, ...)] if ends_open else Tuple[items]
    return Type(made, "tuple", sum(argument.weight for argument in arguments) + 1)


def _dict(arguments: List[Type], ends_open: bool) -> Type:
    if len(arguments) != 2 or ends_open:
        raise TypeProblem("dict[...] takes two types: of the keys and of the values")
    key, value = arguments
    family = "object" if (key.annotation, value.annotation) == (str, Any) else "mapping"
    return Type(Dict[key.annotation, value.annotation], family, key.weight + value.weight + 1)  # type: ignore[name-defined]


_MAKERS: Dict[str, Callable[[List[Type], bool], Type]] = {
    "list": _list,
    "array": _list,
    "set": _set,
    "frozenset": _frozenset,
    "tuple": _tuple,
    "dict": _dict,
    "optional": _optional,
    "union": _union,
}
_ANY = TYPES["any"]
_BARE: Dict[str, Type] = {
    "list": list_of(_ANY),
    "array": list_of(_ANY),
    "set": _set([_ANY], False),
    "frozenset": _frozenset([_ANY], False),
    "tuple": _tuple([_ANY], True),
    "dict": TYPES["object"],
    "null": NULL,
    "none": NULL,
}
# Names that a definition cannot have.
TAKEN = frozenset({*TYPES, *ALIASES, *_MAKERS, *_BARE, "List", "Set", "Tuple", "Dict", "Optional", "Union", "None"})
