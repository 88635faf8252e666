"""Type names and what they stand for.

    str  int  float  bool  bytes  date  datetime  time  timedelta  decimal  uuid  email  url  http_url  any  object
    file list[TYPE]   optional[TYPE] or TYPE?   a name from `definitions`   the names of JSON Schema (string, integer,
    ...)

A type has a *family*, by which `fields` says what constraints fit it.
"""

from __future__ import annotations

import datetime
import decimal
import importlib
import inspect
import re
import uuid
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

from pydantic import AnyUrl, EmailStr, HttpUrl
from typing_extensions import Literal, get_args, get_origin

from fastapi._compat import is_uploadfile_or_nonable_uploadfile_annotation as is_upload
from fastapi._schema_file.problems import nearest
from fastapi.datastructures import UploadFile


class Type(NamedTuple):
    """A type of a file: the annotation it is, and its family."""

    annotation: Any
    family: str


class TypeProblem(Exception):
    """A type cannot be used; what could stand there instead."""

    def __init__(self, message: str, allowed: Tuple[str, ...] = (), nearest: Optional[str] = None) -> None:
        super().__init__(message)
        self.message = message
        self.allowed = allowed
        self.nearest = nearest


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
GENERICS = ("list[...]", "optional[...]")

_GENERIC = re.compile(r"^(list|array|optional|List|Optional)\s*\[(.*)\]$", re.DOTALL)

# Each bracket in it is a call of its own.
_LONGEST_TYPE = 200

# Returns the type of a definition of the file, None when there is none of that name.
Definitions = Callable[[str], Optional[Type]]


def no_definitions(name: str) -> Optional[Type]:
    return None


def parse_type(text: str, find: Definitions, defined: Tuple[str, ...] = ()) -> Type:
    """Return the type that a text names.

    Raises:
        TypeProblem: it names none.
    """
    text = text.strip()
    if len(text) > _LONGEST_TYPE and text not in defined:
        raise TypeProblem(f"the name of a type has at most {_LONGEST_TYPE} characters, this has {len(text)}")
    if text.endswith("?"):
        return optional_of(parse_type(text[:-1], find, defined))
    generic = _GENERIC.match(text)
    if generic is not None:
        inner = parse_type(generic.group(2), find, defined)
        return optional_of(inner) if generic.group(1).lower() == "optional" else list_of(inner)
    if text in ("list", "array"):
        return list_of(TYPES["any"])
    found = find(text) or TYPES.get(ALIASES.get(text, text))
    if found is None:
        known = (*TYPES, *GENERICS, *defined)
        raise TypeProblem(f"there is no type {text!r}", known, nearest(text, (*TYPES, *ALIASES, *defined)))
    if found.family == "email":
        _require_email_validator()
    return found


def list_of(item: Type) -> Type:
    if item.family == "list":
        raise TypeProblem("a list of lists has no place in a request: `import` a type for a JSON body")
    return Type(List[item.annotation], "list")  # type: ignore[name-defined]  # a type that is known at run time only


def optional_of(inner: Type) -> Type:
    return inner if inner.family == "any" else Type(Optional[inner.annotation], inner.family)


def is_optional(annotation: Any) -> bool:
    return type(None) in get_args(annotation)


def without_none(annotation: Any) -> Any:
    """Return the X of Optional[X]; any other annotation comes back as it is."""
    if not is_optional(annotation):
        return annotation
    others = tuple(each for each in get_args(annotation) if each is not type(None))
    return Union[others]


def literal_of(values: List[Any], base: Optional[Type]) -> Type:
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


def import_type(name: str) -> Type:
    """Return the type that `package.module.Type` names.

    Raises:
        TypeProblem: the module or the name is not there, or importing fails.
    """
    found = import_object(name)
    # Before Python 3.10, what NewType makes is a function.
    is_function = inspect.isroutine(found) and not hasattr(found, "__supertype__")
    if is_function or inspect.ismodule(found):
        raise TypeProblem(f"{name} is {'a function' if is_function else 'a module'}, not a type")
    if found is None or isinstance(found, (str, bytes)):
        # Pydantic would take None for the type of None, and text for the name of a type.
        raise TypeProblem(f"{name} is {found!r:.60}, not a type")
    return type_of(found)


def type_of(annotation: Any) -> Type:
    """Return an annotation with its family."""
    inner = without_none(annotation)
    for known in TYPES.values():
        if inner is known.annotation:
            return Type(annotation, known.family)
    if is_upload(inner):
        return Type(annotation, "file")
    if get_origin(inner) is Literal:
        return Type(annotation, "enum")
    return Type(annotation, "list" if list in (inner, get_origin(inner)) else "imported")


def import_object(name: str) -> Any:
    parts = name.replace(":", ".").split(".")
    if len(parts) < 2 or not all(part.isidentifier() for part in parts):
        raise TypeProblem(f"{name!r} is not of the form package.module.Name")
    for length in range(len(parts) - 1, 0, -1):
        module_name = ".".join(parts[:length])
        try:
            found = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            # Perhaps the last part of the name is a class and no module. Another module that is missing is an error.
            if not module_name.startswith(error.name or "?"):
                raise TypeProblem(f"importing {module_name} fails: {error}") from None
            missing = error
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # Exits, and what test runners raise: a file that names a module has not stopped the process.
            raise TypeProblem(f"importing {module_name} fails: {type(error).__name__}: {error}") from None
        else:
            return _attribute(found, module_name, parts[length:])
    raise TypeProblem(f"there is no module {missing.name!r}") from None


def _attribute(found: Any, owner: str, names: List[str]) -> Any:
    for name in names:
        try:
            found = getattr(found, name)
        except AttributeError:
            close = nearest(name, [each for each in dir(found) if not each.startswith("_")])
            raise TypeProblem(f"{owner} has no name {name!r}", (), close) from None
        except Exception as error:
            raise TypeProblem(f"asking {owner} for {name!r} fails: {type(error).__name__}: {error}") from None
        owner = f"{owner}.{name}"
    return found


def _require_email_validator() -> None:
    try:
        importlib.import_module("email_validator")
    except ImportError:
        raise TypeProblem("the type email needs the package email-validator: pip install email-validator") from None
