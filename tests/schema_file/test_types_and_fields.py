"""Each name of a type stands for an annotation; the table of fields fits the signatures, in both vocabularies."""

from __future__ import annotations

import datetime
import decimal
import inspect
import uuid
from typing import Any, Dict, List, Optional

import pydantic
import pytest
from pydantic import AnyUrl, EmailStr, HttpUrl
from typing_extensions import Literal

from fastapi import ParamsSchemaError, UploadFile, get_param_schema, load_params_schema, param_factory, params
from fastapi._schema_file import fields
from fastapi._schema_file.fields import FIELDS, PLACES, FieldRow, table_problems
from fastapi._schema_file.types import TYPES
from fastapi._wasm import contract
from tests.schema_file.conftest import WriteFile
from tests.schema_file.sample import Color, Item, make_list

HERE = "tests.schema_file.sample"


def declared(write: WriteFile, text: str, definitions: str = "{}") -> Any:
    load_params_schema(
        write(f"version: 1\ndefinitions: {definitions}\nendpoints: {{e: {{params: {{p: {{{text}}}}}}}}}\n")
    )
    return get_param_schema("e", "p")


TYPE_ROWS = [
    ("type: str", str),
    ("type: int", int),
    ("type: float", float),
    ("type: bool", bool),
    ("type: bytes", bytes),
    ("type: date", datetime.date),
    ("type: datetime", datetime.datetime),
    ("type: time", datetime.time),
    ("type: timedelta", datetime.timedelta),
    ("type: decimal", decimal.Decimal),
    ("type: uuid", uuid.UUID),
    ("type: email", EmailStr),
    ("type: url", AnyUrl),
    ("type: http_url", HttpUrl),
    ("type: any", Any),
    ("type: raw", str),
    ("type: string", str),
    ("type: integer", int),
    ("type: number", float),
    ("type: boolean", bool),
    ("type: string, format: date-time", datetime.datetime),
    ("type: string, format: uuid", uuid.UUID),
    ("type: string, format: uri", AnyUrl),
    ("type: 'list[int]'", List[int]),
    ("type: 'List[ str ]'", List[str]),
    ("type: array, items: integer", List[int]),
    ("type: list, items: {type: str}", List[str]),
    ("type: 'optional[int]'", Optional[int]),
    ("type: 'int?'", Optional[int]),
    ("type: [string, 'null']", Optional[str]),
    ("type: 'optional[list[int]]'", Optional[List[int]]),
    ("type: int, optional: true", Optional[int]),
    ("type: int, default: null", Optional[int]),
    ("enum: [red, blue]", Literal["red", "blue"]),
    ("type: int, enum: [1, 2]", Literal[1, 2]),
    ("type: 'optional[str]', enum: [a]", Optional[Literal["a"]]),
    (f"import: {HERE}.Color", Color),
    (f"import: '{HERE}:Color'", Color),
    ("import: decimal.Decimal", decimal.Decimal),
]


@pytest.mark.parametrize("text, annotation", TYPE_ROWS, ids=[row[0] for row in TYPE_ROWS])
def test_each_name_stands_for_its_type(write: WriteFile, text: str, annotation: Any) -> None:
    assert declared(write, f"in: query, {text}").annotation == annotation


def test_types_of_bodies_and_files(write: WriteFile) -> None:
    assert declared(write, "in: body, type: object").annotation == Dict[str, Any]
    assert declared(write, f"in: body, import: {HERE}.Item").annotation is Item
    assert declared(write, "in: file").annotation is UploadFile
    assert declared(write, "in: file, type: 'list[file]'").annotation == List[UploadFile]
    assert declared(write, "in: file, type: bytes").annotation is bytes


def test_everything_the_core_converts_is_a_type(write: WriteFile) -> None:
    for scalar in contract.SCALARS:
        if scalar != "authorization":  # a scheme's, not a parameter's
            assert declared(write, f"in: query, type: {scalar}").kind == "query"


def test_email_without_its_package_is_a_clear_error(write: WriteFile, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "email_validator", None)
    with pytest.raises(ParamsSchemaError, match="needs the package email-validator: pip install"):
        declared(write, "in: query, type: email")


def test_definitions_are_referred_to_by_name_or_by_reference(write: WriteFile) -> None:
    definitions = "{Id: {type: int, ge: 1, description: d}, Ids: {type: list, items: Id}, Key: {type: Id, le: 9}}"
    for text in ("type: Id", "$ref: '#/definitions/Id'"):
        param = declared(write, f"in: query, {text}, description: own", definitions)
        assert param.annotation is int and param.options == {"ge": 1, "description": "own"}
    assert declared(write, "in: query, type: Key", definitions).options == {"ge": 1, "description": "d", "le": 9}
    for text in ("type: 'list[Id]'", "type: Ids", "type: list, items: {type: Id}"):
        (item,) = declared(write, f"in: query, {text}", definitions).annotation.__args__
        adapter = pydantic.TypeAdapter(item)
        assert adapter.validate_python("1") == 1
        with pytest.raises(pydantic.ValidationError):
            adapter.validate_python("0")


@pytest.mark.parametrize(
    "text, value",
    [
        ("type: date, default: 2024-02-29", datetime.date(2024, 2, 29)),
        ("type: timedelta, default: PT90S", datetime.timedelta(seconds=90)),
        ("type: decimal, default: '1.50'", decimal.Decimal("1.50")),
        ("type: float, default: 1", 1.0),
        (f"import: {HERE}.Color, default: red", Color.red),
        ("type: 'list[int]', default: [1, 2]", [1, 2]),
        ("type: int, optional: true", None),
    ],
)
def test_a_default_is_a_value_of_the_type(write: WriteFile, text: str, value: Any) -> None:
    found = declared(write, f"in: query, {text}").options["default"]
    assert found == value and type(found) is type(value)


