"""The README and RESULTS.md show the newest figures."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

# The benchmarks need a Python that the real package supports.
pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="the benchmarks are for CPython 3.11 and newer")


@pytest.fixture
def readme(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import readme

    return readme


def test_the_table_is_that_of_the_newest_results(readme: Any) -> None:
    results: Any = json.loads(readme.newest().read_text(encoding="utf-8"))
    assert readme.shown_in(readme.README.read_text(encoding="utf-8")) == readme.summary(results)
    assert readme.RESULTS.read_text(encoding="utf-8") == readme.whole(results)


def test_rows_below_their_aim_have_a_mark(readme: Any) -> None:
    results: Any = json.loads(readme.newest().read_text(encoding="utf-8"))
    missed = [verdict["row"] for verdict in results["verdicts"] if verdict["missed"]]
    assert readme.whole(results).count("**missed**") == len(missed)
    assert f"{len(missed)} of {len(results['verdicts'])} figures with an aim miss it" in readme.summary(results)
