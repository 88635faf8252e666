"""Every order of installing and removing both distributions: the doctor names it, adopt and leave repair it."""

from __future__ import annotations

from typing import List, Tuple

import pytest

from tests.adoption.installed.venv import Venv

pytestmark = pytest.mark.timeout(300)

# Steps, which package runs then, titles of the doctor that are wrong. "!" installs again, "-" removes.
# The orders of `OWN` end with fastapi-rs installed.
REAL_THERE = ["distribution fastapi", "files of fastapi/", "overwritten by the real package", "runs"]
BROKEN = ["files of fastapi/", "missing modules", "import fastapi", "command fastapi"]
OWN: List[Tuple[str, str, List[str]]] = [
    ("ours", "ours", []),
    ("ours bridge", "ours", []),
    ("bridge ours", "ours", []),
    ("ours real", "real", REAL_THERE),
    ("real ours", "ours", ["distribution fastapi"]),
    ("ours real -fastapi", "namespace", BROKEN),
    ("real ours -fastapi", "namespace", BROKEN),
    ("ours real ours", "real", REAL_THERE),  # pip and uv: already installed
    ("ours real ours!", "ours", ["distribution fastapi"]),
    ("ours bridge real", "real", REAL_THERE),
    ("ours bridge real -fastapi", "namespace", BROKEN),
    ("ours bridge -fastapi", "ours", ["command fastapi"]),
    ("real ours -fastapi-rs ours", "ours", ["distribution fastapi"]),
    ("real -fastapi ours", "ours", []),
]
OTHERS: List[Tuple[str, str, List[str]]] = [
    ("", "ModuleNotFoundError", ["fastapi-rs", "import fastapi"]),
    ("real", "real", ["fastapi-rs"]),
    ("ours -fastapi-rs", "ModuleNotFoundError", ["fastapi-rs", "import fastapi"]),
    ("ours real -fastapi-rs", "namespace", ["fastapi-rs", "files of fastapi/", "import fastapi"]),
    ("real ours -fastapi-rs", "namespace", ["fastapi-rs", "files of fastapi/", "import fastapi"]),
    ("ours bridge -fastapi-rs", "ModuleNotFoundError", ["fastapi-rs", "distribution fastapi", "import fastapi"]),
    ("ours real -fastapi -fastapi-rs", "ModuleNotFoundError", ["fastapi-rs", "import fastapi"]),
]


def in_order(venv: Venv, order: str) -> Venv:
    for step in order.split():
        venv.do(step)
    return venv


@pytest.mark.parametrize(("order", "runs", "wrong"), OWN + OTHERS)
def test_the_doctor_names_each_state(any_venv: Venv, order: str, runs: str, wrong: List[str]) -> None:
    in_order(any_venv, order)
    assert any_venv.what_runs() == runs
    report = any_venv.doctor()
    assert report.wrong == wrong
    assert report.status == bool(wrong)
    assert all(report.remedies())


@pytest.mark.parametrize("order", [row[0] for row in OWN])
def test_adopt_and_leave_from_each_state(any_venv: Venv, order: str) -> None:
    in_order(any_venv, order)
    any_venv.fastapi_rs("adopt", "--yes")
    assert any_venv.what_runs() == "ours"
    assert any_venv.doctor().wrong == []
    assert any_venv.check() == ""
    assert any_venv.fastapi_rs("adopt") == "Nothing to do: this environment is whole.\n"
    any_venv.fastapi_rs("leave", "--yes", "--wheel", str(any_venv.wheels.real))
    assert is_as_if_never_here(any_venv)


@pytest.mark.parametrize("order", [row[0] for row in OWN])
def test_leave_from_each_state(any_venv: Venv, order: str) -> None:
    in_order(any_venv, order)
    any_venv.fastapi_rs("leave", "--yes", "--wheel", str(any_venv.wheels.real))
    assert is_as_if_never_here(any_venv)


def is_as_if_never_here(venv: Venv) -> bool:
    """Whether the real package runs, whole and alone, and an uninstaller removes all of it."""
    assert venv.what_runs() == "real"
    assert venv.check() == ""
    assert (venv.folder / "bin" / "fastapi").exists()
    assert sorted(path.name for path in venv.site.iterdir() if "fastapi" in path.name) == [
        "fastapi",
        "fastapi-0.165.0.dist-info",
    ]
    venv.uninstall("fastapi")
    assert not list(venv.site.glob("*fastapi*"))
    return not list((venv.folder / "bin").glob("fastapi*"))
