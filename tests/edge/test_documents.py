"""The JavaScript of the documents runs in Node.js, with the package under its name."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, List

import pytest

from tests.edge.conftest import PACKAGE, ROOT

APPLICATION = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{item_id}")
async def read(item_id: int, limit: int = 10): ...


@app.post("/orders")
async def order(name: str, order: dict): ...
"""
REQUEST = 'const request = { method: "GET", url: "/items/7", rawHeaders: ["Host", "shop"] };\n'
MATCHED = {
    "route": "GET /items/{item_id}",
    "params": {"path": {"item_id": 7}, "query": {"limit": 3}, "header": {}, "cookie": {}},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(APPLICATION, encoding="utf-8")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "fastapi-rs-edge").symlink_to(PACKAGE, target_is_directory=True)
    command = [sys.executable, "-m", "fastapi_rs", "export-plan", "main:app"]
    plan = run(command, tmp_path, {**os.environ, "PYTHONPATH": str(ROOT)})
    (tmp_path / "plan.json").write_text(plan, encoding="utf-8")
    return tmp_path


def run(command: List[str], folder: Path, variables: Any = None) -> str:
    done = subprocess.run(command, cwd=str(folder), env=variables, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def code_of(document: str) -> str:
    """Return the JavaScript of a document."""
    return "\n".join(re.findall(r"^```js\n(.*?)^```", (ROOT / document).read_text(encoding="utf-8"), re.M | re.S))


def test_readme_of_the_package(folder: Path) -> None:
    code = re.sub(
        r"^(gateway\.match\(.*\));$", r"console.log(JSON.stringify(\1));", code_of("wasm_core/js/README.md"), flags=re.M
    )
    (folder / "readme.mjs").write_text(code, encoding="utf-8")
    matched, refused, unknown = map(json.loads, run(["node", "readme.mjs"], folder).splitlines())
    assert matched == MATCHED
    assert refused["status"] == 422
    assert refused["headers"] == [["content-length", "150"], ["content-type", "application/json"]]
    assert len(refused["body"]) == 150
    # An order has a body and a name: without them, the application answers.
    assert unknown is None


def test_page_about_serving(folder: Path) -> None:
    code = code_of("docs/serving.md").replace("const gateway", REQUEST + "const gateway")
    (folder / "page.mjs").write_text(code + "console.log(answer.route);\n", encoding="utf-8")
    assert run(["node", "page.mjs"], folder) == "GET /items/{item_id}\n"


def test_the_entry_for_browsers_and_workers(folder: Path) -> None:
    lines = [
        'import { readFileSync } from "node:fs";',
        'import { createRequire } from "node:module";',
        'import init, { Gateway } from "fastapi-rs-edge/web";',
        'const path = createRequire(import.meta.url).resolve("fastapi-rs-edge/web/fastapi_rs_edge_bg.wasm");',
        "await init({ module_or_path: readFileSync(path) });",
        'const gateway = new Gateway(readFileSync("plan.json", "utf8"));',
        'console.log(gateway.match({ method: "PUT", target: "/items/7", headers: new Headers() }).status);',
    ]
    (folder / "web.mjs").write_text("\n".join(lines), encoding="utf-8")
    assert run(["node", "web.mjs"], folder) == "405\n"
