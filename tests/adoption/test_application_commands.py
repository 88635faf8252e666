"""`explain`, `export-plan`, `schema` and `run`: the commands that are about an application."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Tuple

import pytest

import fastapi_rs

ROOT = Path(fastapi_rs.__file__).resolve().parent.parent
APPLICATION = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{item_id}")
async def read(item_id: int):
    return {"item_id": item_id}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(APPLICATION, encoding="utf-8")
    return tmp_path


def command(folder: Path, *arguments: str) -> Tuple[int, str, str]:
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "fastapi_rs", *arguments],
        cwd=str(folder),
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def test_explain(folder: Path) -> None:
    status, output, _ = command(folder, "explain", "main:app")
    assert status == 0
    assert "GET /items/{item_id}: planned\n    path item_id: the core converts int\n" in output


def test_explain_of_a_module_that_is_missing(folder: Path) -> None:
    status, _, error = command(folder, "explain", "mian:app")
    assert status == 1
    assert error == (
        "'mian:app' could not be loaded: No module named 'mian'; run this in the folder of 'mian', and in the "
        "environment of the application\n"
    )


def test_export_plan(folder: Path) -> None:
    status, output, _ = command(folder, "export-plan", "main:app")
    assert status == 0
    document = json.loads(output)
    assert document["not_found"]["body"] == '{"detail":"Not Found"}'
    route = document["routes"][-1]
    assert route["route"] == "GET /items/{item_id}"
    assert route["params"] == [{"in": "path", "name": "item_id", "converted": True}]
    assert (route["method_not_allowed"]["status"], route["invalid"]["status"]) == (405, 422)


def test_export_plan_explains_itself(folder: Path) -> None:
    status, output, _ = command(folder, "export-plan", "--help")
    assert status == 0
    assert "fastapi-rs export-plan main:app > plan.json" in output


def test_export_plan_without_a_plan(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_RS_MODE", "python")
    status, output, error = command(folder, "export-plan", "main:app")
    assert (status, output) == (1, "")
    assert error == "'main:app' has no plan: the routes are not planned: FASTAPI_RS_MODE demands it\n"


def test_export_plan_of_another_object(folder: Path) -> None:
    status, _, error = command(folder, "export-plan", "main:FastAPI")
    assert (status, error) == (1, "'main:FastAPI' is a type, not a FastAPI application\n")


def test_schema(folder: Path) -> None:
    status, output, _ = command(folder, "schema", "show", "main:app")
    assert status == 0
    assert output.startswith("GET /items/{item_id}\n    path item_id: int, required")


def test_another_package_in_the_way_is_one_line(folder: Path) -> None:
    (folder / "fastapi.py").write_text("", encoding="utf-8")
    for name in ("explain", "run"):
        status, _, error = command(folder, name, "main:app")
        assert status == 1
        assert error.startswith("fastapi-rs: import fastapi finds ")
        assert error.endswith("run: fastapi-rs doctor\n")
        assert error.count("\n") == 1


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    return number


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_run_serves_the_application(folder: Path, port: int) -> None:
    pytest.importorskip("uvicorn")
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(
        [sys.executable, "-m", "fastapi_rs", "run", "main:app", "--port", str(port)],
        cwd=str(folder),
        env=variables,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert answer_of(f"http://127.0.0.1:{port}/items/7") == b'{"item_id":7}'
    finally:
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=30)
    assert "Application shutdown complete" in errors


def answer_of(url: str) -> bytes:
    for _ in range(200):
        try:
            with urllib.request.urlopen(url) as answer:
                return bytes(answer.read())
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")
