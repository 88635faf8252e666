"""Virtual environments for the scripts: made once under `.venv/`, renewed when their requirements change.

Needs only Python (3.8 or newer) and pip; runs on every platform.
"""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import List, Sequence

ROOT = Path(__file__).resolve().parent.parent


def say(message: str) -> None:
    print(f"== {message}", flush=True)


def python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def environment(name: str, requirements: Sequence[str], editable_extras: str = "") -> Path:
    """Return the Python of `.venv/<name>-<version>`, with this project and `requirements`.

    The project is installed in place (`pip install -e`), so a change of its code needs no new environment.
    """
    folder = ROOT / ".venv" / "{}-{}.{}".format(name, *sys.version_info[:2])
    python = python_of(folder)
    stamp = folder / "installed.txt"
    wanted = _fingerprint(requirements, editable_extras)
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    if not python.exists():
        say(f"making a virtual environment in {folder.relative_to(ROOT)}")
        _make(folder)
    project = f"this project with {editable_extras}" if editable_extras else "this project"
    say(f"installing {project} and {' '.join(requirements) or 'nothing else'}")
    started = time.monotonic()
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    run([*pip, "--upgrade", "pip"])
    run([*pip, *requirements, "--editable", f"{ROOT}{editable_extras}"])
    stamp.write_text(wanted)
    say(f"installed in {time.monotonic() - started:.0f} s")
    return python


def run(command: Sequence[str], **options: object) -> None:
    """Run a command; if it fails, end this script with its exit status."""
    done = subprocess.run(list(command), cwd=str(options.pop("cwd", ROOT)), **options)  # type: ignore[call-overload]
    if done.returncode:
        say(f"failed with exit status {done.returncode}: {' '.join(command)}")
        raise SystemExit(done.returncode)


def requirements_of(path: Path) -> List[str]:
    return [line.strip() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]


def _make(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "venv", str(folder)])
    if done.returncode:
        say(f"{sys.executable} -m venv failed. On Debian and Ubuntu: apt-get install python3-venv")
        raise SystemExit(done.returncode)


def _fingerprint(requirements: Sequence[str], extras: str) -> str:
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes())
    digest.update("\n".join([extras, sys.version, *requirements]).encode())
    return digest.hexdigest()
