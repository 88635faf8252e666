"""Links, commands and code blocks of all pages."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Set

import pytest
import yaml

import fastapi_rs
from fastapi_rs.cli import make_parser, split
from tests.docs.pages import PATHS, ROOT, Block, anchors, blocks, commands, links, name_of, read

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

COMMANDS = sorted(set(commands()))
# Programs of others: the test of a tool runs it (tests/adoption/installed), or a person does.
OTHERS = {
    "serve",
    "pip",
    "pip3",
    "curl",
    "ls",
    "cd",
    "uv",
    "git",
    "poetry",
    "sh",
    "bash",
    "pre-commit",
    "conda",
    "docker",
}
SERVERS = {"uvicorn", "hypercorn", "granian", "daphne", "gunicorn"}
# Their own tests run the blocks of these pages, in order and with the results that the page shows.
STARTS_A_SERVER = re.compile(r"\b(uvicorn\.run|\.serve)\(")
TESTED_ELSEWHERE = {"docs/params_schema.md", "docs/security.md", "docs/serving.md"}


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_links_lead_to_pages_and_headings(path: Path) -> None:
    for link in links(path):
        target, _, anchor = link.partition("#")
        page = (path.parent / target).resolve() if target else path
        assert page.exists(), link
        assert not anchor or anchor in anchors(page), link


def test_a_wrong_anchor_is_found() -> None:
    assert {"docker", "does-anything-change-and-how-much-faster-is-it"} <= anchors(ROOT / "docs" / "installing.md")
    assert "dockers" not in anchors(ROOT / "docs" / "installing.md")


def test_the_site_has_every_page() -> None:
    text = re.sub(r"^\s+- .*!.*$", "", read(ROOT / "mkdocs.yml"), flags=re.MULTILINE)
    assert pages_of(yaml.safe_load(text)["nav"]) == {path.name for path in ROOT.glob("docs/*.md")}


def pages_of(nav: object) -> Set[str]:
    if isinstance(nav, str):
        return {nav}
    parts = nav.values() if isinstance(nav, dict) else nav
    return {page for part in parts for page in pages_of(part)}  # type: ignore[attr-defined]


@pytest.mark.parametrize("page, command", COMMANDS, ids=[f"{page}: {command}" for page, command in COMMANDS])
def test_a_command_exists(page: str, command: str) -> None:
    words = [word for word in shlex.split(command) if not re.match(r"[A-Z_]+=", word)]
    if ">" in words:
        words = words[: words.index(">")]
    program = Path(words[0]).name
    if program in ("python", "python3", "sh", "bash") and len(words) > 1 and not words[1].startswith("-"):
        check_script(words[1], words[2:])
    elif program.startswith("scripts"):
        check_script(words[0], words[1:])
    elif program == "fastapi-rs":
        check_fastapi_rs(words[1:])
    elif program in SERVERS:
        check_application(words[1:])
    else:
        assert program in OTHERS | {"python", "python3"}, f"{page}: no test knows the program {program}"


def check_script(path: str, arguments: List[str]) -> None:
    """Check that a script is there, and that it knows the options."""
    script = ROOT / path
    assert script.is_file(), path
    own = read(script if not (script / "__main__.py").exists() else script / "__main__.py")
    # `scripts/test` and `scripts/bench` pass options on to a program.
    if path in ("scripts/bench",):
        own = read(ROOT / "benchmarks" / "run.py")
    for argument in arguments:
        if argument.startswith("--"):
            assert argument.split("=")[0] in own or "parse_known_args" in own, f"{path} knows no {argument}"


def check_fastapi_rs(arguments: List[str]) -> None:
    given, _ = split([argument for argument in arguments if argument != "..."])
    assert make_parser().parse_args(given).command == arguments[0]


def check_application(arguments: List[str]) -> None:
    """Check that `module:name` is in the tree, or is that of a page."""
    (target,) = [each for each in arguments if re.fullmatch(r"[\w.]+:\w+", each)]
    folder = arguments[arguments.index("--app-dir") + 1] if "--app-dir" in arguments else "."
    module = target.split(":")[0]
    assert module == "main" or (ROOT / folder / (module.replace(".", "/") + ".py")).is_file(), target


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.name)
def test_python_of_a_page_runs(block: Block, tmp_path: Path) -> None:
    compile(block.text, block.name, "exec")
    if block.page not in TESTED_ELSEWHERE and not STARTS_A_SERVER.search(block.text):
        (tmp_path / "main.py").write_text(block.text, encoding="utf-8")
        run(tmp_path, "main.py")


def run(folder: Path, *arguments: str) -> str:
    variables = {**os.environ, "PYTHONPATH": str(Path(fastapi_rs.__file__).resolve().parent.parent)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=str(folder), env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


PARSERS = {
    "json": json.loads,
    "yaml": lambda text: list(yaml.safe_load_all(text)),
    "toml": tomllib.loads,
}


@pytest.mark.parametrize("block", blocks(*PARSERS), ids=lambda block: block.name)
def test_data_of_a_page_can_be_read(block: Block) -> None:
    PARSERS[block.language](block.text)


def test_the_first_page_shows_the_output_of_explain(tmp_path: Path) -> None:
    found: Dict[str, Block] = {block.language: block for block in blocks("python") if block.page == "docs/index.md"}
    (tmp_path / "main.py").write_text(found["python"].text, encoding="utf-8")
    output = run(tmp_path, "-m", "fastapi_rs", "explain", "main:app")
    shown = "GET /items/{item_id}: planned\n" + "\n".join(
        ["    path item_id: the core converts int", "    query q: the core converts str"]
    )
    if os.environ.get("FASTAPI_RS_MODE") != "python":
        assert shown in output
    for page in ("index.md", "explain.md"):
        assert shown in read(ROOT / "docs" / page)
        assert "    endpoint read_item\n    answer: the core writes plain values\n" in read(ROOT / "docs" / page)


def test_every_language_is_tested() -> None:
    """A block in another language would be in no test."""
    # `tests/edge/test_documents.py` runs JavaScript.
    known = {"python", "console", *PARSERS, "text", "dockerfile", "js", ""}
    text = "".join(read(path) for path in PATHS)
    assert set(re.findall(r"^ *```(\w+)$", text, re.MULTILINE)) <= known
