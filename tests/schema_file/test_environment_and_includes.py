"""One file for several deployments, several files for one application, and hints for habits from elsewhere."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from fastapi import (
    FastAPI,
    ParamsSchemaError,
    get_param_schema,
    load_params_schema,
    param_factory,
    reload_params_schema,
)
from fastapi._schema_file import reload
from fastapi._schema_file.checking.includes import MOST_FILES
from tests.planned.asgi import call
from tests.schema_file.conftest import WriteFile
from tests.schema_file.sample import Color

HERE = "tests.schema_file.sample"


def file(fields: str) -> str:
    return f"version: 1\nendpoints:\n  e:\n    params:\n      p: {{{fields}}}\n"


# (fields, the variable X, the default of the parameter)
VALUES = [
    ("type: int, default: '${X:-3}'", None, 3),
    ("type: int, default: '${X:-3}'", "7", 7),
    ("type: str, default: '${X:-007}'", None, "007"),
    ("type: str, default: '${X:-3}'", "true", "true"),
    ("type: str, default: '${X:-}'", None, ""),
    ("type: str, default: '${X:-a:-b}'", None, "a:-b"),
    ("type: bool, default: '${X:-true}'", "false", False),
    ("type: float, default: '${X:-1.5}'", "2", 2.0),
    ("type: date, default: '${X:-2020-01-01}'", None, datetime.date(2020, 1, 1)),
    ("enum: [a, b], default: '${X:-a}'", "b", "b"),
    ("type: 'list[int]', default: '${X:-[1, 2]}'", None, [1, 2]),
    (f"import: {HERE}.Color, default: '${{X:-red}}'", "blue", Color.blue),
    ("type: str, default: '$${X:-3}'", "7", "${X:-3}"),
    ("type: str, default: '$$${X}'", "7", "$${X}"),
    ("type: str, default: 'a${X}'", "7", "a${X}"),
    ("type: str, default: '$X'", "7", "$X"),
]


@pytest.mark.parametrize("fields, variable, default", VALUES)
@pytest.mark.parametrize("name", ["p.yaml", "p.json"])
def test_a_default_from_the_environment_has_the_type_of_the_parameter(
    write: WriteFile, monkeypatch: pytest.MonkeyPatch, fields: str, variable: Any, default: Any, name: str
) -> None:
    monkeypatch.delenv("X", raising=False)
    if variable is not None:
        monkeypatch.setenv("X", variable)
    text = file(f"in: query, {fields}")
    if name.endswith("json"):
        import yaml

        text = json.dumps(yaml.safe_load(text))
    param = load_params_schema(write(text, name)).param("e", "p")
    assert param.options["default"] == default and type(param.options["default"]) is type(default)
    assert dict(param.environment) == ({"default": "X"} if "'${X" in fields else {})


def test_limits_and_texts_come_from_the_environment(write: WriteFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOST", "9")
    monkeypatch.setenv("TEXT", "5")
    param = load_params_schema(
        write(file("in: query, type: int, le: '${MOST}', description: '${TEXT}', include_in_schema: '${SHOWN:-false}'"))
    ).param("e", "p")
    assert param.options == {"le": 9, "description": "5", "include_in_schema": False}
    assert param.environment == {"le": "MOST", "description": "TEXT", "include_in_schema": "SHOWN"}


# (fields, the message)
REFUSED = [
    ("type: int, default: '${X}'", r":5:33: .*the environment variable X is not set: set it, or write \$\{X:-VALUE"),
    ("type: int, default: '${Y}'", "default: the environment variable Y is 'many', which is no value of this"),
    ("type: int, ge: '${Y}'", "field ge: .*not the text 'many' .the value of the environment variable Y"),
    ("type: str, max_length: '${Y}'", "a whole number, .*'many' .the value of the environment variable Y"),
    ("type: int, le: 3, default: '${Z}'", "the default 5 is not valid: .* .the value of the environment variable Z"),
]  # fmt: skip


@pytest.mark.parametrize("fields, message", REFUSED)
def test_a_value_that_does_not_fit_names_the_variable(
    write: WriteFile, monkeypatch: pytest.MonkeyPatch, fields: str, message: str
) -> None:
    monkeypatch.setenv("Y", "many")
    monkeypatch.setenv("Z", "5")
    with pytest.raises(ParamsSchemaError, match=message):
        load_params_schema(write(file(f"in: query, {fields}")))


# Definitions that are whole parameters, and files that include others.

SHARED = """\
version: 1
definitions:
  Token: {in: header, type: str, alias: X-Token, min_length: 2, description: Who asks}
  Page: {in: query, type: int, ge: 0, default: 0}
