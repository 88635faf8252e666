"""Whether the type in a file and the annotation in the code describe the same values, and which of them validates.

The more precise one validates: an `enum` of the file where the code says `str`, an `Enum` of the code where the file
lists the same values. Checks of both hold. An annotation that contradicts the file is an error.
"""

from __future__ import annotations

import collections.abc
import inspect
from enum import Enum
from typing import Any, Dict, List, Optional

from pydantic import BaseModel, EmailStr
from typing_extensions import Literal, get_args, get_origin

from fastapi._compat import is_uploadfile_or_nonable_uploadfile_annotation as is_upload
from fastapi._schema_file.metadata import alike, join, parts_of, same_checks, without_repeats
from fastapi._schema_file.problems import ParamsSchemaError, Problem
from fastapi._schema_file.schema import ParamSchema
from fastapi._schema_file.types import FromCode, is_optional, without_none

_NOTHING_SAID = (inspect.Signature.empty, Any, object)
_LISTS = (list, set, frozenset, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection)
_MAPPINGS = (dict, collections.abc.Mapping)
_REMEDY = "Write in the code what the file says, or leave the annotation out; or correct the file."


def agreed_annotation(param: ParamSchema, annotation: object) -> object:
    """Return the annotation that validates the parameter.

    Raises:
        ParamsSchemaError: the code says something else than the file.
    """
    if param.annotation is FromCode:
        return _from_code(param, annotation)
    if annotation in _NOTHING_SAID:
        return param.annotation
    in_file, in_code = without_none(param.annotation), _plain(without_none(annotation))
    chosen = _more_precise(in_file, in_code)
    if chosen is None:
        message = f"the file says {_name(in_file)}, the annotation in the code {_name(in_code)}"
        problem = Problem(message, param.place, param.endpoint, param.name, "type")
        raise ParamsSchemaError(param.source, [problem], _REMEDY)
    if chosen is in_code:
        return annotation
    return Optional[chosen] if is_optional(annotation) or is_optional(param.annotation) else chosen


def _from_code(param: ParamSchema, annotation: object) -> object:
    if annotation is inspect.Signature.empty:
        message = "the file leaves the type to the code, and the parameter has no annotation there"
        problem = Problem(message, param.place, param.endpoint, param.name, "type")
        raise ParamsSchemaError(param.source, [problem], "Write the annotation in the code, or the type in the file.")
    return annotation


def _more_precise(in_file: object, in_code: object) -> object:
    """Return the annotation that validates: one of the two, or one with the checks of both; None if they contradict."""
    if alike(in_file, in_code):
        return in_code
    file, code = parts_of(in_file), parts_of(in_code)
    if not file.metadata and not code.metadata:
        return _of_types(file.bare, code.bare)
    chosen = _more_precise(file.bare, code.bare)
    if chosen is None:
        return None
    checks = without_repeats((*file.metadata, *code.metadata))
    is_as_in_code = chosen is code.bare and same_checks(checks, code.metadata)
    return in_code if is_as_in_code else join(chosen, checks)


def _of_types(in_file: object, in_code: object) -> object:
    if in_file is Any or in_file == in_code:
        return in_code
    if get_origin(in_file) is Literal:
        return _of_values(in_file, in_code)
    if in_file is EmailStr:
        return in_file if in_code is str else None
    if is_upload(in_file):
        return in_code if in_code is bytes or is_upload(in_code) else None
    if get_origin(in_file) is list:
        return _of_items(in_file, in_code)
    if in_file == Dict[str, Any]:
        is_model = inspect.isclass(in_code) and issubclass(in_code, BaseModel)
        return in_code if is_model or in_code is dict or get_origin(in_code) in _MAPPINGS else None
    if inspect.isclass(in_code) and inspect.isclass(in_file) and issubclass(in_code, Enum):
        return in_code if issubclass(in_code, in_file) else None
    return None


def _of_values(in_file: object, in_code: object) -> object:
    values = get_args(in_file)
    if get_origin(in_code) is Literal:
        return in_code if set(get_args(in_code)) == set(values) else None
    if inspect.isclass(in_code) and issubclass(in_code, Enum):
        return in_code if {member.value for member in in_code} == set(values) else None
    return in_file if {type(value) for value in values if value is not None} == {in_code} else None


def _of_items(in_file: object, in_code: object) -> object:
    if in_code in _LISTS:
        return in_file
    item = get_args(in_file)[0]
    if get_origin(in_code) not in _LISTS or not get_args(in_code):
        return None
    own = get_args(in_code)[0]
    chosen = _more_precise(item, _plain(own))
    if chosen is None:
        return None
    return in_code if chosen is _plain(own) or chosen is own else List[chosen]  # type: ignore[valid-type]


def _plain(annotation: object) -> object:
    """Look through NewType."""
    while hasattr(annotation, "__supertype__"):
        annotation = getattr(annotation, "__supertype__")  # noqa: B009
    return annotation


def _name(annotation: object) -> str:
    if inspect.isclass(annotation) and not get_args(annotation):
        return annotation.__qualname__
    return str(annotation).replace("typing_extensions.", "").replace("typing.", "")
