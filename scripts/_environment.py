"""Virtual environments for the scripts: made once under `.venv/`, renewed when their requirements change.

Needs only Python (3.8 or newer) and pip; runs on every platform.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List, Optional, Sequence

ROOT = Path(__file__).resolve().parent.parent


def say(message: str) -> None:
    print(f"== {message}", flush=True)


def python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


NO_RELEASE = "the package index has no release of a requirement for this Python"
# Words in the output of venv or pip, and the cause that they tell.
CAUSES = (
    (r"No space left on device", "the disk is full"),
    (
        r"ensurepip is not available|No module named '?(venv|ensurepip)|'-m', 'ensurepip'",
        "this Python has no venv module. On Debian and Ubuntu: apt-get install python3-venv",
    ),
    (r"Read-only file system|Permission denied", "the folder cannot be written: copy the repository to another one"),
    (r"SSLError|CERTIFICATE_VERIFY_FAILED", "the certificate of the package index is not trusted: set PIP_CERT"),
    (r"require a different python version", NO_RELEASE),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeoutError|ProxyError|Connection refused|"
        r"Temporary failure in name resolution|Network is unreachable|\(from versions: none\)",
        "no package index is in reach. Connect to a network, or name an index or mirror in PIP_INDEX_URL",
    ),
    (r"No matching distribution found|Could not find a version", NO_RELEASE),
)


def environment(name: str, requirements: Sequence[str], editable_extras: str = "", editable: bool = True) -> Path:
    """Return the Python of `.venv/<name>-<version>`, with `requirements` and, if `editable`, this project.

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
    project = [f"this project with {editable_extras}" if editable_extras else "this project"] if editable else []
    say(f"installing {' '.join([*project, *requirements])}")
    started = time.monotonic()
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    if editable:
        # Older releases of pip do not install a pyproject.toml in place.
        _explained([*pip, "--upgrade", "pip"])
    _explained([*pip, *requirements, *(["--editable", f"{ROOT}{editable_extras}"] if editable else [])])
    stamp.write_text(wanted)
    say(f"installed in {time.monotonic() - started:.0f} s")
    return python


def _make(folder: Path) -> None:
    """Make an empty virtual environment; leave no half of one after a failure."""
    try:
        _explained([sys.executable, "-m", "venv", str(folder)])
    except SystemExit:
        shutil.rmtree(str(folder), ignore_errors=True)
        raise


def _explained(command: Sequence[str]) -> None:
    """Run a command of venv or pip; if it fails, print its output and the cause, and end this script."""
    done = subprocess.run(list(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        say(f"failed with exit status {done.returncode}: {' '.join(command)}")
        raise SystemExit(f"{done.stdout.rstrip()}\n== {cause(done.stdout) or 'the output above has the cause'}")


def cause(output: str) -> Optional[str]:
    """Return the cause of a failure that the output of venv or pip tells, or None."""
    return next((words for pattern, words in CAUSES if re.search(pattern, output)), None)


def run(command: Sequence[str], **options: object) -> None:
    """Run a command; if it fails, end this script with its exit status."""
    done = subprocess.run(list(command), cwd=str(options.pop("cwd", ROOT)), **options)  # type: ignore[call-overload]
    if done.returncode:
        say(f"failed with exit status {done.returncode}: {' '.join(command)}")
        raise SystemExit(done.returncode)


# The release of the real package with the same API level.
REAL = "0.165.0"


def real_package(python: Path) -> Path:
    """Return a folder with the real package alone: first on the path of a process, it takes the place of this one."""
    folder = ROOT / ".cache" / f"real-{REAL}"
    if not (folder / "fastapi" / "__init__.py").exists():
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
        run([*pip, "--upgrade", "--target", str(folder), f"fastapi=={REAL}"])
    return folder


def install_chromium() -> None:
    """Install chromium and chromedriver where they are missing."""
    install_programs({"chromium": "chromium", "chromedriver": "chromium-driver"})


def install_programs(packages: Dict[str, str]) -> None:
    """Install the programs that are missing: root gets their packages from apt-get on Debian and Ubuntu."""
    missing = {program: package for program, package in packages.items() if not shutil.which(program)}
    if not missing:
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise SystemExit(f"missing: {', '.join(missing)}; install this and run the script again")
    say(f"installing {' and '.join(missing)}")
    subprocess.run(["apt-get", "update", "-qq"], check=False)
    run(["apt-get", "install", "-y", "-qq", *missing.values()], stdout=subprocess.DEVNULL)


def requirements_of(path: Path) -> List[str]:
    return [line.strip() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]


def _fingerprint(requirements: Sequence[str], extras: str) -> str:
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes())
    digest.update("\n".join([extras, sys.version, *requirements]).encode())
    return digest.hexdigest()
