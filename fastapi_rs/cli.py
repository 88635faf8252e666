"""The command `fastapi-rs`."""

from __future__ import annotations

import argparse
import sys
from typing import List, Optional, Tuple

from fastapi_rs._release import API_LEVEL, VERSION
from fastapi_rs.errors import CommandError

DESCRIPTION = """\
An independent, API-compatible implementation of the import package fastapi.

  fastapi-rs trial main:app       does anything change for an application, and how much faster does it get?
  fastapi-rs doctor               is this environment whole, and what runs?
  fastapi-rs adopt                satisfy packages that require fastapi
  fastapi-rs leave                go back to the real package"""

# Commands whose arguments another parser reads.
_PASSED_ON = ("schema", "run")


def main(arguments: Optional[List[str]] = None) -> int:
    """Run one command and return its exit status: 0 success, 1 something is wrong, 2 a wrong command line."""
    given, rest = split(sys.argv[1:] if arguments is None else arguments)
    options = make_parser().parse_args(given)
    options.rest = rest
    try:
        return int(options.run(options))
    except CommandError as error:
        sys.stderr.write(f"fastapi-rs: {error}\n")
    except KeyboardInterrupt:
        sys.stderr.write("fastapi-rs: interrupted; run the same command again\n")
    except BrokenPipeError:
        # As with `| head`.
        sys.stderr.close()
    return 1


def split(arguments: List[str]) -> Tuple[List[str], List[str]]:
    """Cut the arguments behind a command that reads its own."""
    if arguments and arguments[0] in _PASSED_ON:
        return arguments[:1], arguments[1:]
    return arguments, []


def make_parser() -> argparse.ArgumentParser:
    from fastapi_rs.commands import application, doctor, move, trial

    parser = argparse.ArgumentParser(
        prog="fastapi-rs", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"fastapi-rs {VERSION} (API level {API_LEVEL})")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.required = True
    for module in (doctor, trial, move, application):
        module.add_commands(commands)
    return parser
