"""`fastapi_rs`: commands, their errors, and the promise to import the standard library alone."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterator, List, Set

import pytest

import fastapi
import fastapi_rs
from fastapi_rs._release import API_LEVEL, EXTRAS, VARIABLES, VERSION
from fastapi_rs.cli import main
from fastapi_rs.doctor import report, variables
from fastapi_rs.doctor.finding import GOOD, NOTE, WRONG, Finding
from fastapi_rs.installed import requirements
from fastapi_rs.installed.distributions import Distribution
from fastapi_rs.installed.record import digest_of, parse, render

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(fastapi_rs.__file__).resolve().parent.parent
# Modules that are about an application, and import it on demand.
IMPORT_FASTAPI = {"uvicorn.py", "doctor/child.py", "commands/application.py", "_requirement.py", "trial/child.py"}
# Optional, and imported where they are used.
OTHERS = {"uvicorn", "rich", "hypothesis", "hypothesis_jsonschema"}


def project() -> Dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]  # type: ignore[no-any-return]


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").split(".")[0]


def test_releases_are_those_of_the_project_and_the_package() -> None:
    assert project()["version"] == VERSION == fastapi.__rs_version__
    assert fastapi.__version__ == API_LEVEL


def test_the_metadata_offer_the_extras_of_the_real_package() -> None:
    assert set(EXTRAS) <= set(project()["optional-dependencies"])  # type: ignore[call-overload]


@pytest.mark.skipif(sys.version_info < (3, 10), reason="sys.stdlib_module_names is of Python 3.10")
def test_only_the_standard_library_is_imported() -> None:
    found: Set[str] = set()
    for path in (ROOT / "fastapi_rs").rglob("*.py"):
        allowed = {"fastapi_rs", *OTHERS, *sys.stdlib_module_names}
        if path.relative_to(ROOT / "fastapi_rs").as_posix() in IMPORT_FASTAPI:
            allowed.add("fastapi")
        found |= {f"{path.name}: {name}" for name in imports_of(path) if name not in allowed}
    assert not found


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=str(ROOT), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_commands_do_not_import_fastapi() -> None:
    code = (
        "import sys, fastapi_rs.cli; fastapi_rs.cli.make_parser(); fastapi_rs.require();"
        "print([name for name in sys.modules if name.split('.')[0] in ('fastapi', 'starlette', 'pydantic')])"
    )
    assert run_python(code) == "[]\n"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["doctor", "--help"], ["adopt", "--help"], ["leave", "--help"], ["explain", "--help"]]
)
def test_help_names_the_command(arguments: List[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: fastapi-rs")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == "fastapi-rs 0.1.0 (API level 0.165.0)\n"


@pytest.mark.parametrize("arguments", [[], ["doktor"], ["doctor", "--yaml"], ["leave", "--wheel"]])
def test_a_wrong_command_line_ends_with_2(arguments: List[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: fastapi-rs" in capsys.readouterr().err


def test_run_without_an_application_shows_its_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run"]) == 2
    assert main(["run", "--help"]) == 0
    assert "usage: fastapi-rs run APPLICATION" in capsys.readouterr().out


def test_an_interpreter_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--python", "/nowhere/python"]) == 1
    message = capsys.readouterr().err
    assert message.startswith("fastapi-rs: ")
    assert message.endswith("name an interpreter: --python PATH\n")


def test_an_unknown_rung() -> None:
    with pytest.raises(ValueError, match="the rungs are fast, public, pulley, javascript, python"):
        fastapi_rs.require(rungs=["quick"])


def test_a_rung_that_is_not_in_use() -> None:
    other = "pulley" if fastapi._rust.mode() != "pulley" else "python"
    with pytest.raises(fastapi_rs.RequirementError, match=f"{other} is required; run: fastapi-rs doctor"):
        fastapi_rs.require(rungs=[other])
    fastapi_rs.require(rungs=[fastapi._rust.mode()])


def test_a_package_that_is_not_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "fastapi.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(
        fastapi_rs.RequirementError, match=r"import fastapi finds .*fastapi\.py.*run: fastapi-rs doctor"
    ):
        fastapi_rs.require()


@pytest.mark.parametrize(
    ("name", "value", "level", "text"),
    [
        ("FASTAPI_RS_MODE", "fast", GOOD, "'fast'"),
        ("FASTAPI_RS_MODE", "quick", WRONG, "choose one of fast, public, pulley, javascript, python"),
        ("FASTAPI_RS_CACHE", "off", GOOD, "'off'"),
        ("FASTAPI_RS_CACHE", __file__, WRONG, "name a folder, or set it to off"),
        ("FASTAPI_RS_MOD", "fast", NOTE, "did you mean FASTAPI_RS_MODE?"),
        ("PYTHONPATH", "/somewhere", NOTE, "/somewhere"),
    ],
)
def test_variables(name: str, value: str, level: str, text: str) -> None:
    found = next(variables.findings({name: value}))
    assert (found.title, found.level) == (name, level)
    assert text in found.line()


def test_every_variable_of_the_package_is_known() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "fastapi").rglob("*.py"))
    assert set(re.findall(r"FASTAPI_RS_[A-Z]+(?:_[A-Z]+)*", sources)) == set(VARIABLES)


def test_the_report_as_json() -> None:
    findings = [Finding("a", "b"), Finding("c", "d", WRONG, "e")]
    found = json.loads(report.as_json(findings))
    assert found["status"] == 1
    assert found["findings"][1] == {"title": "c", "text": "d", "level": "wrong", "remedy": "e"}
    assert list(report.as_lines(findings)) == ["   a: b", "!! c: d; e", "1 wrong, no notes"]


def test_a_record_is_read_as_it_is_written() -> None:
    text = 'fastapi/a.py,sha256=x,3\n"fastapi/b,c.py",,\n'
    assert render(parse(text)) == text
    assert digest_of(b"") == "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("", True),
        (" python_version >= '3.8'", True),
        (" python_version < '3.8'", False),
        (" python_version >= '3.8' and (sys_platform == 'linux' or sys_platform != 'linux')", True),
        (" extra == 'standard'", False),
        (" __import__('os')", False),
    ],
)
def test_markers(marker: str, expected: bool) -> None:
    assert requirements.holds(marker) is expected


def test_requirements_that_are_not_met(tmp_path: Path) -> None:
    def made(name: str, version: str, *requires: str) -> Distribution:
        folder = tmp_path / f"{name}-{version}.dist-info"
        folder.mkdir()
        lines = "".join(f"Requires-Dist: {line}\n" for line in requires)
        (folder / "METADATA").write_text(f"Name: {name}\n{lines}", encoding="utf-8")
        return Distribution(folder)

    ours = made("fastapi_rs", "0.1.0", "anyio>=4.10.0", "pydantic>=2", "yaml>=1", "old>=1; python_version < '3.8'")
    installed = [made("anyio", "4.9.3"), made("pydantic", "2.14.4rc1")]
    assert list(requirements.unmet(ours, installed)) == [("anyio", "4.10.0", "4.9.3"), ("yaml", "1", "")]
