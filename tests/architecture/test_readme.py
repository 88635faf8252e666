"""The README shows the newest figures."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

# The benchmarks need a Python that the real package supports.
pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="the benchmarks are for CPython 3.11 and newer")


def test_the_tables_are_those_of_the_newest_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import readme

    results: Any = json.loads(readme.newest().read_text(encoding="utf-8"))
    assert readme.shown_in(readme.README.read_text(encoding="utf-8")) == readme.tables(results)
    # Rows below their aim have a mark.
    missed = [verdict["row"] for verdict in results["verdicts"] if verdict["missed"]]
    assert readme.tables(results).count("**missed**") == len(missed)
