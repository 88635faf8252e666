"""The types that a file may name, and the annotations that they stand for.

A type has a *family*, by which `fields` says which constraints fit it. `type_names` reads texts such as `list[int]`.
"""

from __future__ import annotations

import datetime
import decimal
import importlib
import uuid
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from pydantic import AnyUrl, EmailStr, HttpUrl
from typing_extensions import Literal, get_args, get_origin

from fastapi._compat import is_uploadfile_or_nonable_uploadfile_annotation as is_upload
from fastapi._compat.shared import is_union_origin
from fastapi._schema_file.metadata import parts_of
from fastapi.datastructures import UploadFile


class Type(NamedTuple):
    """A type of a file: the annotation it is, and its family."""

    annotation: Any
    family: str
    # Of how many types it is made.
    weight: int = 1


class TypeProblem(Exception):
    """A type cannot be used; other types that could stand there."""

    def __init__(self, message: str, allowed: Tuple[str, ...] = (), nearest: Optional[str] = None) -> None:
        super().__init__(message)
        self.message = message
        self.allowed = allowed
        self.nearest = nearest


class NotYet(TypeProblem):
    """A type cannot be imported so far, for its module is being imported."""


class FromCode:
    """Stands for the annotation that the code gives a parameter, where the file leaves the type to it."""


TYPES: Dict[str, Type] = {
    "str": Type(str, "str"),
    "int": Type(int, "int"),
    "float": Type(float, "float"),
    "bool": Type(bool, "bool"),
    "bytes": Type(bytes, "bytes"),
    "date": Type(datetime.date, "date"),
    "datetime": Type(datetime.datetime, "datetime"),
    "time": Type(datetime.time, "time"),
    "timedelta": Type(datetime.timedelta, "timedelta"),
    "decimal": Type(decimal.Decimal, "decimal"),
    "uuid": Type(uuid.UUID, "uuid"),
    "email": Type(EmailStr, "email"),
    "url": Type(AnyUrl, "url"),
    "http_url": Type(HttpUrl, "url"),
    "any": Type(Any, "any"),
    "object": Type(Dict[str, Any], "object"),
    "file": Type(UploadFile, "file"),
    "code": Type(FromCode, "code"),
}
# How the core calls the text that it leaves alone, and how JSON Schema calls types.
ALIASES: Dict[str, str] = {"raw": "str", "string": "str", "integer": "int", "number": "float", "boolean": "bool"}
FORMATS: Dict[str, str] = {
    "date": "date",
    "date-time": "datetime",
    "time": "time",
    "duration": "timedelta",
    "uuid": "uuid",
    "email": "email",
    "uri": "url",
    "binary": "bytes",
}


def optional_of(inner: Type) -> Type:
    if inner.family in ("any", "code", "null"):
        return inner
    return Type(Optional[inner.annotation], inner.family, inner.weight)


def is_optional(annotation: object) -> bool:
    return is_union_origin(get_origin(annotation)) and type(None) in get_args(annotation)


def without_none(annotation: object) -> object:
    """Return the X of Optional[X]; any other annotation comes back as it is."""
    if not is_optional(annotation):
        return annotation
    others = tuple(each for each in get_args(annotation) if each is not type(None))
    return Union[others]


def literal_of(values: List[object], base: Optional[Type]) -> Type:
    """Return the type that has only these values.

    Raises:
        TypeProblem: there are none, one is there twice, or one is not of the base type.
    """
    if not any(value is not None for value in values):
        raise TypeProblem(f"`enum` needs at least one value{' beside null' if values else ''}")
    kinds = tuple(dict.fromkeys(type(value).__name__ for value in values if value is not None))
    if "float" in kinds:
        raise TypeProblem("`enum` takes text, whole numbers, true and false, not fractions")
    wanted = "str" if base is None and len(kinds) > 1 else (base.family if base else None)
    for value in values:
        if wanted is not None and value is not None and type(value).__name__ != wanted:
            raise TypeProblem(f"`enum` has the value {value!r}, which is no {wanted}")
    if len({(type(value), value) for value in values}) != len(values):
        raise TypeProblem("`enum` has a value twice")
    return Type(Literal[tuple(values)], "enum")


def type_of(annotation: object) -> Type:
    """Return an annotation with its family."""
    # The checks of `Annotated` leave the type in its family.
    inner = parts_of(without_none(parts_of(annotation).bare)).bare
    for known in TYPES.values():
        if inner is known.annotation:
            return Type(annotation, known.family)
    if is_upload(inner):
        return Type(annotation, "file")
    origin = get_origin(inner) or inner
    if origin is Literal:
        return Type(annotation, "enum")
    if is_union_origin(origin):
        return Type(annotation, "union")
    return Type(annotation, _FAMILIES.get(origin, "imported") if isinstance(origin, type) else "imported")


_FAMILIES: Dict[type, str] = {list: "list", set: "set", frozenset: "set", tuple: "tuple", dict: "mapping"}


def require_email_validator() -> None:
    """Refuse the type email where Pydantic cannot check it."""
    try:
        importlib.import_module("email_validator")
    except ImportError:
        raise TypeProblem("the type email needs the package email-validator: pip install email-validator") from None
