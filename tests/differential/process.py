"""The driver's side of a worker process: sends it programs, reads transcripts, and restarts it after it dies."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryFile
from threading import Thread
from typing import Any

from tests.differential.program import Program

HERE = Path(__file__).resolve().parent
# The worker ignores the caller's settings of Python. A fixed hash seed gives sets the same order on both sides.
ENVIRONMENT = {
    **{key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
    "PYTHONHASHSEED": "0",
}
START_LIMIT = 120.0
FILE_LIMIT = 90.0

Transcript = dict[str, Any]


@dataclass(frozen=True)
class Side:
    """The package and the Python of a worker."""

    name: str
    python: Path
    distribution: str
    folder: str


class Worker:
    def __init__(self, side: Side) -> None:
        self.side = side
        self._process: subprocess.Popen[str] | None = None
        self.restarts = -1

    def send(self, program: Program, limit: float, switch_interval: float) -> None:
        hard_limit = 40 + limit * 2
        job = {
            "source": program.source,
            "requests": list(program.requests),
            "backend": program.backend,
            "limit": limit,
            "hard_limit": hard_limit,
            "switch_interval": switch_interval,
        }
        self._wait = hard_limit + 20
        self._start_unless_running()
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass

    def receive(self) -> Transcript:
        """Return the transcript of the program, or one with the error output of a worker that died."""
        try:
            line = self._lines.get(timeout=self._wait)
        except Empty:
            line = ""
        if line:
            transcript = dict(json.loads(line))
            if any(each["ended"][0] == "stuck" for each in transcript["requests"]):
                self.stop()  # a request is still running in the worker
            return transcript
        error = self._error_output()
        self.stop()
        return {"made": [], "died": error, "requests": [], "after": []}

    def printed_by(self, path: Path) -> str:
        command = [str(self.side.python), "-s", "-P", str(path)]
        try:
            done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=FILE_LIMIT)
        except subprocess.TimeoutExpired:
            return "never ends"
        return done.stdout

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _start_unless_running(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self.stop()
        self.restarts += 1
        self._errors = TemporaryFile("w+")
        self._process = subprocess.Popen(
            [str(self.side.python), "-s", "-P", str(HERE / "worker.py"), self.side.distribution, self.side.folder],
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._lines: Queue[str] = Queue()
        Thread(target=self._read, args=(self._process, self._lines), daemon=True).start()
        try:
            ready = self._lines.get(timeout=START_LIMIT)
        except Empty:
            ready = ""
        if not ready:
            raise SystemExit(f"the worker for {self.side.name} does not start:\n{self._error_output()}")

    @staticmethod
    def _read(process: subprocess.Popen[str], lines: Queue[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put("")

    def _error_output(self) -> str:
        self._errors.seek(0)
        return self._errors.read()[-3000:]


class Pair:
    """Both sides. They run a program at the same time."""

    def __init__(self, real: Side, ours: Side) -> None:
        self.real, self.ours = Worker(real), Worker(ours)

    def run(
        self, program: Program, limit: float = 8.0, switch_interval: float = 0.005
    ) -> tuple[Transcript, Transcript]:
        if program.isolated:
            self.stop()
        self.real.send(program, limit, switch_interval)
        self.ours.send(program, limit, switch_interval)
        answers = self.real.receive(), self.ours.receive()
        if program.isolated:
            self.stop()
        return answers

    def differ_on(self, path: Path) -> bool:
        """Run a found program as a file with both packages, and return whether their output differs."""
        return len({worker.printed_by(path) for worker in (self.real, self.ours)}) > 1

    def stop(self) -> None:
        self.real.stop()
        self.ours.stop()
