"""The exported file and the code declare the same parameters: same documents, same defaults, same answers."""

from __future__ import annotations

import datetime
import decimal
import enum
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any, Dict, List, Optional, Set, Tuple, Union

import pytest
from pydantic import UUID4, AwareDatetime, Json, PositiveInt, SecretStr, StrictInt, conint, constr
from typing_extensions import Annotated, Literal

from fastapi import Body, Depends, FastAPI, Header, Query, load_params_schema, param_factory
from fastapi._schema_commands import export_application
from fastapi._schema_file.exporting.export import export_schema
from tests.planned.asgi import call
from tests.schema_file import sample
from tests.schema_file.conftest import WriteFile
from tests.schema_file.redeclared import redeclare

ROOT = Path(__file__).resolve().parents[2]


class Letter(str, enum.Enum):
    a = "a"


# (annotation, default, comment of the export): defaults that FastAPI takes as they are, types of every form.
PARAMETERS: Dict[str, Tuple[Any, Any, str]] = {
    "text-for-a-number": (int, Query("0007"), ""),
    "below-the-limit": (int, Query(0, ge=1), ""),
    "number-for-text": (str, Query(1), ""),
    "too-short": (str, Query("", min_length=1), ""),
    "text-for-a-list": (List[str], Query("a"), ""),
    "tuple-for-a-list": (List[int], Query(("1", "2")), "its default stays in the code"),
    "no-value-meets-it": (int, Query(10, gt=5, lt=5), "no value is gt 5 and lt 5"),
    "none-of-the-choices": (Literal["a", "b"], "c", ""),
    "text-for-a-truth": (bool, Query("yes"), ""),
    "whole-number-for-a-float": (float, 3, ""),
    "text-for-a-date": (datetime.date, "2020-01-01", ""),
    "text-for-a-moment": (datetime.datetime, Query("0001-01-01T00:00:00+00:00"), ""),
    "a-date": (datetime.date, datetime.date(2020, 1, 1), ""),
    "null-for-an-id": (uuid.UUID, Query(default=None), ""),
    "null-for-text": (str, Query(None), ""),
    "null-for-a-list": (List[str], Query(None), ""),
    "an-enum": (Letter, Letter.a, ""),
    "text-for-an-enum": (Letter, "a", ""),
    "a-duration": (datetime.timedelta, datetime.timedelta(seconds=3), ""),
    "a-decimal": (decimal.Decimal, decimal.Decimal("1.50"), ""),
    "bytes": (bytes, b"a", ""),
    "mixed-choices": (Optional[Literal["a", 1]], None, "its type stays in the code"),
    "a-union": (Union[int, str], 1, ""),
    "an-optional-union": (Optional[Union[int, Letter]], None, ""),
    "a-set": (Set[str], Query({"a"}), ""),
    "a-tuple": (Tuple[int, int], Query((1, 2)), ""),
    "an-open-tuple": (Tuple[int, ...], Query(()), ""),
    "a-list-of-enums": (List[Letter], Query([]), ""),
    "a-list-of-ids": (List[UUID4], Query(default=[]), ""),
    "required-and-nullable": (Optional[Letter], Query(), ""),
    "spaced-header": (str, Header(alias="x y"), "the name of a header has"),
    "no-name": (str, Query(alias=""), "a name has letters"),
    "pattern": (str, Query(pattern="(?i)a"), ""),
    "all-that-is-shown": (int, Query(examples=[1, "a"], json_schema_extra={"x": 1}, deprecated=True, title="T"), ""),
    "factory": (List[uuid.UUID], Query(default_factory=list), ""),
    "uuid4": (UUID4, None, ""),
    "optional-uuid4": (Optional[UUID4], None, ""),
    "positive": (PositiveInt, 1, ""),
    "secret": (SecretStr, "a", ""),
    "json": (Json, Query("[]"), ""),
    "stripped": (constr(strip_whitespace=True, to_lower=True), "A", "its type stays in the code"),
    "aware": (AwareDatetime, None, ""),
    "strict": (StrictInt, 1, ""),
    "conint": (conint(gt=1), 2, ""),
    "own-name": (sample.Even, 2, ""),
    "own-name-of-a-list": (sample.Many, Query([1]), ""),
    "a-mapping": (Dict[str, int], Body({}), ""),
    "text-of-yaml": (Optional[str], Query("x", description="a\nb: c # d\n  - e"), ""),
    "infinite": (float, Query(float("inf")), ""),
    "huge": (int, Query(10**30), ""),
    "half-a-character": (str, Query("\ud800", include_in_schema=False), "its default stays in the code"),
    "text-like-a-variable": (str, Query("${HOME}"), ""),
    "text-like-an-escaped-variable": (str, Query("$${HOME}", description="${HOME}"), ""),
}
VALUES = [
    "1",
    "0",
    "-1",
    "a",
    "b",
    "yes",
    "",
    "null",
    "2020-01-01",
    "1.5",
    "x" * 20,
    str(uuid.UUID(int=5)),
    "[1]",
    " A ",
]
VALUES += ["00000000-0000-4000-8000-000000000000"]


