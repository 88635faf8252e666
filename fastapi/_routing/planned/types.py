"""The types that the modules of the planned way share."""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Dict, NamedTuple, Optional, Tuple

from starlette.types import Receive, Scope, Send

from fastapi._rest import Rest
from fastapi._routing.exact.early_body import EarlyBody
from fastapi._routing.planned.place import RequestPlace
from fastapi._routing.planned.running.arguments import SlotList
from fastapi._routing.tree.router import APIRouter

# An answer of the core: `(index, path_params, value, ...)`, see `docs/frames.md`.
CoreAnswer = Tuple[Any, ...]

# Sends the response to one request, or returns the rest. An exception is a rest; none leaves a runner.
Runner = Callable[[CoreAnswer, Scope, Receive, Send], Awaitable[Optional[Rest]]]

# Writes the entries into a scope that matching and the layers around the route write, with these path parameters.
WriteMatch = Callable[[Scope, Dict[str, object]], None]

# Reads the body, and may append values to the slots.
ReadBody = Callable[[SlotList, Scope, Receive, Send], Awaitable[EarlyBody]]

# Asks the core for the fields of a form: (body, max_fields, max_part_size) -> (index, values...), or None.
ReadFields = Callable[[bytes, int, int], Optional[CoreAnswer]]


class Surroundings(NamedTuple):
    """The parts of an application around an operation, at one place."""

    router: APIRouter
    place: RequestPlace
    # The entries that the skipped layers write into a scope.
    entries: Dict[str, object]
    # Whether the router asks an included router before it asks the route.
    follows_inclusion: bool
