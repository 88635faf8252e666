"""Frontends: the routes that serve the built files of a web application.

A frontend answers only requests that no other route answers:

- Of all frontends whose path covers a request, the one with the longest path answers. Paths end at segments: "/app"
  does not cover "/application".
- A frontend refuses methods other than GET and HEAD, before its dependencies run and without a fallback: with 405 where
  it would serve a file, with 404 elsewhere.

`frontend_files` decides which file answers.
"""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, AsyncIterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from starlette._utils import get_route_path
from starlette.datastructures import URLPath
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send
from typing_extensions import Literal

from fastapi import params
from fastapi._changes import changes
from fastapi._routing.described.description import AttributeValues
from fastapi._routing.described.redeclare import watch_declarations
from fastapi._routing.described.resolve import build_dependant
from fastapi._routing.described.scope import MISSING
from fastapi._routing.tree.frontend_files import (
    FALLBACK_FILES,
    METHODS,
    Directory,
    Fallback,
    FrontendFiles,
    missing_fallback,
)
from fastapi._scope_keys import (
    FASTAPI_KEY,
    FRONTEND_PATH_KEY,
    FRONTEND_SPECIFICITY_KEY,
    FUNCTION_STACK_KEY,
    REQUEST_STACK_KEY,
)
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import SolvedDependency, solve_dependencies
from fastapi.exceptions import RequestValidationError

CheckDirectory = Union[bool, Literal["auto"]]

STACK_KEYS = (REQUEST_STACK_KEY, FUNCTION_STACK_KEY)


class FrontendSelection(NamedTuple):
    """One frontend below whose path the request lies."""

    match: Match
    child_scope: Scope
    route: Optional[FrontendRoute]


