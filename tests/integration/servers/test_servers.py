"""The same application behind each server, on this package and on the real one: each answer is the same."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from pathlib import Path
from subprocess import PIPE, run
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import pytest

from tests.hosts.application import ROWS
from tests.integration.servers.clients import answer_to, observe, wrong_rows
from tests.integration.servers.sides import served, variables

pytestmark = pytest.mark.timeout(180)

APPLICATION = "tests.hosts.application:app"
UVICORN = ["-m", "uvicorn", APPLICATION, "--port", "{port}", "--no-access-log"]
GUNICORN = ["-m", "gunicorn", APPLICATION, "-b", "127.0.0.1:{port}", "-w", "2", "--graceful-timeout", "3"]
HYPERCORN = ["-m", "hypercorn", APPLICATION, "--bind", "127.0.0.1:{port}"]


class Case(NamedTuple):
    """The command of a server, the modules that it needs, and the features that it lacks."""

    command: List[str]
    needs: Tuple[str, ...]
    has_lifespan: bool = True


CASES = {
    "uvicorn h11": Case([*UVICORN, "--http", "h11", "--loop", "asyncio"], ("uvicorn", "h11")),
    "uvicorn httptools": Case([*UVICORN, "--http", "httptools"], ("uvicorn", "httptools")),
    "uvicorn two workers": Case([*UVICORN, "--workers", "2"], ("uvicorn",)),
    "gunicorn asgi": Case([*GUNICORN, "-k", "asgi"], ("gunicorn",)),
    "gunicorn uvicorn": Case([*GUNICORN, "-k", "uvicorn.workers.UvicornWorker"], ("gunicorn", "uvicorn.workers")),
    "gunicorn preload": Case([*GUNICORN, "-k", "asgi", "--preload"], ("gunicorn",)),
    "hypercorn asyncio": Case([*HYPERCORN, "-k", "asyncio"], ("hypercorn",)),
    "hypercorn trio": Case([*HYPERCORN, "-k", "trio"], ("hypercorn", "trio")),
    "granian": Case(["-m", "granian", "--interface", "asgi", "--port", "{port}", APPLICATION], ("granian",)),
    "daphne": Case(["-m", "daphne", "-p", "{port}", APPLICATION], ("daphne",), has_lifespan=False),
}


def require(modules: Tuple[str, ...]) -> None:
    for module in modules:
        try:
            found = importlib.util.find_spec(module)
        except ModuleNotFoundError:
            found = None
        if found is None:
            pytest.skip(f"{module} is not installed: scripts/integration installs it")


def seen_behind(case: Case, side: str, folder: Path) -> Dict[str, Any]:
    """Return the answers, and the exit status after SIGTERM."""
    with served(case.command, side, folder) as server:
        seen = observe(server.port)
        seen["exit status"] = server.stop()
    seen["traceback"] = "Traceback" in server.log.read_text()
    return seen


@pytest.mark.parametrize("name", CASES)
def test_the_answers_behind_a_server(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    require(case.needs)
    ours = seen_behind(case, "ours", tmp_path)
    assert wrong_rows(ours["alone"]) == wrong_rows(ours["kept"]) == []
    assert ours["started"] == (["started"] if case.has_lifespan else [])
    assert json.loads(ours["echo"]) == {"echo": "hello"}
    assert not ours["traceback"]
    real = seen_behind(case, "real", tmp_path)
    # A server may log an exception of its own while it ends.
    compared = ours.keys() - {"traceback"}
    assert {key: ours[key] for key in compared if ours[key] != real[key]} == {}


@pytest.mark.parametrize("side", ["ours", "real"])
def test_uvicorn_reloads_a_changed_application(side: str, tmp_path: Path) -> None:
    require(("uvicorn",))
    text = "from tests.hosts.application import app\n\n@app.get('/version')\nasync def version():\n    return {0}\n"
    module = tmp_path / "reloaded.py"
    module.write_text(text.format(1))
    command = ["-m", "uvicorn", "reloaded:app", "--port", "{port}", "--reload", "--reload-dir", str(tmp_path)]
    with served(command, side, tmp_path) as server:
        assert wait_until(server.port, "1")
        module.write_text(text.format("22"))
        assert wait_until(server.port, "22", changed=module)
        assert wrong_rows(observe(server.port)["alone"]) == []


def wait_until(port: int, version: str, changed: Optional[Path] = None) -> bool:
    from tests.hosts.application import Row

    deadline = time.monotonic() + 60
    touched = time.monotonic()
    while time.monotonic() < deadline:
        if changed is not None and time.monotonic() > touched + 5:
            # uvicorn's first look at the files only remembers them, and may come after the change.
            os.utime(changed)
            touched = time.monotonic()
        try:
            if answer_to(port, Row("GET", "/version", 200, None))[2] == version:
                return True
        except OSError:
            pass
        time.sleep(0.1)
    return False


EVENTS = """
import base64, json
from mangum import Mangum
from tests.hosts.application import ROWS, app
handler = Mangum(app)
seen = []
for row in ROWS:
    path, _, query = row.target.partition("?")
    answer = handler({
        "version": "2.0", "rawPath": path, "rawQueryString": query, "headers": {**row.headers, "host": "example.org"},
        "requestContext": {"http": {"method": row.method, "path": path, "sourceIp": "127.0.0.1"}, "stage": "$default"},
        "body": base64.b64encode(row.body).decode(), "isBase64Encoded": True,
    }, {})
    body = answer["body"]
    text = base64.b64decode(body).decode() if answer["isBase64Encoded"] else body
    seen.append([answer["statusCode"], sorted(answer["headers"].items()), text])
print(json.dumps(seen))
"""


def test_events_of_a_serverless_platform(tmp_path: Path) -> None:
    require(("mangum",))
    ours, real = (answers_to_events(side, tmp_path) for side in ("ours", "real"))
    assert len(ours) == len(ROWS) and wrong_rows(ours) == []
    assert ours == real


def answers_to_events(side: str, folder: Path) -> List[Any]:
    done = run([sys.executable, "-c", EVENTS], cwd=str(folder), env=variables(side), stdout=PIPE, check=True)
    answers: List[Any] = json.loads(done.stdout.splitlines()[-1])
    return answers
