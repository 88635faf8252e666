"""The stand-ins for parts of other packages are on with the releases of the tests; a warning names any that is off."""

from __future__ import annotations

import logging
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Optional

import pytest

from fastapi import _rust
from fastapi._doctor import findings
from fastapi._stand_ins import accelerators
from fastapi._stand_ins.accelerators import ALL, NEWEST_KNOWN, Accelerator, NotUsed, OlderRelease
from tests.contract.child import child

ROOT = Path(__file__).parents[2]
CHECK = f"{__name__}:check"

why_off: Optional[str] = None


def check() -> Optional[str]:
    """Return the reason that a test has set."""
    if why_off == "older":
        raise OlderRelease("an old release")
    if why_off == "unused":
        raise NotUsed("nothing needs it")
    if why_off == "broken":
        raise ZeroDivisionError
    return why_off


def make(packages: tuple[str, ...] = ("starlette",)) -> Accelerator:
    return Accelerator("something", "parts of a package", packages, CHECK)


@pytest.mark.skipif(not _rust.rust_available(), reason="without the core some are off")
@pytest.mark.parametrize("accelerator", ALL, ids=lambda accelerator: accelerator.name)
def test_each_is_on_with_the_releases_of_the_tests(accelerator: Accelerator) -> None:
    verdict = accelerator.verdict()
    assert verdict.is_on or verdict.is_expected, verdict.why_off
    # With the newest dependencies, which need CPython 3.11, no reason is expected.
    assert verdict.is_on or sys.version_info < (3, 11), verdict.why_off


def test_the_known_releases_are_those_of_the_documentation() -> None:
    lines = (ROOT / "docs" / "versions.md").read_text(encoding="utf-8").splitlines()
    for name, version in NEWEST_KNOWN.items():
        row = next(line for line in lines if line.startswith(f"| {name}"))
        assert row.rstrip(" |").rpartition("| ")[2] == version


@pytest.mark.skipif(sys.version_info < (3, 11), reason="older Pythons have older dependencies")
@pytest.mark.parametrize("name", sorted(NEWEST_KNOWN))
def test_the_known_releases_are_those_of_the_tests(name: str) -> None:
    installed = metadata.version(name)
    assert re.match(re.escape(NEWEST_KNOWN[name]) + r"(\.|$)", installed), installed


def test_a_surprise_is_logged_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(sys.modules[__name__], "why_off", "it is different")
    accelerator = make()
    with caplog.at_level(logging.WARNING, logger="fastapi"):
        assert not accelerator.is_on() and not accelerator.is_on()
    (record,) = caplog.records
    assert record.getMessage() == (
        "fastapi-rs: the stand-in 'something' is off (it is different); "
        "the installed packages do its work themselves, which is slower"
    )


def test_a_newer_release_is_named(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(sys.modules[__name__], "why_off", "it is different")
    monkeypatch.setitem(NEWEST_KNOWN, "starlette", "0.20")
    with caplog.at_level(logging.WARNING, logger="fastapi"):
        assert not make().is_on()
    newest = metadata.version("starlette")
    told = f"(it is different; starlette {newest} is newer than 0.20, the newest release known here)"
    assert told in caplog.records[0].getMessage()


def test_a_newer_release_is_no_older_one(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(sys.modules[__name__], "why_off", "older")
    monkeypatch.setitem(NEWEST_KNOWN, "starlette", "0.20")
    with caplog.at_level(logging.WARNING, logger="fastapi"):
        assert not make().verdict().is_expected
    assert "an old release; starlette" in caplog.records[0].getMessage()


@pytest.mark.parametrize(
    ("reason", "is_expected"), [("older", True), ("unused", True), ("broken", False), (None, False)]
)
def test_verdicts(
    reason: Optional[str], is_expected: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "why_off", reason)
    accelerator = make()
    with caplog.at_level(logging.WARNING, logger="fastapi"):
        verdict = accelerator.verdict()
    assert (verdict.is_on, verdict.is_expected) == (reason is None, is_expected)
    assert len(caplog.records) == (reason == "broken")


@pytest.mark.parametrize(
    ("version", "known", "is_newer"),
    [
        ("1.10.0", "1.10", False),
        ("1.10.7", "1.10", False),
        ("1.11.0", "1.10", True),
        ("2.0", "1.10", True),
        ("1.9", "1.10", False),
        ("0.0.35", "0.0.34", True),
        ("51.0.0", "50", True),
        ("1.11.0rc1", "1.10", True),
    ],
)
def test_newer(version: str, known: str, is_newer: bool) -> None:
    assert accelerators._is_newer(version, known) is is_newer


# A tool that replaces one of these wants calls, and gets no warning.
REPLACED = {
    "worker threads": ("anyio.to_thread", "run_sync"),
    "forms": ("starlette.formparsers", "FormParser.on_field_end"),
    "telemetry providers": ("opentelemetry.trace", "get_tracer_provider"),
}


@pytest.mark.parametrize("name", sorted(REPLACED))
def test_a_function_that_a_tool_replaced_is_no_surprise(name: str) -> None:
    module, path = REPLACED[name]
    told = child(f"""
        import importlib, logging
        logging.basicConfig(level=logging.WARNING, format="%(message)s")
        for known in list(sys.modules):
            if known.split(".")[0] == "fastapi":
                del sys.modules[known]
        holder = importlib.import_module({module!r})
        *owners, name = {path!r}.split(".")
        for owner in owners:
            holder = getattr(holder, owner)
        original = getattr(holder, name)
        setattr(holder, name, lambda *arguments, **options: original(*arguments, **options))
        import fastapi
        from fastapi._stand_ins.accelerators import ALL
        print([accelerator.verdict().why_off or "on" for accelerator in ALL if accelerator.name == {name!r}])
    """)
    (line,) = told.splitlines()
    assert "a tool has replaced" in line or name == "telemetry providers"


def test_the_doctor_lists_all() -> None:
    titles = [title for title, _, _ in findings()]
    assert [f"stand-in {accelerator.name}" for accelerator in ALL] == [
        title for title in titles if title.startswith("stand-in ")
    ]


def test_one_line_at_start_names_all() -> None:
    told = child("""
        import logging
        logging.basicConfig(level=logging.INFO, format="%(message)s")
        from fastapi import _rust
        _rust.mode()
    """)
    (line,) = told.splitlines()
    assert all(accelerator.name in line for accelerator in ALL)


def test_importing_runs_no_check_that_needs_a_loop() -> None:
    told = child("""
        for name in list(sys.modules):
            if name.split(".")[0] == "fastapi":
                del sys.modules[name]
        import fastapi
        from fastapi._stand_ins.accelerators import ALL
        app = fastapi.FastAPI()
        print([accelerator.name for accelerator in ALL if accelerator._verdict is not None])
        print("fastapi._stand_ins.thread_agreement" in sys.modules)
    """)
    assert told.splitlines() == ["['responses']", "False"]
