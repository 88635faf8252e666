"""Time the service, or an application of your own, with the `fastapi` of this interpreter: `python benchmarks/service`.

    python benchmarks/service                                  the mix of mix.toml
    python benchmarks/service --mix mine.toml                  a mix of your own; see the comments of mix.toml
    python benchmarks/service --mix list=10,get=90             other weights
    python benchmarks/service --app shop.main:app --mix m.toml your application, in process; its lifespan runs

Call it once with each environment, several times in turn, and compare the figures. `scripts/bench --rows service --mix
mine.toml` does so with environments of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import os
import sys
import time
from pathlib import Path
from typing import Any, AsyncIterator

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import playing
from workloads.row import Row

from service import mix

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def main() -> None:
    options = _parse()
    rows = mix.steps(options.mix)
    app = _application(options.app)
    asyncio.run(_run(app, rows, options.seconds, CLOCKS[options.clock]))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="benchmarks/service"
    )
    parser.add_argument("--mix", default="", help="a TOML file, or weights such as list=10,get=90")
    parser.add_argument("--app", default="", help="module:name of an application to call in place of the service")
    parser.add_argument("--seconds", type=float, default=2.0, help="time spent on the mix, and on all kinds together")
    parser.add_argument("--clock", choices=list(CLOCKS), default="wall", help="cpu: for a machine that is not idle")
    return parser.parse_args()


def _application(name: str) -> Any:
    if not name:
        from service.application import build

        return build()
    sys.path.insert(0, os.getcwd())
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute or "app")


async def _run(app: Any, rows: tuple[Row, ...], seconds: float, now: Any) -> None:
    import fastapi

    print(f"fastapi {fastapi.__version__} of {os.path.dirname(fastapi.__file__)}, {len(rows)} requests in a round\n")
    print("| request | answers | of a round | us |\n| --- | --- | --- | --- |")
    async with _lifespan(app):
        for kind in dict.fromkeys(row.name for row in rows):
            some = tuple(row for row in rows if row.name == kind)
            statuses = {str(answer["status"]) for answer in await playing.answers(app, Row("", "", steps=some))}
            figure = await _figure(app, some, seconds * len(some) / len(rows), now)
            print(f"| {kind} | {', '.join(sorted(statuses))} | {len(some)} | {figure:.1f} |")
        print(f"| the mix | | {len(rows)} | {await _figure(app, rows, seconds, now):.1f} |")


@contextlib.asynccontextmanager
async def _lifespan(app: Any) -> AsyncIterator[None]:
    manager = getattr(getattr(app, "router", None), "lifespan_context", None)
    if manager is None:
        yield
        return
    async with manager(app):
        yield


async def _figure(app: Any, rows: tuple[Row, ...], seconds: float, now: Any) -> float:
    """Return microseconds per request: the median of rounds."""
    request = playing.requester(app, Row("", "", steps=rows))
    await request(len(rows))
    found: list[float] = []
    ends = now() + max(seconds, 0.05)
    while len(found) < 5 or now() < ends:
        started = now()
        await request(len(rows))
        found.append((now() - started) / len(rows) * 1e6)
    return sorted(found)[len(found) // 2]


if __name__ == "__main__":
    main()
