"""The same modules answer the conformance tables in V8 (Node.js) with the same bytes as in wasmtime."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fastapi import _rust
from fastapi._wasm import artifact

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with the calls of all conformance tests."""
    if not _rust.rust_available():
        pytest.skip("no core here")
    file = tmp_path_factory.mktemp("calls") / "calls.jsonl"
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conformance.node.recorder", f"--calls={file}"]
    done = subprocess.run(
        [*tests, "tests/conformance", "--ignore=tests/conformance/node"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return file


def drive(file: Path) -> subprocess.CompletedProcess[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    command = [node, str(HERE / "driver.mjs"), str(Path(artifact.MODULE).parent), str(file)]
    return subprocess.run(command, capture_output=True, text=True)


def test_same_bytes(calls: Path) -> None:
    done = drive(calls)
    assert done.returncode == 0, done.stderr[-4000:]
    counts = json.loads(done.stdout)["counts"]
    assert counts["core.wasm match_request"] >= 600 and counts["core.wasm encode_json"] >= 70
    assert counts["extras/rsa.wasm verify_message"] and counts["extras/curves.wasm sign_message"]
    assert counts["core.wasm derive_password"] and counts["core.wasm sign_message"]


def test_a_difference_is_found(calls: Path, tmp_path: Path) -> None:
    call = json.loads(next(line for line in calls.read_text().splitlines() if '"match_request"' in line))
    changed = tmp_path / "changed.jsonl"
    changed.write_text(json.dumps({**call, "answer": call["answer"][:-2] + "ff"}) + "\n")
    done = drive(changed)
    assert done.returncode == 1 and json.loads(done.stdout)["differences"] == 1
