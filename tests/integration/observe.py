"""Run one case and print its observations as JSON: `python observe.py VARIANT ORDER DRIVER`.

A patcher changes its process, so each case has a process of its own. This file runs by its path, so Python does not
search the folder of the package; the package must be importable.
"""

from __future__ import annotations

import importlib
import json
import sys
from importlib import metadata
from typing import Any, Dict

from application import make_app
from cases import VARIANTS
from normalised import normalised
from traffic import DRIVERS

import fastapi

DEPENDENCIES = ("starlette", "pydantic", "opentelemetry-api", "uvicorn")


def main(variant_name: str, order: str, driver: str) -> None:
    variant = VARIANTS[variant_name]
    patcher = importlib.import_module(variant.module).Patcher(**variant.options)
    result: Dict[str, Any] = {}

    def instrument(app: Any) -> None:
        try:
            patcher.instrument(app)
        except Exception as error:
            result["refused"] = f"{type(error).__name__}: {error}"

    def created(app: Any) -> None:
        if order == "before" and variant.needs_app:
            instrument(app)

    if order == "before" and not variant.needs_app:
        instrument(None)
    app = make_app(created, patcher.note)
    if order == "created":
        instrument(app)
    with DRIVERS[driver](app) as client:
        result["first"] = client.first()
        result["answered_by_core"] = client.call_there(answered_by_core)
        if order == "served":
            instrument(app)
        result["answers"] = client.all()
    result["observed"] = patcher.observations()
    report = normalised(result)
    report["versions"] = {name: metadata.version(name) for name in (*patcher.distributions, *DEPENDENCIES)}
    report["package"] = [fastapi.__version__, getattr(fastapi, "__rs_version__", None)]
    sys.stdout.write(json.dumps(report))


def answered_by_core() -> int:
    """Return the number of requests that the core has answered. Only this project has a core.

    The counters of a thread are exact in that thread.
    """
    try:
        from fastapi import _rust
    except ImportError:
        return 0
    counters = _rust.counters()
    return int(counters["matched"] + counters["invalid"])


if __name__ == "__main__":
    main(*sys.argv[1:])
