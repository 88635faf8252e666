"""`fastapi-rs leave`: the real package of the same API level, and no trace of fastapi-rs."""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional, Set

from fastapi_rs._release import API_LEVEL, DISTRIBUTION, PACKAGE, REAL
from fastapi_rs.errors import CommandError
from fastapi_rs.installed.distributions import Distribution, requirement_name
from fastapi_rs.installed.environment import Environment
from fastapi_rs.installed.record import Entry, parse
from fastapi_rs.installed.scripts import command_problem, restore_command, script_of
from fastapi_rs.move import files, kept
from fastapi_rs.move.adopt import require_installed, require_removable
from fastapi_rs.move.stage import Stage
from fastapi_rs.move.step import Step


def steps(environment: Environment, wheel: Optional[Path] = None) -> List[Step]:
    """Return the changes that lead back to the real package."""
    require_installed(environment)
    require_removable(environment)
    found = [_place_real(environment, source_of(environment, wheel))] if not _is_back(environment) else []
    return [*found, *_remove_metadata(environment), _remove_ours(environment)]


def _is_back(environment: Environment) -> bool:
    """Whether the real package is whole, and none of our files is beside its files."""
    found = environment.files
    return found.real_is_whole and not found.own_alone and not environment.is_source


def source_of(environment: Environment, wheel: Optional[Path]) -> kept.Source:
    """Return where the real package comes from: a given wheel, the one that is installed or was kept, or the index."""
    if wheel is not None:
        if not wheel.is_file():
            raise CommandError(f"{wheel} does not exist", "give the path of a wheel of fastapi")
        if not wheel.name.startswith(f"{REAL}-") or wheel.suffix != ".whl" or "+rs." in wheel.name:
            raise CommandError(
                f"{wheel.name} is not a wheel of fastapi", f"it is called {REAL}-{API_LEVEL}-py3-none-any.whl"
            )
        return kept.Source(kept.version_of(wheel), wheel)
    if environment.real is not None and environment.files.real_is_whole:
        return kept.Source(environment.real.version, installed=environment.real)
    version = environment.real.version if environment.real is not None else API_LEVEL
    earlier = kept.wheel_in(environment.bridge)
    if earlier is not None and kept.version_of(earlier) == version:
        return kept.Source(version, earlier)
    return kept.Source(version)


def _place_real(environment: Environment, source: kept.Source) -> Step:
    ours = environment.ours
    assert ours is not None
    compiled = files.lists_compiled(ours)
    home = environment.home
    unknown = [] if environment.is_source else environment.files.unknown

    def run(stage: Stage) -> None:
        folder = stage.new_folder("real")
        source.write(folder)
        if command_problem(ours) is not None:
            restore_command(ours)
        script = script_of(ours, PACKAGE)
        entry = _script_entry(ours) if script is not None and script.exists() else None
        if not environment.is_source:
            files.give_up_package(ours)
        files.put_package(stage, folder, home, unknown, compiled)
        metadata = kept.metadata_folder(folder, source.version)
        _complete_record(metadata, home, entry)
        for other in environment.named:
            if not other.is_bridge:
                stage.discard(other.folder)
        stage.put(metadata, home / metadata.name)

    return Step(f"put {REAL} {source.version} into {home / PACKAGE}, from {source}", run)


def _script_entry(ours: Distribution) -> Optional[Entry]:
    """Return the entry of the command, which the real package owns from now on."""
    names = (PACKAGE, f"{PACKAGE}.exe")
    return next((entry for entry in ours.entries() if entry.path.rpartition("/")[2] in names), None)


def _complete_record(metadata: Path, site: Path, script: Optional[Entry]) -> None:
    """Adapt the RECORD of a wheel to the installation: byte code, the command, the installer."""
    if not (metadata / "INSTALLER").exists():
        (metadata / "INSTALLER").write_text("pip\n", encoding="utf-8")
    own = (f"{PACKAGE}/", f"{metadata.name}/")
    entries = [
        entry
        for entry in parse((metadata / "RECORD").read_text(encoding="utf-8"))
        if entry.path.startswith(own) and not entry.path.endswith((".pyc", "/INSTALLER"))
    ]
    entries.append(Entry(f"{metadata.name}/INSTALLER", "", ""))
    entries += files.compiled_entries(site, PACKAGE)
    files.write_record(metadata, entries + ([script] if script is not None else []))


def _remove_metadata(environment: Environment) -> List[Step]:
    bridges = [found for found in environment.named if found.is_bridge]
    return [_discard(found, f"remove the metadata {REAL} {found.version}") for found in bridges]


def _discard(found: Distribution, text: str) -> Step:
    def run(stage: Stage) -> None:
        stage.discard(found.folder)

    return Step(text, run)


def _remove_ours(environment: Environment) -> Step:
    ours = environment.ours
    assert ours is not None

    def run(stage: Stage) -> None:
        # First the RECORD: from here on every uninstaller leaves the folder fastapi alone.
        if not environment.is_source:
            files.give_up_package(ours)
        script = script_of(ours, DISTRIBUTION)
        for path in [script, *_own_places(ours)]:
            if path is not None:
                stage.discard(path)
        stage.discard(ours.folder)

    return Step(f"remove {DISTRIBUTION} {ours.version}", run)


def _own_places(ours: Distribution) -> List[Path]:
    """Return our folders and files beside the package: `fastapi_rs`, or the link of an editable installation."""
    tops = {entry.path.split("/")[0] for entry in ours.entries() if not entry.path.startswith("..")}
    return [ours.site / top for top in sorted(tops - {PACKAGE, ours.folder.name, "bin", "Scripts"})]


def required_names(environment: Environment) -> Set[str]:
    """Return the packages that our distribution requires; ask before it is removed."""
    lines = environment.ours.requires if environment.ours is not None else []
    return {requirement_name(line) for line in lines if "extra ==" not in line}


def no_longer_required(own: Set[str], after: Environment) -> List[str]:
    """Return the packages of `own` that are installed and that no other distribution requires, not even by an extra."""
    installed = {found.name for found in after.distributions}
    needed = {requirement_name(line) for found in after.distributions for line in found.requires}
    return sorted(own & installed - needed)
