"""Every public module, name, signature, default and base class of upstream exists here and is equal.

`deviations.toml` lists the intended differences with their reasons. A row without a difference is an error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.surface import compare, describe

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent
RECORDED: dict[str, dict[str, Any]] = json.loads((HERE / "surface-0.165.0.json").read_text(encoding="utf-8"))["names"]
DEVIATIONS: list[dict[str, str]] = tomllib.loads((HERE / "deviations.toml").read_text(encoding="utf-8")).get(
    "deviation", []
)
CURRENT = describe.starlette_is_current()
pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 11),
    reason="recorded on Python 3.11; older versions have releases of Starlette and Pydantic with other signatures",
)


@pytest.fixture(scope="module")
def differing() -> dict[str, str]:
    homes = {name for name, facts in RECORDED.items() if facts["kind"] != "import"}
    found = compare.differences(RECORDED, describe.describe(homes), current_starlette=CURRENT)
    return {difference.name: difference.text for difference in found}


def _modules() -> list[str]:
    return [name for name, facts in RECORDED.items() if facts["kind"] in ("module", "object")]


def _module_of(name: str) -> str:
    parts = name.partition(":")[0].split(".")
    while len(parts) > 1 and ".".join(parts) not in _MODULES:
        parts.pop()
    return ".".join(parts)


_MODULES = set(_modules())


@pytest.mark.parametrize("module", sorted(_MODULES))
def test_names_and_signatures_equal_the_recorded_ones(module: str, differing: dict[str, str]) -> None:
    here = {name: text for name, text in differing.items() if _module_of(name) == module}
    unexplained = [f"{name}: {text}" for name, text in here.items() if not _explained(name)]
    assert not unexplained, "\n".join(unexplained)


@pytest.mark.skipif(not CURRENT, reason="below Starlette 1.0 the base classes and the modules of names differ")
@pytest.mark.parametrize("row", DEVIATIONS, ids=[row["name"] for row in DEVIATIONS])
def test_every_listed_deviation_still_differs(row: dict[str, str], differing: dict[str, str]) -> None:
    assert row["reason"]
    assert any(_matches(row["name"], name) for name in differing), "remove the row: there is no difference"


def _explained(name: str) -> bool:
    return any(_matches(row["name"], name) for row in DEVIATIONS)


def _matches(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
