"""The keys of a scope are written once."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Iterator, List, Set

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


def users_of(name: str) -> List[str]:
    return [str(path.relative_to(PACKAGE).as_posix()) for path in MODULES if name in names_of(path)]


def names_of(path: Path) -> Set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_only_the_places_of_requests_look_for_a_waiting_rest() -> None:
    assert users_of("WAITING_KEY") == ["_rest.py", "_routing/planned/place.py"]


def test_only_one_rule_skips_layers() -> None:
    assert users_of("may_skip_layers") == ["_routing/planned/place.py", "_routing/planned/stack.py"]
