"""An environment: the search path of the running interpreter and the two distributions on it."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import cached_property
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Dict, List, Optional

from fastapi_rs._release import DISTRIBUTION, PACKAGE, REAL
from fastapi_rs.installed import carried
from fastapi_rs.installed.distributions import Distribution, distributions_on
from fastapi_rs.installed.ownership import Ownership

OWN_PARENT = Path(__file__).resolve().parent.parent.parent
# The folder in which a move keeps files until it ends.
STAGE = ".fastapi-rs-moving"


class Environment:
    """Read once; make another one after a change."""

    def __init__(self, path: Optional[List[str]] = None) -> None:
        self.path = search_path() if path is None else path
        self.distributions = list(distributions_on(self.path))
        self.ours = self._first(DISTRIBUTION)
        # Both kinds are called `fastapi`: the real distribution and our metadata.
        self.named = [found for found in self.distributions if found.name == REAL]
        self.real = next((found for found in self.named if not found.is_bridge), None)
        self.bridge = next((found for found in self.named if found.is_bridge), None)
        self.is_source = self._uses_source()
        self.site = self._site()
        self.carried = carried.digests()

    def _first(self, name: str) -> Optional[Distribution]:
        return next((found for found in self.distributions if found.name == name), None)

    def _site(self) -> Path:
        """Return the folder in which `fastapi` is expected."""
        if not self.is_source:
            return self.home
        if self.ours is None or _is_source_tree(OWN_PARENT):
            return OWN_PARENT
        return self.ours.source_tree or OWN_PARENT

    def _uses_source(self) -> bool:
        """Whether our files are used where they are edited: a source tree, or an editable installation."""
        if self.ours is not None and self.ours.has_record:
            return not any(entry.path.startswith("fastapi_rs/") for entry in self.ours.entries())
        return self.ours is None and _is_source_tree(OWN_PARENT)

    @cached_property
    def files(self) -> Ownership:
        return Ownership(self.site, self.own_digests(), self._real_digests())

    def own_digests(self) -> Dict[str, str]:
        """Return the digests of our files: those carried, else those of RECORD; a source tree is as it is."""
        if self.carried is not None:
            return self.carried
        return self.ours.digests(PACKAGE) if self.ours is not None and not self.is_source else {}

    def _real_digests(self) -> Dict[str, str]:
        if self.real is None or self.real.site != self.site:
            return {}
        return self.real.digests(PACKAGE)

    @property
    def found(self) -> Any:
        """The module spec of the `fastapi` that an import finds, or None."""
        return PathFinder.find_spec(PACKAGE, self.path)

    @property
    def found_file(self) -> Optional[Path]:
        """The file that `import fastapi` runs; None for no package, or one without `__init__.py`."""
        origin = getattr(self.found, "origin", None)
        return Path(origin) if origin and origin != "namespace" else None

    @property
    def imports_expected_folder(self) -> bool:
        return self.found_file is not None and same_place(self.found_file.parent, self.site / PACKAGE)

    @property
    def home(self) -> Path:
        """The folder of the metadata; for a source tree another one than that of the files."""
        for found in (self.ours, self.real, self.bridge):
            if found is not None:
                return found.site
        return Path(sysconfig.get_path("purelib"))

    @property
    def stage(self) -> Path:
        return self.home / STAGE

    def requiring(self) -> List[str]:
        """Return `name (requirement)` of each distribution that requires `fastapi`."""
        found = []
        for distribution in self.distributions:
            line = distribution.requirement_on(REAL)
            if line is not None:
                found.append(f"{distribution.name} ({line.split(';')[0].strip()})")
        return found


def _is_source_tree(folder: Path) -> bool:
    return (folder / "pyproject.toml").is_file() and (folder / "wasm_core").is_dir()


def search_path() -> List[str]:
    """Return the search path of this process without the working folder and the folder of the script."""
    path = list(sys.path)
    first = path[0] if path else ""
    is_script = first and os.path.isfile(sys.argv[0]) and same_place(Path(first), Path(sys.argv[0]).parent)
    if not getattr(sys.flags, "safe_path", False) and (first == "" or is_script or _is_working_folder(first)):
        if not same_place(Path(first or "."), OWN_PARENT):
            path = path[1:]
    return [place for place in path if place]


def _is_working_folder(place: str) -> bool:
    return same_place(Path(place), Path.cwd()) and place not in os.environ.get("PYTHONPATH", "").split(os.pathsep)


def same_place(one: Path, other: Path) -> bool:
    return os.path.realpath(str(one)) == os.path.realpath(str(other))


def variables_elsewhere() -> Dict[str, str]:
    """Return the environment variables for another interpreter, without the source tree that this process runs from."""
    path = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    kept = [place for place in path if place and not same_place(Path(place), OWN_PARENT)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(kept)}
