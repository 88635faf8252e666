"""The two packages beside each other: a server process imports `fastapi` from this tree, or from the real package.

`FASTAPI_RS_REAL` names a folder with the real package; `scripts/integration` makes one. All other packages are the
same.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Dict, Iterator, List

import pytest

from tests.examples.served import ROOT, free_port, wait_for

REAL = os.environ.get("FASTAPI_RS_REAL", "")


def variables(side: str) -> Dict[str, str]:
    """Return the environment of a process that imports the package of one side: "real" or "ours"."""
    if side == "real" and not REAL:
        pytest.skip("no real package here: scripts/integration installs it")
    path = [REAL, str(ROOT)] if side == "real" else [str(ROOT)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1"}


class Server:
    """A server process and its port; `status` is its exit status."""

    def __init__(self, process: Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.log = log
        self.status = 0

    def stop(self) -> int:
        """Send SIGTERM and return the exit status; the lifespan of the application ends before."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.status = self.process.wait(timeout=30)
        return self.status


@contextmanager
def served(arguments: List[str], side: str, folder: Path) -> Iterator[Server]:
    """Run `python ARGUMENTS` with `{port}` replaced until the block ends."""
    port, log = free_port(), folder / f"{side}.log"
    command = [sys.executable, *(argument.replace("{port}", str(port)) for argument in arguments)]
    with log.open("w") as output:
        process = Popen(command, cwd=str(folder), stdout=output, stderr=output, env=variables(side))
        try:
            wait_for(process, port, log)
            yield Server(process, port, log)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            finally:
                process.kill()
