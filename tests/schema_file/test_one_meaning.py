"""A type means the same in requests, in documents, in `check` and in `validate_*_params`, wherever it is written."""

from __future__ import annotations

import json
from typing import Any, Dict, List

import pydantic
import pytest
from pydantic import AfterValidator, Field
from typing_extensions import Annotated

from fastapi import FastAPI, ParamsSchemaError, load_params_schema, param_factory, params, validate_query_params
from fastapi.exceptions import RequestValidationError
from tests.planned.asgi import call
from tests.schema_file import sample
from tests.schema_file.conftest import WriteFile

HERE = "tests.schema_file.sample"
# The name of a type that brings checks, values that it takes and values that it refuses.
NAMES: Dict[str, List[Any]] = {
    "pydantic.UUID4": ["00000000-0000-1000-8000-000000000000", "9c8a32e5-7b3f-4f0e-8d5e-111111111111"],
    "pydantic.PositiveInt": ["-1", "1"],
    "pydantic.StrictInt": ["3"],
    "pydantic.PastDate": ["3000-01-01", "2000-01-01"],
    "pydantic.EmailStr": ["x", "a@example.com"],
    "pydantic.HttpUrl": ["ftp:x"],
    "pydantic.Json": ["{", "3"],
    f"{HERE}.Small": ["50", "5"],
    f"{HERE}.Even": ["3", "4"],
    f"{HERE}.Many": ["50", "5"],
    f"{HERE}.MaybeSmall": ["50", "5"],
}
REFUSED_TEXT = {name: values[0] for name, values in NAMES.items()}


def resolved(name: str) -> Any:
    module = pydantic if name.startswith("pydantic.") else sample
    return getattr(module, name.rsplit(".", 1)[1])


def application(kind: str, annotation: Any, default: Any = ...) -> FastAPI:
    """Return an application with one parameter; without a default the annotation says all."""
    app = FastAPI()

    async def read(p: Any = default) -> Any:
        return repr(p)

    if default is ...:

        async def read(p: Any) -> Any:  # type: ignore[no-redef]
            return repr(p)

    read.__annotations__["p"] = annotation
    if annotation is None:
        del read.__annotations__["p"]
    app.post("/{p}" if kind == "path" else "/")(read)
    return app


def answer(app: FastAPI, kind: str, value: str) -> Any:
    target = f"/{value}" if kind == "path" else f"/?p={value}" if kind == "query" else "/"
    headers = [(b"p", value.encode())] if kind == "header" else []
    body = b""
    if kind == "body":
        headers, body = [(b"content-type", b"application/json")], json.dumps(value).encode()
    return call(app, target, method="POST", headers=headers, body=body).outcome()[0]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["query", "path", "header", "body"])
def test_checks_of_an_imported_name_hold(write: WriteFile, kind: str, name: str) -> None:
    if kind == "path" and name.endswith("Many"):
        pytest.skip("a list is refused there")
    load_params_schema(write(f"version: 1\nendpoints: {{e: {{params: {{p: {{in: {kind}, import: {name}}}}}}}}}\n"))
    type_ = resolved(name)
    marker = getattr(params, kind.capitalize())
    hand = application(kind, Annotated[type_, marker()])
    by_file = {
        "without an annotation": application(kind, None, param_factory("e", "p")),
        "with an annotation": application(kind, type_, param_factory("e", "p")),
        "in the annotation": application(kind, Annotated[type_, param_factory("e", "p")]),
    }
    for app in by_file.values():
        assert app.openapi() == hand.openapi()
        for value in NAMES[name]:
            assert answer(app, kind, value) == answer(hand, kind, value)
    if kind != "body":
        assert b"422" in repr(answer(hand, kind, REFUSED_TEXT[name])).encode()


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("HttpUrl")])
def test_values_outside_of_requests_get_the_same_errors(write: WriteFile, name: str) -> None:
    load_params_schema(write(f"version: 1\nendpoints: {{e: {{params: {{p: {{in: query, import: {name}}}}}}}}}\n"))
    with pytest.raises(RequestValidationError) as caught:
        validate_query_params({"p": REFUSED_TEXT[name]}, "e")
    app = application("query", None, param_factory("e", "p"))
    seen = call(app, f"/?p={REFUSED_TEXT[name]}", method="POST")
    assert [error["type"] for error in json.loads(seen.body)["detail"]] == [
        error["type"] for error in caught.value.errors()
    ]


