"""The commands `explain`, `export-plan`, `schema` and `run`: they import `fastapi`, being about an application."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any, List

from fastapi_rs._requirement import RequirementError, require
from fastapi_rs.errors import CommandError

EXPLAIN_TEXT = """\
Print, for each path operation of an application, whether the core does all that comes before the endpoint (planned),
selects the route and reads the parameters (guided), or leaves it to Python (exact), and why.

  fastapi-rs explain main:app"""
EXPORT_TEXT = """\
Print the plan of an application as JSON: its routes as the core reads them, and its answers to requests that no
operation answers. The package for JavaScript takes it (docs/serving.md). Export it again after every change of the
application or of fastapi-rs.

  fastapi-rs export-plan main:app > plan.json"""
SCHEMA_TEXT = "parameters declared in a file: check, show, export, format"
RUN_TEXT = """\
Serve an application with uvicorn, and refuse to start on any other package called fastapi. All options of uvicorn
follow the application: fastapi-rs run main:app --port 8080 --workers 4

--http fastapi-rs serves simple requests without a parser in Python (docs/protocol.md)."""
# The name of the protocol for the option `--http`, and the place where uvicorn finds it.
PROTOCOL, PROTOCOL_PLACE = "fastapi-rs", "fastapi_rs.uvicorn:Protocol"


def add_commands(commands: Any) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    explain = commands.add_parser(
        "explain", help="what the core does for each path operation", description=EXPLAIN_TEXT, formatter_class=raw
    )
    explain.add_argument("application", help="where it is, as module:name, for example main:app")
    explain.set_defaults(run=run_explain)
    export = commands.add_parser(
        "export-plan", help="the plan of an application as JSON", description=EXPORT_TEXT, formatter_class=raw
    )
    export.add_argument("application", help="where it is, as module:name, for example main:app")
    export.set_defaults(run=run_export)
    # The options of these two belong to other parsers: see `split`.
    commands.add_parser("schema", help=SCHEMA_TEXT, add_help=False).set_defaults(run=run_schema)
    commands.add_parser("run", help="serve an application with uvicorn", add_help=False).set_defaults(run=run_server)


def _require() -> None:
    try:
        require()
    except RequirementError as error:
        raise CommandError(str(error)) from error


def run_explain(options: argparse.Namespace) -> int:
    return _in_package(["explain", options.application])


def run_export(options: argparse.Namespace) -> int:
    return _in_package(["export-plan", options.application])


def run_schema(options: argparse.Namespace) -> int:
    return _in_package(["schema", *options.rest])


def _in_package(arguments: List[str]) -> int:
    _require()
    from fastapi import _doctor

    return _doctor.main(arguments)


def run_server(options: argparse.Namespace) -> int:
    rest: List[str] = options.rest
    if not rest or rest[0] in ("-h", "--help"):
        sys.stdout.write(f"usage: fastapi-rs run APPLICATION [options of uvicorn]\n\n{RUN_TEXT}\n")
        return 0 if rest else 2
    _require()
    try:
        import uvicorn
    except ImportError:
        raise CommandError("uvicorn is not installed", "run: pip install 'uvicorn[standard]'") from None
    rest = name_protocol(rest, uvicorn.main)
    # As the command of uvicorn does, which the workers inherit.
    sys.path.insert(0, os.getcwd())
    uvicorn.main(rest, prog_name="fastapi-rs run")
    return 0


def name_protocol(arguments: List[str], command: Any) -> List[str]:
    """Replace the name `fastapi-rs` of the option `--http` with the place of the protocol."""
    changed = list(arguments)
    for i, argument in enumerate(arguments):
        if argument == f"--http={PROTOCOL}":
            changed[i] = f"--http={PROTOCOL_PLACE}"
        elif argument == PROTOCOL and arguments[i - 1] == "--http":
            changed[i] = PROTOCOL_PLACE
    if changed != arguments and not takes_places(command):
        remedy = "run: pip install --upgrade uvicorn; or pass http=fastapi_rs.uvicorn.Protocol to uvicorn.run"
        raise CommandError("this release of uvicorn takes no other protocol on its command line", remedy)
    return changed


def takes_places(command: Any) -> bool:
    """Whether the option `--http` of a command takes any name, and not only those of a list."""
    return not any(hasattr(option.type, "choices") for option in command.params if option.name == "http")
