"""Evaluates the annotations of this package's own functions and typed dictionaries."""

from __future__ import annotations

import sys
from typing import Any, Dict, ForwardRef


def own_hints(declared: Any) -> Dict[str, Any]:
    """Return the evaluated annotations of `declared`, a function or a typed dictionary of this package.

    `typing.get_type_hints` also evaluates the forward references inside of an alias and keeps the result there: after
    that, `copy.deepcopy(fastapi.types.IncEx)` raises, which it does not with the real package.
    """
    namespace = vars(sys.modules[declared.__module__])
    return {name: _evaluated(value, namespace) for name, value in declared.__annotations__.items()}


def _evaluated(value: Any, namespace: Dict[str, Any]) -> Any:
    text = value.__forward_arg__ if isinstance(value, ForwardRef) else value
    found = eval(text, namespace) if isinstance(text, str) else text
    return type(None) if found is None else found
