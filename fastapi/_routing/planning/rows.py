"""The rows of a plan: one for each route.

A plan is pure data. `AppPlan.frame` is its input for the core; `AppPlan.routes` holds, at the same index, the steps
that Python takes with the core's answer.

Slots. The core answers `(index, path_params, value, ...)` with one value for each reading. The planned way appends the
result of each dependency. Every argument of every call is a position in that list, so a request looks up no name.
"""

from __future__ import annotations

import marshal
from typing import FrozenSet, NamedTuple, Optional, Tuple, Union

from starlette.routing import Mount

from fastapi._compat import ModelField
from fastapi._routing.described.description import UserCallable
from fastapi._routing.planning.guided_reads import GuidedOperation
from fastapi._routing.planning.reading import MARSHAL_VERSION, CoreRow, Reading
from fastapi._routing.planning.security import Judge
from fastapi._routing.tree.inclusion.node import _IncludedRouter
from fastapi._routing.tree.inclusion.placed import APIRouteContext, PlacedRoute, WrappedRouteContext
from fastapi._routing.tree.route import APIRoute
from fastapi._wasm import contract
from fastapi.dependencies._solving.params import AnyReader, _ModelReader
from fastapi.types import DependencyCacheKey


class PlannedCall(NamedTuple):
    """One function to call with values from slots. Its result gets the next slot."""

    function: UserCallable
    arguments: Tuple[Tuple[str, int], ...]
    is_coroutine: bool


class GeneratorStep(NamedTuple):
    """One dependency that yields. The value that it yields gets the next slot."""

    function: UserCallable
    arguments: Tuple[Tuple[str, int], ...]
    is_async: bool
    # Whether it is left before the response is sent; else it is left after the response and its background tasks.
    is_left_early: bool


class SecurityStep(NamedTuple):
    """The judgement of a security scheme on the value that the core read for it."""

    judge: Judge
    slot: int
    # For `explain`.
    title: str


class PlannedModel(NamedTuple):
    """A parameter model of the endpoint, which Pydantic validates from the texts of its fields."""

    reader: _ModelReader
    # The slot of each field, the name under which the model takes it, and whether an empty text counts as absent.
    parts: Tuple[Tuple[int, str, bool], ...]


class ExactReading(NamedTuple):
    """A parameter of the endpoint that the exact way reads from the request: the core knows no row for it."""

    reader: AnyReader
    # The place in the request.
    location: str


class Completion(NamedTuple):
    """A parameter of the endpoint whose value Python completes: a raw text, or a default that Python creates."""

    slot: int
    reading: Reading


# For each way of completion: a parameter whose value Python completes.
AnyCompletion = Union[Completion, PlannedModel, ExactReading]


# A dependency, or a security scheme.
Step = Union[PlannedCall, GeneratorStep, SecurityStep]


class RequestObject(NamedTuple):
    """An object of the request that calls ask for. Each has a slot."""

    # "request", "response", "background_tasks" or "security_scopes".
    kind: str
    # The scopes of `SecurityScopes`.
    scopes: Tuple[str, ...] = ()


class PlannedForm(NamedTuple):
    """The form of an operation: its fields as rows for the core, empty if Python reads the whole form."""

    fields: Tuple[Reading, ...]
    # The slot of the first field; the fields follow the other readings.
    first_slot: int
    # The fields that dependencies take and only Pydantic converts: they are completed before the dependencies run.
    early_completions: Tuple[Completion, ...]
    in_dependencies: bool


