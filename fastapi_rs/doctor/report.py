"""The report as lines or as JSON, and its exit status."""

from __future__ import annotations

import json
import os
import platform
import sys
from typing import Any, Dict, Iterator, List

from fastapi_rs._release import API_LEVEL, VERSION
from fastapi_rs.doctor import installation, process, variables
from fastapi_rs.doctor.finding import NOTE, WRONG, Finding
from fastapi_rs.installed.environment import Environment

OK, PROBLEMS = 0, 1


def examine(environment: Environment) -> List[Finding]:
    """Return all findings about an environment."""
    return [
        _interpreter(),
        *installation.findings(environment),
        *variables.findings(os.environ),
        *process.findings(environment),
    ]


def _interpreter() -> Finding:
    text = f"{platform.python_implementation()} {platform.python_version()}, {platform.platform()}, {sys.executable}"
    return Finding("python", text)


def status_of(findings: List[Finding]) -> int:
    return PROBLEMS if any(found.level == WRONG for found in findings) else OK


def as_lines(findings: List[Finding]) -> Iterator[str]:
    for found in findings:
        yield found.line()
    wrong = sum(found.level == WRONG for found in findings)
    notes = sum(found.level == NOTE for found in findings)
    yield f"{wrong or 'nothing'} wrong, {notes or 'no'} notes" if notes != 1 else f"{wrong or 'nothing'} wrong, 1 note"


def as_json(findings: List[Finding]) -> str:
    report: Dict[str, Any] = {
        "fastapi_rs": VERSION,
        "api_level": API_LEVEL,
        "status": status_of(findings),
        "findings": [found.as_json() for found in findings],
    }
    return json.dumps(report, indent=2)
