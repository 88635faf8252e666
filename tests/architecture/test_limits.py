"""Functions and files stay small, `Any` stays rare, and a name has one meaning: limits.py has the figures."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from pathlib import Path
from typing import Dict, Iterator, List, Sequence, Set, Tuple, Union

from tests.architecture import limits
from tests.architecture.test_layers import MODULES, ROOT

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}
GENERATED = {ROOT / "fastapi" / "_wasm" / "contract.py"}


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def docstring_lines(node: Function) -> range:
    """Return the lines of a docstring; an empty range without one."""
    if ast.get_docstring(node) is None:
        return range(0)
    return range(node.body[0].lineno, int(node.body[0].end_lineno or 0) + 1)


def length(node: Function) -> int:
    return int(node.end_lineno or 0) - node.lineno + 1 - len(docstring_lines(node))


def percentiles(values: Sequence[int]) -> Tuple[int, int, int]:
    """Return the median, the 90th and the 99th percentile."""
    ordered = sorted(values)
    return tuple(ordered[min(len(ordered) - 1, len(ordered) * n // 100)] for n in (50, 90, 99))  # type: ignore[return-value]


def test_functions_are_short() -> None:
    found = percentiles([length(node) for tree in TREES.values() for node in functions(tree)])
    assert all(value <= limit for value, limit in zip(found, limits.FUNCTION_LINES)), found


def code_files() -> List[Path]:
    patterns = (
        "fastapi/**/*.py",
        "fastapi_rs/**/*.py",
        "wasm_core/src/**/*.rs",
        "scripts/**/*.py",
        "benchmarks/**/*.py",
    )
    return sorted({path for pattern in patterns for path in ROOT.glob(pattern)} - GENERATED)


def test_files_are_short() -> None:
    lines = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in code_files()
    }
    long = {name: count for name, count in lines.items() if count > limits.FILE_LINES}
    known = limits.LONG_FILES | limits.TABLES
    assert {name: count for name, count in long.items() if name not in known} == {}


def test_folders_are_small() -> None:
    folders = Counter(path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "fastapi").rglob("*.py"))
    del folders["fastapi"]
    assert {name: count for name, count in folders.items() if count > limits.FOLDER_MODULES} == {}


def test_any_is_rare() -> None:
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES.values())
    found = sum(is_any(node) for tree in TREES.values() for node in ast.walk(tree))
    assert 1000 * found / lines <= limits.ANY_PER_1000_LINES, f"{1000 * found / lines:.1f} per 1000 lines"


def is_any(node: ast.AST) -> bool:
    return (isinstance(node, ast.Name) and node.id == "Any") or (isinstance(node, ast.Attribute) and node.attr == "Any")


def test_lines_are_not_repeated() -> None:
    places = repeated({name: body_lines(name) for name in MODULES})
    assert len(places) <= limits.REPEATED_LINES, "\n".join(f"{one} and {other}" for one, other in places)


Line = Tuple[int, str]


def body_lines(name: str) -> List[Line]:
    """Return the numbered lines inside of functions, without signatures, docstrings, comments and empty lines."""
    inside: Set[int] = set()
    for node in functions(TREES[name]):
        inside.update(range(node.body[0].lineno, int(node.end_lineno or 0) + 1))
    for node in functions(TREES[name]):
        inside.difference_update(range(node.lineno, node.body[0].lineno), docstring_lines(node))
    lines = enumerate(MODULES[name].read_text(encoding="utf-8").splitlines(), 1)
    stripped = ((i, line.strip()) for i, line in lines if i in inside)
    return [(i, line) for i, line in stripped if line and not line.startswith("#")]


def repeated(modules: Dict[str, List[Line]], size: int = 6) -> List[Tuple[str, str]]:
    """Return the pairs of places, as `module:line`, from which on at least `size` lines are equal."""
    seen: Dict[Tuple[str, ...], List[Tuple[str, int]]] = defaultdict(list)
    for name, lines in modules.items():
        for i in range(len(lines) - size + 1):
            seen[tuple(line for _, line in lines[i : i + size])].append((name, i))
    pairs = {(one, other) for places in seen.values() for one in places for other in places if one < other}
    starts = {pair for pair in pairs if tuple((name, i - 1) for name, i in pair) not in pairs}
    return sorted(tuple(f"{name}:{modules[name][i][0]}" for name, i in pair) for pair in starts)  # type: ignore[misc]


def test_a_name_has_one_meaning() -> None:
    homes: Dict[str, Set[str]] = defaultdict(set)
    for module, tree in TREES.items():
        for name in defined(tree):
            homes[name].add(module)
    double = {name: modules for name, modules in homes.items() if len(modules) > 1}
    known = limits.UPSTREAM_NAMES | limits.SAME_THING | limits.DOUBLE_NAMES
    assert {name: modules for name, modules in double.items() if name not in known} == {}


def defined(tree: ast.Module) -> Iterator[str]:
    """Yield public names and private classes that a module defines at its top level, without type variables."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from public([node.name])
        elif isinstance(node, ast.Assign) and not is_type_variable(node.value):
            yield from public([target.id for target in node.targets if isinstance(target, ast.Name)])
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield from public([node.target.id])


def is_type_variable(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in ("TypeVar", "ParamSpec")
    )


def public(names: List[str]) -> List[str]:
    return [name for name in names if not name.startswith("_")]


EXAMPLE = '''
def short(value):
    """A docstring
    of two lines."""
    return value


def outer():
    # A comment.
    def inner(
        value: "Any",
    ) -> Any:
        a = 1
        b = 2
        return a

    return inner
'''


def test_the_measures() -> None:
    tree = ast.parse(EXAMPLE)
    assert [(node.name, length(node)) for node in functions(tree)] == [("short", 2), ("outer", 10), ("inner", 6)]
    assert percentiles(range(100)) == (50, 90, 99)
    assert sum(is_any(node) for node in ast.walk(tree)) == 1
    assert list(defined(ast.parse("a = b = 1\n_c = 2\nd: int = 3\nclass _E: ...\ndef f(): ...\ng = TypeVar()"))) == [
        *("a", "b", "d", "_E", "f")
    ]


def test_repetitions_are_found() -> None:
    one = [(i, str(i)) for i in range(10)]
    other = [(i + 100, str(i)) for i in range(3, 10)]
    assert repeated({"one": one, "other": other}) == [("one:3", "other:103")]
    assert repeated({"one": one, "other": other[2:]}) == []
