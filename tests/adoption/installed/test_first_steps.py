"""A newcomer with a clone: the commands of README.md and of "Start" in docs/index.md, word for word."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List

import pytest

from tests.adoption.installed.venv import ROOT, clean_variables
from tests.examples.served import Client, free_port, wait_for

pytestmark = pytest.mark.timeout(600)

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".cache", "*.whl", "target", "__pycache__", ".*_cache", ".hypothesis"
)


def blocks(page: str, section: str, language: str) -> List[str]:
    text = (ROOT / page).read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands(block: str) -> List[str]:
    return [line[2:].split(" # ")[0].strip() for line in block.splitlines() if line.startswith("$ ")]


class Clone:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clone"
        shutil.copytree(str(ROOT), str(self.folder), ignore=LEFT_OUT)
        self.home = folder / "home"
        subprocess.run([sys.executable, "-m", "venv", str(folder / "active")], check=True)
        self.active = folder / "active" / "bin"

    def variables(self) -> Dict[str, str]:
        path = os.pathsep.join([str(self.active), os.environ["PATH"]])
        # The home is empty: no configuration and no cache of a developer helps.
        return {**clean_variables(), "PATH": path, "HOME": str(self.home), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

    def run(self, command: str) -> str:
        done = subprocess.run(
            command, shell=True, cwd=str(self.folder), env=self.variables(), capture_output=True, text=True
        )
        assert done.returncode == 0, command + "\n" + done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_the_commands_of_the_readme(clone: Clone) -> None:
    demo, *_, install = commands(blocks("README.md", "See it", "console")[0])
    output = clone.run(f"{demo} --seconds 0.2")
    assert "17 answers are equal" in output
    assert "fastapi-rs: mode " in output
    clone.run(install)
    assert clone.run("fastapi-rs doctor").splitlines()[-1].startswith("nothing wrong")


def test_the_start_of_the_documentation(clone: Clone) -> None:
    first, second = blocks("docs/index.md", "Start", "console")
    for command in commands(first):
        clone.run(command)
    (clone.folder / "main.py").write_text(blocks("docs/index.md", "Start", "python")[0], encoding="utf-8")
    explain, serve = commands(second)
    # The package of the environment, as from any other folder: the one of the clone is not in the way of the programs.
    shown = second.split(f"$ {explain}\n")[1].split("$ ")[0]
    assert shown in clone.run(explain)
    log, port = clone.folder / "log", free_port()
    with log.open("w") as output:
        server = subprocess.Popen(
            serve.replace("8000", str(port)).split(),
            cwd=str(clone.folder),
            env=clone.variables(),
            stdout=output,
            stderr=output,
        )
        try:
            wait_for(server, port, log)
            assert Client(port).json("GET", "/items/7?q=a") == (200, {"item_id": 7, "q": "a"})
        finally:
            server.terminate()
            server.wait(timeout=20)
