"""Guided operations: the core selects the route and reads its parameters, the exact way does everything else.

What an operation needs that no plan has (a request object, a dependency that yields, a response class of its own, a
stream) costs what it costs. Finding the route among a thousand, and its parameters in the request, does not have to:
`solve_dependencies` takes the values that the core has read instead of looking for them itself.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from starlette.types import Scope

from fastapi._routing.handler import is_plain
from fastapi._routing.include import APIRouteContext, _IncludedRouter
from fastapi._routing.planned_security import plan_scheme
from fastapi._routing.reading import Reading, reading_of
from fastapi._routing.route import APIRoute
from fastapi._routing.scope import get_fastapi_scope
from fastapi.dependencies._params import _ScalarReader, make_readers
from fastapi.dependencies._solver import READ_KEY, ReadParameters, Take
from fastapi.dependencies.models import Dependant

# (index, path_params) precede the values in an answer.
FIRST_VALUE_SLOT = 2


class GuidedOperation(NamedTuple):
    """What the core reads for an operation, and where the exact way begins."""

    route: APIRoute
    context: Optional[APIRouteContext]
    nodes: Tuple[_IncludedRouter, ...]
    readings: Tuple[Reading, ...]
    # For each dependant, by identity, where its parameters are in the core's answer.
    takes: Dict[int, Tuple[Take, ...]]

    @property
    def operation(self) -> Any:
        """What has the attributes of the operation: the route, or what it is in this inclusion."""
        return self.route if self.context is None else self.context

    @property
    def form_limits(self) -> List[Any]:
        """What the inclusions say about forms, outermost first."""
        return [node.include_context.form_limits for node in self.nodes]


def guide_operation(
    route: APIRoute, context: Optional[APIRouteContext], nodes: Tuple[_IncludedRouter, ...]
) -> GuidedOperation:
    """Plan what the core can read of an operation; what it cannot, the exact way reads."""
    operation: Any = route if context is None else context
    walk = _Walk()
    # A route of somebody's own class may do anything with its request before it solves dependencies.
    if type(route) is APIRoute and is_plain(operation):
        walk.visit(operation.dependant)
    return GuidedOperation(route, context, nodes, tuple(walk.readings), walk.takes)


class _Walk:
    """Collects the parameters of a tree of dependants, those of each dependant all or none.

    What comes after the call of a function that was given the request is left out: it may have changed the request.
    """

    def __init__(self) -> None:
        self.readings: List[Reading] = []
        self.takes: Dict[int, Tuple[Take, ...]] = {}
        self._may_have_changed = False

    def visit(self, dependant: Dependant) -> None:
        for sub_dependant in dependant.dependencies:
            self.visit(sub_dependant)
            if _is_given_the_request(sub_dependant):
                self._may_have_changed = True
        readings = list(_readings_of(dependant))
        if self._may_have_changed or id(dependant) in self.takes or None in readings:
            return
        takes: List[Take] = []
        for reading in readings:
            assert reading is not None and reading.field is not None
            slot = FIRST_VALUE_SLOT + len(self.readings)
            self.readings.append(reading)
            finished_by = reading.field if reading.needs_python else None
            takes.append(Take(reading.field.name, slot, finished_by, reading.location))
        if takes:
            self.takes[id(dependant)] = tuple(takes)


def _is_given_the_request(dependant: Dependant) -> bool:
    names = dependant.request_param_name, dependant.http_connection_param_name
    return names != (None, None) and plan_scheme(dependant.call) is None


def _readings_of(dependant: Dependant) -> Iterator[Optional[Reading]]:
    """Yield the readings in the order in which the exact way validates; None for what the core does not find."""
    fields = [*dependant.path_params, *dependant.query_params, *dependant.header_params, *dependant.cookie_params]
    for reader in make_readers(fields):
        if type(reader) is _ScalarReader and len(reader.aliases) == 1:
            yield reading_of(reader.field, reader.location, reader.alias, reader.many)
        else:
            yield None


def leave_read(guided: GuidedOperation, answer: Sequence[Any], scope: Scope) -> None:
    """Leave for `solve_dependencies` what the core has read; of a request with errors, there are no values."""
    if guided.takes and len(answer) > FIRST_VALUE_SLOT:
        get_fastapi_scope(scope)[READ_KEY] = ReadParameters(answer, guided.takes)
