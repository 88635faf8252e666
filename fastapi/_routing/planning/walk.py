"""From the dependants of an operation to its readings, steps and slots."""

from __future__ import annotations

from typing import Dict, FrozenSet, Hashable, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from fastapi._changes import Version
from fastapi._compat import ModelField
from fastapi._routing.described.attributes import description_of
from fastapi._routing.described.description import Description, UserCallable
from fastapi._routing.planning.guided_reads import FIRST_VALUE_SLOT, GuidedReadings
from fastapi._routing.planning.param_model import plan_model
from fastapi._routing.planning.reading import Reading, field_reading, header_text, reading_of
from fastapi._routing.planning.requirements import (
    NotPlanned,
    name_of,
    reads_form,
    require_finished,
    require_hashable,
    require_plain_answer,
    require_plain_dependant,
    require_plain_generator,
    require_plain_route,
    require_pure,
    require_same_kind,
    yields,
)
from fastapi._routing.planning.rows import (
    AnyCompletion,
    Completion,
    ExactReading,
    GeneratorStep,
    PlannedCall,
    PlannedForm,
    PlannedModel,
    PlannedOperation,
    RequestObject,
    SecurityStep,
    Step,
)
from fastapi._routing.planning.security import Judge, plan_scheme
from fastapi._routing.tree.inclusion.node import _IncludedRouter
from fastapi._routing.tree.inclusion.placed import APIRouteContext
from fastapi._routing.tree.route import APIRoute
from fastapi.dependencies import models
from fastapi.dependencies._declared.shapes import get_flat_body, view_of
from fastapi.dependencies._solving.params import AnyReader, _ModelReader, _ScalarReader, make_readers
from fastapi.dependencies.models import Dependant
from fastapi.types import DependencyCacheKey


class _WalkResult(NamedTuple):
    """The result of walking an operation's dependants; the fields are those of `PlannedOperation`."""

    readings: Tuple[Reading, ...]
    steps: Tuple[Step, ...]
    arguments: Tuple[Tuple[str, int], ...]
    fresh_defaults: Tuple[Tuple[int, ModelField], ...]
    completions: Tuple[AnyCompletion, ...]
    field_completions: Tuple[Completion, ...]
    form: Optional[PlannedForm]
    content_type_slot: int
    replaceable: FrozenSet[UserCallable]
    first_step_slot: int
    step_keys: Tuple[DependencyCacheKey, ...]
    solved_after_step: Tuple[int, ...]
    ends_with_repetition: bool
    objects: Tuple[RequestObject, ...]
    steps_before_checks: FrozenSet[int]


class PlanningState:
    """The results of walks while one plan is made, by the id of the shape that equal dependants share.

    The names of request objects are not part of a shape.
    """

    def __init__(self, version: Optional[Version] = None) -> None:
        self.planned: Dict[Hashable, _WalkResult] = {}
        self.guided: Dict[int, GuidedReadings] = {}
        # Every change of a route or dependant that the plan reads increases it.
        self.version = Version() if version is None else version
        self.seen = self.version.count


def plan_operation(
    route: APIRoute,
    context: Optional[APIRouteContext],
    nodes: Tuple[_IncludedRouter, ...] = (),
    state: Optional[PlanningState] = None,
) -> PlannedOperation:
    """Plan one operation.

    Raises:
        NotPlanned: it needs something that only the exact way does.
    """
    operation: Description = description_of(route if context is None else context)
    require_plain_route(route, context, operation)
    require_plain_answer(operation)
    if reads_form(operation) and any(node.include_context.form_limits for node in nodes):
        # They come into the scope of a request as it passes one router after the other.
        raise NotPlanned("a form, with limits of an included router")
    dependant = operation.dependant
    walked = _walk_dependants(operation, PlanningState() if state is None else state)
    planned = PlannedOperation(
        route=route,
        context=context,
        operation=route if context is None else context,
        readings=walked.readings,
        steps=walked.steps,
        endpoint=PlannedCall(_call_of(dependant), walked.arguments, models.gives_awaitable(dependant.call)),
        fresh_defaults=walked.fresh_defaults,
        completions=walked.completions,
        field_completions=walked.field_completions,
        reads_body=walked.content_type_slot >= 0,
        form=walked.form,
        content_type_slot=walked.content_type_slot,
        replaceable=walked.replaceable,
        first_step_slot=walked.first_step_slot,
        step_keys=walked.step_keys,
        solved_after_step=walked.solved_after_step,
        ends_with_repetition=walked.ends_with_repetition,
        objects=walked.objects,
        steps_before_checks=walked.steps_before_checks,
        argument_names=_argument_names(dependant),
        nodes=nodes,
    )
    if operation.is_json_stream:
        _require_plain_stream(planned)
    return planned


