"""The real package: kept as a wheel before it is removed, read from a wheel, or fetched again."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import List, Optional

from fastapi_rs._release import PACKAGE, REAL
from fastapi_rs.errors import CommandError
from fastapi_rs.installed.distributions import Distribution
from fastapi_rs.installed.record import Entry, digest_of, entry_of, is_compiled, parse, render

FOLDER = "kept"
# Files that an installer adds to those of the wheel.
_ADDED = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_cache.json")


def wheel_in(bridge: Optional[Distribution]) -> Optional[Path]:
    """Return the wheel of the real package that an earlier move kept."""
    if bridge is None:
        return None
    return next(iter(sorted((bridge.folder / FOLDER).glob(f"{REAL}-*.whl"))), None)


def version_of(wheel: Path) -> str:
    return wheel.name.split("-")[1]


def write_wheel(real: Distribution, folder: Path) -> Path:
    """Write an installed distribution as a wheel, each file as its RECORD says."""
    path = folder / f"{REAL}-{real.version}-py3-none-any.whl"
    entries: List[Entry] = []
    with zipfile.ZipFile(str(path), "w", zipfile.ZIP_DEFLATED) as wheel:
        for name in _wheel_files(real):
            content = (real.site / name).read_bytes()
            entries.append(entry_of(name, content))
            wheel.writestr(name, content)
        record = f"{real.folder.name}/RECORD"
        wheel.writestr(record, render([*entries, Entry(record, "", "")]))
    return path


def _wheel_files(real: Distribution) -> List[str]:
    inside = (f"{PACKAGE}/", f"{real.folder.name}/")
    return [
        entry.path
        for entry in real.entries()
        if entry.path.startswith(inside)
        and not is_compiled(entry.path)
        and entry.path not in [f"{real.folder.name}/{name}" for name in _ADDED]
    ]


class Source:
    """Where the files of the real package come from: a wheel, an installed distribution that is whole, or the index."""

    def __init__(self, version: str, wheel: Optional[Path] = None, installed: Optional[Distribution] = None) -> None:
        self.version, self.wheel, self.installed = version, wheel, installed

    def __str__(self) -> str:
        if self.installed is not None:
            return "its files that are there"
        return str(self.wheel) if self.wheel is not None else f"the package index, {REAL}=={self.version}"

    def write(self, folder: Path) -> None:
        """Write the package and its metadata below `folder`, and compare each file with the RECORD."""
        if self.wheel is not None:
            _unpack(self.wheel, folder)
        elif self.installed is not None:
            _unpack(write_wheel(self.installed, folder), folder)
        else:
            _install(self.version, folder)
        _verify(folder, self.version)


def metadata_folder(folder: Path, version: str) -> Path:
    return folder / f"{REAL}-{version}.dist-info"


def _unpack(wheel: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(str(wheel)) as archive:
            names = [name for name in archive.namelist() if name.startswith((f"{PACKAGE}/", f"{REAL}-"))]
            archive.extractall(str(folder), names)
    except (OSError, zipfile.BadZipFile) as error:
        raise CommandError(f"{wheel} cannot be read ({error})", "give another one: --wheel PATH") from error


def _install(version: str, folder: Path) -> None:
    done = subprocess.run(
        [*_installer(), "--target", str(folder), "--no-deps", f"{REAL}=={version}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        reason = lines[-1].strip() if lines else f"exit status {done.returncode}"
        remedy = f"give its wheel: --wheel {REAL}-{version}-py3-none-any.whl"
        raise CommandError(f"{REAL}=={version} could not be fetched ({reason})", remedy)


def _installer() -> List[str]:
    """Return the command that installs into a folder: the environment's pip, else uv."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile"]
    uv = shutil.which("uv")
    if uv is not None:
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    raise CommandError("neither pip nor uv is here to fetch the real package", "give its wheel: --wheel PATH")


def _verify(folder: Path, version: str) -> None:
    try:
        text = (metadata_folder(folder, version) / "RECORD").read_text(encoding="utf-8")
        for entry in parse(text):
            if entry.path.startswith(f"{PACKAGE}/") and entry.digest:
                if digest_of((folder / entry.path).read_bytes()) != entry.digest:
                    raise CommandError(f"{entry.path} of {REAL} {version} is not as its RECORD says", "fetch it again")
    except OSError as error:
        message = f"that is not a whole {REAL} {version} ({error.filename} is missing)"
        raise CommandError(
            message, f"give the wheel of that release: --wheel {REAL}-{version}-py3-none-any.whl"
        ) from error
