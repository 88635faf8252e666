"""Fetch upstream's sdist and unpack its tests without the package that they test.

pytest puts the folder of the tests first on `sys.path`. Inside the unpacked sdist it would therefore import
upstream's own `fastapi/`, and every test would pass. So this module never unpacks that folder.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import tomllib

from tests.upstream.places import CACHE, SDIST, SDIST_SHA256, VERSION, say

KEPT_FOLDERS = ("tests/", "docs_src/", "scripts/")
KEPT_FILES = ("docs/en/docs/img/favicon.png",)
KEPT_SECTIONS = ("pytest", "coverage", "inline-snapshot")
FETCH_LIMIT = 300  # seconds


def lay_out() -> Path:
    """Return the folder with upstream's tests, unpacked once per version."""
    folder = CACHE / f"suite-{VERSION}"
    if (folder / "complete").exists():
        return folder
    archive = fetch()
    say(f"laying out upstream's tests in {folder}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            _, _, inside = member.name.partition("/")
            if member.isfile() and (inside.startswith(KEPT_FOLDERS) or inside in KEPT_FILES):
                _extract(tar, member, folder / inside)
        text = _read_text(tar, "pyproject.toml")
    (folder / "pyproject.toml").write_text(_kept_sections(text), encoding="utf-8")
    (folder / "upstream-pyproject.toml").write_text(text, encoding="utf-8")
    if (folder / "fastapi").exists():
        raise SystemExit(f"{folder / 'fastapi'} must not exist: the suite would test it instead of this project")
    (folder / "complete").touch()
    return folder


def fetch() -> Path:
    archive = CACHE / SDIST
    if not (archive.exists() and _digest(archive) == SDIST_SHA256):
        say(f"fetching fastapi=={VERSION} (source) with pip into {CACHE}")
        CACHE.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
        command += ["--no-binary", "fastapi", "--dest", str(CACHE), f"fastapi=={VERSION}"]
        if subprocess.run(command, timeout=FETCH_LIMIT).returncode:
            raise SystemExit(f"pip could not download fastapi=={VERSION}; put {SDIST} into {CACHE} by hand")
    if _digest(archive) != SDIST_SHA256:
        raise SystemExit(f"{archive} is not the file that PyPI has: sha256 {_digest(archive)}, not {SDIST_SHA256}")
    return archive


def requirements(folder: Path) -> list[str]:
    """Return upstream's requirements for its tests: the group `tests` and the extras `all` and `standard`.

    `orjson` and `ujson` are not among them, but without them pytest skips the tests of two response classes.
    """
    project = tomllib.loads((folder / "upstream-pyproject.toml").read_text(encoding="utf-8"))
    wanted = _group(project["dependency-groups"], "tests")
    for extra in ("all", "standard"):
        wanted += project["project"]["optional-dependencies"][extra]
    return sorted({*wanted, "orjson", "ujson"})


def _group(groups: dict[str, list[Any]], name: str) -> list[str]:
    found: list[str] = []
    for entry in groups[name]:
        found += [entry] if isinstance(entry, str) else _group(groups, entry["include-group"])
    return found


def _kept_sections(text: str) -> str:
    """Return the tables of a pyproject that pytest, coverage and inline-snapshot read, unchanged."""
    kept: list[str] = []
    keep = False
    for line in text.splitlines():
        if line.startswith("["):
            name = line.strip("[] ").split(".")
            keep = name[0] == "tool" and len(name) > 1 and name[1] in KEPT_SECTIONS
        if keep:
            kept.append(line)
    return "\n".join(kept) + "\n"


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    source = tar.extractfile(member)
    if source is None or ".." in target.parts:
        raise SystemExit(f"unexpected member {member.name} in the sdist")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.read())
    if member.mode & 0o100:
        target.chmod(0o755)


def _read_text(tar: tarfile.TarFile, inside: str) -> str:
    for member in tar.getmembers():
        if member.name.partition("/")[2] == inside:
            source = tar.extractfile(member)
            if source is not None:
                return source.read().decode("utf-8")
    raise SystemExit(f"the sdist has no {inside}")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "(no file)"