def test_a_default_that_the_type_refuses_is_a_problem_of_the_file(write: WriteFile) -> None:
    file = "version: 1\nendpoints: {e: {params: {p: {in: query, import: pydantic.PositiveInt, default: -5}}}}\n"
    with pytest.raises(ParamsSchemaError, match="default -5 is not valid: Input should be greater than 0"):
        load_params_schema(write(file))


def test_checks_of_the_annotation_hold_beside_those_of_the_file(write: WriteFile) -> None:
    load_params_schema(write("version: 1\nendpoints: {e: {params: {p: {in: query, type: int, ge: 2}}}}\n"))
    hand = application("query", Annotated[int, AfterValidator(sample.even), params.Query(ge=2)])
    for app in (
        application("query", Annotated[int, AfterValidator(sample.even)], param_factory("e", "p")),
        application("query", Annotated[int, AfterValidator(sample.even), param_factory("e", "p")]),
    ):
        assert app.openapi() == hand.openapi()
        assert [answer(app, "query", value) for value in "1234"] == [answer(hand, "query", value) for value in "1234"]
        assert call(app, "/?p=3", method="POST").status == 422


def test_a_validator_behind_the_parameter_of_the_file_runs_after_its_limits(write: WriteFile) -> None:
    load_params_schema(write("version: 1\nendpoints: {e: {params: {p: {in: query, type: int, ge: 2}}}}\n"))
    app = application("query", Annotated[int, param_factory("e", "p"), AfterValidator(lambda value: value - 9)])
    assert call(app, "/?p=2", method="POST").body == b'"-7"'


def test_a_default_stays_one_beside_checks(write: WriteFile) -> None:
    load_params_schema(
        write(
            "version: 1\nendpoints: {e: {params: {"
            "p: {in: query, import: pydantic.PositiveInt, default: 4}, "
            f"q: {{in: query, import: {HERE}.Many, default_factory: {HERE}.make_list}}}}}}}}\n"
        )
    )
    assert call(application("query", None, param_factory("e", "p")), "/", method="POST").body == b'"4"'
    assert call(application("query", Any, param_factory("e", "p")), "/", method="POST").body == b'"4"'
    app = FastAPI()

    @app.get("/")
    async def read(q=param_factory("e", "q"), p: pydantic.PositiveInt = param_factory("e", "p")) -> Any:
        return [q, p]

    assert call(app, "/").body == b"[[1],4]"


SAME_CHECKS = [
    ("type: list, items: {type: str, min_length: 1}", List[Annotated[str, Field(min_length=1)]]),
    ("type: list, items: {type: str, pattern: '^a'}", List[Annotated[str, Field(pattern="^a")]]),
    (f"import: {HERE}.MaybeSmall", sample.MaybeSmall),
    (f"import: {HERE}.Many", sample.Many),
    ("type: list, items: {type: int, gt: 0}", List[pydantic.PositiveInt]),
    ("type: list, items: {type: int, gt: 1}", List[pydantic.conint(gt=1)]),  # type: ignore[misc]
]


@pytest.mark.parametrize("fields, annotation", SAME_CHECKS, ids=[fields for fields, _ in SAME_CHECKS])
def test_checks_that_are_written_alike_do_not_contradict_each_other(
    write: WriteFile, fields: str, annotation: Any
) -> None:
    load_params_schema(write(f"version: 1\nendpoints: {{e: {{params: {{p: {{in: query, {fields}}}}}}}}}\n"))
    app = application("query", annotation, param_factory("e", "p"))
    assert app.openapi() == application("query", Annotated[annotation, params.Query()]).openapi()


def test_checks_of_items_in_the_file_and_in_the_code_both_hold(write: WriteFile) -> None:
    file = "version: 1\nendpoints: {e: {params: {p: {in: query, type: list, items: {type: int, ge: 1}}}}}\n"
    load_params_schema(write(file))
    app = application("query", List[Annotated[int, Field(le=5)]], param_factory("e", "p"))
    assert [call(app, f"/?p={value}", method="POST").status for value in (0, 1, 5, 6)] == [422, 200, 200, 422]
