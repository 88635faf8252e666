"""Signatures of endpoints and dependencies, with evaluated annotations.

An annotation that is text is evaluated as `inspect` does it: in the globals of the function. Text within the result, as
in `List["Item"]`, stays text, which Pydantic resolves later. `inspect` fails for a name that only type checkers import.
Then each annotation is evaluated alone, and one with an unknown name becomes a `ForwardRef`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator, Iterable, Iterator
from types import FunctionType
from typing import Any, Dict, ForwardRef, List, Optional, Tuple

from typing_extensions import TypeGuard, get_args, get_origin

from fastapi._compat import evaluate_forwardref
from fastapi._stand_ins.guards import Originals
from fastapi.types import AnyCallable

if sys.version_info < (3, 10):
    from fastapi.dependencies.models import _impartial, _unwrapped_call

# The globals of a function, or annotations by the names of their parameters.
Namespace = Dict[str, object]

_STREAM_ORIGINS = frozenset([AsyncIterable, AsyncIterator, AsyncGenerator, Iterable, Iterator, Generator])
_EMPTY = inspect.Signature.empty
# Name, annotation and default.
ParameterParts = Tuple[str, object, object]


def get_typed_signature(call: AnyCallable) -> inspect.Signature:
    """Return the parameters of `call` with evaluated annotations, without the return annotation."""
    globalns = _get_globals(call)
    return inspect.Signature(
        [
            parameter.replace(annotation=get_typed_annotation(parameter.annotation, globalns))
            for parameter in _get_signature(call).parameters.values()
        ]
    )


def get_typed_annotation(annotation: Any, globalns: Namespace) -> Any:
    """Return the evaluated annotation if it is text, else the annotation itself."""
    if not isinstance(annotation, str):
        return annotation
    evaluated = evaluate_forwardref(ForwardRef(annotation), globalns, globalns)
    return None if evaluated is type(None) else evaluated


def get_typed_return_annotation(call: AnyCallable) -> Any:
    """Return the evaluated return annotation of `call`, or `None` when it has none."""
    annotation: Any
    if _has_plain_signature(call):
        # NOTE: as in `inspect`, this also evaluates the annotations of the parameters, which may warn.
        annotation = _get_annotations(call).get("return", _EMPTY)
    else:
        annotation = _get_signature(call).return_annotation
    if annotation is _EMPTY:
        return None
    return get_typed_annotation(annotation, _get_globals(call))


def get_stream_item_type(annotation: Any) -> Optional[Any]:
    """Return the type of the items of an iterator or a generator; None for any other annotation.

    It is `Item` for `AsyncIterable[Item]`, and `Any` for a bare `Iterator`.
    """
    origin = get_origin(annotation)
    if origin is None or origin not in _STREAM_ORIGINS:
        return None
    arguments = get_args(annotation)
    return arguments[0] if arguments else Any


def get_parameters(call: AnyCallable) -> List[ParameterParts]:
    """Return the name, the annotation and the default of each parameter in `get_typed_signature(call)`."""
    if not _originals.hold() or not _has_plain_signature(call):
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


def _get_signature(call: AnyCallable) -> inspect.Signature:
    try:
        return _get_evaluated_signature(call)
    except NameError:
        if sys.version_info >= (3, 14):
            from annotationlib import Format

            return inspect.signature(call, annotation_format=Format.FORWARDREF)
        return inspect.signature(call)


def _get_annotations(function: AnyCallable) -> Namespace:
    """Return the annotations of a plain function, all evaluated, or all as written if one has an unknown name."""
    written: Namespace = function.__annotations__
    if not any(isinstance(annotation, str) for annotation in written.values()):
        return written
    try:
        return _evaluate_annotations(function)
    except NameError:
        return written


if sys.version_info >= (3, 10):

    def _get_evaluated_signature(call: AnyCallable) -> inspect.Signature:
        return inspect.signature(call, eval_str=True)

    def _evaluate_annotations(function: AnyCallable) -> Namespace:
        return inspect.get_annotations(function, eval_str=True)

else:

    def _get_evaluated_signature(call: AnyCallable) -> inspect.Signature:
        signature, globalns = inspect.signature(call), _find_globals(call)
        return signature.replace(
            parameters=[
                parameter.replace(annotation=_evaluate(parameter.annotation, globalns))
                for parameter in signature.parameters.values()
            ],
            return_annotation=_evaluate(signature.return_annotation, globalns),
        )

    def _evaluate_annotations(function: AnyCallable) -> Namespace:
        globalns = _find_globals(function)
        return {name: _evaluate(annotation, globalns) for name, annotation in function.__annotations__.items()}

    def _evaluate(annotation: object, globalns: Namespace) -> object:
        if not isinstance(annotation, str):
            return annotation
        try:
            return eval(annotation, globalns, {})
        except TypeError:
            # Pydantic evaluates `int | None` and `list[int]` also on Pythons that cannot.
            return evaluate_forwardref(ForwardRef(annotation), globalns, globalns)

    def _find_globals(call: AnyCallable) -> Namespace:
        """Return the globals of the function that has the signature of `call`, as later versions of `inspect` do."""
        unwrapped = _impartial(_unwrapped_call(call))
        function: object = unwrapped
        if inspect.isclass(unwrapped):
            function = _find_constructor(unwrapped)
        elif not hasattr(unwrapped, "__globals__"):
            function = getattr(type(unwrapped), "__call__", None)  # noqa: B004
        globalns: Namespace = getattr(_unwrapped_call(function), "__globals__", {})
        return globalns

    def _find_constructor(cls: type) -> object:
        # The order of `inspect.signature`: the metaclass, then `__new__` and `__init__`. Only functions have globals.
        for owner, name in ((type(cls), "__call__"), (cls, "__new__"), (cls, "__init__")):
            function = getattr(owner, name, None)
            if inspect.isfunction(_unwrapped_call(function)):
                return function
        return None


def _has_plain_signature(call: object) -> TypeGuard[FunctionType]:
    """Return whether the code of `call` has the signature that `inspect.signature` would return.

    PERF: building the objects of a signature takes as long as the analysis (benchmark: register). Since Python 3.14
    `inspect` evaluates annotations in a format of our choice, so it is always used there.
    """
    if sys.version_info >= (3, 14) or type(call) is not FunctionType:
        return False
    # `get_parameters` does not handle `*args` and `**kwargs`.
    return not (call.__code__.co_flags & _STARS or any(hasattr(call, name) for name in _REPLACE_A_SIGNATURE))


_STARS = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_REPLACE_A_SIGNATURE = ("__wrapped__", "__signature__", "_partialmethod", "__partialmethod__")


def _get_globals(call: AnyCallable) -> Namespace:
    """Return the globals for annotations that `inspect` did not evaluate; empty unless `call` is a function."""
    globalns: Namespace = getattr(inspect.unwrap(call), "__globals__", {})
    return globalns


_originals = Originals(globals(), "get_typed_signature", "get_typed_annotation")
