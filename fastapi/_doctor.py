"""The part of `fastapi-rs doctor` that runs in the examined process, and the commands `explain` and `export-plan`.

`findings` has the installed versions, the rung in use and the state of each stand-in. `explain` prints the plan of
each path operation of an application, `export-plan` prints it as JSON. `fastapi-rs schema` is in `_schema_commands`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
from typing import Any, Iterator, List, Optional, Tuple

import fastapi
from fastapi import _metadata, _rust
from fastapi._stand_ins import accelerators
from fastapi._stand_ins.accelerators import installed_version


def main(arguments: Optional[List[str]] = None) -> int:
    """Run one command and return its exit status: 0 for success."""
    from fastapi._schema_commands import add_commands, run

    parser = argparse.ArgumentParser(prog="fastapi-rs", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    explain = commands.add_parser("explain", help="the plan of each path operation of an application")
    explain.add_argument("application", help="where it is, as module:name")
    export = commands.add_parser("export-plan", help="the plan of an application as JSON")
    export.add_argument("application", help="where it is, as module:name")
    add_commands(commands)
    options = parser.parse_args(arguments)
    if options.command == "schema":
        return run(options, load_application)
    if options.command == "export-plan":
        return print_plan(options.application)
    return explain_application(options.application) or explain_stand_ins()


def findings() -> Iterator[Tuple[str, str, bool]]:
    """Yield the title of each finding, its text, and whether it is as it should be."""
    yield "fastapi-rs", f"{fastapi.__rs_version__} (API level {fastapi.__version__})", True
    yield "package", str(fastapi.__file__), True
    yield "python", f"{platform.python_implementation()} {platform.python_version()}, {platform.platform()}", True
    for name in ("starlette", "pydantic", "anyio", "python-multipart", "wasmtime"):
        version = installed_version(name)
        yield name, version or "not installed", bool(version) or name in ("python-multipart", "wasmtime")
    yield "rung", f"{_rust.mode()} ({_rust.why()})", True
    try:
        yield "core", str(_rust.check_compatibility()), True
    except _rust.RustExtensionError as error:
        yield "core", str(error), False
    for name, state, good in accelerators.list_states():
        yield f"stand-in {name}", state, good
    rival = installed_version("fastapi") if _metadata.is_installed() else None
    if rival is not None and "+rs" not in rival:
        remedy = "pip uninstall fastapi, then pip install --force-reinstall fastapi-rs"
        yield "conflict", f"the distribution fastapi {rival} owns the same files: {remedy}", False


def explain_application(place: str) -> int:
    """Print the plan of the application at `module:name`."""
    from fastapi._routing.planning.explain import explain

    for line in explain(load_application(place)):
        print(line)  # noqa: T201, this is a command's output
    return 0


def print_plan(place: str) -> int:
    """Print the plan of the application at `module:name` as JSON."""
    from fastapi._plan_export import export_plan

    try:
        document = export_plan(load_application(place))
    except _rust.RustExtensionError as error:
        raise SystemExit(f"{place!r} has no plan: {error}") from error
    print(json.dumps(document, indent=1))  # noqa: T201, this is a command's output
    return 0


def explain_stand_ins() -> int:
    """Print the state of each stand-in for a part of another package."""
    print("stand-ins:")  # noqa: T201, this is a command's output
    for name, state, _ in accelerators.list_states():
        print(f"    {name}: {state}")  # noqa: T201, this is a command's output
    return 0


def load_application(place: str) -> fastapi.FastAPI:
    """Import `module:name`; the working folder is searched first, as uvicorn does."""
    module_name, separator, name = place.partition(":")
    if not separator or not name:
        raise SystemExit(f"{place!r} does not name an application: write it as module:name, for example main:app")
    sys.path.insert(0, "")
    try:
        found: Any = importlib.import_module(module_name)
        for part in name.split("."):
            found = getattr(found, part)
    except ImportError as error:
        remedy = f"run this in the folder of {module_name!r}, and in the environment of the application"
        raise SystemExit(f"{place!r} could not be loaded: {error}; {remedy}") from error
    except AttributeError as error:
        remedy = "write it as module:name, for example main:app"
        raise SystemExit(f"{place!r} could not be loaded: {error}; {remedy}") from error
    if not isinstance(found, fastapi.FastAPI):
        raise SystemExit(f"{place!r} is a {type(found).__name__}, not a FastAPI application")
    return found
