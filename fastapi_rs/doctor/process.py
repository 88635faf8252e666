"""Findings of a child process that imports the package: a damaged package must not end the doctor."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from typing import Any, Dict, Iterator, List, Tuple

from fastapi_rs._release import INSTALL, PACKAGE
from fastapi_rs.doctor.finding import ADOPT, NOTE, WRONG, Finding
from fastapi_rs.installed.environment import Environment

# Before the line with the answer: an import may print.
MARK = "fastapi-rs-doctor:"
# A first compilation of the core takes a quarter of a second on a slow machine.
_SECONDS = 60

_PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[2])
import fastapi_rs.doctor.child
sys.path[:] = json.loads(sys.argv[1])
fastapi_rs.doctor.child.main()
"""


def findings(environment: Environment) -> Iterator[Finding]:
    if environment.found is None:
        return
    answer, error = ask(environment)
    if error:
        remedy = _remedy_of(error, environment)
        yield Finding("import and self-test", error, WRONG, remedy)
        return
    if answer["file"] is None:
        return  # a folder without modules, which another finding names
    if not answer["is_ours"]:
        text = f"an import of fastapi runs {answer['version']} of another package, in {answer['import_ms']} ms"
        yield Finding(
            "runs", text, NOTE if environment.ours is None else WRONG, "" if environment.ours is None else ADOPT
        )
        return
    for title, text, good in answer["findings"]:
        yield Finding(title, text) if good else Finding(title, text, WRONG)
    yield _cache(answer["cache"])
    yield _self_test(answer)


def _remedy_of(error: str, environment: Environment) -> str:
    missing = re.match(r"ModuleNotFoundError: No module named '(\w+)", error)
    if missing and missing[1] not in (PACKAGE, "fastapi_rs"):
        return f"install the package that has the module {missing[1]}"
    return ADOPT if environment.ours is not None else INSTALL


def ask(environment: Environment) -> Tuple[Dict[str, Any], str]:
    """Return the answer of the child, or the reason why there is none, as one line."""
    from fastapi_rs.installed.environment import OWN_PARENT

    command = [sys.executable, "-c", _PROGRAM, json.dumps(environment.path), str(OWN_PARENT)]
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=_variables(),
                capture_output=True,
                text=True,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return {}, f"no answer within {_SECONDS} s"
    for line in done.stdout.splitlines():
        if line.startswith(MARK):
            answer: Dict[str, Any] = json.loads(line[len(MARK) :])
            return answer, answer.get("error", "")
    return {}, _last_line(done.stderr) or f"the process ended with status {done.returncode}"


def _variables() -> Dict[str, str]:
    return {**os.environ, "PYTHONIOENCODING": "utf-8"}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _cache(cache: Dict[str, Any]) -> Finding:
    if cache["setting"].lower() == "off":
        return Finding("cache", "off, as FASTAPI_RS_CACHE says: each process compiles the core")
    folders: List[str] = cache["folders"]
    if cache["used"]:
        return Finding("cache", f"the compiled core is {cache['used']}")
    if cache["has_core"]:
        remedy = "set FASTAPI_RS_CACHE to a folder that only its owner can write"
        return Finding(
            "cache", f"kept nowhere: each process compiles the core (tried {', '.join(folders)})", NOTE, remedy
        )
    return Finding("cache", f"not used without the core; the folder is {folders[0] if folders else 'unknown'}")


def _self_test(answer: Dict[str, Any]) -> Finding:
    text = (
        f"passed; import {answer['import_ms']} ms, first request {answer['first_ms']} ms, "
        f"then {answer['request_us']} us each (median of {answer['requests']} in process)"
    )
    return Finding("self-test", text)
