"""The kinds of annotations that decide where a parameter comes from. Nothing here needs a Pydantic field."""

from __future__ import annotations

import collections.abc
import sys
import types
from collections import deque
from dataclasses import is_dataclass
from functools import lru_cache, wraps
from typing import (
    Any,
    Callable,
    Dict,
    List,
    Mapping,
    Optional,
    Tuple,
    Type,
    TypeVar,
    Union,
)

import pydantic
from pydantic import BaseModel
from starlette.datastructures import UploadFile
from typing_extensions import Annotated, TypeGuard, get_args, get_origin

from fastapi.types import UnionType

_T = TypeVar("_T")

PYDANTIC_VERSION: str = pydantic.VERSION
PYDANTIC_VERSION_MINOR_TUPLE: Tuple[int, ...] = tuple(int(part) for part in PYDANTIC_VERSION.split(".")[:2])

# The class of the values of each sequence annotation.
sequence_annotation_to_type: Dict[type, Callable[[Any], Any]] = {
    collections.abc.Sequence: list,
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    deque: deque,
}
sequence_types: Tuple[type, ...] = tuple(sequence_annotation_to_type)

# The types of `List[int]`, of `list[int]` and of `int | str`, as far as this Python has them.
WithArgsTypes: Tuple[type, ...] = tuple(
    dict.fromkeys(
        [
            type(List[int]),
            getattr(types, "GenericAlias", type(List[int])),
            getattr(types, "UnionType", type(Union[int, str])),
        ]
    )
)


def lenient_issubclass(cls: Any, class_or_tuple: Union[Type[_T], Tuple[Type[_T], ...], None]) -> TypeGuard[Type[_T]]:
    """Return whether `cls` is a subclass of `class_or_tuple`; False if it is not a class."""
    # On Python 3.9 and 3.10 `list[int]` is an instance of `type`, but `issubclass` refuses it.
    return (
        isinstance(cls, type) and not isinstance(cls, WithArgsTypes) and issubclass(cls, class_or_tuple)  # type: ignore[arg-type]
    )


def is_union_origin(origin: object) -> bool:
    """Return whether `origin` is the origin of `Union[X, Y]`, `Optional[X]` or `X | Y`."""
    return origin is Union or origin is UnionType


def value_is_sequence(value: object) -> bool:
    """Return whether `value` is a sequence; text and bytes count as single values."""
    return isinstance(value, sequence_types) and not isinstance(value, (str, bytes))


def _remembered(judge: Callable[[object], bool]) -> Callable[[object], bool]:
    """Return `judge` with a cache, because the same few annotations recur in all routes.

    Equal annotations have equal results, so the order of the members of a union does not matter.
    """
    remember = lru_cache(maxsize=1024)(judge)

    @wraps(judge)
    def judged(annotation: object) -> bool:
        try:
            return remember(annotation)
        except TypeError:
            # The metadata of `Annotated` may be unhashable.
            return judge(annotation)

    return judged


@_remembered
def field_annotation_is_sequence(annotation: object) -> bool:
    """Return whether `annotation` is a sequence, or a union with one."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return field_annotation_is_sequence(get_args(annotation)[0])
    if is_union_origin(origin):
        return any(field_annotation_is_sequence(arg) for arg in get_args(annotation))
    return _annotation_is_sequence(annotation) or _annotation_is_sequence(origin)


@_remembered
def field_annotation_is_complex(annotation: object) -> bool:
    """Return whether values of `annotation`, or of a member of a union, have parts, so that they belong in the body."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return field_annotation_is_complex(get_args(annotation)[0])
    if is_union_origin(origin):
        return any(field_annotation_is_complex(arg) for arg in get_args(annotation))
    return (
        _annotation_is_complex(annotation)
        or _annotation_is_complex(origin)
        or hasattr(origin, "__pydantic_core_schema__")
        or hasattr(origin, "__get_pydantic_core_schema__")
    )


