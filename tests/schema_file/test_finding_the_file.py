"""Finding it: explicit path, else FASTAPI_PARAMS_SCHEMA, else the working folder, else the packaged file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fastapi import (
    FastAPI,
    ParamsSchemaError,
    get_param_schema,
    load_params_schema,
    param_factory,
    reload_params_schema,
)
from fastapi._schema_file.locate import locate, packaged_file
from fastapi._schema_file.reading.document import LARGEST_FILE, MOST_VALUES
from tests.schema_file.conftest import WriteFile
from tests.schema_file.sample import SAMPLE

ROOT = Path(__file__).resolve().parents[2]
EMPTY = "version: 1\nendpoints: {}\n"


def test_an_explicit_path_wins_over_everything(
    write: WriteFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(EMPTY)
    monkeypatch.setenv("FASTAPI_PARAMS_SCHEMA", write(EMPTY, "other.yaml"))
    schema = load_params_schema(tmp_path / Path(write(SAMPLE, "mine.yaml")).name)
    assert schema.source.path.endswith("mine.yaml") and schema.source.origin == "given as an argument"


def test_the_environment_variable_wins_over_the_working_folder(
    write: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(EMPTY)
    monkeypatch.setenv("FASTAPI_PARAMS_SCHEMA", write(SAMPLE, "mine.yml"))
    source = load_params_schema().source
    assert source.path.endswith("mine.yml") and "FASTAPI_PARAMS_SCHEMA" in source.origin


@pytest.mark.parametrize("name", ["params_schema.yaml", "params_schema.yml", "params_schema.json"])
def test_the_working_folder_wins_over_the_packaged_file(write: WriteFile, name: str) -> None:
    path = write('{"version": 1, "endpoints": {}}', name)
    assert os.path.samefile(load_params_schema().source.path, path)


def test_yaml_in_the_working_folder_comes_before_json(write: WriteFile) -> None:
    write('{"version": 1, "endpoints": {}}', "params_schema.json")
    path = write(EMPTY)
    assert os.path.samefile(locate().path, path)


def test_at_last_the_packaged_file_is_used_and_its_contract_is_no_definition_of_the_user() -> None:
    schema = load_params_schema()
    assert schema.source.path == str(packaged_file()) and schema.definitions == {}
    with pytest.raises(ParamsSchemaError, match="no such endpoint.*has none at all"):
        param_factory("read_item", "item_id")


def test_an_installed_package_has_the_file_beside_the_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastapi._schema_file import locate as module

    package = tmp_path / "fastapi"
    monkeypatch.setattr(module, "_PACKAGE", package)
    assert packaged_file() == tmp_path / "params_schema.yaml"
    (package / "_wasm").mkdir(parents=True)
    (package / "_wasm" / "params_schema.yaml").write_text(EMPTY)
    assert packaged_file() == package / "_wasm" / "params_schema.yaml"
    wheel = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"params_schema.yaml" = "fastapi/_wasm/params_schema.yaml"' in wheel


def test_an_application_that_uses_no_file_needs_none_and_imports_nothing_of_it(tmp_path: Path) -> None:
    code = (
        "import sys, fastapi\n"
        "app = fastapi.FastAPI()\n"
        "@app.get('/{i}')\n"
        "async def read(i: int, q: str = fastapi.Query('')): return 1\n"
        "app.openapi()\n"
        "found = [name for name in sys.modules if name == 'yaml' or name.startswith('fastapi._schema_file')]\n"
        "assert not found, found\n"
        "assert callable(fastapi.param_factory) and 'fastapi._schema_file' in sys.modules\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FASTAPI_PARAMS_SCHEMA": "/nowhere.yaml"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_public_names_are_in_both_modules() -> None:
    import fastapi
    from fastapi import exceptions, params

    for name in (
        "Param",
        "param_factory",
        "load_params_schema",
        "get_param_schema",
        "reload_params_schema",
        "ParamsSchemaError",
        "validate_path_params",
        "validate_query_params",
        "validate_header_params",
        "validate_cookie_params",
    ):
        assert getattr(fastapi, name) is getattr(params, name)
    assert exceptions.ParamsSchemaError is ParamsSchemaError
    for module in (fastapi, params, exceptions):
        with pytest.raises(AttributeError, match="no_such_name"):
            module.no_such_name  # type: ignore[attr-defined]  # noqa: B018


def refusal(path: str | None = None) -> ParamsSchemaError:
    with pytest.raises(ParamsSchemaError) as caught:
        load_params_schema(path)
    error = caught.value
    assert error.__cause__ is None and error.__suppress_context__ or error.__context__ is None
    return error


def test_a_missing_file_names_the_path_where_it_came_from_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    text = str(refusal("nowhere/params.yaml"))
    assert "nowhere/params.yaml (given as an argument, 'nowhere/params.yaml' in the working folder)" in text
    assert "there is no such file" in text and f"The working folder is {os.getcwd()}." in text
    assert "Create it, or correct the path" in text
    monkeypatch.setenv("FASTAPI_PARAMS_SCHEMA", "gone.json")
    text = str(refusal())
    assert f"{os.getcwd()}/gone.json (from the environment variable FASTAPI_PARAMS_SCHEMA, 'gone.json' in the" in text
    monkeypatch.setenv("FASTAPI_PARAMS_SCHEMA", "/nowhere/gone.json")
    assert "/nowhere/gone.json (from the environment variable FASTAPI_PARAMS_SCHEMA):" in str(refusal())


def test_a_folder_without_an_ending_is_no_file(tmp_path: Path) -> None:
    assert "this is a folder" in str(refusal(str(tmp_path)))


def test_a_path_without_letters_and_one_of_bytes(tmp_path: Path) -> None:
    assert "declared in '' (given" in str(refusal("")) and "'': the file is without an ending" in str(refusal(""))
    (tmp_path / "p.yaml").write_text(EMPTY)
    assert load_params_schema(b"p.yaml").source.path == str(tmp_path / "p.yaml")  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("name", ["p.yaml", "p.json"])
def test_other_encodings_are_named_with_or_without_their_mark(tmp_path: Path, encoding: str, name: str) -> None:
    (tmp_path / name).write_bytes('{"version": 1, "endpoints": {}}'.encode(encoding))
    assert "begins as UTF-16 or UTF-32 does" in str(refusal(name)) and "Save the file as UTF-8" in str(refusal(name))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").mkdir()
    assert "this is a folder" in str(refusal(str(tmp_path / "params.yaml")))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_that_takes_the_place_of_a_file_is_refused_instead_of_waited_for(
    write: WriteFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(EMPTY)
    os.mkfifo(tmp_path / "pipe")
    open_file = os.open

    def swap_then_open(name: str, flags: int) -> int:
        os.replace(tmp_path / "pipe", path)
        return open_file(name, flags)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", swap_then_open)
        text = str(refusal(path))
    assert "no regular file" in text


def test_a_relative_path_stays_the_same_file_when_the_folder_changes(write: WriteFile, tmp_path: Path) -> None:
    write(SAMPLE, "mine.yaml")
    load_params_schema("mine.yaml")
    os.chdir("/")
    app = FastAPI()

    @app.get("/{item_id}")
    async def read(item_id: int = param_factory("read_item", "item_id")) -> None: ...

    (tmp_path / "mine.yaml").write_text(SAMPLE.replace("ge: 1", "ge: 7"))
    assert reload_params_schema()
    assert get_param_schema("read_item", "item_id").options["ge"] == 7


def test_the_file_of_the_environment_stays_the_same_when_the_folder_changes(
    write: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(SAMPLE, "mine.yaml")
    monkeypatch.setenv("FASTAPI_PARAMS_SCHEMA", "mine.yaml")
    param_factory("read_item", "q")
    os.chdir("/")
    assert param_factory("read_item", "item_id") is not None
    assert get_param_schema().source.path == path


def test_in_another_folder_the_message_names_the_folder_the_names_and_the_order(tmp_path: Path) -> None:
    with pytest.raises(ParamsSchemaError) as caught:
        param_factory("read_item", "q")
    text = str(caught.value)
    names = "params_schema.yaml, params_schema.yml, params_schema.json"
    assert f"in the working folder {tmp_path} the names {names} (not there)" in text
    order = [
        "load_params_schema (none)",
        "FASTAPI_PARAMS_SCHEMA (not set)",
        "the working folder",
        "file of the package is",
    ]
    places = [text.index(part, text.index("Looked for")) for part in order]
    assert places == sorted(places)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert "no regular file" in str(refusal(str(tmp_path / "pipe.yaml")))


def test_an_unreadable_file_says_so(write: WriteFile, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(SAMPLE)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert "may not read the file" in str(refusal(path))


@pytest.mark.parametrize("name", ["params.toml", "params.txt", "params", "params.ini"])
def test_another_format_names_the_formats(write: WriteFile, name: str) -> None:
    text = str(refusal(write(SAMPLE, name)))
    assert "format" in text and "Use one of .yaml, .yml, .json" in text


def test_a_file_that_is_too_large_is_not_read(write: WriteFile) -> None:
    path = write(SAMPLE + "#" * LARGEST_FILE)
    assert "larger than 4 MiB" in str(refusal(path))


def test_aliases_that_multiply_are_counted_as_often_as_used(write: WriteFile) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert f"more than {MOST_VALUES} values" in str(refusal(write("\n".join(lines))))


@pytest.mark.parametrize(
    "text, name",
    [
        ("[" * 5000, "p.yaml"),
        ("[" * 100_000, "p.json"),
        ("a: " + "[" * 60 + "]" * 60, "p.yaml"),
        ("[" * 60 + "]" * 60, "p.json"),
        ("a: &a [*a]", "p.yaml"),
    ],
    ids=["yaml-deepest", "json-deepest", "yaml", "json", "yaml-ring"],
)
def test_too_deep_a_nesting_is_an_error_of_the_file(write: WriteFile, text: str, name: str) -> None:
    assert "nested" in str(refusal(write(text, name)))


@pytest.mark.parametrize("name", ["p.yaml", "p.json"])
def test_the_message_on_deep_nesting_names_its_place(write: WriteFile, name: str) -> None:
    assert f"{name}:3:42: the values are nested more than 40 levels" in str(refusal(write("\n\n" + "[" * 5000, name)))


def test_too_many_values_are_refused_before_all_are_read(write: WriteFile) -> None:
    import time

    path = write("[" + "{}, " * 1_000_000 + "]")
    began = time.process_time()
    assert f"more than {MOST_VALUES} values" in str(refusal(path))
    # Ten seconds; reading all of it took minutes and gigabytes.
    assert time.process_time() - began < 60


def test_the_work_for_a_parameter_does_not_depend_on_the_number_of_parameters(write: WriteFile) -> None:
    def calls_for(number: int) -> int:
        rows = "".join(
            f"      p{n}: {{in: query, type: int, ge: {n}, le: 2000, default: {n}}}\n" for n in range(number)
        )
        path = write(f"version: 1\nendpoints:\n  e:\n    params:\n{rows}")
        calls = [0]

        def count(frame: object, event: str, argument: object) -> None:
            calls[0] += event == "call"

        sys.setprofile(count)
        try:
            schema = load_params_schema(path)
        finally:
            sys.setprofile(None)
        assert len(schema.endpoints["e"]) == number
        return calls[0]

    calls_for(10)
    assert calls_for(1000) < 11 * calls_for(100)


def test_a_broken_file_has_line_and_column(write: WriteFile) -> None:
    assert ":3:" in str(refusal(write('version: 1\nendpoints:\n  a: "b\n', "p.yaml")))
    assert ":3:1" in str(refusal(write('{"version": 1,\n "endpoints": {}\n', "p.json")))


def test_bytes_that_are_no_utf8_have_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_bytes(b"version: 1\n# ab\xff\n")
    assert "p.yaml:2:5: byte 0xff is not UTF-8" in str(refusal("p.yaml"))


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_bytes(b"\xef\xbb\xbf" + SAMPLE.encode())
    assert list(load_params_schema("p.yaml").endpoints) == ["read_item"]


def test_yaml_and_json_of_the_same_content_give_the_same(write: WriteFile) -> None:
    import json

    import yaml

    as_json = json.dumps(yaml.safe_load(SAMPLE), indent="\t")
    load_params_schema(write(as_json, "p.json"))
    from_json = {name: param.options for name, param in get_param_schema("read_item").items()}
    load_params_schema(write(SAMPLE))
    assert {name: param.options for name, param in get_param_schema("read_item").items()} == from_json


def test_no_and_on_and_dates_are_text_as_in_json(write: WriteFile) -> None:
    load_params_schema(
        write("version: 1\nendpoints: {a: {params: {p: {in: query, enum: [no, on, yes, 12:30, 1_0], default: no}}}}")
    )
    assert get_param_schema("a", "p").options["default"] == "no"
    assert FastAPI().openapi()["openapi"] == "3.1.0"