def _require_plain_stream(planned: PlannedOperation) -> None:
    """Require that nothing can reach the response to a stream, or stays open while it is sent."""
    if planned.has_generators or planned.objects or not planned.has_values_of_core:
        raise NotPlanned("a stream of an endpoint with a body, an object of the request or a dependency that yields")


def _walk_dependants(operation: Description, state: PlanningState) -> _WalkResult:
    """Return the result for the dependants of an operation, from `state` if equal dependants were visited."""
    dependant = operation.dependant
    require_plain_dependant(dependant, True)
    require_same_kind(operation)
    shape = dependant._shape
    key = (id(shape), _object_names(dependant), *models._get_oauth_scopes(dependant=dependant))
    walked = None if shape is None else state.planned.get(key)
    if walked is None:
        walked = _walk_anew(operation)
        if shape is not None:
            state.planned[key] = walked
    return walked


def _walk_anew(operation: Description) -> _WalkResult:
    dependant = operation.dependant
    walk = _DependantWalk(reads_form(operation))
    arguments = walk.visit(dependant, is_endpoint=True)
    steps_before_checks = walk.steps_before_checks()
    body = get_flat_body(dependant)
    reads_body = operation.body_field is not None if body is None else bool(body)
    content_type = walk.read_content_type() if reads_body else None
    slots = _Slots(walk)
    steps = tuple(slots.step(step) for step in walk.steps)
    if walk.reads_form:
        _require_no_request(walk.objects, steps)
    return _WalkResult(
        readings=tuple(walk.readings),
        steps=steps,
        arguments=slots.resolve(arguments),
        fresh_defaults=tuple(slots.fresh_defaults()),
        completions=tuple(slots.completions()),
        field_completions=tuple(slots.field_completions()),
        form=slots.form(),
        content_type_slot=-1 if content_type is None else slots.slot(content_type),
        replaceable=frozenset(walk.functions),
        first_step_slot=slots.first_step,
        step_keys=tuple(walk.step_keys),
        solved_after_step=tuple(walk.solved_after_step),
        ends_with_repetition=walk.asked > walk.solved_after_step[-1],
        objects=tuple(walk.objects),
        steps_before_checks=steps_before_checks,
    )


def _require_no_request(objects: Sequence[RequestObject], steps: Sequence[Step]) -> None:
    """Require of an operation with a form that only its parameters and fields decide how it continues."""
    if any(each.kind == "request" for each in objects):
        raise NotPlanned("a form, and a function that asks for the request")
    if any(isinstance(step, GeneratorStep) for step in steps):
        raise NotPlanned("a form, and a dependency that yields")


def _call_of(dependant: Dependant) -> UserCallable:
    assert dependant.call is not None
    return dependant.call


class _Origin(NamedTuple):
    """The origin of a value, before slots are numbered: the n-th reading, field, object of the request, or step."""

    part: int
    number: int


# The attributes of a dependant with the names of arguments that are objects of the request.
_KINDS_OF_OBJECTS = {
    "http_connection_param_name": "request",
    "request_param_name": "request",
    "background_tasks_param_name": "background_tasks",
    "response_param_name": "response",
    "security_scopes_param_name": "security_scopes",
}


def _object_names(dependant: Dependant) -> Tuple[Hashable, ...]:
    return tuple(getattr(dependant, attribute) for attribute in _KINDS_OF_OBJECTS)


_ROW, _FIELD, _OBJECT, _STEP = range(4)


class _PendingCall(NamedTuple):
    dependant: Dependant
    arguments: Dict[str, _Origin]


class _PendingSecurity(NamedTuple):
    judge: Judge
    row: _Origin
    title: str


