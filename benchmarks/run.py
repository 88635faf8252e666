"""Compare this project with the real package: `scripts/bench`.

Rules: both subjects have the same interpreter and the same versions of dependencies; processes alternate A-B-B-A;
figures are medians of at least five processes with their spread; a row is timed only if both answers are equal byte for
byte; rows below their aim are printed like others. The exit status is 1 if a row stays more than 10 % below its reach.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any, Sequence

sys.path.insert(0, str(Path(__file__).resolve().parent))

import judging
import measure
import report
from environments import Environments, say
from servers import comparing
from servers.subjects import AIMS
from service import mix
from workloads import BY_NAME, FUNCTIONS, ROWS, SERVER_REACH

EXTRA = ["imports", "register", *FUNCTIONS, "core", "artifact"]
SERVER = [f"uvicorn:{name}" for name in SERVER_REACH]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    if options.server:
        return _compare_servers(options)
    rows, extras, server = _selected(options.rows)
    if options.mix:
        os.environ[mix.VARIABLE] = options.mix if "=" in options.mix else str(Path(options.mix).resolve())
    environments = Environments(options.peers, options.clock)
    plan = measure.Plan(
        repetitions=3 if options.quick else max(5, options.repetitions),
        seconds=0.1 if options.quick else options.seconds,
        requests=1500 if options.quick else 6000,
        connections=options.connections,
        controls=options.controls,
        peers=options.peers,
    )
    results: dict[str, Any] = {
        "environments": environments.versions,
        "machine": report.machine(),
        "quick": options.quick,
        "clock": options.clock,
    }
    refused = measure.refuse_different_answers(environments, rows, options.peers)
    rows = [name for name in rows if name not in refused]
    results["refused"] = refused
    results["requests"], results["direct"] = measure.in_process(environments, rows, plan)
    if "imports" in extras:
        results["imports"] = measure.small_processes(environments, "imports", 5 if options.quick else 11)
    if "register" in extras:
        results["register"] = measure.small_processes(environments, "register", plan.repetitions)
    functions = [name for name in extras if name in FUNCTIONS]
    if functions:
        results["functions"] = measure.functions(environments, functions, plan)
    if "core" in extras:
        results["core"] = environments.ask("ours", "core")
    if "artifact" in extras:
        results["artifact"] = [environments.ask("ours", "artifact") for _ in range(plan.repetitions)]
    if server:
        results["uvicorn"] = measure.behind_uvicorn(environments, server, plan)
    verdicts = judging.judge(results)
    report.show(results, verdicts)
    whole = not options.quick and not options.rows and not options.mix
    path = options.output or (report.default_path() if whole else None)
    if path:
        report.write(path, results, verdicts)
        say(f"wrote {path}")
    return 1 if refused or any(verdict.missed for verdict in verdicts) else 0


def _compare_servers(options: argparse.Namespace) -> int:
    """Compare the protocol for uvicorn with uvicorn's own ones, and with other servers if peers are wanted."""
    wanted = [name for name in options.rows.split(",") if name] or list(AIMS)
    unknown = [name for name in wanted if name not in AIMS]
    if unknown:
        raise SystemExit(f"there is no row {', '.join(unknown)} with --server; there are {', '.join(AIMS)}")
    environments = Environments(False, options.clock, with_servers=options.peers)
    rounds = 4 if options.quick else 2 * max(5, options.repetitions)
    load = comparing.Load(rounds, 1000 if options.quick else 3000, options.connections, options.access_log)
    found = comparing.compare(environments, wanted, load)
    verdicts = comparing.judge(found)
    comparing.show(found, verdicts, options.access_log)
    return 1 if any(verdict.missed for verdict in verdicts) and not options.access_log else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    known = ", ".join([row.name for row in ROWS] + EXTRA + SERVER)
    parser.add_argument("--rows", default="", help=f"only these, separated by commas: {known}; or uvicorn, requests")
    parser.add_argument("--quick", action="store_true", help="three short repetitions, for a first look")
    parser.add_argument("--repetitions", type=int, default=5, help="processes per subject (at least 5)")
    parser.add_argument("--seconds", type=float, default=0.15, help="time spent on one row in one process")
    parser.add_argument("--connections", type=int, default=8, help="connections of the client behind uvicorn")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall", help="cpu: for a machine that is not idle")
    parser.add_argument("--peers", action="store_true", help="also BlackSheep, Falcon and Litestar")
    parser.add_argument(
        "--server", action="store_true", help="only servers: the protocol for uvicorn; with --peers also granian, Robyn"
    )
    parser.add_argument("--access-log", action="store_true", help="with --server: the servers write their access log")
    parser.add_argument("--mix", help="the mix of the row service: a TOML file, or weights such as list=10,get=90")
    parser.add_argument("--no-controls", dest="controls", action="store_false", help="leave the controls out")
    parser.add_argument("--output", type=Path, help="write the results here instead of benchmarks/results/<date>.json")
    return parser.parse_args(arguments)


def _selected(text: str) -> tuple[list[str], list[str], list[str]]:
    wanted = [name for name in text.split(",") if name]
    if not wanted:
        return [row.name for row in ROWS], EXTRA, list(SERVER_REACH)
    groups = {"requests": [row.name for row in ROWS], "uvicorn": SERVER}
    names = [name for entry in wanted for name in groups.get(entry, [entry])]
    unknown = [name for name in names if name not in BY_NAME and name not in EXTRA and name not in SERVER]
    if unknown:
        raise SystemExit(f"there is no row {', '.join(unknown)}; see --help")
    bases = [BY_NAME[name].base for name in names if name in BY_NAME and BY_NAME[name].base]
    rows = [row.name for row in ROWS if row.name in names or row.name in bases]
    server = [name.partition(":")[2] for name in names if name in SERVER]
    return rows, [name for name in EXTRA if name in names], server


if __name__ == "__main__":
    sys.exit(main())
