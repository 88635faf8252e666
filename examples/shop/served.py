"""Run the shop in a server process of its own: on the package of an interpreter, on a free port."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List, NamedTuple

PORT_PATTERN = re.compile(r"running on http://127\.0\.0\.1:(\d+)")
RUNG_PATTERN = re.compile(r"fastapi-rs.*")


class Server(NamedTuple):
    port: int
    log: Path
    process_id: int

    @property
    def rung(self) -> str:
        found = RUNG_PATTERN.search(self.log.read_text())
        return found.group(0) if found else "the log has no line about the rung"


@contextmanager
def served(python: str = sys.executable, **environment: str) -> Iterator[Server]:
    """Run uvicorn from the working folder until the block ends; yield the port and the file with its log."""
    with tempfile.TemporaryDirectory() as folder:
        with running([python, "-m", "examples.shop.serve"], ".", Path(folder), environment) as server:
            yield server


@contextmanager
def served_elsewhere(python: str) -> Iterator[Server]:
    """Run a copy of the shop from a folder without a package `fastapi`: the interpreter finds its installed one."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(str(Path(__file__).parent), str(Path(folder, "examples", "shop")))
        with running([python, "-m", "examples.shop.serve"], folder, Path(folder), {}) as server:
            yield server


@contextmanager
def running(command: List[str], working: str, folder: Path, environment: "dict[str, str]") -> Iterator[Server]:
    log = folder / "server.log"
    with log.open("w") as output:
        variables = {**os.environ, **environment}
        server = subprocess.Popen(command, stdout=output, stderr=output, cwd=working, env=variables)
        try:
            yield Server(wait_for_port(server, log), log, server.pid)
        finally:
            server.terminate()
            server.wait(timeout=20)


def wait_for_port(server: "subprocess.Popen[bytes]", log: Path) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        found = PORT_PATTERN.search(log.read_text())
        if found:
            return int(found.group(1))
        time.sleep(0.05)
    raise SystemExit(f"The server did not start. Its log:\n{log.read_text()}")
