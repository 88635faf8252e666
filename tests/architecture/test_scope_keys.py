"""The keys of a scope are written once."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Iterator

import pytest

from fastapi import _scope_keys

PACKAGE = Path(_scope_keys.__file__).parent
# Words that are also names of parameters and attributes.
AMBIGUOUS = {"fastapi", "form_limits", "included_router"}
KEYS = {value for name, value in vars(_scope_keys).items() if name.endswith("_KEY")} - AMBIGUOUS
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "_scope_keys.py")


def texts_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_there_are_thirteen_unambiguous_keys() -> None:
    assert len(KEYS) == 13


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_repeats_a_key(path: Path) -> None:
    assert KEYS.isdisjoint(texts_of(path))
