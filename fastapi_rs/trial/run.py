"""Starts the children, and shows how far they are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Dict, List, Optional, Type

from fastapi_rs.errors import CommandError
from fastapi_rs.installed.environment import OWN_PARENT, variables_elsewhere
from fastapi_rs.trial.request import Request
from fastapi_rs.trial.sides import Sides

# The package of one side comes first, then the folder of the application, as with `uvicorn --app-dir`.
_PROGRAM = """
import sys
tools, side, folder, config = sys.argv[1:]
sys.path[0] = tools
import fastapi_rs.trial.child as child
sys.path[0:1] = [side, folder]
sys.argv[1:] = []
child.main(config)
"""


class Runner:
    """Runs one application on both sides."""

    def __init__(self, python: str, application: str, folder: Path, sides: Sides, before: Optional[str]) -> None:
        self._python, self._application, self._folder = python, application, folder
        self._sides, self._before = sides, before
        self._number = 0
        self._runs = dict.fromkeys(sides.folders, 0)
        self._tools = folder / "tools"
        ignored = shutil.ignore_patterns("__pycache__", "_carried")
        shutil.copytree(str(OWN_PARENT / "fastapi_rs"), str(self._tools / "fastapi_rs"), ignore=ignored)

    def describe(self, side: str) -> Dict[str, Any]:
        """Return the OpenAPI document, and the way of each operation."""
        return self._child(side, {"requests": None}, None)

    def send(self, side: str, requests: List[Request], rounds: int, progress: Progress) -> List[Dict[str, Any]]:
        """Send all requests in a new process; return the answers."""
        self._prepare_data()
        rows = [{**request.as_json(), "repeated": request.is_safe} for request in requests]
        answers: List[Dict[str, Any]] = self._child(side, {"requests": rows, "rounds": rounds}, progress)["answers"]
        return answers

    def _prepare_data(self) -> None:
        """Run the user's command that brings the data of the application into their first state."""
        if self._before is not None and subprocess.run(self._before, shell=True).returncode:
            raise CommandError(f"the command failed: {self._before}", "mend it, or leave --before out")

    def _child(self, side: str, config: Dict[str, Any], progress: Optional[Progress]) -> Dict[str, Any]:
        self._number += 1
        self._runs[side] += 1
        place = self._folder / f"run-{self._number}.json"
        counter = place.with_suffix(".progress")
        config = {**config, "application": self._application, "run": self._runs[side], "progress": str(counter)}
        place.write_text(json.dumps(config), encoding="utf-8")
        log = place.with_suffix(".log")
        command = [
            self._python,
            "-c",
            _PROGRAM,
            str(self._tools),
            str(self._sides.folders[side]),
            os.getcwd(),
            str(place),
        ]
        with open(str(log), "wb") as output:
            child = subprocess.Popen(command, stdout=output, stderr=output, env=_variables(self._runs[side]))
            try:
                while child.poll() is None:
                    time.sleep(0.05)
                    if progress is not None and counter.exists():
                        progress.show(side, counter.read_text(encoding="utf-8"))
            finally:
                if child.poll() is None:
                    child.terminate()
        return self._answer(place, side, log)

    def _answer(self, place: Path, side: str, log: Path) -> Dict[str, Any]:
        try:
            answer: Dict[str, Any] = json.loads(place.with_suffix(".answer").read_text(encoding="utf-8"))
        except OSError:
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise CommandError(
                f"the process with the {side} package ended: {lines[-1] if lines else 'no output'}"
            ) from None
        if "error" in answer:
            raise CommandError(
                f"{self._application} does not run on the {side} package: {answer['error']}",
                "name it as module:name, start in its folder, and name its interpreter: --python PATH",
            )
        return answer


def _variables(run: int) -> Dict[str, str]:
    """Return the environment variables of a child.

    The runs of one side have different orders of sets, so that answers which depend on it count as unstable; both
    sides have the same orders.
    """
    return {"PYTHONHASHSEED": str(run), **variables_elsewhere()}


class Progress:
    """A bar of rich's where that is installed, else a line on the terminal; silent without a terminal."""

    def __init__(self, total: int, runs: int) -> None:
        self._total, self._runs, self._done = max(total, 1), runs, 0
        self._bar: Any = None
        self._is_terminal = sys.stderr.isatty()

    def __enter__(self) -> Progress:
        if self._is_terminal:
            try:
                from rich.console import Console
                from rich.progress import Progress as Bar

                self._bar = Bar(console=Console(stderr=True), transient=True)
                self._bar.start()
                self._task = self._bar.add_task("requests", total=self._total * self._runs)
            except ImportError:
                self._bar = None
        return self

    def next_run(self) -> None:
        self._done += 1

    def show(self, side: str, text: str) -> None:
        count = self._done * self._total + (int(text) if text.isdigit() else 0)
        if self._bar is not None:
            self._bar.update(self._task, completed=count, description=f"{side} package")
        elif self._is_terminal:
            sys.stderr.write(f"\r{side} package: {100 * count // (self._total * self._runs)} % ")

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        elif self._is_terminal:
            sys.stderr.write("\r" + " " * 40 + "\r")
