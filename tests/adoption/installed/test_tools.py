"""docs/installing.md, section by section: the real tool, the files as the page shows them, a folder of wheels."""

from __future__ import annotations

import json
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
import yaml

from fastapi_rs.installed.distributions import normalised
from tests.adoption.installed.venv import ROOT, Venv, Wheels, clean_variables
from tests.examples.served import Client, free_port, wait_for

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
        page.write_text(f'<a href="/{wheels.index.name}/{path.name}">{path.name}</a>', encoding="utf-8")
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
    """The commands of the file, in a plain environment instead of an image."""
    lines = block("Docker", "dockerfile").splitlines()
    assert [line for line in lines if line.startswith("COPY")] == ["COPY dist/*.whl /wheels/", "COPY main.py ."]
    install, doctor = (line[len("RUN ") :] for line in lines if line.startswith("RUN "))
    assert install.split()[:2] == ["pip", "install"]
    pip = f"{sys.executable} -m pip --python {venv.python} install --no-index --find-links {venv.wheels.index}"
    call(project, "sh", "-c", install.replace("pip install", pip).replace("/wheels/", "dist/"))
    assert doctor == "fastapi-rs doctor"
    assert_ours(project, venv.python)
    # The next command finds the compiled core of the first one.
    assert "the compiled core is" in call(project, str(venv.folder / "bin" / "fastapi-rs"), "doctor")
    start = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    (project / "main.py").write_text(re.findall(r"```python\n(.*?)```", start, re.DOTALL)[0], encoding="utf-8")
    (command,) = [json.loads(line[len("CMD ") :]) for line in lines if line.startswith("CMD ")]
    with started(project, [str(venv.folder / "bin" / command[0]), *command[1:]]) as client:
        assert client.json("GET", "/items/7?q=a") == (200, {"item_id": 7, "q": "a"})


@contextmanager
def started(folder: Path, command: List[str]) -> Iterator[Client]:
    """Run a server, on a free port instead of the default one, until the block ends."""
    port, log = free_port(), folder / "log"
    with log.open("w") as output:
        variables = clean_variables()
        command = [*command, "--port", str(port)]
        server = subprocess.Popen(command, cwd=str(folder), env=variables, stdout=output, stderr=output)
        try:
            wait_for(server, port, log)
            yield Client(port)
        finally:
            server.terminate()
            server.wait(timeout=20)


def test_conda(project: Path, venv: Venv) -> None:
    """The file, and the command that conda runs for its list below `pip:`; conda itself is in no package index."""
    environment = yaml.safe_load(block("conda", "yaml"))
    *packages, installed_by_pip = environment["dependencies"]
    assert packages == ["python=3.11", "pip"]
    # conda writes the list to a file beside environment.yml, and passes the file to pip.
    (project / "requirements.txt").write_text("\n".join(installed_by_pip["pip"]), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(venv.python), "install", "--upgrade"]
    folder = f"--find-links={venv.wheels.index}"
    call(project, *pip, "--no-index", folder, "--requirement", str(project / "requirements.txt"))
    assert_ours(project, venv.python)


@pytest.mark.parametrize("other", ["conda", "debian", "rpm"])
def test_adopt_leaves_a_package_of_another_tool_alone(venv: Venv, other: str) -> None:
    venv.do("real")
    (venv.site / "fastapi-0.165.0.dist-info" / "INSTALLER").write_text(f"{other}\n", encoding="utf-8")
    venv.do("ours")
    message = venv.fastapi_rs("adopt", "--yes", status=1)
    assert f"fastapi 0.165.0 was installed by {other}, which keeps a list of its own" in message
    assert (venv.site / "fastapi-0.165.0.dist-info" / "RECORD").exists()
