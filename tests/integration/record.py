"""Record what the patchers observe with the real package.

    python -m venv recording
    recording/bin/pip install fastapi==0.165.0 uvicorn httpx2 sentry-sdk logfire opentelemetry-sdk \
        opentelemetry-instrumentation-fastapi prometheus-fastapi-instrumentator
    python tests/integration/record.py recording/bin/python [VARIANT ...]

Run it again when a patcher has a new release, with the newest of everything but `fastapi`, and read the difference. The
files in `recorded/` hold, for each case, the answers to the requests and the observations (ids, times, ports and
versions replaced), and the versions they were made with.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from cases import CASES, file_name
from children import HERE, observe

RECORDED = HERE / "recorded"
UPSTREAM = ["0.165.0", None]
NOT_KEPT = ("complaints", "answered_by_core")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", help="the interpreter of an environment with the real package")
    parser.add_argument("variants", nargs="*", help="record only these")
    options = parser.parse_args()
    python = str(Path(options.python).absolute())
    RECORDED.mkdir(exist_ok=True)
    for case in CASES:
        if options.variants and case[0] not in options.variants:
            continue
        report = observe(python, case, None)
        if report["package"] != UPSTREAM:
            print(f"{python} has fastapi {report['package']}, not {UPSTREAM[0]}")
            return 1
        for key in NOT_KEPT:
            report.pop(key)
        text = json.dumps(report, indent=1, sort_keys=True, ensure_ascii=False)
        (RECORDED / file_name(case)).write_text(text + "\n", encoding="utf-8")
        print("recorded", *case)
    return 0


if __name__ == "__main__":
    sys.exit(main())
