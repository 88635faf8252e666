"""Record the observations of the patchers with the real package.

    python3.11 -m venv recording
    recording/bin/pip install fastapi==0.165.0 uvicorn websockets httpx2 sentry-sdk logfire opentelemetry-sdk \\
        opentelemetry-instrumentation-fastapi prometheus-fastapi-instrumentator
    python tests/integration/record.py recording/bin/python [VARIANT ...]

Run it again for a new release of a patcher, with the newest releases of all packages except `fastapi`, and read the
difference. The files in `recorded/` have, for each case, the answers to the requests, the observations (with ids,
times, ports and line numbers replaced), and the versions of the packages.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import recordings
from cases import CASES, VARIANTS
from children import observe

UPSTREAM = ["0.165.0", None]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", help="the interpreter of an environment with the real package")
    parser.add_argument("variants", nargs="*", help="record only these variants")
    options = parser.parse_args()
    python = str(Path(options.python).absolute())
    for variant in options.variants or VARIANTS:
        reports = {case: observe(python, case, None) for case in CASES if case[0] == variant}
        packages = [report["package"] for report in reports.values()]
        if packages != [UPSTREAM] * len(packages):
            print(f"{python} has fastapi {packages[0]}, not {UPSTREAM[0]}")
            return 1
        recordings.write(variant, reports)
        print("recorded", variant)
    return 0


if __name__ == "__main__":
    sys.exit(main())
