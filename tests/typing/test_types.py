"""The types that type checkers reveal for the public interface. Each file in `cases/` has them line by line:

    reveal_type(value)  # T: the revealed type, as mypy writes it
    app.get("/", respons_model=int)  # E: the code of the error that mypy has to report

mypy has to report these and no others. Pyright writes types differently, so only its lines with errors are compared.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Set

import pytest

CASES = sorted((Path(__file__).resolve().parent / "cases").glob("*.py"))
ROOT = Path(__file__).resolve().parents[2]
Lines = Dict[str, Set[str]]


def expected(path: Path, mark: str) -> Set[str]:
    """Return `line: text` for every comment that begins with the mark."""
    found = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = re.search(rf"  # {mark}: (.+)$", line)
        if match:
            found.add(f"{number}: {match.group(1)}")
    return found


@pytest.fixture(scope="module")
def mypy_report(tmp_path_factory: pytest.TempPathFactory) -> Lines:
    api = pytest.importorskip("mypy.api")
    configuration = tmp_path_factory.mktemp("mypy") / "mypy.ini"
    # scripts/check reports the package's own errors.
    configuration.write_text(f"[mypy]\nstrict = True\nmypy_path = {ROOT}\n[mypy-fastapi.*]\nignore_errors = True\n")
    cache = ROOT / ".mypy_cache" / "typing"
    out, err, status = api.run(["--config-file", str(configuration), "--cache-dir", str(cache), *map(str, CASES)])
    assert status in (0, 1), out + err
    report: Lines = {}
    for line in out.splitlines():
        match = re.match(r"(?P<path>.+\.py):(?P<line>\d+): (?P<text>.+)", line)
        if match:
            # Only some versions of Starlette's requests have this parameter.
            text = match["text"].replace("[starlette.datastructures.State]", "")
            report.setdefault(Path(match["path"]).name, set()).add(f"{match['line']}: {text}")
    return report


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.stem))
def test_mypy_reveals_the_types(path: Path, mypy_report: Lines) -> None:
    found = [re.fullmatch(r'(\d+: )note: Revealed type is "(.+)"', line) for line in mypy_report.get(path.name, ())]
    assert {match[1] + match[2] for match in found if match} == expected(path, "T")


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.stem))
def test_mypy_reports_the_errors_and_no_others(path: Path, mypy_report: Lines) -> None:
    found = [re.fullmatch(r"(\d+: )error: .*\[([\w-]+)\]", line) for line in mypy_report.get(path.name, ())]
    assert {match[1] + match[2] for match in found if match} == expected(path, "E")


@pytest.fixture(scope="module")
def pyright_report() -> Dict[str, Set[int]]:
    if importlib.util.find_spec("pyright") is None:
        pytest.skip("pyright is not installed")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, *map(str, CASES)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    report: Dict[str, Set[int]] = {}
    for found in json.loads(done.stdout)["generalDiagnostics"]:
        if found["severity"] == "error":
            report.setdefault(Path(found["file"]).name, set()).add(found["range"]["start"]["line"] + 1)
    return report


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.stem))
def test_pyright_reports_errors_in_the_same_lines(path: Path, pyright_report: Dict[str, Set[int]]) -> None:
    lines: List[int] = [int(line.partition(":")[0]) for line in expected(path, "E")]
    assert pyright_report.get(path.name, set()) == set(lines)