def test_more_defaults(write: WriteFile) -> None:
    assert declared(write, f"in: body, import: {HERE}.Item, default: {{name: a}}").options["default"] == Item(name="a")
    factory = declared(write, f"in: query, type: 'list[int]', default_factory: {HERE}.make_list")
    assert factory.options == {"default_factory": make_list}
    assert "default" not in declared(write, "in: query, type: 'optional[int]'").options


def test_limits_are_values_of_the_type(write: WriteFile) -> None:
    assert declared(write, "in: query, type: date, ge: 2024-01-01").options["ge"] == datetime.date(2024, 1, 1)
    assert declared(write, "in: query, type: int, ge: 1.0").options["ge"] == 1
    assert declared(write, "in: query, type: decimal, gt: '1.5'").options["gt"] == decimal.Decimal("1.5")


@pytest.mark.parametrize("row", [row for row in FIELDS if row.json_names], ids=lambda row: str(row.name))
def test_both_vocabularies_mean_the_same(write: WriteFile, row: FieldRow) -> None:
    type_ = "str" if "length" in row.name else "int"
    wanted = declared(write, f"in: query, type: {type_}, {row.name}: 2")
    for name in row.json_names:
        assert declared(write, f"in: query, type: {type_}, {name}: 2").options == wanted.options == {row.name: 2}


@pytest.mark.parametrize("kind", PLACES)
def test_each_place_makes_its_class(write: WriteFile, kind: str) -> None:
    type_ = "file" if kind == "file" else "str"
    load_params_schema(write(f"version: 1\nendpoints: {{e: {{params: {{p: {{in: {kind}, type: {type_}}}}}}}}}\n"))
    assert type(param_factory("e", "p")) is getattr(params, kind.capitalize())


def test_the_table_agrees_with_the_constructors_and_with_pydantic() -> None:
    assert table_problems() == []


def test_of_each_keyword_of_pydantics_field_it_is_known_whether_a_file_has_it() -> None:
    if pydantic.VERSION.split(".")[:2] > ["2", "14"] or len(pydantic.VERSION.split(".")[1]) > 2:
        pytest.skip("a release that the table was not compared with")
    assert fields.new_in_pydantic() == []


def test_a_new_keyword_of_pydantic_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    known = fields.options_of_pydantic()
    monkeypatch.setattr(fields, "options_of_pydantic", lambda: known | {"no_such"})
    assert fields.new_in_pydantic() == ["no_such"] and fields.table_problems() == []


def test_the_table_has_every_keyword_of_the_constructors() -> None:
    for kind in PLACES:
        keywords = set(inspect.signature(getattr(params, kind.capitalize())).parameters)
        assert keywords <= {row.name for row in FIELDS} | set(fields.NOT_IN_A_FILE)


def test_a_table_that_disagrees_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "FIELDS", (*FIELDS, FieldRow("no_such", int, "a number")))
    monkeypatch.setattr(fields, "BY_NAME", {name: row for name, row in fields.BY_NAME.items() if name != "gt"})
    found = "\n".join(table_problems())
    assert (
        "Query() has no keyword no_such" in found and "Query() has a keyword that the table does not have: gt" in found
    )
    assert "pydantic.Field() has no keyword no_such" in found


def test_a_field_that_the_installed_pydantic_lacks_names_the_release(
    write: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fields, "options_of_pydantic", lambda: frozenset({"title"}))
    with pytest.raises(ParamsSchemaError, match=r"field fail_fast: it needs Pydantic 2.8 or newer, installed is 2\."):
        declared(write, "in: query, type: 'list[int]', fail_fast: true")


@pytest.mark.parametrize("name", [name for name in TYPES if name not in ("file", "object", "any")])
def test_every_constraint_of_the_table_works_for_its_types(write: WriteFile, name: str) -> None:
    """Pydantic can check each constraint that the table allows: none fails on the first value."""
    values: Dict[str, Any] = {"pattern": "'.*'", "strict": "true", "allow_inf_nan": "true", "multiple_of": 1}
    moments = {"date": "2024-01-01", "datetime": "2024-01-01T00:00:00", "time": "'00:00:00'", "timedelta": "P1D"}
    valid = {
        "date": datetime.date(2024, 1, 1),
        "datetime": datetime.datetime(2024, 1, 1),
        "time": datetime.time(),
        "timedelta": datetime.timedelta(1),
        "str": "ab",
        "bytes": b"ab",
        "uuid": uuid.uuid4(),
        "bool": True,
        "email": "a@example.com",
        "url": "https://a.b",
        "http_url": "https://a.b",
        "decimal": decimal.Decimal(2),
        "float": 2.0,
        "int": 2,
    }
    for row in FIELDS:
        if row.families is not None and TYPES[name].family in row.families:
            value = moments.get(name, 2) if row.name in ("gt", "ge", "lt", "le") else values.get(row.name, 2)
            param = declared(write, f"in: query, type: {name}, {row.name}: {value}")
            from fastapi.utils import create_model_field

            field = create_model_field("p", param.annotation, field_info=param.make())
            _, errors = field.validate(valid[name])
            assert not errors or errors[0]["type"] in ("greater_than", "less_than"), (row.name, errors)


def test_a_new_type_can_be_imported(write: WriteFile) -> None:
    """Before Python 3.10 it is a function."""
    from tests.schema_file.sample import Number

    assert declared(write, f"in: query, import: {HERE}.Number").annotation is Number