class _DependantWalk:
    """Visits dependants in the order in which they are solved, and collects readings and steps."""

    def __init__(self, reads_form: bool) -> None:
        self.reads_form = reads_form
        self.readings: List[Reading] = []
        self.endpoint_rows: List[int] = []
        # Each with the number of readings before it.
        self.others: List[Tuple[int, Union[PlannedModel, ExactReading]]] = []
        self.fields: List[Reading] = []
        # The number of fields that dependencies take; they are the first.
        self.fields_of_dependencies = 0
        self.steps: List[Union[_PendingCall, _PendingSecurity]] = []
        self.step_keys: List[DependencyCacheKey] = []
        self.functions: List[UserCallable] = []
        self.objects: List[RequestObject] = []
        self._first_step_with_request: Optional[int] = None
        # For each step: the number of parameters that are read before it.
        self._read_before_step: List[int] = []
        self.solved_after_step: List[int] = [0]
        self._solved: Dict[DependencyCacheKey, _Origin] = {}
        self.asked = 0
        self._sizes: Dict[DependencyCacheKey, int] = {}

    def visit(self, dependant: Dependant, is_endpoint: bool = False) -> Dict[str, _Origin]:
        """Return the origin of each argument of `dependant.call`."""
        require_plain_dependant(dependant, is_endpoint or self.reads_form)
        arguments: Dict[str, _Origin] = {}
        lists = view_of(dependant)
        for sub_dependant in lists.dependencies:
            value = self._solve(sub_dependant)
            if sub_dependant.name is not None:
                arguments[sub_dependant.name] = value
        for reader in make_readers(_parameter_fields(lists)):
            if not isinstance(reader, _ScalarReader) or not reader.reads_one_name:
                if not is_endpoint:
                    raise NotPlanned("a dependency has a parameter model, or a parameter with several names")
                self._visit_other(reader)
                continue
            reading = reading_of(reader.field, reader.location, reader.alias, reader.many)
            if not is_endpoint:
                require_finished(reading)
            arguments[reader.name] = self._read(reading, is_endpoint)
        if self.reads_form:
            self._visit_form(dependant, is_endpoint, arguments)
        arguments.update(self._visit_objects(dependant))
        return arguments

    def _visit_other(self, reader: AnyReader) -> None:
        """Collect a parameter of the endpoint that is not the value of one name."""
        first = len(self.readings)
        parts = plan_model(reader) if isinstance(reader, _ModelReader) else None
        if not parts or not isinstance(reader, _ModelReader):
            self.others.append((first, ExactReading(reader, reader.loc[0])))
            return
        names = tuple((FIRST_VALUE_SLOT + first + i, part.name, part.drops_empty) for i, part in enumerate(parts))
        self.others.append((first, PlannedModel(reader, names)))
        for part in parts:
            self._read(part.reading, False)

    def _visit_objects(self, dependant: Dependant) -> Iterator[Tuple[str, _Origin]]:
        """Yield the name and the origin of each argument of `dependant.call` that is an object of the request."""
        for attribute, kind in _KINDS_OF_OBJECTS.items():
            name = getattr(dependant, attribute)
            if name is not None:
                yield name, self._find_object(kind, dependant)

    def _find_object(self, kind: str, dependant: Dependant) -> _Origin:
        if kind == "request" and self._first_step_with_request is None:
            self._first_step_with_request = len(self.steps)
        # Each call gets a `SecurityScopes` of its own.
        kinds = [each.kind for each in self.objects]
        if kind in kinds and kind != "security_scopes":
            return _Origin(_OBJECT, kinds.index(kind))
        scopes = models._get_oauth_scopes(dependant=dependant) if kind == "security_scopes" else ()
        self.objects.append(RequestObject(kind, tuple(scopes)))
        return _Origin(_OBJECT, len(self.objects) - 1)

    def steps_before_checks(self) -> FrozenSet[int]:
        """Return the steps after which the request may have changed, while parameters are still to be read."""
        first = self._first_step_with_request
        if first is None:
            return frozenset()
        reads_all, count = bool(self.others), len(self.readings)
        return frozenset(i for i, n in enumerate(self._read_before_step) if i >= first and (reads_all or n < count))

    def _visit_form(self, dependant: Dependant, is_endpoint: bool, arguments: Dict[str, _Origin]) -> None:
        """Collect the fields of the form that `dependant` declares, or none if Python has to read the form."""
        fields = [(field.name, field_reading(field)) for field in dependant.body_params]
        if not all(reading for _, reading in fields):
            if self.fields_of_dependencies or not is_endpoint:
                raise NotPlanned("a dependency takes a field of a form that only Pydantic reads")
            return
        for name, reading in fields:
            assert reading is not None
            if not is_endpoint:
                require_pure(reading)
                self.fields_of_dependencies += 1
            self.fields.append(reading)
            arguments[name] = _Origin(_FIELD, len(self.fields) - 1)

    def _solve(self, dependant: Dependant) -> _Origin:
        function = _call_of(dependant)
        require_hashable(function)
        self.functions.append(function)
        key = models._get_cache_key(dependant=dependant)
        if not dependant.use_cache:
            raise NotPlanned(f"{name_of(dependant.call)} is called anew wherever it is asked for")
        if key in self._solved:
            self.asked += self._sizes[key]
            return self._solved[key]
        asked_before = self.asked
        scheme = plan_scheme(dependant.call)
        if scheme is not None:
            self.steps.append(
                _PendingSecurity(scheme.judge, self._read(scheme.reading, False), name_of(dependant.call))
            )
        else:
            if yields(dependant):
                require_plain_generator(dependant)
            arguments = self.visit(dependant)
            self.steps.append(_PendingCall(dependant, arguments))
        self.step_keys.append(key)
        self._read_before_step.append(len(self.readings))
        self.asked += 1
        self._sizes[key] = self.asked - asked_before
        self.solved_after_step.append(self.asked)
        value = self._solved[key] = _Origin(_STEP, len(self.steps) - 1)
        return value

    def read_content_type(self) -> _Origin:
        """Read the Content-Type header, which is not a parameter."""
        return self._read(header_text("content-type"), False)

    def _read(self, reading: Reading, is_endpoint: bool) -> _Origin:
        self.readings.append(reading)
        if is_endpoint:
            self.endpoint_rows.append(len(self.readings) - 1)
        return _Origin(_ROW, len(self.readings) - 1)


