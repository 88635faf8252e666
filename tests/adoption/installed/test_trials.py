"""`fastapi-rs trial` and `bench` on real environments: nothing of the environment changes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Tuple

import pytest

from tests.adoption.installed.test_orders import in_order
from tests.adoption.installed.venv import ROOT, Venv, clean_variables

pytestmark = pytest.mark.timeout(300)

APPLICATION = """
import logging, uuid
from fastapi import FastAPI, Request
app = FastAPI()

@app.get("/items/{item_id}")
async def read(item_id: int, limit: int = 10):
    return {"item_id": item_id, "limit": limit}

@app.get("/random")
async def random_id():
    return {"id": str(uuid.uuid4())}

@app.get("/broken")
async def broken():
    logging.getLogger("shop").warning("broken")
    return 1 / 0

@app.get("/which")
async def which(request: Request):
    import fastapi
    return hasattr(fastapi, "__rs_version__") and DIFFERENT
"""


def trial(venv: Venv, different: bool, *arguments: str) -> Tuple[int, Dict[str, Any]]:
    """Try an application of the environment, from the source tree with another interpreter."""
    folder = venv.folder.parent
    (folder / "main.py").write_text(APPLICATION.replace("DIFFERENT", str(different)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "fastapi_rs", *arguments, "--python", str(venv.python), "--json", "--rounds", "100"],
        cwd=str(folder),
        env={**clean_variables(), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def files_of(venv: Venv) -> Dict[str, bytes]:
    return {str(path): path.read_bytes() for path in venv.site.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_no_difference_and_faster(venv: Venv) -> None:
    in_order(venv, "real")
    before = files_of(venv)
    status, found = trial(venv, False, "trial", "main:app")
    assert status == 0
    assert found["differences"] == 0
    assert found["unstable"] == 20
    rows = {row["operation"]: row for row in found["operations"]}
    assert rows["GET /items/{item_id}"]["way"] == "planned"
    assert rows["GET /which"]["way"] == "planned"
    # Ten times in fact: a machine under load must not fail this test.
    assert rows["GET /items/{item_id}"]["factor"] > 2
    assert files_of(venv) == before


def test_a_difference_is_shown_as_a_curl_line(venv: Venv, tmp_path: Path) -> None:
    in_order(venv, "real")
    status, found = trial(venv, True, "trial", "main:app", "--requests", "2", "--html", str(tmp_path / "page.html"))
    assert status == 1
    which = next(row for row in found["operations"] if row["operation"] == "GET /which")
    assert which["differences"][0] == {
        "part": "body",
        "real": "false",
        "ours": "true",
        "curl": "curl -i -X GET http://127.0.0.1:8000/which",
    }
    assert "another body" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_bench_does_not_compare(venv: Venv) -> None:
    in_order(venv, "real")
    status, found = trial(venv, True, "bench", "main:app")
    assert status == 0
    assert found["differences"] is None
    assert found["factor"] > 1


def test_an_access_log(venv: Venv, tmp_path: Path) -> None:
    in_order(venv, "real")
    log = tmp_path / "access.log"
    log.write_text('"GET /items/3?limit=x HTTP/1.1" 422\n"GET /items/4 HTTP/1.1" 200\n', encoding="utf-8")
    status, found = trial(venv, False, "trial", "main:app", "--log", str(log))
    assert status == 0
    assert [(row["operation"], row["requests"]) for row in found["operations"]] == [("GET /items/{item_id}", 2)]


def test_an_application_that_cannot_be_imported(venv: Venv) -> None:
    in_order(venv, "real")
    done = subprocess.run(
        [sys.executable, "-m", "fastapi_rs", "trial", "nothing:app", "--python", str(venv.python)],
        cwd=str(venv.folder.parent),
        env={**clean_variables(), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(
        "fastapi-rs: nothing:app does not run on the real package: ModuleNotFoundError: No module named 'nothing'; "
    )
