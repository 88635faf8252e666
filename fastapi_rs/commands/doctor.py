"""`fastapi-rs doctor`."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from fastapi_rs.doctor import report
from fastapi_rs.errors import CommandError
from fastapi_rs.installed.environment import OWN_PARENT, Environment, variables_elsewhere

HELP = "who owns each file of fastapi, the rung in use and why, and a remedy for each thing that is wrong"
TEXT = """\
Examine an environment. Each finding is one line; "!!" marks an error, "-" a note; the line ends with the
remedy.
The package itself is imported in a child process, so that the report comes also when it is damaged.

exit status: 0 nothing is wrong, 1 something is wrong, 2 the command line is"""


def add_commands(commands: Any) -> None:
    command = commands.add_parser(
        "doctor", help=HELP, description=TEXT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command.add_argument("--json", action="store_true", help="the report as one JSON document")
    command.add_argument("--python", type=Path, metavar="PATH", help="examine the environment of another interpreter")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if options.python is not None:
        return run_elsewhere(options.python, ["doctor", *(["--json"] if options.json else [])])
    findings = report.examine(Environment())
    text = report.as_json(findings) if options.json else "\n".join(report.as_lines(findings))
    sys.stdout.write(text + "\n")
    return report.status_of(findings)


def run_elsewhere(python: Path, arguments: list[str]) -> int:
    """Run a command with another interpreter, which sees this package and nothing else of this environment."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(str(OWN_PARENT / "fastapi_rs"), str(Path(folder) / "fastapi_rs"), ignore=_compiled)
        try:
            done = subprocess.run([str(python), "-c", _PROGRAM, folder, *arguments], env=variables_elsewhere())
        except OSError as error:
            raise CommandError(
                f"{python} cannot be run ({error.strerror})", "name an interpreter: --python PATH"
            ) from error
    return done.returncode


# Only the package itself is found in the folder; all else, and `fastapi`, on the path of that interpreter.
_PROGRAM = """
import sys
sys.path[0] = sys.argv.pop(1)
from fastapi_rs.cli import main
del sys.path[0]
sys.exit(main())
"""
_compiled = shutil.ignore_patterns("__pycache__")
