"""Replacing the folder `fastapi` as a whole, and adapting the RECORDs to that."""

from __future__ import annotations

import compileall
import importlib.util
import shutil
from pathlib import Path
from typing import Iterable, List, Optional

from fastapi_rs._release import PACKAGE
from fastapi_rs.installed import carried
from fastapi_rs.installed.distributions import Distribution
from fastapi_rs.installed.record import Entry, render
from fastapi_rs.move.stage import Stage


def restore_ours(stage: Stage, site: Path, unknown: Iterable[str], compiled: bool) -> None:
    """Put the carried copy of our package into its place."""
    folder = stage.new_folder("ours")
    carried.unpack(folder)
    put_package(stage, folder, site, unknown, compiled)


def put_package(stage: Stage, folder: Path, site: Path, unknown: Iterable[str], compiled: bool) -> None:
    """Move `folder/fastapi` to its place, with the files of neither distribution that are there."""
    for path in unknown:
        if not (folder / path).exists():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(str(site / path), str(folder / path))
    if compiled:
        # The code objects name the files where they will be.
        compileall.compile_dir(str(folder / PACKAGE), ddir=str(site / PACKAGE), quiet=2)
    stage.put(folder / PACKAGE, site / PACKAGE)


def lists_compiled(distribution: Optional[Distribution]) -> bool:
    """Whether the installer compiled the modules: pip does, uv does so on demand."""
    return distribution is not None and any(entry.path.endswith(".pyc") for entry in distribution.entries())


def give_up_package(ours: Distribution) -> None:
    """Take the folder `fastapi` and its command out of our RECORD: removing us leaves them alone from now on."""
    kept = [entry for entry in ours.entries() if not _is_shared(entry.path)]
    write_record(ours.folder, kept)


def _is_shared(path: str) -> bool:
    return path.startswith(f"{PACKAGE}/") or path.rpartition("/")[2] in (PACKAGE, f"{PACKAGE}.exe")


def write_record(folder: Path, entries: List[Entry]) -> None:
    new = folder / "RECORD.new"
    new.write_text(render(entries), encoding="utf-8")
    new.replace(folder / "RECORD")


def compiled_entries(folder: Path, package: str) -> List[Entry]:
    """Return entries for the byte code of a package, which an uninstaller removes with it."""
    modules = sorted((folder / package).rglob("*.py"))
    paths = (Path(importlib.util.cache_from_source(str(module))) for module in modules)
    return [Entry(path.relative_to(folder).as_posix(), "", "") for path in paths if path.exists()]
