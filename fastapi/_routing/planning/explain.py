"""A plan in words, for `fastapi doctor` and for tests."""

from __future__ import annotations

from typing import Any, Iterator, Union

from fastapi._routing.described.description import Description
from fastapi._routing.planning.plan import plan_router
from fastapi._routing.planning.reading import Reading, obstacle
from fastapi._routing.planning.requirements import name_of
from fastapi._routing.planning.rows import ExactReading, GeneratorStep, PlannedCall, PlannedForm, SecurityStep
from fastapi._wasm import contract


def explain(app: Any) -> Iterator[str]:
    """Yield lines about each route of an application: its way, the converter of each value, and the reasons."""
    for route in plan_router(app.router, True).routes:
        if route.guided is not None:
            yield f"{route.title}: guided ({route.reason})"
            yield from (f"    {' '.join(each.location)}: {_explain_reading(each)}" for each in route.guided.readings)
            continue
        if route.mounted is not None:
            yield f"{route.title}: mounted (the core selects it, its application answers)"
            continue
        if route.planned is None:
            yield f"{route.title}: exact way ({route.reason})"
            continue
        yield f"{route.title}: planned"
        for reading in route.planned.readings:
            yield f"    {' '.join(reading.location)}: {_explain_reading(reading)}"
        for completion in route.planned.completions:
            if isinstance(completion, ExactReading):
                yield f"    {completion.location} {completion.reader.name}: read as on the exact way"
        for step in route.planned.steps:
            yield (
                f"    security {step.title}"
                if isinstance(step, SecurityStep)
                else f"    dependency {_explain_call(step)}"
            )
        if route.planned.form is not None:
            yield from _explain_form(route.planned.form)
        elif route.planned.reads_body:
            yield "    body: read as JSON, left to Pydantic"
        yield f"    endpoint {_explain_call(route.planned.endpoint)}"
        yield f"    answer: {_explain_answer(route.planned.operation)}"


def _explain_form(form: PlannedForm) -> Iterator[str]:
    for reading in form.fields:
        yield f"    form {reading.row[2]}: {_explain_reading(reading)}"
    if not form.fields:
        yield "    form: left to Pydantic"


def _explain_reading(reading: Reading) -> str:
    list_of = "list of " if reading.conversion.is_list else ""
    if reading.is_raw and reading.field is None:
        return f"the core reads {list_of}text, the parameter model validates it"
    if reading.is_raw and reading.field is not None:
        return f"the core reads {list_of}text, Pydantic converts it ({obstacle(reading.field)})"
    limits = "".join(f", {contract.CONSTRAINTS[number]} {value}" for number, value in reading.conversion.constraints)
    return f"the core converts {list_of}{reading.conversion.scalar}{limits}"


def _explain_call(call: Union[PlannedCall, GeneratorStep]) -> str:
    if isinstance(call, GeneratorStep):
        where = "" if call.is_async else ", in a worker thread"
        return f"{name_of(call.function)}{where}, left {'before' if call.is_left_early else 'after'} the response"
    return name_of(call.function) + ("" if call.is_coroutine else ", in a worker thread")


def _explain_answer(operation: Description) -> str:
    return "the core writes plain values" if operation.response_field is None else "Pydantic validates and writes it"
