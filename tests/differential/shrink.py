"""Make a program smaller while it still shows a difference with the same signature.

Cuts work on the syntax tree: they remove one statement, decorator, argument or parameter after the other. A cut that
breaks the program breaks it on both sides; then the program shows no difference, and the cut is discarded.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from tests.differential.program import Program, Request

Shows = Callable[[Program], bool]


def shrink(program: Program, shows: Shows, seconds: float) -> Program:
    """Return the smallest program, found in the given time, for which `shows` is true."""
    until = monotonic() + seconds
    size = size_of(program) + 1
    while size_of(program) < size and monotonic() < until:
        size = size_of(program)
        program = _greedily(program, shows, until)
    return program


def size_of(program: Program) -> int:
    return len(program.body) + len(repr(program.requests))


def _greedily(program: Program, shows: Shows, until: float) -> Program:
    for make in (fewer_requests, fewer_definitions, simpler_requests, smaller_text):
        position = 0
        while monotonic() < until:
            candidate = _nth(make(program), position)
            if candidate is None:
                break
            if shows(candidate):
                program = candidate
            else:
                position += 1
    return program


def _nth(candidates: Iterator[Program], n: int) -> Program | None:
    for i, candidate in enumerate(candidates):
        if i == n:
            return candidate
    return None


def fewer_requests(program: Program) -> Iterator[Program]:
    for rest in without_parts(program.requests):
        yield program.with_requests(tuple(rest))


def without_parts(items: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield the list without its halves, its quarters, and so on down to single elements."""
    size = len(items) // 2
    while size:
        for start in range(0, len(items), size):
            yield [*items[:start], *items[start + size :]]
        size //= 2
    if len(items) == 1:
        yield []


def simpler_requests(program: Program) -> Iterator[Program]:
    for i, request in enumerate(program.requests):
        for simpler in simpler_request(request):
            yield program.with_requests((*program.requests[:i], simpler, *program.requests[i + 1 :]))


def simpler_request(request: Request) -> Iterator[Request]:
    for key, value in request.items():
        if key not in ("path", "text"):
            yield {each: request[each] for each in request if each != key}
        if isinstance(value, list):
            for i in range(len(value)):
                yield {**request, key: [*value[:i], *value[i + 1 :]]}
        if isinstance(value, dict):
            for name in value:
                yield {**request, key: {each: value[each] for each in value if each != name}}
    if "?" in request.get("path", ""):
        yield {**request, "path": request["path"].partition("?")[0]}


def fewer_definitions(program: Program) -> Iterator[Program]:
    """Yield the program without several of its statements at once."""
    try:
        statements = ast.parse(program.body).body
    except SyntaxError:
        return
    for rest in without_parts(statements):
        yield replace(program, body=ast.unparse(ast.Module(rest, [])))


def smaller_text(program: Program) -> Iterator[Program]:
    try:
        tree = ast.parse(program.body)
    except SyntaxError:
        return
    for position in range(len(list(cuts(tree)))):
        cut = copy.deepcopy(tree)
        list(cuts(cut))[position]()
        try:
            yield replace(program, body=ast.unparse(ast.fix_missing_locations(cut)))
        except (ValueError, AttributeError):
            continue


def cuts(tree: ast.AST) -> Iterator[Callable[[], None]]:
    """Yield functions that remove one part from the tree, the largest part first."""
    nodes = list(ast.walk(tree))
    for node in nodes:
        body = getattr(node, "body", None)
        if isinstance(body, list):
            for i in reversed(range(len(body))):
                if not isinstance(body[i], ast.Pass):
                    yield lambda body=body, i=i: _remove_statement(body, i)  # type: ignore[misc]
    for node in nodes:
        body = getattr(node, "body", None)
        if isinstance(body, list):
            for i, statement in enumerate(body):
                if isinstance(statement, (ast.Try, ast.With, ast.AsyncWith, ast.If, ast.For)):
                    yield lambda body=body, i=i, inner=statement.body: _unwrap(body, i, inner)  # type: ignore[misc]
        for name in (
            "decorator_list",
            "handlers",
            "finalbody",
            "orelse",
            "keywords",
            "bases",
            "args",
            "elts",
            "targets",
        ):
            parts = getattr(node, name, None)
            if isinstance(parts, list):
                for i in range(len(parts)):
                    yield lambda parts=parts, i=i: parts.pop(i)  # type: ignore[misc]
        if isinstance(node, ast.arguments):
            for i in range(len(node.args)):
                yield lambda node=node, i=i: _remove_parameter(node, i)  # type: ignore[misc]
        if isinstance(node, ast.arg) and node.annotation is not None:
            yield lambda node=node: setattr(node, "annotation", None)  # type: ignore[misc]
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns is not None:
            yield lambda node=node: setattr(node, "returns", None)  # type: ignore[misc]


def _remove_statement(body: list[ast.stmt], i: int) -> None:
    del body[i]
    if not body:
        body.append(ast.Pass())


def _unwrap(body: list[ast.stmt], i: int, inner: list[ast.stmt]) -> None:
    body[i : i + 1] = inner


def _remove_parameter(arguments: ast.arguments, i: int) -> None:
    first_default = len(arguments.args) - len(arguments.defaults)
    if i >= first_default:
        del arguments.defaults[i - first_default]
    del arguments.args[i]
