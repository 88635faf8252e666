"""A newcomer with a running service: the commands of docs/installing.md, word for word, there and back.

The service has 30 operations on SQLModel, and three packages that require `fastapi`. It comes from the package index.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List

import pytest

from tests.adoption.installed.test_tools import PAGE
from tests.adoption.installed.venv import Wheels, clean_variables

pytestmark = pytest.mark.timeout(900)

REQUIREMENTS = [
    "fastapi==0.165.0",
    "sqlmodel",
    "fastapi-pagination",
    "fastapi-filter",
    # It forgets its own requirement on typing-inspect.
    "fastapi-utils",
    "typing-inspect",
    "httpx2",
]

ASK = """
import json
import fastapi
from fastapi.testclient import TestClient
from main import app
with TestClient(app) as client:
    made = client.post("/books", json={"name": "One", "price": 2})
    answers = [
        made.status_code,
        made.json()["name"],
        client.get("/books").json()["total"],
        client.get("/books/1").status_code,
        client.get("/books/x").json(),
        client.delete("/books/1").json(),
        len(app.openapi()["paths"]),
    ]
print(json.dumps([hasattr(fastapi, "__rs_version__"), answers]))
"""


def commands_of(section: str, number: int) -> List[str]:
    """Return the commands of a console block of the page."""
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    found = re.findall(r"```console\n(.*?)```", text, re.DOTALL)[number]
    return [line[2:] for line in found.splitlines() if line.startswith("$ ")]


class Machine:
    """A folder with the service and `dist/`; commands see its environment first, as after activating it."""

    def __init__(self, folder: Path, wheels: Wheels) -> None:
        self.folder = folder
        (folder / "dist").mkdir()
        for wheel in (wheels.ours, wheels.bridge):
            shutil.copy(str(wheel), str(folder / "dist"))
        shutil.copy(str(Path(__file__).with_name("service.py")), str(folder / "main.py"))
        subprocess.run([sys.executable, "-m", "venv", str(folder / ".venv")], check=True)

    def run(self, command: str) -> str:
        done = subprocess.run(
            command, shell=True, cwd=str(self.folder), env=self.variables(), capture_output=True, text=True
        )
        assert done.returncode == 0, command + "\n" + done.stdout + done.stderr
        return done.stdout

    def variables(self) -> Dict[str, str]:
        path = os.pathsep.join([str(self.folder / ".venv" / "bin"), os.environ["PATH"]])
        return {**clean_variables(), "PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

    def ask(self) -> List[object]:
        (self.folder / "ask.py").write_text(ASK, encoding="utf-8")
        return json.loads(self.run("python ask.py").splitlines()[-1])  # type: ignore[no-any-return]


@pytest.fixture
def machine(tmp_path: Path, wheels: Wheels) -> Machine:
    made = Machine(tmp_path, wheels)
    made.run(f"pip install --quiet {' '.join(map(repr, REQUIREMENTS))}")
    return made


def test_there_and_back(machine: Machine) -> None:
    is_ours, before = machine.ask()
    assert not is_ours

    # Does anything change?
    make, install, _, trial = commands_of("Does anything change, and how much faster is it?", 0)
    assert (make, trial) == (
        "python3 -m venv /tmp/try",
        "/tmp/try/bin/fastapi-rs trial main:app --python .venv/bin/python",
    )
    try_folder = str(machine.folder / "try")
    for command in (make, install, trial):
        output = machine.run(command.replace("/tmp/try", try_folder))
    assert "requests to 30 operations: no differences" in output, output
    assert machine.ask() == [False, before]

    # Moving over.
    for command in commands_of("Moving over", 0):
        output = machine.run(command)
    assert output.splitlines()[-1].startswith("nothing wrong")
    assert machine.ask() == [True, before]
    machine.run("pip check")
    machine.run("pip install --quiet --upgrade fastapi-pagination fastapi-filter")
    assert machine.ask() == [True, before]

    # Going back.
    machine.run(commands_of("Going back", 0)[0] + " --yes")
    assert machine.ask() == [False, before]
    machine.run("pip check")
    assert "fastapi-rs" not in machine.run("pip list")


def test_adopt_in_an_environment_with_both(machine: Machine) -> None:
    _, before = machine.ask()
    install, adopt = commands_of("Moving over", 1)
    machine.run(install)
    machine.run(f"{adopt} --yes")
    assert machine.ask() == [True, before]
    machine.run("pip check")
    assert machine.run("fastapi-rs doctor").splitlines()[-1].startswith("nothing wrong")
    machine.run("fastapi-rs leave --yes")
    assert machine.ask() == [False, before]
    machine.run("pip check")
