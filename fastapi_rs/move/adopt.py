"""`fastapi-rs adopt`: our files in the folder `fastapi`, and metadata of that name which require us."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from typing import List, Optional

from fastapi_rs._release import BRIDGE_VERSION, DISTRIBUTION, INSTALL, PACKAGE, REAL, REINSTALL
from fastapi_rs.errors import CommandError
from fastapi_rs.installed.distributions import Distribution
from fastapi_rs.installed.environment import Environment, same_place
from fastapi_rs.installed.ownership import Ownership
from fastapi_rs.installed.scripts import command_problem, restore_command
from fastapi_rs.move import bridge, files, kept
from fastapi_rs.move.stage import Stage
from fastapi_rs.move.step import Step

# Installers that keep a list of files of their own.
_OTHER_MANAGERS = ("conda", "debian", "rpm")


def steps(environment: Environment) -> List[Step]:
    """Return the changes that this environment needs; an empty list when it is whole."""
    require_installed(environment)
    require_removable(environment)
    # The real package is kept inside of the metadata before anything of it is removed.
    found = [_write_metadata(environment), _restore_files(environment), _remove_real(environment)]
    return [step for step in (*found, _restore_command(environment), _clean(environment)) if step is not None]


def require_installed(environment: Environment) -> None:
    if environment.ours is None:
        message = f"{DISTRIBUTION} is not installed in {environment.home}"
        raise CommandError(message, f"{INSTALL}, and this command again")
    if not environment.ours.has_record:
        message = f"the RECORD of {DISTRIBUTION} is missing"
        raise CommandError(message, REINSTALL)
    require_managed_by_us()


def require_managed_by_us() -> None:
    """Refuse an interpreter whose packages belong to the operating system (PEP 668)."""
    marker = Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED"
    if sys.prefix == sys.base_prefix and marker.exists():
        message = "the packages of this Python belong to the operating system"
        raise CommandError(message, "use a virtual environment: python3 -m venv .venv")


def require_removable(environment: Environment) -> None:
    """Refuse a real package that another tool has to remove."""
    for found in environment.named:
        if not same_place(found.site, environment.home):
            message = f"the distribution {REAL} {found.version} is in another folder: {found.site}"
            raise CommandError(message, f"uninstall it there, or install {DISTRIBUTION} there")
        if not found.has_record or found.installer in _OTHER_MANAGERS:
            message = f"{REAL} {found.version} was installed by {found.installer}, which keeps a list of its own"
            raise CommandError(message, "remove it with that tool, and run this command again")


def _write_metadata(environment: Environment) -> Optional[Step]:
    has_it = environment.bridge is not None and environment.bridge.version == BRIDGE_VERSION
    keeps = environment.real if _is_whole(environment) else None
    if has_it and (keeps is None or kept.wheel_in(environment.bridge) is not None):
        return None
    earlier = kept.wheel_in(environment.bridge)
    text = f"install the metadata {REAL} {BRIDGE_VERSION}, which require {DISTRIBUTION}"
    if keeps is not None:
        text += f", and keep {REAL} {keeps.version} in them as a wheel, for the way back"

    def run(stage: Stage) -> None:
        folder = bridge.write_folder(stage.new_folder("metadata"))
        if keeps is not None or earlier is not None:
            bridge.keep_wheel(folder, keeps, earlier)
        for other in environment.named:
            if other.is_bridge:
                stage.discard(other.folder)
        stage.put(folder, environment.home / folder.name)

    return Step(text, run)


def _is_whole(environment: Environment) -> bool:
    """Whether the real package can be kept: each of its files is still its own."""
    real = environment.real
    return real is not None and Ownership(real.site, {}, real.digests(PACKAGE)).real_is_whole


def _restore_files(environment: Environment) -> Optional[Step]:
    found = environment.files
    if environment.is_source or (found.state == "ours" and not found.left_over):
        return None
    if environment.carried is None:
        message = f"the files of {PACKAGE}/ are not whole, and this installation carries no copy of them"
        raise CommandError(message, REINSTALL)
    compiled = files.lists_compiled(environment.ours)

    def run(stage: Stage) -> None:
        files.restore_ours(stage, environment.site, found.unknown, compiled)

    count = len(environment.carried)
    return Step(f"restore our {count} files in {found.folder} (now: {found.summary()})", run)


def _remove_real(environment: Environment) -> Optional[Step]:
    real = environment.real
    if real is None:
        return None

    def run(stage: Stage) -> None:
        if environment.is_source:
            stage.discard(real.site / PACKAGE)
        stage.discard(real.folder)

    return Step(f"remove the distribution {REAL} {real.version}", run)


def _restore_command(environment: Environment) -> Optional[Step]:
    ours: Optional[Distribution] = environment.ours
    if ours is None or environment.is_source or command_problem(ours) is None:
        return None
    return Step(f"restore the command {PACKAGE}", lambda stage: restore_command(ours))


def _clean(environment: Environment) -> Optional[Step]:
    if not environment.stage.exists():
        return None
    # Entering the stage removes an old one.
    return Step("remove files of an interrupted move", lambda stage: None)