def application(annotation: Any, default: Any) -> FastAPI:
    app = FastAPI()

    async def read(x: Any = default) -> Any:
        return repr(x)

    read.__annotations__["x"] = annotation
    read.__module__ = sample.__name__
    app.add_api_route("/x", read, methods=["POST"])
    return app


def answers(app: FastAPI) -> List[Any]:
    targets = ["/x", *(f"/x?x={value}" for value in VALUES), "/x?x=1&x=2", "/x?x=a&x=b"]
    made = [call(app, target.replace(" ", "+"), method="POST").outcome()[0] for target in targets]
    json_header = [(b"content-type", b"application/json")]
    made += [
        call(app, "/x", method="POST", headers=json_header, body=body).outcome()[0]
        for body in (b"{}", b"null", b'{"a":1}', b'{"a":"b"}')
    ]
    return made


@pytest.mark.parametrize("annotated", [False, True])
@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_declared_by_its_export_is_the_same(write: WriteFile, name: str, annotated: bool) -> None:
    annotation, default, comment = PARAMETERS[name]
    app = application(annotation, default)
    text = export_application(app)
    comments = "".join(line for line in text.splitlines() if line.startswith("#"))
    assert bool(comments) == bool(comment) and comment in comments
    schema = load_params_schema(write(text))
    assert export_schema(schema) == without_comments(text)
    document, seen = app.openapi(), answers(app)
    redeclare(app, schema, annotated)
    app.openapi_schema = None
    assert app.openapi() == document
    assert answers(app) == seen
    assert without_comments(export_application(app)) == without_comments(text)


def without_comments(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith("#"))


def test_a_default_in_a_file_is_a_value_of_the_type_unless_the_file_says_otherwise(write: WriteFile) -> None:
    rows = "a: {in: query, type: date, default: 2020-01-01}, b: {in: query, type: float, default: 3}"
    text = f"version: 1\nendpoints: {{e: {{params: {{{rows}}}}}}}\n"
    options = {name: row.options["default"] for name, row in load_params_schema(write(text)).endpoints["e"].items()}
    assert repr(options) == "{'a': datetime.date(2020, 1, 1), 'b': 3.0}"
    text = text.replace("01-01}", "01-01, default_as_written: true}").replace("3}", "3, default_as_written: true}")
    options = {name: row.options["default"] for name, row in load_params_schema(write(text)).endpoints["e"].items()}
    assert repr(options) == "{'a': '2020-01-01', 'b': 3}"


def test_null_that_is_a_default_and_no_value(write: WriteFile) -> None:
    text = "version: 1\nendpoints: {e: {params: {q: {in: query, type: int, default: null, optional: false}}}}\n"
    app, hand = FastAPI(), application(int, Query(None))
    load_params_schema(write(text))

    @app.post("/x")
    async def read(x=param_factory("e", "q", override={"alias": "x"})) -> Any:
        return repr(x)

    assert answers(app) == answers(hand)
    assert app.openapi()["paths"]["/x"]["post"]["parameters"] == hand.openapi()["paths"]["/x"]["post"]["parameters"]


