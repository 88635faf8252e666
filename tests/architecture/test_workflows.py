"""The workflows run only code that is named by its digest, and hand no credentials to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest
import yaml

from tests.architecture.test_layers import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def steps(workflow: Path) -> Iterator[Dict[str, Any]]:
    for job in yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"].values():
        yield from job.get("steps", [])


def test_there_are_workflows() -> None:
    assert {path.stem for path in WORKFLOWS} >= {
        "advisories",
        "ci",
        "differential",
        "fuzz",
        "newest",
        "platforms",
        "release",
    }


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: str(path.stem))
def test_each_action_is_named_by_its_digest(workflow: Path) -> None:
    used: List[str] = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used and [name for name in used if not PINNED.fullmatch(name)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: str(path.stem))
def test_the_release_of_each_action_stands_beside_its_digest(workflow: Path) -> None:
    lines = [
        line
        for line in workflow.read_text(encoding="utf-8").splitlines()
        if "uses: " in line and "uses: ./" not in line
    ]
    assert [line for line in lines if not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: str(path.stem))
def test_checkouts_keep_no_credentials(workflow: Path) -> None:
    checkouts = [step for step in steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: str(path.stem))
def test_a_workflow_may_only_read_unless_a_job_says_more(workflow: Path) -> None:
    assert yaml.safe_load(workflow.read_text(encoding="utf-8"))["permissions"] == {"contents": "read"}


def test_one_build_of_the_modules_is_tested_and_published() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/platforms.yml").read_text(encoding="utf-8"))["jobs"]
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "modules": None,
        "systems": "modules",
        "musl": "modules",
    }
    for name in ("systems", "musl"):
        commands = [step.get("run", "") for step in jobs[name]["steps"]]
        assert "python scripts/_everywhere/compare.py modules" in commands
    release = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))["jobs"]
    assert release["build"]["needs"] == "platforms" and release["publish"]["needs"] == "build"


def test_the_release_has_attestations() -> None:
    used = [step["uses"].split("@")[0] for step in steps(ROOT / ".github/workflows/release.yml") if "uses" in step]
    assert "actions/attest-build-provenance" in used and "pypa/gh-action-pypi-publish" in used