class PlannedOperation(NamedTuple):
    """The steps of the planned way for one operation, after the core has answered."""

    route: APIRoute
    context: Optional[APIRouteContext]
    operation: PlacedRoute
    readings: Tuple[Reading, ...]
    steps: Tuple[Step, ...]
    endpoint: PlannedCall
    fresh_defaults: Tuple[Tuple[int, ModelField], ...]
    completions: Tuple[AnyCompletion, ...]
    # Those of the fields of a form, which follow.
    field_completions: Tuple[Completion, ...]
    reads_body: bool
    form: Optional[PlannedForm]
    # The slot of the Content-Type header; -1 for an operation without a body.
    content_type_slot: int
    # The dependencies that `dependency_overrides` could replace.
    replaceable: FrozenSet[UserCallable]
    # The results of the steps begin at this slot; on the exact way they are cached under these keys.
    first_step_slot: int
    step_keys: Tuple[DependencyCacheKey, ...]
    # For each number of steps: the number of dependencies that are solved after them. A dependency of several others
    # counts each time.
    solved_after_step: Tuple[int, ...]
    # Whether the exact way meets a solved dependency again after the last step.
    ends_with_repetition: bool
    # The objects of the request that calls ask for; their slots precede those of the steps.
    objects: Tuple[RequestObject, ...]
    # The steps after which a function has had the request, and may have changed the parameters that are read later.
    steps_before_checks: FrozenSet[int]
    # The names of the endpoint's arguments in the order of the exact way: dependencies, parameters, body, objects.
    argument_names: Tuple[str, ...]
    # The inclusions that lead to the route, outermost first.
    nodes: Tuple[_IncludedRouter, ...]

    @property
    def rows(self) -> Tuple[Reading, ...]:
        """All readings: the parameters, and the fields of the form."""
        return self.readings if self.form is None else self.readings + self.form.fields

    def slot_of(self, kind: str) -> Optional[int]:
        """Return the slot of an object of the request that all calls share, None if no call asks for it."""
        kinds = [each.kind for each in self.objects]
        return self.first_step_slot - len(kinds) + kinds.index(kind) if kind in kinds else None

    @property
    def has_generators(self) -> bool:
        """Whether a dependency yields."""
        return any(isinstance(step, GeneratorStep) for step in self.steps)

    @property
    def has_values_of_core(self) -> bool:
        """Whether the core and the dependencies give all arguments of the endpoint."""
        return not (self.completions or self.field_completions or self.reads_body)

    @property
    def has_plain_errors(self) -> bool:
        """Whether the core finds all errors: nothing else validates, and no dependency runs before."""
        return self.has_values_of_core and not self.steps


class MountedApp(NamedTuple):
    """A mounted application. It answers as on the exact way; the core only selects it."""

    mount: Mount
    context: Optional[WrappedRouteContext]
    # The inclusions that lead to the mount, outermost first.
    nodes: Tuple[_IncludedRouter, ...]


class PlanRow(NamedTuple):
    """One route of the plan: a row for the core, and the operation or the mounted application behind it.

    Without any of them, the exact way selects. `reason` says why the route is not planned.
    """

    title: str
    kind: int
    template: str
    methods: Tuple[str, ...]
    planned: Optional[PlannedOperation]
    reason: str
    guided: Optional[GuidedOperation] = None
    # Whether an included router precedes this route.
    follows_inclusion: bool = False
    mounted: Optional[MountedApp] = None

    @property
    def selected(self) -> Union[PlannedOperation, GuidedOperation, MountedApp, None]:
        """The part of the plan for requests that the core selects this route for."""
        return self.planned or self.guided or self.mounted

    def frame(self) -> Tuple[int, str, Tuple[str, ...], Tuple[CoreRow, ...]]:
        readings = self.planned.rows if self.planned else self.guided.readings if self.guided else ()
        return self.kind, self.template, self.methods, tuple(reading.row for reading in readings)


class AppPlan(NamedTuple):
    """All routes of one application in the order in which they are matched."""

    routes: Tuple[PlanRow, ...]
    flags: int
    # Whether there are low-priority routes, which are matched after all others.
    has_low_priority_routes: bool
    # Whether the application includes routers.
    has_inclusions: bool
    # Whether each route matches all paths that the core finds for it.
    has_certain_templates: bool

    def frame(self) -> bytes:
        rows = tuple(route.frame() for route in self.routes)
        return marshal.dumps((contract.PLAN_VERSION, self.flags, rows), MARSHAL_VERSION)
