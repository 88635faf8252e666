"""`fastapi-rs adopt` and `fastapi-rs leave`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, List

from fastapi_rs.errors import CommandError
from fastapi_rs.installed.environment import Environment
from fastapi_rs.move import adopt, leave
from fastapi_rs.move.stage import Stage
from fastapi_rs.move.step import Step, perform

ADOPT_HELP = "put this package into the place of the real one, for all packages that require fastapi"
ADOPT_TEXT = """\
Make an environment whole in which packages require fastapi: remove the real distribution (it is kept as a wheel for
the way back), restore our files, and install metadata called fastapi that require fastapi-rs. Needs no network.
It shows its steps and asks. When it was interrupted, run it again."""
LEAVE_HELP = "go back to the real package of the same API level"
LEAVE_TEXT = """\
Go back to the real package of the same API level, and remove fastapi-rs. The real package comes from the wheel that
adopt kept (no network needed), from --wheel, or from the package index. It shows its steps and asks. When it was
interrupted, run it again."""


def add_commands(commands: Any) -> None:
    for name, text, description in (("adopt", ADOPT_HELP, ADOPT_TEXT), ("leave", LEAVE_HELP, LEAVE_TEXT)):
        command = commands.add_parser(name, help=text, description=description, formatter_class=_Formatter)
        command.add_argument("--yes", "-y", action="store_true", help="do not ask")
        command.add_argument("--dry-run", action="store_true", help="show the steps and change nothing")
        if name == "leave":
            command.add_argument("--wheel", type=Path, metavar="PATH", help="the wheel of the real package")
        command.set_defaults(run=run_adopt if name == "adopt" else run_leave)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of a description."""


def run_adopt(options: argparse.Namespace) -> int:
    environment = Environment()
    steps = adopt.steps(environment)
    if not steps:
        say("Nothing to do: this environment is whole.")
        return 0
    if not _agreed(steps, options, environment):
        return 0
    _perform(steps, environment)
    return _report(Environment())


def _report(environment: Environment) -> int:
    rest = adopt.steps(environment)
    if rest or not environment.imports_expected_folder:
        raise CommandError("the environment is not whole yet", "run: fastapi-rs doctor")
    say("Done. Every import of fastapi finds fastapi-rs, and pip knows it.")
    say("Check: fastapi-rs doctor. The way back: fastapi-rs leave")
    return 0


def run_leave(options: argparse.Namespace) -> int:
    environment = Environment()
    steps = leave.steps(environment, options.wheel)
    names = leave.required_names(environment)
    if not _agreed(steps, options, environment):
        return 0
    _perform(steps, environment)
    say("Done. Every import of fastapi finds the real package; fastapi-rs is removed.")
    unused = leave.no_longer_required(names, Environment())
    if unused:
        say(f"No other package requires these any more: {' '.join(unused)}")
    return 0


def _perform(steps: List[Step], environment: Environment) -> None:
    with Stage(environment.home) as stage:
        perform(steps, stage)


def _agreed(steps: List[Step], options: argparse.Namespace, environment: Environment) -> bool:
    say(f"In {environment.home}:")
    for number, step in enumerate(steps, 1):
        say(f"  {number}. {step.text}")
    if options.dry_run:
        return False
    if options.yes:
        return True
    if not sys.stdin.isatty():
        raise CommandError("there is no terminal to ask", "add --yes to go on, or --dry-run to see the steps alone")
    if input("Go on? [y/N] ").strip().lower() in ("y", "yes"):
        return True
    say("Nothing was changed.")
    return False


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
