"""The two folders that come first on the search paths of the child processes.

Each holds one package `fastapi` with metadata of that name. Nothing is written into the environment.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

from fastapi_rs._release import API_LEVEL, PACKAGE, REAL
from fastapi_rs.errors import CommandError
from fastapi_rs.installed import carried
from fastapi_rs.installed.distributions import distributions_on
from fastapi_rs.installed.environment import OWN_PARENT, variables_elsewhere
from fastapi_rs.move import bridge, kept

OURS, THEIRS = "ours", "real"
# Our package needs these and the real one does not: the environment of this process lends them if necessary.
_ADDED = ("wasmtime", "yaml")

_QUESTION = """
import importlib.util, json, sys
def where(name):
    spec = importlib.util.find_spec(name)
    return spec.origin if spec else None
def version():
    from importlib import metadata
    try:
        return metadata.version("fastapi")
    except metadata.PackageNotFoundError:
        return None
names = ["fastapi", "starlette", "pydantic", "wasmtime", "yaml"]
found = {name: where(name) for name in names}
is_ours = False
if found["fastapi"]:
    import os
    is_ours = os.path.exists(os.path.join(os.path.dirname(found["fastapi"]), "_rust.py"))
print(json.dumps({"found": found, "version": version(), "is_ours": is_ours, "python": list(sys.version_info[:3])}))
"""


class Sides(NamedTuple):
    folders: Dict[str, Path]
    version: str  # of the real package
    python: str
    notes: List[str]


def ask(python: str) -> Dict[str, Any]:
    """Return the packages that an interpreter finds outside of the working folder."""
    try:
        done = subprocess.run(
            [python, "-c", _QUESTION], cwd=os.sep, env=variables_elsewhere(), capture_output=True, text=True
        )
    except OSError as error:
        raise CommandError(
            f"{python} cannot be run ({error.strerror})", "name an interpreter: --python PATH"
        ) from error
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise CommandError(f"{python} cannot be asked for its packages ({lines[-1] if lines else 'no answer'})")
    answer: Dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def prepare(python: str, folder: Path) -> Sides:
    """Make both folders below `folder`."""
    facts = ask(python)
    for name in ("starlette", "pydantic"):
        if facts["found"][name] is None:
            raise CommandError(f"{python} has no {name}", "name the interpreter of the application: --python PATH")
    ours, theirs = folder / OURS, folder / THEIRS
    ours.mkdir()
    theirs.mkdir()
    notes = _write_ours(ours, facts)
    is_real_there = facts["found"][PACKAGE] is not None and not facts["is_ours"]
    version = facts["version"] if is_real_there and facts["version"] else API_LEVEL
    if not is_real_there:
        kept.Source(API_LEVEL, None).write(theirs)
        notes.append(f"{REAL} {API_LEVEL} was fetched into a folder of its own: this environment has none")
    elif version != API_LEVEL:
        notes.append(f"the real package here is {version}; the interface of fastapi-rs is that of {API_LEVEL}")
    return Sides({OURS: ours, THEIRS: theirs}, version, ".".join(map(str, facts["python"])), notes)


def _write_ours(folder: Path, facts: Dict[str, Any]) -> List[str]:
    if carried.digests() is not None:
        carried.unpack(folder)
    else:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(str(OWN_PARENT / PACKAGE), str(folder / PACKAGE), ignore=ignored)
    bridge.write_folder(folder)
    return [note for name in _ADDED for note in _add(folder, name, facts["found"][name])]


def _metadata_of(name: str, site: Path) -> List[Path]:
    return [found.folder for found in distributions_on([str(site)]) if found.name == name]


def _add(folder: Path, name: str, found: Any) -> List[str]:
    """Link a package that the interpreter of the application lacks from this one."""
    if found is not None:
        return []
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        missing = "the core does not run" if name == "wasmtime" else "parameters by file do not work"
        return [f"{name} is not installed, here or there: {missing}"]
    source = Path(spec.origin).parent
    # The package reads the version from the metadata.
    for place in (source, *_metadata_of(name, source.parent)):
        try:
            (folder / place.name).symlink_to(place, target_is_directory=True)
        except OSError:
            shutil.copytree(str(place), str(folder / place.name))
    return [f"{name} is taken from {source}: the environment of the application has none"]
