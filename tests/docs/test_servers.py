"""The commands of docs/serving.md: each installed server serves the application of docs/index.md.

`scripts/integration` installs the servers. A server that is not installed is skipped.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
from pathlib import Path
from subprocess import Popen
from typing import Any, Dict, List, Tuple

import pytest

from tests.examples.served import ROOT, Client, free_port, wait_for

pytestmark = pytest.mark.timeout(120)

PAGE = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
APPLICATION = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "index.md").read_text(encoding="utf-8"), re.DOTALL)[0]
ROWS: List[Tuple[str, str]] = re.findall(r"^\| ([^|]+) \| `([^`]+)` \|", PAGE, re.MULTILINE)
# Modules that start the programs, so that each runs on this interpreter.
MODULES = {
    "uvicorn": "uvicorn",
    "hypercorn": "hypercorn",
    "granian": "granian",
    "daphne": "daphne",
    "gunicorn": "gunicorn",
    "fastapi-rs": "fastapi_rs",
}


def test_the_page_has_the_servers() -> None:
    assert {command.split()[0] for _, command in ROWS} == set(MODULES)


@pytest.mark.parametrize("command", [command for _, command in ROWS], ids=[server for server, _ in ROWS])
def test_a_server_of_the_page(command: str, tmp_path: Path) -> None:
    program, *arguments = command.split()
    pytest.importorskip(MODULES[program])
    if program in ("gunicorn", "fastapi-rs"):
        pytest.importorskip("uvicorn")
    (tmp_path / "main.py").write_text(APPLICATION, encoding="utf-8")
    port = free_port()
    started = [sys.executable, "-m", MODULES[program], *(each.replace("8000", str(port)) for each in arguments)]
    log = tmp_path / "log"
    with log.open("w") as output:
        server = Popen(started, cwd=str(tmp_path), stdout=output, stderr=output, env=variables())
        try:
            wait_for(server, port, log)
            client = Client(port)
            assert client.json("GET", "/items/7?q=a") == (200, {"item_id": 7, "q": "a"})
            assert client.send("GET", "/items/x")[0] == 422
            assert client.send("HEAD", "/docs")[0] == 200
        finally:
            server.terminate()
            server.wait(timeout=20)


def variables() -> Dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_an_event_of_a_serverless_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mangum")
    handler = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    (tmp_path / "main.py").write_text(APPLICATION, encoding="utf-8")
    (tmp_path / "handler_of_the_page.py").write_text(handler, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "main", raising=False)
    event: Dict[str, Any] = {
        "version": "2.0",
        "rawPath": "/items/7",
        "rawQueryString": "q=a",
        "headers": {"host": "example.org"},
        "requestContext": {"http": {"method": "GET", "path": "/items/7", "sourceIp": "127.0.0.1"}, "stage": "$default"},
        "isBase64Encoded": False,
    }
    answer = importlib.import_module("handler_of_the_page").handler(event, {})
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"item_id": 7, "q": "a"})
    monkeypatch.delitem(sys.modules, "main")