def test_a_dependency_that_is_read_from_two_places_stays_in_the_code() -> None:
    app = FastAPI()

    def size(height: int, width: int = 1) -> int:
        return height * width

    @app.get("/img")
    async def first(s: int = Depends(size)) -> int:
        return s

    @app.get("/img/{height}")
    async def second(s: int = Depends(size)) -> int:
        return s

    text = export_application(app)
    reason = "it is read from the query in /img and from the path in /img/{height}, and a file says one place"
    assert f"# not exported: size.height: {reason}\n" in text
    assert "width:" in text and "height:" not in without_comments(text)


def test_a_module_with_objects_that_answer_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    class Answers:
        def __getattr__(self, name: str) -> Any:
            raise KeyError(name)

    monkeypatch.setattr(sample, "ANSWERS", Answers(), raising=False)
    assert "import: tests.schema_file.sample.Even" in export_application(application(sample.Even, 2))


def test_a_default_of_any_bytes_stays_in_the_code() -> None:
    assert "# read.x: its default stays in the code" in export_application(application(bytes, b"\xff"))


def test_texts_that_look_alike_do_not_contradict_each_other(write: WriteFile) -> None:
    app = application(List[Annotated[str, Query(min_length=1)]], Query(default=[]))
    load_params_schema(write(export_application(app)))
    again = application(List[Annotated[str, Query(min_length=1)]], param_factory("read", "x"))
    assert again.openapi() == app.openapi()


OWN_TYPES = """\
from enum import Enum
from pydantic import BaseModel
from fastapi import FastAPI, load_params_schema, param_factory
{top}
app = FastAPI()


class Color(str, Enum):
    red = "red"


class Item(BaseModel):
    n: int


def numbers():
    return [1]


{below}


@app.post("/x")
def x(c{color}=param_factory("x", "c"), item{item}=param_factory("x", "item"), d=param_factory("x", "d")):
    return [c, item, d]


def show():
    from tests.planned.asgi import call
    headers = [(b"content-type", b"application/json")]
    print(call(app, "/x", method="POST", headers=headers, body=b'{{"n":1}}').body.decode())


if __name__ == "__main__":
    show()
    assert Item.__module__ == "__main__"
"""
OWN_FILE = """\
version: 1
endpoints:
  x:
    params:
      c: {in: query, import: main.Color, default: red}
      item: {in: body, import: main.Item}
      d: {in: query, type: "list[int]", default_factory: main.numbers}
"""
LOAD = 'load_params_schema("params_schema.yaml")'
PLACES = {
    "at-the-top": {"top": LOAD},
    "below-the-classes": {"below": LOAD},
    "when-asked-for": {},
    "with-annotations": {"color": ": Color", "item": ": Item"},
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("how", ["imported", "script", "module"])
def test_a_file_names_types_of_the_module_that_loads_it(tmp_path: Path, place: str, how: str) -> None:
    empty = {"top": "", "below": "", "color": "", "item": ""}
    (tmp_path / "main.py").write_text(OWN_TYPES.format(**{**empty, **PLACES[place]}))
    (tmp_path / "params_schema.yaml").write_text(OWN_FILE)
    code = "import main; main.show()"
    arguments = {"imported": ["-c", code], "script": ["main.py"], "module": ["-m", "main"]}[how]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.stdout == '["red",{"n":1},[1]]\n', done.stderr


def test_a_type_that_never_comes_is_an_error_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(OWN_TYPES.format(top="", below="del Color", color="", item=""))
    (tmp_path / "params_schema.yaml").write_text(OWN_FILE)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "import main"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (
        "params_schema.yaml:5:7: endpoint x, parameter c, field import: main has no name 'Color' so far" in done.stderr
    )
    assert "Declare the parameter below the class" in done.stderr
