"""Guided operations: the core selects the route and reads its parameters, the exact way does everything else.

An operation is guided if it needs something that no plan has: a response class of its own, a stream, a parameter model
of a dependency. The solver then takes the values that the core has read instead of reading them itself.
"""

from __future__ import annotations

from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from fastapi._changes import Version
from fastapi._form_limits import _FormLimits
from fastapi._routing.described.attributes import description_of
from fastapi._routing.exact.handler import has_original_handler
from fastapi._routing.planning.reading import Reading, reading_of
from fastapi._routing.planning.security import plan_scheme
from fastapi._routing.tree.inclusion.node import _IncludedRouter
from fastapi._routing.tree.inclusion.placed import APIRouteContext, PlacedRoute
from fastapi._routing.tree.route import APIRoute
from fastapi.dependencies._declared.shapes import view_of
from fastapi.dependencies._solving.begun import ReadParameters, Take, Takes
from fastapi.dependencies._solving.params import _ScalarReader, make_readers
from fastapi.dependencies.models import Dependant

# (index, path_params) precede the values in an answer.
FIRST_VALUE_SLOT = 2


class GuidedReadings(NamedTuple):
    """The readings of the core for a tree of dependants."""

    readings: Tuple[Reading, ...]
    # The slots of the parameters of each dependant in the core's answer; None if it has no parameter.
    takes: Optional[Takes]


_NO_READINGS = GuidedReadings((), None)


class GuidedOperation(NamedTuple):
    """An operation with the readings of the core, and the route where the exact way begins."""

    route: APIRoute
    context: Optional[APIRouteContext]
    nodes: Tuple[_IncludedRouter, ...]
    dependant: Dependant
    readings: Tuple[Reading, ...]
    takes: Optional[Takes]
    # The version of the plan, and its count when this operation was planned: a difference makes the readings stale.
    version: Version
    seen: int

    @property
    def operation(self) -> PlacedRoute:
        """The description of the operation: its context if the route is included, else the route."""
        return self.route if self.context is None else self.context

    @property
    def form_limits(self) -> List[_FormLimits]:
        """The form limits of the inclusions, outermost first."""
        return [node.include_context.form_limits for node in self.nodes]


def make_guided_operation(
    route: APIRoute,
    context: Optional[APIRouteContext],
    nodes: Tuple[_IncludedRouter, ...],
    known: Dict[int, GuidedReadings],
    version: Version,
    seen: int,
) -> GuidedOperation:
    """Return the guided operation for a route. The exact way reads the parameters that the core cannot read."""
    operation: PlacedRoute = route if context is None else context
    dependant: Dependant = description_of(operation).dependant
    # A route of a custom class may change its request before it solves dependencies.
    found = (
        _find_readings(dependant, known)
        if type(route) is APIRoute and has_original_handler(operation)
        else _NO_READINGS
    )
    return GuidedOperation(route, context, nodes, dependant, found.readings, found.takes, version, seen)


def _find_readings(dependant: Dependant, known: Dict[int, GuidedReadings]) -> GuidedReadings:
    """Return the readings for a tree of dependants, from `known` if an equal tree was visited."""
    shape = dependant._shape
    found = None if shape is None else known.get(id(shape))
    if found is None:
        walk = _ReadingsWalk()
        takes = walk.visit(dependant)
        found = GuidedReadings(tuple(walk.readings), takes) if walk.readings else _NO_READINGS
        if shape is not None:
            known[id(shape)] = found
    return found


class _ReadingsWalk:
    """Collects the parameters of a tree of dependants: of each dependant all or none.

    A function that gets the request may change it, so the dependants after such a function are left out.
    """

    def __init__(self) -> None:
        self.readings: List[Reading] = []
        self._may_have_changed = False

    def visit(self, dependant: Dependant) -> Takes:
        lists = view_of(dependant)
        subs: List[Takes] = []
        for sub_dependant in lists.dependencies:
            subs.append(self.visit(sub_dependant))
            if _is_given_the_request(sub_dependant):
                self._may_have_changed = True
        return Takes(self._take(lists), tuple(subs))

    def _take(self, dependant: Dependant) -> Optional[Tuple[Take, ...]]:
        readings = list(_readings_of(dependant))
        if self._may_have_changed or None in readings:
            return None
        takes: List[Take] = []
        for reading in readings:
            assert reading is not None and reading.field is not None
            slot = FIRST_VALUE_SLOT + len(self.readings)
            self.readings.append(reading)
            finished_by = reading.field if reading.needs_python else None
            takes.append(Take(reading.field.name, slot, finished_by, reading.location))
        return tuple(takes)


def _is_given_the_request(dependant: Dependant) -> bool:
    names = dependant.request_param_name, dependant.http_connection_param_name
    return names != (None, None) and plan_scheme(dependant.call) is None


def _readings_of(dependant: Dependant) -> Iterator[Optional[Reading]]:
    """Yield the readings in the order of validation; None for a parameter that the core cannot read."""
    fields = [*dependant.path_params, *dependant.query_params, *dependant.header_params, *dependant.cookie_params]
    for reader in make_readers(fields):
        if isinstance(reader, _ScalarReader) and reader.reads_one_name:
            yield reading_of(reader.field, reader.location, reader.alias, reader.many)
        else:
            yield None


def read_parameters(guided: GuidedOperation, answer: Sequence[object]) -> Optional[ReadParameters]:
    """Return the values that the core has read, for `solve_dependencies`; None for a request with errors."""
    if guided.takes is None or len(answer) <= FIRST_VALUE_SLOT:
        return None
    return ReadParameters(answer, guided.dependant, guided.takes, guided.version, guided.seen)
