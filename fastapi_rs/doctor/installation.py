"""Findings about distributions and files. The order is that of the report."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator, List

from fastapi_rs._release import API_LEVEL, BRIDGE_VERSION, DISTRIBUTION, INSTALL, PACKAGE, REAL, REINSTALL, VERSION
from fastapi_rs.doctor.finding import ADOPT, NOTE, WRONG, Finding
from fastapi_rs.installed.environment import Environment, same_place
from fastapi_rs.installed.requirements import OPTIONAL, unmet
from fastapi_rs.installed.scripts import command_problem

_SHOWN = 3


def findings(environment: Environment) -> Iterator[Finding]:
    yield own_distribution(environment)
    yield from named_distributions(environment)
    yield from files(environment)
    yield from import_place(environment)
    yield from requirements(environment)
    yield from dependents(environment)
    yield from command(environment)
    yield from unfinished(environment)


def own_distribution(environment: Environment) -> Finding:
    ours = environment.ours
    if ours is None:
        if environment.is_source:
            return Finding(
                DISTRIBUTION, f"{VERSION} (API level {API_LEVEL}), a source tree in {environment.site}", NOTE
            )
        return Finding(DISTRIBUTION, "not installed in this environment", WRONG, INSTALL)
    kind = "used from a source tree, " if environment.is_source else ""
    text = f"{ours.version} (API level {API_LEVEL}), {kind}installed by {ours.installer} in {ours.site}"
    if not ours.has_record:
        return Finding(DISTRIBUTION, f"{text}, without its RECORD", WRONG, REINSTALL)
    if ours.version != VERSION:
        return Finding(DISTRIBUTION, f"{text}, but the modules of fastapi_rs are of {VERSION}", WRONG, REINSTALL)
    return Finding(DISTRIBUTION, text)


def named_distributions(environment: Environment) -> Iterator[Finding]:
    """Yield findings about distributions that are called `fastapi`."""
    for found in environment.named:
        if found.is_bridge:
            yield _bridge(environment, found.version)
        else:
            yield _real(environment, found.version, found.site)
    if not environment.named:
        text = "no distribution of this name: pip does not know that its interface is here"
        yield Finding("distribution fastapi", text, NOTE, f"for packages that require fastapi, {ADOPT}")


def _bridge(environment: Environment, version: str) -> Finding:
    title = "distribution fastapi"
    if environment.ours is None:
        remedy = f"{INSTALL}, or pip uninstall fastapi"
        return Finding(title, f"{version}, metadata that require fastapi-rs, which is not installed", WRONG, remedy)
    if version != BRIDGE_VERSION:
        return Finding(title, f"{version}, metadata of another release than {BRIDGE_VERSION}", WRONG, ADOPT)
    if environment.real is not None:
        return Finding(title, f"{version}, metadata of ours beside a second distribution of that name", WRONG, ADOPT)
    return Finding(title, f"{version}, metadata of ours that satisfy packages that require fastapi")


def _real(environment: Environment, version: str, site: Path) -> Finding:
    title = "distribution fastapi"
    if environment.ours is None and not environment.is_source:
        return Finding(title, f"{version}, the real package, in {site}", NOTE)
    if not environment.is_source and not same_place(site, environment.site):
        remedy = f"uninstall it there, or install fastapi-rs there (it is in {environment.site})"
        return Finding(title, f"{version}, the real package, in another folder: {site}", WRONG, remedy)
    text = f"{version}, the real package, owns the same files as fastapi-rs: removing either one breaks the other"
    return Finding(title, text, WRONG, f"{ADOPT}, or fastapi-rs leave")


def files(environment: Environment) -> Iterator[Finding]:
    found = environment.files
    title = f"files of {PACKAGE}/"
    if environment.is_source and not environment.own_digests():
        yield Finding(title, f"those of the source tree {environment.site}, not compared", NOTE)
        return
    text = found.summary()
    if environment.ours is None:
        yield _without_us(title, environment)
    elif found.state == "ours":
        yield Finding(title, f"all {len(found.own)} are ours" + _extra(environment))
    elif found.state in ("absent", "empty"):
        yield Finding(
            title, f"none of our {len(found.missing)} files is in {found.folder}", WRONG, _restore(environment)
        )
    else:
        yield Finding(title, text, WRONG, _restore(environment))
        yield from _groups(environment)


def _without_us(title: str, environment: Environment) -> Finding:
    found = environment.files
    if found.real_is_whole:
        return Finding(title, f"{found.summary()}; the real package is whole", NOTE)
    if environment.real is not None:
        remedy = f"run: pip install --force-reinstall --no-deps fastapi=={environment.real.version}"
        return Finding(title, f"the real package is not whole: {found.summary()}", WRONG, remedy)
    if found.exists:
        text = f"{found.folder} was left behind and belongs to no distribution"
        return Finding(title, text, WRONG, "remove that folder, then install fastapi-rs or fastapi")
    return Finding(title, "no such folder", NOTE)


def _extra(environment: Environment) -> str:
    found = environment.files
    if found.left_over:
        return f"; {len(found.left_over)} more belong to the distribution fastapi"
    return f"; {_shown(found.unknown)} belong to neither distribution" if found.unknown else ""


def _groups(environment: Environment) -> Iterator[Finding]:
    """Yield one line for each kind of file that is not as our distribution says."""
    found = environment.files
    remedy = _restore(environment)
    for title, paths in (
        ("overwritten by the real package", found.overwritten),
        ("damaged modules", found.changed),
        ("missing modules", found.missing),
    ):
        if paths:
            yield Finding(title, _shown(paths), WRONG, remedy)


def _restore(environment: Environment) -> str:
    return ADOPT if environment.carried is not None else REINSTALL


def _shown(paths: List[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more


def import_place(environment: Environment) -> Iterator[Finding]:
    """Yield the file that `import fastapi` runs, and a folder that hides it from programs started here."""
    file = environment.found_file
    if environment.imports_expected_folder:
        yield Finding("import fastapi", str(file))
    elif file is not None:
        remedy = f"remove it from the search path, or install fastapi-rs there (expected: {environment.site})"
        yield Finding("import fastapi", f"finds {file}", WRONG, remedy)
    elif environment.found is not None:
        text = "finds a folder without __init__.py, an empty namespace package"
        remedy = _restore(environment) if environment.ours is not None else "remove the folder"
        yield Finding("import fastapi", text, WRONG, remedy)
    else:
        remedy = _restore(environment) if environment.ours is not None else INSTALL
        yield Finding("import fastapi", "finds nothing", WRONG, remedy)
    hiding = next((path for path in (Path("fastapi"), Path("fastapi.py")) if path.exists()), None)
    if hiding is not None and not same_place(Path.cwd(), environment.site):
        text = f"{hiding.resolve()} comes first for programs that are started in this folder"
        yield Finding("working folder", text, NOTE, "rename it, or start them elsewhere")


def requirements(environment: Environment) -> Iterator[Finding]:
    """Yield the packages that ours requires and that are missing or too old."""
    if environment.ours is None:
        return
    for name, bound, version in unmet(environment.ours, environment.distributions):
        text = f"{version}, older than {bound}" if version else "not installed"
        if name in OPTIONAL:
            yield Finding(name, f"{text}: the core does not run", NOTE, f"run: pip install {name}")
        else:
            yield Finding(name, f"{text}, and fastapi-rs requires it", WRONG, f'run: pip install "{name}>={bound}"')


def dependents(environment: Environment) -> Iterator[Finding]:
    names = environment.requiring()
    if names and not environment.named:
        remedy = f"to keep pip from installing the real one, {ADOPT}"
        yield Finding(f"packages that require {REAL}", ", ".join(names), NOTE, remedy)
    elif names:
        yield Finding(f"packages that require {REAL}", ", ".join(names))


def command(environment: Environment) -> Iterator[Finding]:
    if environment.ours is None or environment.is_source:
        return
    problem = command_problem(environment.ours)
    if problem is not None:
        yield Finding("command fastapi", problem, WRONG, ADOPT)


def unfinished(environment: Environment) -> Iterator[Finding]:
    if environment.stage.exists():
        text = f"adopt or leave was interrupted: {environment.stage}"
        yield Finding("unfinished move", text, WRONG, "run the same command again")
