"""Tools: `fastapi-rs schema check | show | export | format`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import AfterValidator
from typing_extensions import Annotated

from fastapi import FastAPI, load_params_schema, param_factory
from fastapi._doctor import main
from fastapi._routing.tree.inclusion.walk import iter_route_contexts
from fastapi._schema_commands import export_application
from fastapi._schema_file.exporting.export import export_schema
from fastapi._schema_file.exporting.json_schema import file_format
from fastapi._schema_file.fields import FIELDS, SPELLINGS
from tests.schema_file.conftest import WriteFile
from tests.schema_file.sample import SAMPLE
from tests.schema_file.shown import app as shown_app

ROOT = Path(__file__).resolve().parents[2]
APP = "tests.schema_file.shown:app"


def test_check_of_a_right_file(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "check", sample]) == 0
    assert "1 endpoint, 3 parameters, nothing wrong" in capsys.readouterr().out
    assert main(["schema", "check"]) == 0
    assert "found in the working folder" in capsys.readouterr().out


def test_check_of_a_wrong_file_prints_every_problem(write: WriteFile, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(SAMPLE.replace("max_length", "max_lenght").replace("in: header", "in: haeder"))
    assert main(["schema", "check", path]) == 1
    error = capsys.readouterr().err
    assert "2 problems" in error and "did you mean max_length" in error and "did you mean header" in error
    assert main(["schema", "check", "gone.yaml"]) == 1
    assert main(["schema", "check", "--not-strict", write(SAMPLE.replace("alias", "alais"))]) == 0


def test_check_of_the_packaged_file_and_of_the_example() -> None:
    assert main(["schema", "check", str(ROOT / "params_schema.yaml")]) == 0
    assert main(["schema", "check", str(ROOT / "examples" / "schema_first" / "params_schema.yaml")]) == 0


def test_show_prints_the_type_and_the_place_of_each_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "show", "examples.schema_first.app:app"]) == 0
    out = capsys.readouterr().out
    assert "GET /books/{book_id}\n    path book_id: int, required, Ge(ge=1) (" in out
    assert "params_schema.yaml:11 read_book.book_id)" in out
    assert "default 20, Ge(ge=1), Le(le=50)" in out and "search_books.size and the code)" in out
    assert main(["schema", "show", APP]) == 0
    out = capsys.readouterr().out
    assert "header x-token: Optional[str], default None (the code of read_thing)" in out
    assert "WS /ws\n    query channel: int, required (the code of listen)" in out


def test_export_load_and_export_again_is_stable(write: WriteFile, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "export", APP]) == 0
    text = capsys.readouterr().out
    (remark,) = [line for line in text.splitlines() if line.startswith("#")]
    assert remark.startswith("# read_thing.even: its type stays in the code: ") and remark.endswith("checks it")
    schema = load_params_schema(write(text, "exported.yaml"))
    assert list(schema.endpoints) == ["read_thing", "page", "create_thing", "upload", "page_2", "listen"]
    assert export_schema(schema) == "".join(line for line in text.splitlines(True) if not line.startswith("#"))


def test_the_exported_file_declares_the_same_parameters(write: WriteFile) -> None:
    """Each parameter of the code, made from the file instead, is the same in every respect."""
    load_params_schema(write(export_application(shown_app), "exported.yaml"))
    for context in iter_route_contexts(shown_app.routes):
        for field in getattr(getattr(context, "dependant", None), "query_params", []):
            if field.name != "even" and context.endpoint.__name__ == "read_thing":
                made: Any = param_factory("read_thing", field.name)
                info = field.field_info
                assert made.annotation == info.annotation or field.name == "ids"
                assert repr(made.metadata) == repr(info.metadata)
                assert made.get_default(call_default_factory=True) == info.get_default(call_default_factory=True)
                assert (made.description, made.examples, made.title) == (info.description, info.examples, info.title)


def test_export_of_an_application_declared_by_file_is_that_file(write: WriteFile) -> None:
    first = export_application(shown_app)
    schema = load_params_schema(write(first, "exported.yaml"))
    app = FastAPI()
    for endpoint, params in schema.endpoints.items():
        path = "/" + "/".join([endpoint, *(f"{{{name}}}" for name, param in params.items() if param.kind == "path")])
        app.post(path, name=endpoint)(function_of(endpoint, list(params)))
    again = export_application(app)
    assert load_params_schema(write(again, "again.yaml")).endpoints.keys() == schema.endpoints.keys()
    assert without_comments(again) == without_comments(first)


def without_comments(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith("#"))


def function_of(endpoint: str, names: list[str]) -> Any:
    """A function whose parameters are all declared in the file."""
    source = ", ".join(
        f"{name}{': Even' if name == 'even' else ''}=param_factory({endpoint!r}, {name!r})" for name in names
    )
    scope: dict[str, Any] = {
        "param_factory": param_factory,
        "Even": Annotated[int, AfterValidator(lambda value: value)],
    }
    exec(f"async def {endpoint}({source}): ...", scope)
    return scope[endpoint]


def test_format_is_a_json_schema_with_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "format"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads(json.dumps(file_format()))
    row = document["$defs"]["param"]
    assert set(row["properties"]) == set(SPELLINGS) and row["additionalProperties"] is False
    assert set(document["$defs"]["definition"]["properties"]) == set(SPELLINGS)
    assert row["properties"]["in"]["enum"] == ["path", "query", "header", "cookie", "body", "form", "file"]
    assert all(row["properties"][field.name]["description"] == field.doc for field in FIELDS)


def test_an_application_that_does_not_load_says_so() -> None:
    with pytest.raises(SystemExit, match="could not be loaded"):
        main(["schema", "export", "no_such_module:app"])


def command(folder: Path, *arguments: str, **more: Any) -> Any:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)]), **more.pop("variables", {})}
    code = "import sys; from fastapi._doctor import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, "schema", *arguments],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        **more,
    )


ACCENTS = """\
from fastapi import FastAPI, Query