def field_annotation_is_scalar(annotation: object) -> bool:
    """Return whether a value of `annotation` is a single one, such as a number or text."""
    # The ellipsis of `Tuple[int, ...]` is one of its arguments.
    return annotation is ... or not field_annotation_is_complex(annotation)


@_remembered
def field_annotation_is_scalar_sequence(annotation: object) -> bool:
    """Return whether `annotation` is a sequence of scalars, alone or in a union with scalars."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return field_annotation_is_scalar_sequence(get_args(annotation)[0])
    if not is_union_origin(origin):
        return field_annotation_is_sequence(annotation) and all(
            field_annotation_is_scalar(arg) for arg in get_args(annotation)
        )
    found = False
    for arg in get_args(annotation):
        if field_annotation_is_scalar_sequence(arg):
            found = True
        elif not field_annotation_is_scalar(arg):
            return False
    return found


def is_bytes_or_nonable_bytes_annotation(annotation: object) -> bool:
    """Return whether `annotation` is `bytes`, or a union with it."""
    return _is_or_may_be(annotation, bytes)


def is_bytes_sequence_annotation(annotation: object) -> bool:
    """Return whether `annotation` is a sequence of `bytes`, or a union with one."""
    return _is_sequence_of(annotation, is_bytes_or_nonable_bytes_annotation)


def is_uploadfile_or_nonable_uploadfile_annotation(annotation: object) -> bool:
    """Return whether `annotation` is an upload, or a union with one."""
    return _is_or_may_be(annotation, UploadFile)


def is_uploadfile_sequence_annotation(annotation: object) -> bool:
    """Return whether `annotation` is a sequence of uploads, or a union with one."""
    return _is_sequence_of(annotation, is_uploadfile_or_nonable_uploadfile_annotation)


def annotation_is_pydantic_v1(annotation: object) -> bool:
    """Return whether `annotation` is a model of Pydantic 1, or a union or a sequence that contains one."""
    if is_pydantic_v1_model_class(annotation):
        return True
    if is_union_origin(get_origin(annotation)) or field_annotation_is_sequence(annotation):
        return any(annotation_is_pydantic_v1(arg) for arg in get_args(annotation))
    return False


def is_pydantic_v1_model_class(cls: object) -> bool:
    """Return whether `cls` is a model class of `pydantic.v1`."""
    model = _pydantic_v1_base_model()
    return model is not None and lenient_issubclass(cls, model)


def is_pydantic_v1_model_instance(obj: object) -> bool:
    """Return whether `obj` is an instance of a model class of `pydantic.v1`."""
    model = _pydantic_v1_base_model()
    return model is not None and isinstance(obj, model)


def _pydantic_v1_base_model() -> Optional[type]:
    # An application that has a model of Pydantic 1 has imported `pydantic.v1`. Importing it here would be slow, and
    # warn on Python 3.14.
    return getattr(sys.modules.get("pydantic.v1"), "BaseModel", None)


def _annotation_is_sequence(annotation: object) -> bool:
    return not lenient_issubclass(annotation, (str, bytes)) and lenient_issubclass(annotation, sequence_types)


def _annotation_is_complex(annotation: object) -> bool:
    return (
        lenient_issubclass(annotation, (BaseModel, Mapping, UploadFile))
        or _annotation_is_sequence(annotation)
        or is_dataclass(annotation)
    )


def _is_or_may_be(annotation: object, cls: type) -> bool:
    if is_union_origin(get_origin(annotation)):
        return any(lenient_issubclass(arg, cls) for arg in get_args(annotation))
    return lenient_issubclass(annotation, cls)


def _is_sequence_of(annotation: object, is_item: Callable[[object], bool]) -> bool:
    if is_union_origin(get_origin(annotation)):
        return any(_is_sequence_of(arg, is_item) for arg in get_args(annotation))
    return field_annotation_is_sequence(annotation) and all(is_item(arg) for arg in get_args(annotation))
