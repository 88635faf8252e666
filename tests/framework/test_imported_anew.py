"""The package imported once more, whole or in part, as tests and reloaders do it. Each case has its own process."""

import subprocess
import sys

import pytest

ANSWER = """
def answer():
    import fastapi
    from fastapi import FastAPI, responses
    from fastapi.testclient import TestClient

    app = FastAPI()

    @app.get("/{i}")
    async def read(i: int):
        return i

    client = TestClient(app)
    return client.get("/1").text, client.get("/x").status_code, responses.JSONResponse.__name__, hasattr(fastapi, "no")

import importlib, sys
answer()
for _ in range(3):
"""

WAYS = {
    "the package without its modules": "del sys.modules['fastapi']",
    "the package": "[sys.modules.pop(name) for name in list(sys.modules) if name.partition('.')[0] == 'fastapi']",
    "one facade": "del sys.modules['fastapi.routing']; importlib.import_module('fastapi.routing')",
    "the package, reloaded": "importlib.reload(importlib.import_module('fastapi'))",
}


@pytest.mark.parametrize("way", WAYS)
def test_imported_anew(way: str) -> None:
    script = f"{ANSWER}    {WAYS[way]}\n    print(answer())"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["('1', 422, 'JSONResponse', False)"] * 3, done.stderr