def _argument_names(dependant: Dependant) -> Tuple[str, ...]:
    lists = view_of(dependant)
    names = [sub_dependant.name for sub_dependant in lists.dependencies]
    names += [field.name for field in (*_parameter_fields(lists), *lists.body_params)]
    names += [getattr(dependant, attribute) for attribute in _KINDS_OF_OBJECTS]
    return tuple(name for name in names if name is not None)


def _parameter_fields(dependant: Dependant) -> List[ModelField]:
    return [
        *dependant.path_params,
        *dependant.query_params,
        *dependant.header_params,
        *dependant.cookie_params,
    ]


class _Slots:
    """Numbers the values of a finished walk: the readings, the fields, the objects, the results of the steps."""

    def __init__(self, walk: _DependantWalk) -> None:
        self._walk = walk
        self.first_field = FIRST_VALUE_SLOT + len(walk.readings)
        self.first_object = self.first_field + len(walk.fields)
        self.first_step = self.first_object + len(walk.objects)

    def slot(self, value: _Origin) -> int:
        return value.number + (FIRST_VALUE_SLOT, self.first_field, self.first_object, self.first_step)[value.part]

    def resolve(self, arguments: Dict[str, _Origin]) -> Tuple[Tuple[str, int], ...]:
        return tuple((name, self.slot(value)) for name, value in arguments.items())

    def step(self, step: Union[_PendingCall, _PendingSecurity]) -> Step:
        if isinstance(step, _PendingSecurity):
            return SecurityStep(step.judge, self.slot(step.row), step.title)
        function, dependant = _call_of(step.dependant), step.dependant
        if yields(dependant):
            is_async, is_left_early = models.gives_async_generator(function), dependant.scope == "function"
            return GeneratorStep(function, self.resolve(step.arguments), is_async, is_left_early)
        return PlannedCall(function, self.resolve(step.arguments), models.gives_awaitable(function))

    def fresh_defaults(self) -> Iterator[Tuple[int, ModelField]]:
        """Yield the slots of those parameters of dependencies whose default Python creates for each request."""
        for index, reading in enumerate(self._walk.readings):
            if index not in self._walk.endpoint_rows and reading.needs_python and reading.field is not None:
                yield FIRST_VALUE_SLOT + index, reading.field

    def completions(self) -> Iterator[AnyCompletion]:
        """Yield the parameters of the endpoint that Python completes, in their order."""
        others = list(self._walk.others)
        for index in self._walk.endpoint_rows:
            while others and others[0][0] <= index:
                yield others.pop(0)[1]
            reading = self._walk.readings[index]
            if reading.needs_python:
                yield Completion(FIRST_VALUE_SLOT + index, reading)
        yield from (other for _, other in others)

    def field_completions(self) -> Iterator[Completion]:
        """Yield the fields of the form that Python completes for the endpoint."""
        return self._incomplete_fields(self._walk.fields_of_dependencies, len(self._walk.fields))

    def form(self) -> Optional[PlannedForm]:
        if not self._walk.reads_form:
            return None
        taken = self._walk.fields_of_dependencies
        checks = tuple(self._incomplete_fields(0, taken))
        return PlannedForm(tuple(self._walk.fields), self.first_field, checks, taken > 0)

    def _incomplete_fields(self, start: int, end: int) -> Iterator[Completion]:
        for index in range(start, end):
            reading = self._walk.fields[index]
            if reading.needs_python:
                yield Completion(self.first_field + index, reading)
