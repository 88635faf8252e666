"""Signatures of endpoints and dependencies, with annotations written as text evaluated where they were written.

A name that exists for type checkers only leaves a `ForwardRef` behind instead of an error.
"""

from __future__ import annotations

import inspect
import sys
import typing
from operator import is_
from types import FunctionType
from typing import Any, Callable, Dict, ForwardRef, Optional, Tuple
from weakref import ref

from typing_extensions import get_args, get_origin

from fastapi._compat import evaluate_forwardref
from fastapi.dependencies.models import _impartial, _unwrapped_call

_STREAM_ORIGINS = {
    get_origin(generic)
    for generic in (
        typing.AsyncIterable[Any],
        typing.AsyncIterator[Any],
        typing.AsyncGenerator[Any, Any],
        typing.Iterable[Any],
        typing.Iterator[Any],
        typing.Generator[Any, Any, Any],
    )
}
_EMPTY = inspect.Signature.empty


def get_typed_signature(call: Callable[..., Any]) -> inspect.Signature:
    """Return the parameters of `call` with evaluated annotations, without the return annotation."""
    signature = _get_signature(call)
    if not any(isinstance(parameter.annotation, str) for parameter in signature.parameters.values()):
        return signature.replace(return_annotation=_EMPTY)
    globalns = _get_globals(call)
    return inspect.Signature(
        [
            parameter.replace(annotation=get_typed_annotation(parameter.annotation, globalns))
            for parameter in signature.parameters.values()
        ]
    )


def get_typed_annotation(annotation: Any, globalns: Dict[str, Any]) -> Any:
    """Evaluate `annotation` if it is text."""
    if not isinstance(annotation, str):
        return annotation
    evaluated = evaluate_forwardref(ForwardRef(annotation), globalns, globalns)
    return None if evaluated is type(None) else evaluated


def get_typed_return_annotation(call: Callable[..., Any]) -> Any:
    """Return the evaluated return annotation of `call`, or `None` when it has none."""
    annotation = _get_signature(call).return_annotation
    if annotation is _EMPTY:
        return None
    return get_typed_annotation(annotation, _get_globals(call))


def get_stream_item_type(annotation: Any) -> Optional[Any]:
    """Return the type of the items that a generator gives, or `None` if the annotation is none of a generator.

    `AsyncIterable[Item]` gives `Item`, a bare `Iterator` gives `Any`.
    """
    origin = get_origin(annotation)
    if origin is None or origin not in _STREAM_ORIGINS:
        return None
    arguments = get_args(annotation)
    return arguments[0] if arguments else Any


def _get_signature(call: Callable[..., Any]) -> inspect.Signature:
    if sys.version_info >= (3, 14):
        from annotationlib import Format

        return inspect.signature(call, annotation_format=Format.FORWARDREF)
    if type(call) is not FunctionType or vars(call):
        # What stands in the `__dict__` of a function (`__wrapped__`, `__signature__`) may say anything about it.
        return inspect.signature(call)
    return _get_function_signature(call)


# Signatures of functions, with what they were read from. A dependency of many routes is asked for again and again.
_signatures: Dict[int, Tuple[Any, Tuple[Any, ...], inspect.Signature]] = {}
_KEPT_SIGNATURES = 64


def _get_function_signature(function: Any) -> inspect.Signature:
    annotations = [(name, id(annotation)) for name, annotation in function.__annotations__.items()]
    state = (function.__code__, function.__defaults__, function.__kwdefaults__)
    known = _signatures.get(id(function))
    if known is not None and known[0]() is function:
        parts = known[1]
        # By identity: defaults may compare as they like.
        if all(map(is_, parts[:3], state)) and parts[3] == annotations:
            return known[2]
    signature = inspect.signature(function)
    if len(_signatures) >= _KEPT_SIGNATURES:
        _signatures.clear()
    _signatures[id(function)] = (ref(function), (*state, annotations), signature)
    return signature


def _get_globals(call: Callable[..., Any]) -> Dict[str, Any]:
    """Return the namespace in which the signature of `call` was written."""
    unwrapped = _impartial(_unwrapped_call(call))
    function: Any = unwrapped
    if inspect.isclass(unwrapped):
        function = _find_constructor(unwrapped)
    elif not hasattr(unwrapped, "__globals__"):
        function = getattr(type(unwrapped), "__call__", None)  # noqa: B004
    globalns: Dict[str, Any] = getattr(_unwrapped_call(function), "__globals__", {})
    return globalns


def _find_constructor(cls: type) -> Any:
    # `inspect.signature` asks the metaclass first, then `__new__` and `__init__`; only functions have a namespace.
    for owner, name in ((type(cls), "__call__"), (cls, "__new__"), (cls, "__init__")):
        function = getattr(owner, name, None)
        if inspect.isfunction(_unwrapped_call(function)):
            return function
    return None
