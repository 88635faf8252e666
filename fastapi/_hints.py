"""Evaluated annotations of this package's own functions and typed dictionaries, and the signatures made of them."""

from __future__ import annotations

import inspect
import sys
from typing import Dict, ForwardRef

from fastapi.types import AnyCallable


def own_hints(declared: object) -> Dict[str, object]:
    """Return the evaluated annotations of `declared`, a function or a typed dictionary of this package.

    `typing.get_type_hints` does more: it evaluates the forward references inside of an alias and keeps the result
    there. After that `copy.deepcopy(fastapi.types.IncEx)` raises, which it does not with the real package.
    """
    namespace = vars(sys.modules[declared.__module__])
    return {name: _evaluated(value, namespace) for name, value in declared.__annotations__.items()}


def _evaluated(value: object, namespace: Dict[str, object]) -> object:
    text = value.__forward_arg__ if isinstance(value, ForwardRef) else value
    found = eval(text, namespace) if isinstance(text, str) else text
    return type(None) if found is None else found


def show_signature(function: AnyCallable, signature: inspect.Signature) -> None:
    """Give `function` a signature, and the annotations of that signature."""
    function.__signature__ = signature  # type: ignore[attr-defined]
    shown = signature.parameters.values()
    function.__annotations__ = {each.name: each.annotation for each in shown if each.annotation is not each.empty}
    function.__annotations__["return"] = signature.return_annotation
