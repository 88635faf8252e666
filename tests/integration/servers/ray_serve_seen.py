"""Run examples/scale-out/ray_serve.py with two replicas, and print the answers as JSON."""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Set, Tuple

import ray
from ray import serve

import fastapi

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "scale-out"
TARGETS = ["/items/x", "/items/7?unknown=1", "/health", "/nowhere", "/openapi.json"]


def main(port: int) -> None:
    # The replicas import the example, and the package of this process.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(EXAMPLE), os.environ.get("PYTHONPATH", "")])
    sys.path.insert(0, str(EXAMPLE))
    ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR")
    serve.start(http_options={"port": port})
    from ray_serve import deployment

    serve.run(deployment)
    answers: List[Any] = [answer(port, target) for target in TARGETS]
    seen: Dict[str, Any] = {"package": fastapi.__file__, "answers": answers, "processes": len(processes(port))}
    sys.stdout.write("seen " + json.dumps(seen) + "\n")
    serve.shutdown()
    ray.shutdown()


def processes(port: int) -> Set[int]:
    """Return the processes that answer, as soon as there are two."""
    found: Set[int] = set()
    deadline = time.monotonic() + 60
    while len(found) < 2 and time.monotonic() < deadline:
        found.add(json.loads(answer(port, "/items/7")[1])["process"])
    return found


def answer(port: int, target: str) -> Tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", target)
    response = connection.getresponse()
    # The process and the number of its answers differ between runs.
    return response.status, response.read().decode()


if __name__ == "__main__":
    main(int(sys.argv[1]))
