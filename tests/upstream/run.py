"""Run upstream's own test suite, unchanged, against this project: `python tests/upstream/run.py`.

The steps, each printed when it begins:

1. `suite.py` fetches the sdist of the real package with pip and lays out its tests WITHOUT its `fastapi/`.
2. `environment.py` makes a virtual environment with upstream's test requirements and this project in place.
3. pytest runs there with two workers; `plugin/` writes one line per finished test and refuses to
   run if the imported `fastapi` is not this project's.
4. `outcomes.py` compares the outcomes with `recorded_ids.txt` (the real package's outcomes) and with
   `deviations.toml` (tests that do not pass yet, each with a reason).

The exit status is 0 only if every recorded test has the real package's outcome, or is listed as a deviation and indeed
fails. Needs CPython 3.11 or newer, as upstream's test requirements do.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Sequence

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.upstream import deviations, environment, outcomes, suite
from tests.upstream.places import CACHE, DEVIATIONS, RECORDED, ROOT, say

PLUGIN = Path(__file__).resolve().parent / "plugin"
RUN_LIMIT = 3600  # seconds; the whole suite takes about 70 on two idle cores


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    if sys.version_info < (3, 11):
        say("upstream's suite needs CPython 3.11 or newer; call this script with one")
        return 2
    if options.update_deviations:
        return _update_deviations()
    folder = suite.lay_out()
    python = _interpreter(options, folder)
    results = CACHE / f"results-{_label(options)}.jsonl"
    only = [_relative(name) for name in options.only]
    for times in range(2 if options.record else 1):
        status = _run_pytest(python, folder, results, only, options)
        observed = outcomes.read(results)
        if options.record and times == 0:
            first_ids = set(observed.tests)
    if options.record:
        return _record(observed, first_ids)
    return _compare(observed, only, options, status)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        epilog="FASTAPI_RS_UPSTREAM_CACHE names another folder than .cache/upstream.",
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="FILE", help="test files or folders, tests/test_x.py")
    parser.add_argument("--python", default=sys.executable, help="the interpreter the environment is made with")
    parser.add_argument("--venv", type=Path, help="use this environment as it is, install nothing")
    parser.add_argument("--mode", help="FASTAPI_RS_MODE for the run: fast, public, pulley or python")
    parser.add_argument("--workers", default="2", help="processes (default 2)")
    parser.add_argument("--timeout", help="seconds per test; upstream's own setting is 20")
    parser.add_argument(
        "--update-deviations",
        action="store_true",
        help="rewrite deviations.toml from the last whole run, without running",
    )
    parser.add_argument(
        "--record",
        action="store_true",
        help="run the REAL package, twice, and write recorded_ids.txt (when upstream's version moves)",
    )
    return parser.parse_args(arguments)


def _interpreter(options: argparse.Namespace, folder: Path) -> Path:
    if options.venv is not None:
        return environment.python_of(options.venv)
    if options.record:
        return environment.with_real_package(options.python, folder)
    return environment.with_this_project(options.python, folder)


def _label(options: argparse.Namespace) -> str:
    if options.record:
        return "real"
    return (options.mode or os.environ.get("FASTAPI_RS_MODE") or "default") + ("-part" if options.only else "")


def _relative(name: str) -> str:
    """Return the path of a test file for `test_x.py`, `tests/test_x.py` or an absolute path inside the suite."""
    marker = "/tests/"
    if os.path.isabs(name) and marker in name:
        return "tests/" + name.split(marker, 1)[1]
    return name if name.startswith("tests") else "tests/" + name


def _run_pytest(python: Path, folder: Path, results: Path, only: list[str], options: argparse.Namespace) -> int:
    results.unlink(missing_ok=True)
    command = [str(python), "-m", "pytest", "-p", "fastapi_rs_reporter", "-p", "no:cacheprovider", "-p", "no:sugar"]
    # Without the flag, one file that fails to import would stop the run of all others.
    command += ["-q", "--no-header", "--tb=short", "--continue-on-collection-errors", "-n", options.workers]
    if options.timeout:
        command.append(f"--timeout={options.timeout}")
    log = results.with_suffix(".log")
    say(f"running {' '.join(only) or 'the whole suite'} with {python}, output in {_shown(log)}")
    started = time.monotonic()
    with log.open("wb") as output:
        try:
            status = subprocess.run(
                [*command, *(only or ["tests"])],
                cwd=folder,
                env=_variables(results, options),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=RUN_LIMIT,
            ).returncode
        except subprocess.TimeoutExpired:
            say(f"pytest did not end within {RUN_LIMIT} s and was stopped")
            status = 2
    say(f"pytest ended with status {status} after {time.monotonic() - started:.0f} s")
    if status not in (0, 1):
        sys.stdout.write(log.read_text(errors="replace")[-4000:])
    return status


def _variables(results: Path, options: argparse.Namespace) -> dict[str, str]:
    variables = dict(os.environ)
    paths = [str(PLUGIN)]
    if not options.record and options.venv is not None:
        paths.append(str(ROOT))
    variables["PYTHONPATH"] = os.pathsep.join(paths)
    variables["FASTAPI_RS_REPORT"] = str(results)
    variables["FASTAPI_RS_EXPECTED_ROOT"] = "" if options.record else str(ROOT)
    if options.mode:
        variables["FASTAPI_RS_MODE"] = options.mode
    return variables


def _record(observed: outcomes.Outcomes, first_ids: set) -> int:
    moved = first_ids ^ set(observed.tests)
    if moved:
        say(f"{len(moved)} test ids differ between two runs, for example {sorted(moved)[:3]}")
        return 1
    failed = observed.ids("failed")
    if failed or observed.broken_files:
        say(f"the real package fails {sorted(failed)[:5]} {sorted(observed.broken_files)[:5]}: nothing recorded")
        return 1
    outcomes.write_recorded(RECORDED, observed)
    say(f"wrote {_shown(RECORDED)}: {observed.counts_line()}")
    return 0


def _compare(observed: outcomes.Outcomes, only: list[str], options: argparse.Namespace, status: int) -> int:
    comparison = outcomes.compare(
        observed=observed,
        recorded=outcomes.read_recorded(RECORDED),
        listed=deviations.read(DEVIATIONS),
        only=only,
    )
    failures = CACHE / f"failures-{_label(options)}.txt"
    failures.write_text(comparison.failing_list())
    comparison.print_report(_shown(failures))
    # Status 0 and 1 mean "all passed" and "some tests failed", which the comparison judges; any other is an error.
    if status not in (0, 1):
        print(f"pytest itself ended with status {status}")
    print(comparison.closing_line())
    return 0 if comparison.ok and status in (0, 1) else 1


def _update_deviations() -> int:
    found = [path for path in CACHE.glob("results-*.jsonl") if not path.stem.endswith(("-part", "-real"))]
    if not found:
        say("there is no whole run to take deviations from; run without --only first")
        return 1
    newest = max(found, key=lambda path: path.stat().st_mtime)
    observed = outcomes.read(newest)
    comparison = outcomes.compare(observed=observed, recorded=outcomes.read_recorded(RECORDED), listed=[], only=[])
    rows = deviations.rows_for(comparison, earlier=deviations.read(DEVIATIONS))
    deviations.write(DEVIATIONS, rows)
    say(f"wrote {len(rows)} rows to {_shown(DEVIATIONS)} from {_shown(newest)}")
    return 0


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(ROOT))
    except ValueError:
        return str(path)


if __name__ == "__main__":
    sys.exit(main())
