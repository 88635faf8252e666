"""Findings about environment variables."""

from __future__ import annotations

import difflib
import os
from typing import Iterator, Mapping

from fastapi_rs._release import VARIABLES
from fastapi_rs.doctor.finding import NOTE, WRONG, Finding

PREFIX = "FASTAPI_RS_"
# Not ours, and they change which files Python finds.
_SEARCHING = ("PYTHONPATH", "PYTHONHOME")


def findings(variables: Mapping[str, str]) -> Iterator[Finding]:
    seen = [name for name in sorted(variables) if name.startswith(PREFIX)]
    for name in seen:
        yield _own(name, variables[name])
    for name in _SEARCHING:
        if variables.get(name):
            yield Finding(name, variables[name], NOTE)
    if not seen:
        yield Finding("environment variables", f"none that begins with {PREFIX}")


def _own(name: str, value: str) -> Finding:
    allowed = VARIABLES.get(name)
    if allowed is None:
        near = difflib.get_close_matches(name, VARIABLES, 1)
        remedy = f"did you mean {near[0]}?" if near else f"the variables are {', '.join(VARIABLES)}"
        return Finding(name, f"{value!r}, a variable that nothing reads", NOTE, remedy)
    if allowed and value and value not in allowed:
        return Finding(name, f"{value!r} is not a value of it", WRONG, f"choose one of {', '.join(allowed)}")
    if name == "FASTAPI_RS_CACHE" and value and value.lower() != "off" and not _may_be_folder(value):
        return Finding(name, f"{value!r} is not a folder", WRONG, "name a folder, or set it to off")
    return Finding(name, repr(value))


def _may_be_folder(value: str) -> bool:
    """The package makes a folder that does not exist."""
    return os.path.isdir(value) or not os.path.lexists(value)
