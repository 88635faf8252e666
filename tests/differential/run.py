"""The driver: draw programs, run them with both packages, and report the differences.

    scripts/differential --minutes 5                      stop after five minutes
    scripts/differential --programs 100 --seed 7          the first hundred programs of a seed
    scripts/differential --families copies,results        only these families
    scripts/differential --minutes 60 --jobs 2            two programs at the same time, as many as there are cores
    scripts/differential --only 7-results-12              run one program again
    scripts/differential --project ../older-checkout      compare another checkout of this project

The report has one example for each group of equal-looking differences, made as small as possible. The example is also a
file in .cache/differential/found that runs by itself with either package. The exit status is 1 if there is a
difference.
"""

from __future__ import annotations

import argparse
import itertools
import secrets
import shutil
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from time import monotonic

from tests.differential import environment, families, wanted
from tests.differential.compare import Difference, every_difference, part_of
from tests.differential.process import Pair, Transcript
from tests.differential.program import Program
from tests.differential.shrink import shrink
from tests.differential.standalone import short_text, whole_text
from tests.differential.summary import Summary
from tests.upstream.places import ROOT

# A race with a worker thread often has the same result many times. Programs that need new processes are slow to repeat.
REPETITIONS, ISOLATED_REPETITIONS = 30, 5
# The switch interval of threads, in seconds, used in turn: the default, and others that give races other results.
SWITCH_INTERVALS = (0.005, 0.00001, 0.1)
FOUND = ROOT / ".cache" / "differential" / "found"


def main() -> int:
    options = parse_options()
    sides = environment.both_sides(options.project)
    pairs = [Pair(*sides) for _ in range(options.jobs)]
    machine = Machine(pairs, options)
    try:
        return machine.run(programs(options))
    finally:
        for pair in pairs:
            pair.stop()


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1, help="stop drawing programs after this time")
    parser.add_argument("--programs", type=int, default=sys.maxsize, help="draw at most this number of programs")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="the seed of the programs; default: a new one")
    parser.add_argument("--jobs", type=int, default=1, help="run this number of programs at the same time")
    parser.add_argument("--families", default=",".join(families.ALL), help=", ".join(families.ALL))
    parser.add_argument("--loops", default="asyncio,trio")
    parser.add_argument("--only", action="append", default=[], metavar="SEED", help="run only the program of this seed")
    parser.add_argument("--project", type=Path, default=ROOT, help="the checkout to compare with the real package")
    parser.add_argument("--shrink", type=float, default=20, metavar="SECONDS", help="time to make one example smaller")
    parser.add_argument("--found", type=Path, default=FOUND, help="the folder for examples; default: %(default)s")
    parser.add_argument("--show", action="store_true", help="print every program before it runs")
    return parser.parse_args()


def programs(options: argparse.Namespace) -> Iterator[Program]:
    """Yield the programs of `--only`, or draw programs from the seed."""
    if options.only:
        yield from (program_of(seed, options.loops.split(",")) for seed in options.only)
        return
    names = options.families.split(",")
    chance = Random(options.seed)
    for i in itertools.count():
        family = chance.choices(names, [families.ALL[name] for name in names])[0]
        yield program_of(f"{options.seed}-{family}-{i}", options.loops.split(","))


def program_of(seed: str, loops: list[str]) -> Program:
    family, number = seed.rsplit("-", 2)[1:]
    return families.draw(family, seed, loops[int(number) % 3 % len(loops)])