"""


def test_a_whole_parameter_is_written_once(write: WriteFile) -> None:
    rows = "a: {$ref: '#/definitions/Token'}, b: {type: Page}, c: {type: Page, in: cookie, ge: 1, default: 1}"
    load_params_schema(write(f"{SHARED}endpoints: {{e: {{params: {{{rows}}}}}}}\n"))
    app = FastAPI()

    @app.get("/")
    async def read(a=param_factory("e", "a"), b=param_factory("e", "b"), c=param_factory("e", "c")) -> Any:
        return [a, b, c]

    headers = [(b"x-token", b"tt"), (b"cookie", b"c=4")]
    assert call(app, "/?b=3", headers=headers).body == b'["tt",3,4]'
    shown = [(row["in"], row["name"]) for row in app.openapi()["paths"]["/"]["get"]["parameters"]]
    assert sorted(shown) == [("cookie", "c"), ("header", "X-Token"), ("query", "b")]


def test_files_that_include_others(write: WriteFile, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    write(SHARED, "shared/headers.yaml")
    write(
        '{"version": 1, "include": "../main.yaml", "endpoints": {"other": {"params": {"t": {"type": "Token"}}}}}',
        "shared/more.json",
    )
    rows = "a: {$ref: '#/definitions/Token'}"
    path = write(
        f"version: 1\ninclude: [shared/headers.yaml, shared/more.json]\nendpoints: {{e: {{params: {{{rows}}}}}}}\n",
        "main.yaml",
    )
    schema = load_params_schema(path)
    assert list(schema.endpoints) == ["e", "other"]
    assert schema.param("other", "t").where == f"{tmp_path}/shared/more.json:1"
    assert schema.param("e", "a").options["alias"] == schema.param("other", "t").options["alias"] == "X-Token"
    assert list(schema.included) == [f"{tmp_path}/shared/headers.yaml", f"{tmp_path}/shared/more.json"]


def test_a_change_of_an_included_file_is_seen(write: WriteFile) -> None:
    write(SHARED, "shared.yaml")
    load_params_schema(write("version: 1\ninclude: shared.yaml\nendpoints: {e: {params: {b: {type: Page}}}}\n"))
    app = FastAPI()

    @app.get("/")
    async def read(b=param_factory("e", "b")) -> Any:
        return b

    looker = reload.Looker()
    looker.look()
    assert call(app, "/?b=0").status == 200
    write(SHARED.replace("ge: 0, default: 0", "ge: 5, default: 5"), "shared.yaml")
    looker.look()
    assert (call(app, "/?b=0").status, call(app, "/").body) == (422, b"5")
    write(SHARED.replace("ge: 0", "gee: 0"), "shared.yaml")
    assert reload_params_schema() is False
    assert call(app, "/").body == b"5"


def test_problems_of_an_included_file_have_its_path(write: WriteFile, tmp_path: Path) -> None:
    write(SHARED.replace("min_length", "min_lenght"), "shared.yaml")
    rows = "a: {$ref: '#/definitions/Token', pattern: '['}"
    text = "version: 1\ninclude: [shared.yaml, gone.yaml]\ndefinitions: {Page: {type: int}}\n"
    text += f"endpoints: {{e: {{params: {{{rows}}}}}}}\n"
    with pytest.raises(ParamsSchemaError) as caught:
        load_params_schema(write(text, "main.yaml"))
    message = str(caught.value)
    assert f"{tmp_path}/shared.yaml:3:50: parameter definitions.Token, field min_lenght" in message
    assert (
        f"{tmp_path}/shared.yaml:4:3: parameter definitions.Page: 'Page' is in {tmp_path}/main.yaml:3 already"
        in message
    )
    assert (
        f"main.yaml:2:24: field include: the included file {tmp_path}/gone.yaml cannot be used: there is no" in message
    )


def test_included_files_have_an_end(write: WriteFile, tmp_path: Path) -> None:
    for number in range(MOST_FILES + 2):
        write(f"version: 1\ninclude: p{number + 1}.yaml\n", f"p{number}.yaml")
    with pytest.raises(
        ParamsSchemaError, match=f"p{MOST_FILES}.yaml:2:1: field include: there are more than {MOST_FILES}"
    ):
        load_params_schema(str(tmp_path / "p0.yaml"))
    write("version: 1\ninclude: self.yaml\nendpoints: {}\n", "self.yaml")
    assert load_params_schema(str(tmp_path / "self.yaml")).included == {}


@pytest.mark.parametrize("include", ["5", "{a: b}", "[5]", "null"])
def test_an_include_is_a_path_or_paths(write: WriteFile, include: str) -> None:
    with pytest.raises(ParamsSchemaError, match="field include: this has to be the path of a file, or a list of paths"):
        load_params_schema(write(f"version: 1\ninclude: {include}\nendpoints: {{}}\n"))


# Hints for habits.

HABITS = [
    ("type: str, required: true", "field required: .*a parameter without a default is required"),
    ("type: str, nullable: true", "field nullable: .*write `optional: true`"),
    ("schema: {type: string}", "field schema: .*write its fields beside `in`"),
    ("type: str, x-internal: 1", "field x-internal: .*below `json_schema_extra`"),
    ("type: integer, format: int64", "the format 'int64' checks nothing"),
    ("type: string, format: password", "write `import: pydantic.SecretStr`"),
    ("type: str, oneOf: []", "write `type: A | B`"),
    ("type: list, uniqueItems: true", "write `type: set.TYPE.`"),
    ("type: str, name: q", "where the request has another one write `alias`"),
    ("type: str, optional: yes", "not the text 'yes' .in YAML 1.2 `yes` is text: write `true`"),
    ("type: bool, default: no", "the default 'no' is not valid: .* .in YAML 1.2 `no` is text: write `false`"),
    ("type: str, default: 7", "the default 7 is not valid: .* .write it in quotes"),
    ("type: int, default: '7'", "the default '7' is not valid: .* .write it without quotes"),
    ("type: str, default: 007", "the number 007 begins with 0: write 7, or '007' in quotes if it is text"),
]


@pytest.mark.parametrize("fields, message", HABITS)
def test_a_habit_gets_a_hint(write: WriteFile, fields: str, message: str) -> None:
    with pytest.raises(ParamsSchemaError, match=message):
        load_params_schema(write(file(f"in: query, {fields}")))


@pytest.mark.parametrize("text, kind", [("openapi: 3.1.0\npaths: {}\n", "OpenAPI"), ("swagger: '2.0'\n", "OpenAPI")])
def test_a_document_of_openapi_is_named(write: WriteFile, text: str, kind: str) -> None:
    with pytest.raises(
        ParamsSchemaError, match=f":1:1: this is a document of {kind}, not a file of parameters"
    ) as caught:
        load_params_schema(write(text))
    assert len(caught.value.problems) == 1 and "schema export" in str(caught.value)


TYPE_TEXTS = ["set[int]", "frozenset[str]", "tuple[int, str]", "tuple[int, ...]", "int | str", "int | date | null"]


@pytest.mark.parametrize("type_", TYPE_TEXTS)
def test_sets_tuples_and_unions_are_read_from_a_query(write: WriteFile, type_: str) -> None:
    import typing

    names = {**vars(typing), "date": datetime.date}
    spelled = type_.replace("set[", "Set[").replace("frozenSet", "FrozenSet").replace("tuple", "Tuple")
    if "|" in spelled:
        spelled = f"Union[{spelled.replace('|', ',').replace('null', 'None')}]"
    load_params_schema(write(file(f"in: query, type: '{type_}'")))
    app, hand = FastAPI(), FastAPI()

    async def read(p: Any) -> Any:
        return repr(p)

    from fastapi import Query

    for made, default in ((app, param_factory("e", "p")), (hand, Query())):

        async def endpoint(p: Any = default) -> Any:
            return repr(p)

        endpoint.__annotations__ = {} if made is app else {"p": eval(spelled, names)}
        made.get("/")(endpoint)
    assert app.openapi() == hand.openapi()
    for query in ("", "?p=1", "?p=1&p=a", "?p=x", "?p=2020-01-01", "?p=1&p=1", "?p="):
        assert call(app, f"/{query}").outcome()[0] == call(hand, f"/{query}").outcome()[0]
    assert get_param_schema("e", "p").family in ("set", "tuple", "union")
