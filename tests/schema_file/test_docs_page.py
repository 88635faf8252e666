"""Each example of docs/params_schema.md has the result that the page shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

from fastapi import ParamsSchemaError, load_params_schema, param_factory
from fastapi._schema_file.fields import BY_NAME, FIELDS, PLACES, SPELLINGS
from fastapi._schema_file.locate import packaged_file
from fastapi._schema_file.types import ALIASES, FORMATS, TYPES
from tests.planned.asgi import call
from tests.schema_file.conftest import WriteFile

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "params_schema.md").read_text(encoding="utf-8")


def blocks(language: str) -> List[str]:
    every = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return [text for name, text in every if name == language]


FILE, DEPLOYED = blocks("yaml")
EXAMPLE, BESIDE, VALIDATION = blocks("python")
WRONG_FOLDER, TWO_PROBLEMS, REPLACEMENT, COMMANDS = blocks("")


def test_the_first_example_runs(write: WriteFile) -> None:
    write(FILE)
    scope: Dict[str, Any] = {}
    exec(EXAMPLE, scope)
    headers = [(b"x-token", b"t")]
    assert call(scope["app"], "/items/3?q=a", headers=headers).body == b'{"item_id":3,"q":"a"}'
    assert call(scope["app"], "/items/0", headers=headers).status == 422
    assert call(scope["app"], "/items/3?q=" + "a" * 51, headers=headers).status == 422


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the two files of the page, and the command in a folder for programs."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "params_schema.yaml").write_text(FILE)
    (folder / "main.py").write_text(EXAMPLE)
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "fastapi-rs"
    code = "import sys; from fastapi._doctor import main; sys.exit(main())"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -W ignore -c '{code}' \"$@\"\n")
    program.chmod(0o755)
    return folder


def run(project: Path, command: str, folder: Optional[Path] = None) -> Any:
    """Run a command line of the page, in the folder of the project or in another one."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("FASTAPI_")}
    environment["PATH"] = os.pathsep.join([str(project.parent / "bin"), environment.get("PATH", "")])
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(project)])
    return subprocess.run(
        command, shell=True, cwd=folder or project, env=environment, capture_output=True, text=True, check=False
    )


ASK = f"""{sys.executable} -W ignore -c "
import main
from tests.planned.asgi import call
print(call(main.app, '/items/3?q=a', headers=[(b'x-token', b't')]).body.decode())
" """
needs_a_shell = pytest.mark.skipif(os.name != "posix", reason="the page's commands are those of a POSIX shell")


@needs_a_shell
def test_the_example_in_the_right_folder(project: Path) -> None:
    done = run(project, ASK)
    assert done.stdout == '{"item_id":3,"q":"a"}\n', done.stderr


