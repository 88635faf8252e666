"""docs/platforms.md: its tables come from the results of scripts/everywhere, and each row names a step or a test."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.version_info < (3, 9), reason="scripts/everywhere needs a newer Python")


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    from _everywhere import table

    return table


def test_the_tables_are_up_to_date(table: Any) -> None:
    page = table.PAGE.read_text("utf-8")
    assert table.rendered(page) == page


def test_each_row_names_a_test(table: Any) -> None:
    from _everywhere.steps import STEPS

    assert set(table.steps_of_rows()) <= set(STEPS)
    paths = [row.by for rows in table.TABLES.values() for row in rows if "/" in row.by]
    assert paths and [path for path in paths if not (ROOT / path).exists()] == []


def test_results_belong_to_rows(table: Any) -> None:
    names = [row.name for rows in table.TABLES.values() for row in rows]
    assert len(names) == len(set(names)) and set(table.results()) <= set(names)


def test_a_result_is_written_into_its_row(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "results", lambda: {"PyPy": "seen here"})
    row = "| PyPy | `scripts/everywhere pypy` | seen here |"
    assert row in table.rendered(table.PAGE.read_text("utf-8"))
    assert "| macOS | `.github/workflows/platforms.yml` | only the workflow shows it |" in table.rendered("")
