"""Run the command of an example's README, and send requests to its server."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


def commands_of(example: str) -> List[str]:
    text = (EXAMPLES / example / "README.md").read_text(encoding="utf-8")
    return [line[2:] for line in re.findall(r"^\$ .*", text, re.MULTILINE)]


@contextmanager
def served(example: str, **variables: str) -> Iterator[Client]:
    """Run the first uvicorn command of the README on a free port until the block ends."""
    command = next(line for line in commands_of(example) if line.startswith("uvicorn ")).split()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with log.open("w") as output:
            # The tree before the installed packages: `python -m` puts the working folder first on the path.
            arguments = [sys.executable, "-m", *command, "--port", str(port), "--no-access-log"]
            server = subprocess.Popen(
                arguments, cwd=str(ROOT), stdout=output, stderr=output, env={**os.environ, **variables}
            )
            try:
                wait_for(server, port, log)
                yield Client(port)
            finally:
                server.terminate()
                server.wait(timeout=20)


def free_port() -> int:
    """Return a port that is free now: with several workers, uvicorn does not print the port that it found."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"the server did not start: {log.read_text()}")


class Client:
    def __init__(self, port: int) -> None:
        self.port = port

    def send(
        self, method: str, target: str, body: Optional[bytes] = None, headers: Optional[Dict[str, str]] = None
    ) -> Tuple[int, Dict[str, str], bytes]:
        """Send a request on a connection of its own; return status, headers and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        finally:
            connection.close()

    def json(self, method: str, target: str, *arguments: Any) -> Tuple[int, Any]:
        status, _, body = self.send(method, target, *arguments)
        return status, json.loads(body)