@needs_a_shell
def test_the_example_in_the_wrong_folder(project: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = run(project, ASK, elsewhere)
    shown = WRONG_FOLDER.replace("FOLDER the", f"{elsewhere} the").replace(".../", f"{packaged_file().parent}/")
    assert done.returncode == 1 and done.stderr.endswith(f"fastapi.params.ParamsSchemaError: {shown}")
    # The remedy of the page: the path beside the code.
    main = project / "main.py"
    main.write_text(BESIDE + main.read_text())
    done = run(project, ASK, elsewhere)
    assert done.stdout == '{"item_id":3,"q":"a"}\n', done.stderr


@needs_a_shell
def test_every_command_of_the_page_succeeds(project: Path) -> None:
    lines = [re.split(r"   +", line)[0] for line in COMMANDS.splitlines()]
    assert len(lines) == 5
    for line in lines:
        done = run(project, line)
        assert done.returncode == 0 and not done.stderr, (line, done.stderr)
    written = (project / "params_schema.yaml").read_text()
    assert "x_token:\n        in: header\n        type: str\n        alias: X-Token\n" in written
    assert json.loads((project / "params_schema.schema.json").read_text())["title"] == "Parameters of an API"
    assert run(project, ASK).stdout == '{"item_id":3,"q":"a"}\n'
    again = run(project, lines[3])
    assert again.returncode == 0 and (project / "params_schema.yaml").read_text() == written


@needs_a_shell
def test_the_way_to_write_a_file(project: Path) -> None:
    new = project / "params_schema.new.yaml"
    new.write_text(FILE.replace("max_length: 50", "max_length: 40"))
    assert run(project, REPLACEMENT).returncode == 0
    assert "max_length: 40" in (project / "params_schema.yaml").read_text() and not new.exists()
    new.write_text("version: 2\n")
    assert run(project, REPLACEMENT).returncode == 1
    assert "max_length: 40" in (project / "params_schema.yaml").read_text()


def test_the_file_for_several_deployments(write: WriteFile, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(DEPLOYED)
    sizes = []
    for size in (None, "5"):
        if size is not None:
            monkeypatch.setenv("PAGE_SIZE", size)
        params = load_params_schema(path).endpoints["list_items"]
        sizes.append((params["size"].options["default"], params["x_token"].kind, params["x_token"].options["alias"]))
    assert sizes == [(20, "header", "X-Token"), (5, "header", "X-Token")]


def test_validation_outside_of_requests_runs(write: WriteFile) -> None:
    import fastapi

    load_params_schema(
        write(
            "version: 1\nendpoints: {read_items: {params: {limit: {in: query, type: int}, "
            "tag: {in: query, type: 'list[str]'}}}}\n"
        )
    )
    first, second = VALIDATION.strip().splitlines()
    scope = {"validate_query_params": fastapi.validate_query_params}
    assert eval(first, scope) == {"limit": 10, "tag": ["a", "b"]}
    assert eval(second, scope) == {"limit": 10}


def test_the_error_shown_is_the_one_that_comes(write: WriteFile, tmp_path: Path) -> None:
    # Two mistakes; the line numbers of the page do not count its first line, a comment.
    write(FILE.replace("max_length", "max_lenght").replace("in: header", "in: haeder"))
    with pytest.raises(ParamsSchemaError) as caught:
        load_params_schema()
    message = str(caught.value).replace(f"{tmp_path}/", "")
    wanted = re.sub(r"in, type, \.\.\.", ", ".join(BY_NAME), TWO_PROBLEMS.strip())
    assert without_numbers(message) == without_numbers(wanted)


def without_numbers(text: str) -> str:
    return re.sub(r"\.yaml:\d+:\d+:", ".yaml:", text)


def test_the_code_in_sentences_runs(write: WriteFile) -> None:
    write(FILE)
    calls = [text for text in re.findall(r"`(param_factory\(.*?\))`", PAGE) if "..." not in text]
    assert len(calls) >= 2
    for text in calls:
        override = ", override={'max_length': None}" if "int" in text else ""
        assert eval(text[:-1] + override + ")", {"param_factory": param_factory}) is not None


def test_every_field_type_and_place_is_on_the_page() -> None:
    words = set(re.findall(r"[\w$-]+", PAGE))
    assert not set(SPELLINGS) - words - {"min_items", "max_items"}
    assert not {*TYPES, *ALIASES, *FORMATS, *PLACES} - words


@pytest.mark.parametrize("name", [name for name in TYPES if name not in ("any", "file", "code")])
def test_the_constraints_of_each_type_are_those_on_the_page(name: str) -> None:
    inherited = {"float": ["int"], "decimal": ["int", "float"]}
    shown = constraints_shown(name)
    for other in inherited.get(name, ()):
        shown |= constraints_shown(other)
    assert shown == {row.name for row in FIELDS if row.families is not None and TYPES[name].family in row.families}


def constraints_shown(name: str) -> set[str]:
    row = next(
        cells
        for cells in (line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| `"))
        if len(cells) == 3 and re.search(rf"`{name}`", cells[0])
    )
    return {word for word in re.findall(r"`(\w+)`", row[2]) if word in BY_NAME}
