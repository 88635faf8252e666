"""The virtual environments of the upstream run: one with this project, one with the real package."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from pathlib import Path

from tests.upstream import suite
from tests.upstream.places import CACHE, ROOT, VERSION, say

INSTALL_LIMIT = 1800  # seconds for one call of pip


def with_this_project(interpreter: str, folder: Path) -> Path:
    """Return the Python of an environment that holds upstream's test requirements and this project, in place."""
    home = CACHE / f"venv-{_version_of(interpreter)}"
    stamp = _fingerprint(interpreter, [*suite.requirements(folder), (ROOT / "pyproject.toml").read_text()])
    python = python_of(home)
    if not _is_ready(home, stamp):
        _make(interpreter, home)
        _install(python, "upstream's test requirements", suite.requirements(folder))
        _install(python, "this project", ["--editable", f"{ROOT}[all]"])
        _forbid_real_package(python)
        (home / "stamp").write_text(stamp)
    return python


def with_real_package(interpreter: str, folder: Path) -> Path:
    """Return the Python of an environment that holds the real package, to record its outcomes."""
    home = CACHE / f"venv-real-{_version_of(interpreter)}"
    wanted = [f"fastapi=={VERSION}", *suite.requirements(folder)]
    stamp = _fingerprint(interpreter, wanted)
    if not _is_ready(home, stamp):
        _make(interpreter, home)
        _install(python_of(home), f"fastapi=={VERSION} and its test requirements", wanted)
        (home / "stamp").write_text(stamp)
    return python_of(home)


def python_of(home: Path) -> Path:
    return home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _is_ready(home: Path, stamp: str) -> bool:
    return python_of(home).exists() and (home / "stamp").exists() and (home / "stamp").read_text() == stamp


def _make(interpreter: str, home: Path) -> None:
    (home / "stamp").unlink(missing_ok=True)
    if not python_of(home).exists():
        say(f"making a virtual environment in {home}")
        _call([interpreter, "-m", "venv", str(home)])
    # Releases of pip before 25 fail to build the backends of some source packages.
    _install(python_of(home), "a current pip", ["--upgrade", "pip>=25"])


def _install(python: Path, what: str, wanted: list[str]) -> None:
    say(f"installing {what}")
    started = time.monotonic()
    _call([str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *wanted])
    say(f"installed {what} in {time.monotonic() - started:.0f} s")


def _forbid_real_package(python: Path) -> None:
    """Remove the distribution `fastapi` if a requirement installed it: it owns the same folder as this project."""
    probe = "import importlib.metadata as m; raise SystemExit(any(d.name == 'fastapi' for d in m.distributions()))"
    if not subprocess.run([str(python), "-c", probe], cwd=CACHE).returncode:
        return
    say("a requirement pulled in the real fastapi; removing it")
    _call([str(python), "-m", "pip", "--disable-pip-version-check", "uninstall", "--quiet", "--yes", "fastapi"])


def _call(command: list[str]) -> None:
    try:
        status = subprocess.run(command, timeout=INSTALL_LIMIT, stdin=subprocess.DEVNULL, cwd=CACHE).returncode
    except subprocess.TimeoutExpired:
        raise SystemExit(f"did not end within {INSTALL_LIMIT} s: {' '.join(command)}") from None
    if status:
        raise SystemExit(f"failed with status {status}: {' '.join(command)}")


def _version_of(interpreter: str) -> str:
    probe = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run([interpreter, "-c", probe], check=True, capture_output=True, text=True).stdout.strip()


def _fingerprint(interpreter: str, parts: list[str]) -> str:
    return hashlib.sha256("\n".join([_version_of(interpreter), *parts]).encode()).hexdigest()