class Machine:
    def __init__(self, pairs: list[Pair], options: argparse.Namespace) -> None:
        self.pairs, self.options = pairs, options
        # Each thread runs programs with a pair of its own.
        self._thread = threading.local()
        self._lock = threading.RLock()
        self.rows = wanted.load()
        self.summary = Summary()
        self.groups: dict[str, list[str]] = {}  # the seeds that show each kind of difference
        self.started = self.told = monotonic()

    def run(self, programs: Iterator[Program]) -> int:
        print(f"seed {self.options.seed}", flush=True)
        shutil.rmtree(self.options.found, ignore_errors=True)
        stale = [] if self.options.only else wanted.without_a_difference(self.rows, self.pairs[0])
        for row in stale:
            print(f"wanted difference that no longer occurs: {row.name}", flush=True)
        self._run_all(programs)
        print(self.summary.table())
        seconds = monotonic() - self.started
        for signature, seeds in sorted(self.groups.items(), key=lambda group: -len(group[1])):
            print(f"difference, seen {len(seeds)} times, first in {seeds[0]}: {signature}")
        print(f"{self.summary.requests} requests, {len(self.groups)} kinds of difference, {seconds:.0f} s")
        print(
            f"{self.summary.programs - self.summary.failed} passed, {self.summary.failed + len(stale)} failed",
            flush=True,
        )
        return 1 if self.groups or stale else 0

    def _run_all(self, programs: Iterator[Program]) -> None:
        until = monotonic() + 60 * self.options.minutes
        drawn = itertools.islice(programs, self.options.programs)
        with ThreadPoolExecutor(len(self.pairs)) as pool:
            jobs = [pool.submit(self._run_until, until, drawn, pair) for pair in self.pairs]
        for job in jobs:
            job.result()

    def _run_until(self, until: float, programs: Iterator[Program], pair: Pair) -> None:
        self._thread.pair = pair
        while monotonic() <= until:
            with self._lock:
                program = next(programs, None)
                if program is None:
                    return
                if self.options.show:
                    print(f"# {program.seed}, {program.backend}\n{short_text(program)}", flush=True)
            self._run_one(program)
            with self._lock:
                if monotonic() - self.told > 15:
                    self.told = monotonic()
                    self._progress()

    def _progress(self) -> None:
        rate = self.summary.requests / (monotonic() - self.started)
        done = f"{self.summary.programs} programs, {self.summary.requests} requests, {rate:.0f} a second"
        print(f"   {done}, {self.summary.failed} programs differ in {len(self.groups)} ways", flush=True)

    def _run_one(self, program: Program) -> None:
        real, ours = self._transcripts(program)
        with self._lock:
            self.summary.add(program, real)
            found = self._differences(program, real, ours)
            if not found:
                return
            found = self._repeated(program, real, found)
            self.summary.failed += bool(found)
            for difference in found:
                self._report(program, difference)

    def _repeated(self, program: Program, real: Transcript, found: list[Difference]) -> list[Difference]:
        """Return the differences that occur again, in parts of the transcript that the real package repeats exactly."""
        for i in range(ISOLATED_REPETITIONS if program.isolated else REPETITIONS):
            if not found:
                break
            again, ours = self._transcripts(program, switch_interval=SWITCH_INTERVALS[i % len(SWITCH_INTERVALS)])
            unsteady = {part_of(each) for each in every_difference(real, again)}
            differ = {part_of(each): each for each in self._differences(program, again, ours)}
            kept = [each for each in found if part_of(each) not in unsteady]
            self.summary.unstable["the real package (requests)"] += len(found) - len(kept)
            found = [differ[part_of(each)] for each in kept if part_of(each) in differ]
            self.summary.unstable["this project (requests)"] += len(kept) - len(found)
        return found

    def _transcripts(
        self, program: Program, switch_interval: float = SWITCH_INTERVALS[0]
    ) -> tuple[Transcript, Transcript]:
        real, ours = self._thread.pair.run(program, switch_interval=switch_interval)
        return wanted.without_wanted_events(real, self.rows), wanted.without_wanted_events(ours, self.rows)

    def _differences(self, program: Program, real: Transcript, ours: Transcript) -> list[Difference]:
        """Return the first unwanted difference of every request, and of the events before and after all requests."""
        found = []
        for difference in every_difference(real, ours):
            row = wanted.row_for(difference, self.rows, program.family)
            if row is None:
                found.append(difference)
            else:
                self.summary.wanted[row.name] += 1
        return found

    def _report(self, program: Program, difference: Difference) -> None:
        key = difference.signature if "scope" in difference.place else f"{program.family}: {difference.signature}"
        self.groups.setdefault(key, []).append(program.seed)
        if len(self.groups[key]) > 1:
            return
        small, last = self._shrunk(program, difference)
        self.options.found.mkdir(parents=True, exist_ok=True)
        path = self.options.found / f"{len(self.groups)}.py"
        path.write_text(whole_text(small, last), encoding="utf-8")
        print(f"\n--- {len(self.groups)}: {key}\n    seed {program.seed}, {program.backend}, {path}")
        print(short_text(small))
        if self.options.shrink and not self._thread.pair.differ_on(path):
            print("    as a file, the program shows no difference: it depends on programs that ran before it")
        print(f"    at   {'.'.join(map(str, last.place))}")
        print(f"    real {str(last.real)[:600]}\n    ours {str(last.ours)[:600]}\n", flush=True)

    def _shrunk(self, program: Program, difference: Difference) -> tuple[Program, Difference]:
        seen = [difference]

        def shows(candidate: Program) -> bool:
            for other in self._differences(candidate, *self._transcripts(candidate)):
                if other.signature == difference.signature:
                    seen.append(other)
                    return True
            return False

        if difference.request is not None and self.options.shrink:
            alone = program.with_requests((program.requests[difference.request],))
            program = alone if shows(alone) else program
        return (shrink(program, shows, self.options.shrink) if self.options.shrink else program), seen[-1]


if __name__ == "__main__":
    sys.exit(main())
