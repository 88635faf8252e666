"""`fastapi-rs trial` and `fastapi-rs bench`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Tuple

from fastapi_rs.errors import CommandError
from fastapi_rs.trial import comparison, generated, recorded
from fastapi_rs.trial.page import page
from fastapi_rs.trial.report import Result, as_json, as_lines
from fastapi_rs.trial.request import Request
from fastapi_rs.trial.run import Progress, Runner
from fastapi_rs.trial.sides import OURS, THEIRS, Sides, prepare

TRIAL_TEXT = """\
Does anything change for an application, and how much faster does it get? Nothing is installed over anything: both
packages come first on the path of child processes, each from a folder of its own. The same requests go to both, twice
each; answers, headers, exceptions and log records are compared.

  fastapi-rs trial main:app
  fastapi-rs trial main:app --python .venv/bin/python --header 'Authorization: Bearer abc' --html trial.html

The requests change data as any request does: use a test database, and --before to reset it.

exit status: 0 no difference, 1 a difference or an error, 2 the command line is wrong"""
BENCH_TEXT = """\
The times of trial, without the comparison.

  fastapi-rs bench main:app"""


# So often both sides run again while a difference is left: answers may depend on addresses and hashes, by chance.
_CONFIRMED = 4


def add_commands(commands: Any) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    for name, text, description in (
        ("trial", "does anything change for an application, and how much faster does it get?", TRIAL_TEXT),
        ("bench", "how much faster does an application get?", BENCH_TEXT),
    ):
        command = commands.add_parser(name, help=text, description=description, formatter_class=raw)
        _add_options(command)
        command.set_defaults(run=run, compared=name == "trial")


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("application", help="where it is, as module:name, seen from the working folder")
    command.add_argument("--python", default=sys.executable, metavar="PATH", help="the interpreter of the application")
    source = command.add_mutually_exclusive_group()
    source.add_argument("--har", type=Path, metavar="FILE", help="requests of a HAR file, saved by a browser")
    source.add_argument("--log", type=Path, metavar="FILE", help="requests of an access log")
    command.add_argument("--requests", type=_count, default=20, metavar="N", help="drawn for each operation (20)")
    command.add_argument("--rounds", type=_count, default=30, metavar="N", help="repetitions of safe requests (30)")
    command.add_argument("--seed", default="trial", help="another seed draws other requests")
    command.add_argument(
        "--header", action="append", default=[], metavar="'NAME: VALUE'", help="sent with each request"
    )
    command.add_argument("--before", metavar="COMMAND", help="run before each of the runs, to reset data")
    command.add_argument("--json", action="store_true", help="the result as one JSON document")
    command.add_argument("--html", type=Path, metavar="FILE", help="write a page with the result")


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def run(options: argparse.Namespace) -> int:
    module, separator, name = options.application.partition(":")
    if not (module and separator and name):
        message = f"{options.application!r} does not name an application"
        raise CommandError(message, "write it as module:name, for example main:app")
    with tempfile.TemporaryDirectory(prefix="fastapi-rs-trial-") as folder:
        python = _interpreter(options.python)
        sides = prepare(python, Path(folder))
        result = _result(options, Runner(python, options.application, Path(folder), sides, options.before), sides)
    sys.stdout.write((as_json(result) if options.json else "\n".join(as_lines(result))) + "\n")
    if options.html is not None:
        _write(options.html, page(result))
    return 1 if result.compared and result.differences else 0


def _interpreter(name: str) -> str:
    """Return an absolute path; links stay, for an environment is known by the link that starts its interpreter."""
    return os.path.abspath(name) if os.sep in name else shutil.which(name) or name


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror})", "name another file: --html FILE") from error


def _result(options: argparse.Namespace, runner: Runner, sides: Sides) -> Result:
    theirs, ours = runner.describe(THEIRS), runner.describe(OURS)
    requests, source = _requests(options, theirs["document"])
    notes = [*sides.notes, f"the rung of fastapi-rs is {ours['rung']}"]
    if options.compared and theirs["document"] != ours["document"] and sides.version == "0.165.0":
        notes.append("the OpenAPI documents differ: compare the operation GET /openapi.json")
    answers: Dict[str, List[List[comparison.Answer]]] = {THEIRS: [], OURS: []}
    ways = comparison.ways_of(ours["ways"])
    order = (THEIRS, OURS, OURS, THEIRS)
    with Progress(len(requests), len(order)) as progress:
        for side in order:
            answers[side].append(runner.send(side, requests, options.rounds, progress))
            progress.next_run()
        rows = comparison.rows(requests, answers[THEIRS], answers[OURS], ways)
        for _ in range(_CONFIRMED if options.compared else 0):
            if not any(row.differences for row in rows):
                break
            for side in (THEIRS, OURS):
                answers[side].append(runner.send(side, requests, 0, progress))
            rows = comparison.rows(requests, answers[THEIRS], answers[OURS], ways)
    return Result(options.application, rows, notes, sides.version, sides.python, options.compared, source)


def _requests(options: argparse.Namespace, document: Dict[str, Any]) -> Tuple[List[Request], str]:
    headers = tuple(_header(text) for text in options.header)
    if options.har is not None:
        found, source = recorded.from_har(options.har), str(options.har)
    elif options.log is not None:
        found, source = recorded.from_log(options.log), str(options.log)
    else:
        found = list(generated.requests_of(document, options.requests, options.seed, headers))
        return found, f"the OpenAPI document, seed {options.seed}"
    return [Request(each.method, each.target, (*each.headers, *headers), each.body) for each in found], source


def _header(text: str) -> Tuple[str, str]:
    name, separator, value = text.partition(":")
    if not separator or not name.strip():
        raise CommandError(f"{text!r} is not a header", "write it as 'Name: value'")
    return name.strip().lower(), value.strip()
