"""The paths of the upstream run, and its output."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("FASTAPI_RS_UPSTREAM_CACHE") or ROOT / ".cache" / "upstream").absolute()
RECORDED = Path(__file__).resolve().parent / "recorded_ids.txt"
DEVIATIONS = Path(__file__).resolve().parent / "deviations.toml"

VERSION = "0.165.0"
SDIST = f"fastapi-{VERSION}.tar.gz"
# The file on PyPI never changes; the hash reveals a mirror that serves another file before any test runs.
SDIST_SHA256 = "dd94d4128319c1e1d50535ab023ab698f850a4d2822f0e181747b46f4ff3c0ab"


def say(message: str) -> None:
    print(f"== {message}", flush=True)
