"""The two virtual environments of the machine: one with the real package, one with this project.

All other packages have the same versions in both.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from tests.differential.process import Side
from tests.upstream.environment import python_of
from tests.upstream.places import ROOT, VERSION, say

CACHE = ROOT / ".cache" / "differential"
LOCK = Path(__file__).parent / "requirements.lock"


def both_sides(project: Path) -> tuple[Side, Side]:
    """Return the real package and the project. It makes their environments if they do not exist."""
    if sys.version_info < (3, 11):
        raise SystemExit("the real package needs Python 3.11 or newer; run this script with one of these")
    return _real(), _ours(project.resolve())


def _real() -> Side:
    home = CACHE / f"real-{_python()}"
    _make(home, [f"fastapi=={VERSION}"])
    return Side("the real package", python_of(home), "fastapi", str(home))


def _ours(project: Path) -> Side:
    suffix = "" if project == ROOT else "-" + hashlib.sha256(str(project).encode()).hexdigest()[:8]
    home = CACHE / f"ours-{_python()}{suffix}"
    _make(home, ["--editable", str(project)])
    return Side("this project", python_of(home), "fastapi-rs", str(project))


def _python() -> str:
    return "{}.{}".format(*sys.version_info[:2])


def _make(home: Path, package: list[str]) -> None:
    """Install the lock file, then the package without its requirements, which could change a version."""
    stamp = home / "stamp"
    wanted = hashlib.sha256("\n".join([LOCK.read_text(), sys.version, *package]).encode()).hexdigest()
    python = python_of(home)
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"making a virtual environment in {home}")
    _call([sys.executable, "-m", "venv", "--clear", str(home)])
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    _call([*pip, "-r", str(LOCK)])
    _call([*pip, *package])
    stamp.write_text(wanted)


def _call(command: list[str]) -> None:
    status = subprocess.run(command, stdin=subprocess.DEVNULL).returncode
    if status:
        raise SystemExit(f"failed with status {status}: {' '.join(command)}")