app = FastAPI()


@app.get("/")
async def read(q: str = Query("\\u00e9", description="caf\\u00e9 \\u4e2d")): ...
"""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_the_export_is_utf8_for_each_encoding_of_the_terminal(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "accents.py").write_text(ACCENTS)
    variables = {"PYTHONIOENCODING": encoding}
    with (tmp_path / "exported.yaml").open("wb") as file:
        done = command(tmp_path, "export", "accents:app", stdout=file, variables=variables)
        assert done.communicate()[1] == b"" and done.returncode == 0
    param = load_params_schema(tmp_path / "exported.yaml").param("read", "q")
    assert param.options == {"default": "\u00e9", "description": "caf\u00e9 \u4e2d"}
    shown = command(tmp_path, "show", "accents:app", stdout=subprocess.PIPE, variables=variables)
    out, error = shown.communicate()
    assert shown.returncode == 0 and error == b"" and "default '\u00e9'".encode(encoding, "backslashreplace") in out


@pytest.mark.parametrize("arguments", [("format",), ("show", APP), ("export", APP)], ids=lambda value: str(value[0]))
def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path, arguments: Any) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as closed:
        done = command(tmp_path, *arguments, stdout=closed)
    assert done.communicate()[1] == b"" and done.returncode == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="nothing here that is always full")
def test_output_that_cannot_be_written_is_an_error_in_a_line(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = command(tmp_path, "format", stdout=full)
    error = done.communicate()[1].decode()
    assert done.returncode == 1 and error.startswith("the output could not be written: ") and error.count("\n") == 1


OWN = """\
from fastapi import FastAPI, param_factory

app = FastAPI()


