"""docs/installing.md, section by section: the real tool, the files as the page shows them, a folder of wheels."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Iterator, List

import pytest

from fastapi_rs.installed.distributions import normalised
from tests.adoption.installed.venv import ROOT, Venv, Wheels, clean_variables

pytestmark = pytest.mark.timeout(600)

PAGE = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
PROJECT = '[project]\nname = "service"\nversion = "1"\nrequires-python = ">=3.11"\n'


def block(section: str, language: str) -> str:
    """Return the first code block of a language in a section of the page."""
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found, section
    return found[1]


@pytest.fixture
def project(wheels: Wheels, tmp_path: Path) -> Path:
    """A folder with `dist/`, as scripts/dist leaves it, and the wheels of the requirements."""
    dist = tmp_path / "dist"
    dist.mkdir()
    shutil.copy(str(wheels.ours), str(dist))
    shutil.copy(str(wheels.bridge), str(dist))
    return tmp_path


def call(project: Path, *command: str, **variables: str) -> str:
    environment = {**clean_variables(), "POETRY_VIRTUALENVS_IN_PROJECT": "true", **variables}
    environment.pop("VIRTUAL_ENV", None)
    done = subprocess.run(list(command), cwd=str(project), env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tool(name: str) -> List[str]:
    """Return the command of a tool, or skip."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return [found]


def assert_ours(project: Path, python: Path) -> None:
    """Check that our package runs, and that the doctor finds nothing wrong."""
    output = call(project, str(python.with_name("fastapi-rs")), "doctor")
    assert "nothing wrong" in output
    assert "distribution fastapi: 0.165.0+rs.1" in output


def test_pip(project: Path, venv: Venv) -> None:
    command = block("pip", "console").lstrip("$ ").replace('"', "").split()
    assert command[:2] == ["pip", "install"]
    call(project, sys.executable, "-m", "pip", "--python", str(venv.python), *command[1:])
    assert_ours(project, venv.python)


def test_pip_with_the_index_in_reach(project: Path, venv: Venv) -> None:
    """The folder of wheels stands for an index: it also has the real package."""
    command = [sys.executable, "-m", "pip", "--python", str(venv.python), "install", "-q", "--no-index"]
    folders = ["--find-links", "dist", "--find-links", str(venv.wheels.index)]
    call(project, *command, *folders, "fastapi-rs", "fastapi", "fastapi-pagination")
    assert_ours(project, venv.python)


def test_uv(project: Path, wheels: Wheels) -> None:
    text = block("uv", "toml").replace("[project]\n", PROJECT)
    text = text.replace('"fastapi"]', '"fastapi", "fastapi-pagination"]')
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    options = ["--no-index", "--find-links", str(wheels.index), "--python", sys.executable]
    call(project, *tool("uv"), "sync", "--quiet", *options)
    assert_ours(project, project / ".venv" / "bin" / "python")
    # A real package that came in between goes with the next sync.
    python = str(project / ".venv" / "bin" / "python")
    call(project, *tool("uv"), "pip", "install", "-q", "--no-deps", "--no-index", "--python", python, str(wheels.real))
    call(project, *tool("uv"), "sync", "--quiet", *options, "--reinstall-package", "fastapi-rs")
    assert_ours(project, project / ".venv" / "bin" / "python")


@contextmanager
def served(wheels: Wheels) -> Iterator[str]:
    """Serve the folder of wheels as a package index (PEP 503), for tools that take no folder."""
    simple = wheels.folder / "simple"
    for path in wheels.index.iterdir():
        page = simple / normalised(path.name.split("-")[0]) / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f'<a href="/index/{path.name}">{path.name}</a>', encoding="utf-8")
    handler = partial(SimpleHTTPRequestHandler, directory=str(wheels.folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple/"
        server.shutdown()


def test_poetry(project: Path, wheels: Wheels) -> None:
    text = block("Poetry", "toml").replace('">=3.9"', f'"{sys.version_info[0]}.{sys.version_info[1]}.*"')
    head = '[tool.poetry]\nname = "service"\nversion = "1"\ndescription = ""\nauthors = []\npackage-mode = false\n\n'
    with served(wheels) as index:
        source = f'\n[[tool.poetry.source]]\nname = "wheels"\nurl = "{index}"\npriority = "primary"\n'
        (project / "pyproject.toml").write_text(head + text + source, encoding="utf-8")
        call(project, *tool("poetry"), "install", "--no-interaction", "--no-root")
    assert_ours(project, project / ".venv" / "bin" / "python")


def test_pip_tools(project: Path, wheels: Wheels) -> None:
    python = project / ".venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(project / ".venv")], check=True)
    (project / "requirements.in").write_text(block("pip-tools", "text") + "fastapi-pagination\n", encoding="utf-8")
    folder = f"--find-links={wheels.index}"
    call(project, *tool("pip-compile"), "--quiet", "--no-index", folder, "requirements.in")
    call(project, *tool("pip-sync"), "--quiet", "--python-executable", str(python), "requirements.txt")
    assert_ours(project, python)


def test_docker(project: Path, venv: Venv) -> None:
    """The commands of the file, in a plain environment; the image itself is not built."""
    lines = block("Docker", "dockerfile").splitlines()
    copied = next(line for line in lines if line.startswith("COPY dist"))
    assert copied == "COPY dist/*.whl /wheels/"
    ran = [line[len("RUN ") :] for line in lines if line.startswith("RUN ")]
    assert ran == ["pip install --no-cache-dir /wheels/*.whl", "fastapi-rs doctor"]
    wheels = [str(path) for path in (project / "dist").iterdir()]
    pip = [sys.executable, "-m", "pip", "--python", str(venv.python), "install", "--no-cache-dir"]
    call(project, *pip, "--no-index", "--find-links", str(venv.wheels.index), *wheels)
    assert_ours(project, venv.python)
    # The next command finds the compiled core of the first one.
    assert "the compiled core is" in call(project, str(venv.folder / "bin" / "fastapi-rs"), "doctor")


def test_conda(project: Path) -> None:
    """The list of wheels that pip installs for conda names the files that exist; conda itself is not run."""
    names = re.findall(r"\./dist/(\S+)", block("conda", "yaml"))
    assert sorted(names) == sorted(path.name for path in (project / "dist").iterdir())