class _FrontendRouteGroup(BaseRoute):
    """All frontends of one router. They share its dependencies."""

    def __init__(
        self,
        *,
        dependencies: Sequence[params.Depends],
        dependency_overrides_provider: Optional[object],
    ) -> None:
        self.routes: List[FrontendRoute] = []
        self.dependencies = list(dependencies)
        self.guard = FrontendGuard(self.dependencies, dependency_overrides_provider)

    def matches(self, scope: Scope) -> Tuple[Match, Scope]:
        return self.matches_with_prefix(scope, "")

    def matches_with_prefix(self, scope: Scope, prefix: str) -> Tuple[Match, Scope]:
        """Return the match of a request with the frontends when the router is included under `prefix`."""
        match, child_scope, _ = self._select(scope, prefix)
        return match, child_scope

    def _select(self, scope: Scope, prefix: str) -> FrontendSelection:
        """Return the frontend with the longest path, of equally long ones the first."""
        best = FrontendSelection(Match.NONE, {}, None)
        for route in self.routes:
            match, child_scope = route.matches_with_prefix(scope, prefix)
            if match is Match.NONE:
                continue
            if best.route is None or is_more_specific(child_scope, best.child_scope):
                best = FrontendSelection(match, child_scope, route)
        return best

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.serve(scope, receive, send, prefix="", guard=self.guard)

    async def serve(self, scope: Scope, receive: Receive, send: Send, *, prefix: str, guard: FrontendGuard) -> None:
        """Answer the request by the frontend that covers it, after the dependencies of `guard`."""
        _, child_scope, route = self._select(scope, prefix)
        if route is None:
            raise HTTPException(status_code=404)
        path = child_scope[FASTAPI_KEY][FRONTEND_PATH_KEY]
        if scope["method"] not in route.methods:
            await route.app.refuse_method(path)
        async with guard.solved(Request(scope, receive, send)) as solved:
            response = await route.app.respond(path, scope)
            if solved is not None:
                _apply_solved(solved, response)
            await response(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        raise NoMatchFound(name, path_params)


class FrontendRoute(BaseRoute):
    """One frontend: a path, and the files below it."""

    def __init__(self, path: str, app: FrontendFiles) -> None:
        self.path = path
        self.methods = set(METHODS)
        self.app = app

    def matches(self, scope: Scope) -> Tuple[Match, Scope]:
        return self.matches_with_prefix(scope, "")

    def matches_with_prefix(self, scope: Scope, prefix: str) -> Tuple[Match, Scope]:
        """Return the match of a request with this frontend when the router is included under `prefix`."""
        if scope["type"] != "http":
            return Match.NONE, {}
        path = _join_paths(prefix, self.path)
        frontend_path = _path_below(path, get_route_path(scope))
        if frontend_path is None:
            return Match.NONE, {}
        entry = {
            FRONTEND_PATH_KEY: frontend_path,
            FRONTEND_SPECIFICITY_KEY: 0 if path == "/" else len(path),
        }
        match = Match.FULL if scope["method"] in self.methods else Match.PARTIAL
        return match, {FASTAPI_KEY: entry}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        raise NoMatchFound(name, path_params)


class FrontendGuard:
    """The dependencies that run before a frontend answers."""

    def __init__(
        self,
        dependencies: Sequence[params.Depends],
        dependency_overrides_provider: Optional[object],
    ) -> None:
        self.dependencies = list(dependencies)
        self.dependency_overrides_provider = dependency_overrides_provider
        seen = changes.declarations
        self.dependant, self.embed_body_fields = self._build()
        watch_declarations(self, self.dependant, FrontendGuard._redeclared, seen)

    def _build(self) -> Tuple[Dependant, bool]:
        return build_dependant(path="", call=_frontend_endpoint, dependencies=self.dependencies)

    def _redeclared(self) -> AttributeValues:
        """Return the attributes to have after a change of the file that parameters are declared in."""
        dependant, embed_body_fields = self._build()
        return {"dependant": dependant, "embed_body_fields": embed_body_fields}

    @asynccontextmanager
    async def solved(self, request: Request) -> AsyncIterator[Optional[SolvedDependency]]:
        """Run the dependencies; those with `yield` end when the context does."""
        if not self.dependencies:
            yield None
            return
        async with _dependency_stacks(request.scope) as request_stack:
            solved = await solve_dependencies(
                request=request,
                dependant=self.dependant,
                dependency_overrides_provider=self.dependency_overrides_provider,
                async_exit_stack=request_stack,
                embed_body_fields=self.embed_body_fields,
            )
            if solved.errors:
                raise RequestValidationError(solved.errors)
            yield solved


def make_frontend(
    path: str,
    *,
    prefix: str,
    directory: Directory,
    fallback: Fallback,
    check_dir: CheckDirectory,
) -> FrontendRoute:
    """Check the arguments of `frontend()` and make the route of a router with that prefix."""
    assert path, "A frontend path cannot be empty"
    assert path.startswith("/"), "A frontend path must start with '/'"
    assert fallback in FALLBACK_FILES, "fallback must be 'auto', 'index.html', '404.html', or None"
    if check_dir:
        _check_directory(directory, fallback, tolerant=_is_tolerant(check_dir))
    app = FrontendFiles(directory=directory, fallback=fallback)
    return FrontendRoute(_join_paths(prefix, path), app)


def is_more_specific(child_scope: Scope, other: Scope) -> bool:
    """Tell whether one frontend, as its `matches` described it, has a longer path than another."""
    return bool(child_scope[FASTAPI_KEY][FRONTEND_SPECIFICITY_KEY] > other[FASTAPI_KEY][FRONTEND_SPECIFICITY_KEY])


def _is_tolerant(check_dir: CheckDirectory) -> bool:
    """Return whether a missing folder only warns: in development, the frontend may be built after the start."""
    return check_dir == "auto" and os.environ.get("FASTAPI_ENV") == "development"


def _check_directory(directory: Directory, fallback: Fallback, *, tolerant: bool) -> None:
    if not os.path.isdir(directory):
        message = (
            f"Frontend directory {os.fspath(directory)!r} does not exist. "
            f"Resolved absolute path: {os.path.abspath(directory)!r}"
        )
        if not tolerant:
            raise RuntimeError(message)
        warnings.warn(message, UserWarning, stacklevel=_stacklevel_of_caller())
    elif fallback in ("index.html", "404.html") and not tolerant:
        if not os.path.isfile(os.path.join(directory, fallback)):
            raise RuntimeError(missing_fallback(fallback, directory))


def _stacklevel_of_caller() -> int:
    """Return the `stacklevel`, for the calling function, of the first frame outside of this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    return level


def _is_ours(module: str) -> bool:
    return module == "fastapi" or module.startswith("fastapi.")


def _join_paths(prefix: str, path: str) -> str:
    """Join a prefix and a path that both start with "/"; only the root itself ends with one."""
    return (prefix.rstrip("/") + path).rstrip("/") or "/"


def _path_below(path: str, request_path: str) -> Optional[str]:
    """Return the rest of the path of a request after `path`, None if the request does not lie below it."""
    if path == "/":
        return request_path.lstrip("/")
    if request_path == path:
        return ""
    if request_path.startswith(path + "/"):
        return request_path[len(path) + 1 :]
    return None


@asynccontextmanager
async def _dependency_stacks(scope: Scope) -> AsyncIterator[AsyncExitStack]:
    """Open the two stacks that dependencies with `yield` use; afterwards restore the previous ones."""
    previous: AttributeValues = {key: scope.get(key, MISSING) for key in STACK_KEYS}
    try:
        async with AsyncExitStack() as request_stack, AsyncExitStack() as function_stack:
            scope.update(zip(STACK_KEYS, (request_stack, function_stack)))
            yield request_stack
    finally:
        for key, value in previous.items():
            if value is MISSING:
                scope.pop(key, None)
            else:
                scope[key] = value


def _apply_solved(solved: SolvedDependency, response: Response) -> None:
    """Add the headers and background tasks that dependencies put in their response."""
    response.headers.raw.extend(solved.response.headers.raw)
    if response.background is None:
        response.background = solved.background_tasks


def _frontend_endpoint() -> None:
    """Do nothing: the dependant of a frontend needs a function to call."""
