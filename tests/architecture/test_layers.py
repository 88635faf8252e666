"""Imports go downward, in Python and in Rust, and nothing forms a cycle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Dict, List, Optional, Set, Tuple

import pytest

from tests.architecture.levels import LONGEST_FUNCTION, PYTHON, RUST, WASMTIME_USERS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "fastapi"
CRATE = ROOT / "wasm_core" / "src"


def module_name(path: Path) -> str:
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return ".".join(parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def level_of(name: str, table: List[Tuple[int, List[str]]]) -> int:
    for level, patterns in table:
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            return level
    raise AssertionError(f"{name} has no level: add it to tests/architecture/levels.py")


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def import_nodes(tree: ast.AST, with_functions: bool) -> Iterator[ast.AST]:
    """Yield the import statements, without those that only type checkers read."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif is_type_checking(node):
            for other in getattr(node, "orelse", []):
                yield from import_nodes(other, with_functions)
        elif with_functions or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from import_nodes(node, with_functions)


def imported(path: Path, with_functions: bool = True) -> Set[str]:
    """Return the modules of the package that this file imports."""
    found: Set[str] = set()
    for node in import_nodes(ast.parse(path.read_text(encoding="utf-8")), with_functions):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names if alias.name.split(".")[0] == "fastapi")
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, path)
            if base and base.split(".")[0] == "fastapi":
                for alias in node.names:
                    inner = f"{base}.{alias.name}"
                    found.add(inner if inner[len("fastapi.") :] in MODULES else base)
    return {name[len("fastapi.") :] or "__init__" if name != "fastapi" else "__init__" for name in found}


def absolute(node: ast.ImportFrom, path: Path) -> Optional[str]:
    if not node.level:
        return node.module
    parts = ["fastapi", *path.relative_to(PACKAGE).parts[:-1]]
    parts = parts[: len(parts) - (node.level - 1)]
    return ".".join([*parts, *([node.module] if node.module else [])])


@pytest.mark.parametrize("name", sorted(MODULES))
def test_python_imports_go_downward(name: str) -> None:
    level = level_of(name, PYTHON)
    upward = {other for other in imported(MODULES[name]) if other in MODULES and level_of(other, PYTHON) > level}
    assert not upward, f"fastapi/{name} (level {level}) imports upward: {sorted(upward)}"


def test_no_import_cycle() -> None:
    graph = {name: imported(path) & set(MODULES) - {name} for name, path in MODULES.items()}
    cycle = first_cycle(graph)
    assert cycle is None, " -> ".join(cycle or [])


def first_cycle(graph: Dict[str, Set[str]]) -> Optional[List[str]]:
    done: Set[str] = set()

    def walk(name: str, way: List[str]) -> Optional[List[str]]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return None
        for other in sorted(graph[name]):
            found = walk(other, [*way, name])
            if found:
                return found
        done.add(name)
        return None

    for name in sorted(graph):
        found = walk(name, [])
        if found:
            return found
    return None


def test_a_cycle_would_be_found() -> None:
    assert first_cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]


@pytest.mark.parametrize("name", sorted(MODULES))
def test_only_the_bridge_imports_wasmtime(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
    if any(name.split(".")[0] == "wasmtime" for name in names):
        assert name in WASMTIME_USERS


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_function_is_too_long(name: str) -> None:
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert body_lines(node) <= LONGEST_FUNCTION, f"fastapi/{name}: {node.name}"


def body_lines(node: ast.AST) -> int:
    body = list(node.body)  # type: ignore[attr-defined]
    if ast.get_docstring(node) is not None and len(body) > 1:  # type: ignore[arg-type]
        body = body[1:]
    return int(body[-1].end_lineno) - int(body[0].lineno) + 1


def rust_name(path: Path) -> str:
    parts = list(path.relative_to(CRATE).with_suffix("").parts)
    return "::".join(parts[:-1] if parts[-1] == "mod" else parts)


RUST_MODULES = {rust_name(path): path for path in sorted(CRATE.rglob("*.rs"))}


@pytest.mark.parametrize("name", sorted(RUST_MODULES))
def test_rust_imports_go_downward(name: str) -> None:
    level = level_of(name, RUST)
    # Code behind `#[cfg(test)]` may import every module.
    text = RUST_MODULES[name].read_text(encoding="utf-8").split("#[cfg(test)]")[0]
    used = {match.split("::")[0] for match in re.findall(r"\bcrate::(\w+(?:::\w+)*)", text)}
    upward = {other for other in used if level_of(other, RUST) > level}
    assert not upward, f"wasm_core/src/{name} (level {level}) uses {sorted(upward)}"


@pytest.mark.parametrize("name", sorted(RUST_MODULES))
def test_only_the_boundary_is_unsafe(name: str) -> None:
    text = RUST_MODULES[name].read_text(encoding="utf-8")
    if name not in ("abi", "abi_security", "boundary", "memory", "lib"):
        assert not re.search(r"\bunsafe\b(?!_code)", re.sub(r"//.*", "", text))
