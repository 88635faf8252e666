"""`module:name` on the command line: what the commands about an application load, and the line for each mistake."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import fastapi
from fastapi import _doctor

APPLICATION = """
from fastapi import FastAPI

class Parts:
    app = FastAPI()

app, other = Parts.app, 1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "loaded_here.py").write_text(APPLICATION, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "loaded_here", raising=False)
    return tmp_path


@pytest.mark.parametrize("place", ["loaded_here:app", "loaded_here:Parts.app"])
def test_an_application_is_loaded(folder: Path, place: str) -> None:
    assert isinstance(_doctor.load_application(place), fastapi.FastAPI)


@pytest.mark.parametrize(
    "place, message",
    [
        ("loaded_here", "'loaded_here' does not name an application: write it as module:name, for example main:app"),
        ("loaded_here:", "'loaded_here:' does not name an application: write it as module:name, for example main:app"),
        (
            "loaded_there:app",
            "'loaded_there:app' could not be loaded: No module named 'loaded_there'; run this in the folder of "
            "'loaded_there', and in the environment of the application",
        ),
        (
            "loaded_here:api",
            "'loaded_here:api' could not be loaded: module 'loaded_here' has no attribute 'api'; write it as "
            "module:name, for example main:app",
        ),
        ("loaded_here:other", "'loaded_here:other' is a int, not a FastAPI application"),
    ],
)
def test_a_mistake_is_one_line(folder: Path, place: str, message: str) -> None:
    with pytest.raises(SystemExit) as raised:
        _doctor.load_application(place)
    assert str(raised.value) == message


def test_the_plan_and_the_stand_ins_are_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _doctor.main(["explain", "loaded_here:app"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "GET,HEAD /openapi.json: exact way (a plain Starlette route)"
    assert "stand-ins:" in lines


def test_a_command_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        _doctor.main([])
    assert raised.value.code == 2
    assert "the following arguments are required: command" in capsys.readouterr().err


def test_another_owner_of_the_package_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor._metadata, "is_installed", lambda: True)
    monkeypatch.setattr(_doctor, "installed_version", lambda name: "0.165.0" if name == "fastapi" else None)
    findings = {title: (text, good) for title, text, good in _doctor.findings()}
    assert findings["conflict"] == (
        "the distribution fastapi 0.165.0 owns the same files: pip uninstall fastapi, then pip install "
        "--force-reinstall fastapi-rs",
        False,
    )
    assert findings["pydantic"] == ("not installed", False)
    assert findings["wasmtime"] == ("not installed", True)
