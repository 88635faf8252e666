"""Ray Serve: `@serve.ingress` with two replicas. `scripts/everywhere ray` makes an environment with Ray."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from subprocess import PIPE, run
from typing import Any, Dict

import pytest

from tests.examples.served import free_port
from tests.integration.servers.sides import ROOT, variables

HERE = Path(__file__).resolve().parent

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.version_info < (3, 10), reason="Ray has no release for this Python"),
]


def seen_on(side: str) -> Dict[str, Any]:
    pytest.importorskip("ray.serve")
    command = [sys.executable, str(HERE / "ray_serve_seen.py"), str(free_port())]
    done = run(command, cwd=str(HERE), env=variables(side), stdout=PIPE, check=True)
    found: Dict[str, Any] = json.loads(re.findall(r"^seen (.*)$", done.stdout.decode(), re.MULTILINE)[-1])
    return found


def test_two_replicas_answer() -> None:
    ours = seen_on("ours")
    assert Path(ours.pop("package")).parent == ROOT / "fastapi"
    assert ours["processes"] == 2
    assert [status for status, _ in ours["answers"]] == [422, 200, 204, 404, 200]
    assert "int_parsing" in ours["answers"][0][1]


def test_the_replicas_of_the_real_package_answer_alike() -> None:
    real, ours = seen_on("real"), seen_on("ours")
    assert Path(real.pop("package")).parent != Path(ours.pop("package")).parent
    assert without_process(real) == without_process(ours)


def without_process(seen: Dict[str, Any]) -> Dict[str, Any]:
    return json.loads(re.sub(r'\\"(process|answered)\\":\d+', "", json.dumps(seen)))  # type: ignore[no-any-return]
