"""Signatures of endpoints and dependencies, with annotations written as text evaluated where they were written.

The text of an annotation is evaluated as `inspect` does: in the globals of the function, and text within the result
(`List["Item"]`) stays text, which Pydantic resolves later. A name that exists for type checkers only makes `inspect`
fail; then each annotation is evaluated on its own, and the unknown ones stay behind as a `ForwardRef`.
"""

from __future__ import annotations

import inspect
import sys
import typing
from types import FunctionType
from typing import Any, Callable, Dict, ForwardRef, List, Optional, Tuple

from typing_extensions import get_args, get_origin

from fastapi._compat import evaluate_forwardref
from fastapi._stand_ins.guards import Originals

if sys.version_info < (3, 10):
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
# Name, annotation and default.
Parameter = Tuple[str, Any, Any]


def get_typed_signature(call: Callable[..., Any]) -> inspect.Signature:
    """Return the parameters of `call` with evaluated annotations, without the return annotation."""
    globalns = _get_globals(call)
    return inspect.Signature(
        [
            parameter.replace(annotation=get_typed_annotation(parameter.annotation, globalns))
            for parameter in _get_signature(call).parameters.values()
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
    annotation: Any
    if _is_plain_function(call):
        # NOTE: text of parameters is evaluated, too, as `inspect` does: it may warn.
        annotation = _get_annotations(call).get("return", _EMPTY)
    else:
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


def get_parameters(call: Callable[..., Any]) -> List[Parameter]:
    """Return what stands in `get_typed_signature(call)`: name, annotation and default of each parameter."""
    if not _originals.hold() or not _is_plain_function(call):
        signature = get_typed_signature(call)
        return [(name, found.annotation, found.default) for name, found in signature.parameters.items()]
    code, annotations = call.__code__, _get_annotations(call)
    positional = code.co_argcount
    names = code.co_varnames[: positional + code.co_kwonlyargcount]
    defaults = call.__defaults__ or ()
    values = (_EMPTY,) * (positional - len(defaults)) + defaults
    if len(names) > positional:
        by_name = call.__kwdefaults__ or {}
        values += tuple(by_name.get(name, _EMPTY) for name in names[positional:])
    written = [annotations.get(name, _EMPTY) for name in names]
    if any(isinstance(annotation, str) for annotation in written):
        written = [get_typed_annotation(annotation, call.__globals__) for annotation in written]
    return list(zip(names, written, values))


def _get_signature(call: Callable[..., Any]) -> inspect.Signature:
    try:
        return _get_evaluated_signature(call)
    except NameError:
        if sys.version_info >= (3, 14):
            from annotationlib import Format

            return inspect.signature(call, annotation_format=Format.FORWARDREF)
        return inspect.signature(call)


def _get_annotations(function: Callable[..., Any]) -> Dict[str, Any]:
    """Return the annotations of a plain function: all evaluated, or all as written when one has an unknown name."""
    written: Dict[str, Any] = function.__annotations__
    if not any(isinstance(annotation, str) for annotation in written.values()):
        return written
    try:
        return _evaluate_annotations(function)
    except NameError:
        return written


if sys.version_info >= (3, 10):

    def _get_evaluated_signature(call: Callable[..., Any]) -> inspect.Signature:
        return inspect.signature(call, eval_str=True)

    def _evaluate_annotations(function: Callable[..., Any]) -> Dict[str, Any]:
        return inspect.get_annotations(function, eval_str=True)

else:

    def _get_evaluated_signature(call: Callable[..., Any]) -> inspect.Signature:
        signature, globalns = inspect.signature(call), _find_globals(call)
        return signature.replace(
            parameters=[
                parameter.replace(annotation=_evaluate(parameter.annotation, globalns))
                for parameter in signature.parameters.values()
            ],
            return_annotation=_evaluate(signature.return_annotation, globalns),
        )

    def _evaluate_annotations(function: Callable[..., Any]) -> Dict[str, Any]:
        globalns = _find_globals(function)
        return {name: _evaluate(annotation, globalns) for name, annotation in function.__annotations__.items()}

    def _evaluate(annotation: Any, globalns: Dict[str, Any]) -> Any:
        if not isinstance(annotation, str):
            return annotation
        try:
            return eval(annotation, globalns, {})
        except TypeError:
            # `int | None` and `list[int]`, for which Pydantic has a backport.
            return evaluate_forwardref(ForwardRef(annotation), globalns, globalns)

    def _find_globals(call: Callable[..., Any]) -> Dict[str, Any]:
        """Return the namespace in which the signature of `call` was written; `inspect` of later versions finds it."""
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


def _is_plain_function(call: Any) -> bool:
    """Return whether the signature of `call` is what stands in its code, as `inspect.signature` would find it.

    PERF: building objects for a signature takes as long as the analysis (benchmark: register). From Python 3.14 on
    annotations are evaluated by `inspect`, in a format of our choice.
    """
    if sys.version_info >= (3, 14) or type(call) is not FunctionType:
        return False
    # `*args` and `**kwargs` have a place of their own in a signature.
    return not (call.__code__.co_flags & _STARS or any(hasattr(call, name) for name in _REPLACE_A_SIGNATURE))


_STARS = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_REPLACE_A_SIGNATURE = ("__wrapped__", "__signature__", "_partialmethod", "__partialmethod__")


def _get_globals(call: Callable[..., Any]) -> Dict[str, Any]:
    """Return the namespace for annotations that `inspect` did not evaluate; only functions and methods have one."""
    globalns: Dict[str, Any] = getattr(inspect.unwrap(call), "__globals__", {})
    return globalns


_originals = Originals(globals(), "get_typed_signature", "get_typed_annotation")