@app.get("/x")
def x(q=param_factory("x", "q")): ...
"""
OWN_FILE = "version: 1\nendpoints:\n  x:\n    params:\n      q: {in: query, type: str}\n"


def test_export_over_the_file_that_the_application_reads(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(OWN)
    path = tmp_path / "params_schema.yaml"
    path.write_text(OWN_FILE)
    path.chmod(0o640)
    done = command(tmp_path, "export", "main:app", "--output", "params_schema.yaml")
    assert done.communicate()[1] == b"" and done.returncode == 0
    written = path.read_text()
    assert written == OWN_FILE.replace("q: {in: query, type: str}", "q:\n        in: query\n        type: str")
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir() if "schema" in each.name] == ["params_schema.yaml"]


def test_an_export_that_fails_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(OWN)
    (tmp_path / "params_schema.yaml").write_text("version: 1\nendpoints: {}\n")
    done = command(tmp_path, "export", "main:app", "--output", "params_schema.yaml")
    assert b"no such endpoint" in done.communicate()[1] and done.returncode == 1
    assert (tmp_path / "params_schema.yaml").read_text() == "version: 1\nendpoints: {}\n"
    (tmp_path / "params_schema.yaml").write_text(OWN_FILE)
    done = command(tmp_path, "export", "main:app", "--output", "nowhere/params.yaml")
    assert b"nowhere/params.yaml could not be written: " in done.communicate()[1] and done.returncode == 1


def test_a_shell_that_emptied_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(OWN)
    path = tmp_path / "params_schema.yaml"
    path.write_text(OWN_FILE)
    with path.open("wb") as emptied:
        done = command(tmp_path, "export", "main:app", stdout=emptied)
        error = done.communicate()[1].decode()
    assert done.returncode == 1 and "the shell emptied it before the command began" in error and "--output" in error
    path.write_text(OWN_FILE)
    with path.open("ab") as appended:
        done = command(tmp_path, "export", "main:app", stdout=appended)
        error = done.communicate()[1].decode()
    assert done.returncode == 0 and f"the application reads {path}, which this output overwrites" in error


def test_check_without_imports_runs_no_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "evil.py").write_text("raise SystemExit('was run')\n")
    rows = "a: {in: query, import: evil.Type, default: x, min_length: 3}, b: {in: body, type: 'list[evil.Type]'}, "
    rows += "c: {in: query, type: 'list[int]', default_factory: evil.make}"
    path = tmp_path / "p.yaml"
    path.write_text(f"version: 1\nendpoints: {{e: {{params: {{{rows}}}}}}}\n")
    done = command(tmp_path, "check", "--no-import", "p.yaml", stdout=subprocess.PIPE)
    out, error = done.communicate()
    assert done.returncode == 0 and error == b"" and b"1 endpoint, 3 parameters, nothing wrong" in out
    assert b"was run" in command(tmp_path, "check", "p.yaml").communicate()[1]
    path.write_text("version: 1\nendpoints: {e: {params: {a: {in: query, import: evil}, b: {in: qurey, type: x.y}}}}\n")
    error = command(tmp_path, "check", "--no-import", "p.yaml").communicate()[1]
    assert b"'evil' is not of the form package.module.Name" in error and b"did you mean query" in error


def test_check_without_imports_shows_nothing_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "secret.yaml").write_text("token-of-a-secret: 1\n")
    (tmp_path / "own" / "more.yaml").write_text("version: 1\ndefinitions: {Id: {type: int}}\n")
    rows = "a: {in: query, type: int, default: '${SECRET}', ge: '${SECRET:-1}'}, b: {in: query, type: Id}"
    path = tmp_path / "own" / "p.yaml"
    path.write_text(f"version: 1\ninclude: [more.yaml]\nendpoints: {{e: {{params: {{{rows}}}}}}}\n")
    variables = {"SECRET": "a-secret"}
    done = command(tmp_path, "check", "--no-import", str(path), variables=variables, stdout=subprocess.PIPE)
    assert done.communicate()[1] == b"" and done.returncode == 0
    path.write_text("version: 1\ninclude: ../secret.yaml\n")
    error = command(tmp_path, "check", "--no-import", str(path)).communicate()[1]
    assert b"includes files of its own folder alone" in error and b"token-of-a-secret" not in error


def test_show_names_the_variables_that_values_come_from(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(OWN)
    (tmp_path / "params_schema.yaml").write_text(
        OWN_FILE.replace("type: str", "type: int, default: '${SIZE:-3}', le: '${MOST:-9}'")
    )
    done = command(tmp_path, "show", "main:app", stdout=subprocess.PIPE, variables={"SIZE": "7"})
    out = done.communicate()[0].decode()
    assert "query q: int, default 7, Le(le=9)" in out and "default from $SIZE; le from $MOST" in out
