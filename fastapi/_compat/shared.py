"""What an annotation is, as far as it decides where a parameter comes from. Nothing here needs a Pydantic field."""

from __future__ import annotations

import sys
import types
from collections import deque
from dataclasses import is_dataclass
from functools import lru_cache, wraps
from typing import (
    Any,
    Callable,
    Deque,
    Dict,
    FrozenSet,
    List,
    Mapping,
    Sequence,
    Set,
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

# The class a sequence annotation is built with.
sequence_annotation_to_type: Dict[Any, Any] = {
    get_origin(Sequence[Any]): list,
    get_origin(List[Any]): list,
    get_origin(Tuple[Any]): tuple,
    get_origin(Set[Any]): set,
    get_origin(FrozenSet[Any]): frozenset,
    get_origin(Deque[Any]): deque,
}
sequence_types: Tuple[Any, ...] = tuple(sequence_annotation_to_type)

# `List[int]`, `list[int]` and `int | str`, each as far as the running Python has it.
WithArgsTypes: Tuple[Any, ...] = tuple(
    dict.fromkeys(
        [
            type(List[int]),
            getattr(types, "GenericAlias", type(List[int])),
            getattr(types, "UnionType", type(Union[int, str])),
        ]
    )
)


def lenient_issubclass(cls: Any, class_or_tuple: Union[Type[_T], Tuple[Type[_T], ...], None]) -> TypeGuard[Type[_T]]:
    """Return whether `cls` is a class and a subclass; anything that is not a class is none."""
    # On Python 3.9 and 3.10 `list[int]` passes for a class, but `issubclass` refuses it.
    return (
        isinstance(cls, type) and not isinstance(cls, WithArgsTypes) and issubclass(cls, class_or_tuple)  # type: ignore[arg-type]
    )


def is_union_origin(origin: Any) -> bool:
    """Return whether `origin` is that of `Union[X, Y]`, `Optional[X]` or `X | Y`."""
    return origin is Union or origin is UnionType


def value_is_sequence(value: Any) -> bool:
    """Return whether `value` is a sequence of values; text and bytes are single values."""
    return isinstance(value, sequence_types) and not isinstance(value, (str, bytes))


def _remembered(judge: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Let a judgement of annotations be made once for each: the same few come again with every route.

    Equal annotations are judged equally, in whatever order a union names its members.
    """
    remember = lru_cache(maxsize=1024)(judge)

    @wraps(judge)
    def judged(annotation: Any) -> bool:
        try:
            return remember(annotation)
        except TypeError:
            # `Annotated` metadata may be unhashable.
            return judge(annotation)

    return judged


@_remembered
def field_annotation_is_sequence(annotation: Any) -> bool:
    """Return whether `annotation`, or a member of it when it is a union, is a sequence."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return field_annotation_is_sequence(get_args(annotation)[0])
    if is_union_origin(origin):
        return any(field_annotation_is_sequence(arg) for arg in get_args(annotation))
    return _annotation_is_sequence(annotation) or _annotation_is_sequence(origin)


@_remembered
def field_annotation_is_complex(annotation: Any) -> bool:
    """Return whether `annotation`, or a member of it when it is a union, has parts: then it belongs in the body."""
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


def field_annotation_is_scalar(annotation: Any) -> bool:
    """Return whether a value of `annotation` is a single one, such as a number or text."""
    # `Tuple[int, ...]` brings its ellipsis here.
    return annotation is ... or not field_annotation_is_complex(annotation)


@_remembered
def field_annotation_is_scalar_sequence(annotation: Any) -> bool:
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


def is_bytes_or_nonable_bytes_annotation(annotation: Any) -> bool:
    """Return whether `annotation` is `bytes`, or a union with it."""
    return _is_or_may_be(annotation, bytes)


def is_bytes_sequence_annotation(annotation: Any) -> bool:
    """Return whether `annotation` is a sequence of `bytes`, or a union with one."""
    return _is_sequence_of(annotation, is_bytes_or_nonable_bytes_annotation)


def is_uploadfile_or_nonable_uploadfile_annotation(annotation: Any) -> bool:
    """Return whether `annotation` is an upload, or a union with one."""
    return _is_or_may_be(annotation, UploadFile)


def is_uploadfile_sequence_annotation(annotation: Any) -> bool:
    """Return whether `annotation` is a sequence of uploads, or a union with one."""
    return _is_sequence_of(annotation, is_uploadfile_or_nonable_uploadfile_annotation)


def annotation_is_pydantic_v1(annotation: Any) -> bool:
    """Return whether a model of Pydantic 1 is `annotation`, a member of the union or an item of the sequence it is."""
    if is_pydantic_v1_model_class(annotation):
        return True
    if is_union_origin(get_origin(annotation)) or field_annotation_is_sequence(annotation):
        return any(annotation_is_pydantic_v1(arg) for arg in get_args(annotation))
    return False


def is_pydantic_v1_model_class(cls: Any) -> bool:
    """Return whether `cls` is a model class of `pydantic.v1`."""
    model = _pydantic_v1_base_model()
    return model is not None and lenient_issubclass(cls, model)


def is_pydantic_v1_model_instance(obj: Any) -> bool:
    """Return whether `obj` is an instance of a model class of `pydantic.v1`."""
    model = _pydantic_v1_base_model()
    return model is not None and isinstance(obj, model)


def _pydantic_v1_base_model() -> Any:
    # Nobody can hold a model of Pydantic 1 without having imported it, and importing it here would be slow, and warn on
    # Python 3.14.
    return getattr(sys.modules.get("pydantic.v1"), "BaseModel", None)


def _annotation_is_sequence(annotation: Any) -> bool:
    return not lenient_issubclass(annotation, (str, bytes)) and lenient_issubclass(annotation, sequence_types)


def _annotation_is_complex(annotation: Any) -> bool:
    return (
        lenient_issubclass(annotation, (BaseModel, Mapping, UploadFile))
        or _annotation_is_sequence(annotation)
        or is_dataclass(annotation)
    )


def _is_or_may_be(annotation: Any, cls: Type[Any]) -> bool:
    if is_union_origin(get_origin(annotation)):
        return any(lenient_issubclass(arg, cls) for arg in get_args(annotation))
    return lenient_issubclass(annotation, cls)


def _is_sequence_of(annotation: Any, is_item: Callable[[Any], bool]) -> bool:
    if is_union_origin(get_origin(annotation)):
        return any(_is_sequence_of(arg, is_item) for arg in get_args(annotation))
    return field_annotation_is_sequence(annotation) and all(is_item(arg) for arg in get_args(annotation))
