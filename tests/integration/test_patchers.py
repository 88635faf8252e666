"""Real patchers observe the same with this package as with the real one.

`record.py` recorded the expected observations with the real package. Each case runs in a process of its own.
"""

from __future__ import annotations

import difflib
import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

import fastapi
from fastapi import _rust

HERE = Path(__file__).resolve().parent
PACKAGE_ROOT = Path(fastapi.__file__).resolve().parent.parent

# The files of this folder are scripts, which also run with the real package, so they import each other by name.
sys.path.insert(0, str(HERE))
try:
    import recordings
    from cases import CASES, VARIANTS, Case
    from children import observe
finally:
    sys.path.remove(str(HERE))

LINES_SHOWN = 60


def installed(distribution: str) -> Optional[str]:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def require_environment(versions: Dict[str, str]) -> None:
    """Skip the test if the installed packages do not allow a comparison with the recording."""
    missing = [name for name in versions if installed(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}; pip install 'fastapi-rs[integration]'")
    recorded, here = versions["starlette"], metadata.version("starlette")
    if recorded.split(".")[0] != here.split(".")[0]:
        pytest.skip(f"recorded with Starlette {recorded}, which differs from {here} under patchers")


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_same_observations(case: Case) -> None:
    recording = recordings.read(case)
    require_environment(recording["versions"])
    report = observe(sys.executable, case, PACKAGE_ROOT)
    difference = describe_difference(recording["seen"], recordings.compared(report))
    assert not difference, "\n".join([describe_versions(recording["versions"]), *difference])
    if case[1] == "served" and _rust.rust_available():
        assert report["answered_by_core"] > 0, "the core did not answer the first request, before the patch"


def describe_difference(expected: Dict[str, Any], found: Dict[str, Any]) -> List[str]:
    if expected == found:
        return []
    lines = [json.dumps(value, indent=1, sort_keys=True).splitlines() for value in (expected, found)]
    return list(difflib.unified_diff(*lines, "the real package", "this package", n=8, lineterm=""))[:LINES_SHOWN]


def describe_versions(recorded: Dict[str, str]) -> str:
    changed = [
        f"{name} {version} -> {installed(name)}" for name, version in recorded.items() if installed(name) != version
    ]
    if not changed:
        return "Recorded with the same versions."
    return "The versions differ from the recorded ones, so record.py may have to run again: " + ", ".join(changed)


def test_every_case_is_recorded() -> None:
    for case in CASES:
        recordings.read(case)
    assert {path.stem for path in recordings.RECORDED.glob("*.json")} == set(VARIANTS)
