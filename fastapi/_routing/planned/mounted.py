"""The runner of a mounted application: the core selects the mount, and the application does the rest.

The layers that the request has skipped do nothing while the application answers. Its exception passes them afterwards.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Dict, Optional

from starlette._utils import get_route_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi._rest import Rest
from fastapi._routing.described.scope import has_callbacks
from fastapi._routing.planned.match_scope import make_inclusion_writer
from fastapi._routing.planned.rejoin import Watched, close_stack, raising_through, rest_with_stack
from fastapi._routing.planned.types import CoreAnswer, Runner, Surroundings
from fastapi._routing.planning.rows import MountedApp
from fastapi._scope_keys import MIDDLEWARE_STACK_KEY


def make_mount_runner(mounted: MountedApp, around: Surroundings) -> Runner:
    """Return the runner of one mounted application."""
    mount, router = mounted.mount, around.router
    # The application may push on the stack of the middleware that the request has skipped.
    entries = {key: value for key, value in around.entries.items() if key != MIDDLEWARE_STACK_KEY}
    write_inclusions = make_inclusion_writer(mounted, around)

    def write_match(scope: Scope, path_params: Dict[str, str]) -> None:
        remaining_path = "/" + path_params.pop("path")
        root_path, outer_params = scope.get("root_path", ""), scope.get("path_params")
        matched_path = get_route_path(scope)[: -len(remaining_path)]
        scope.setdefault("router", router)
        scope.setdefault("app_root_path", root_path)
        scope["path_params"] = {**outer_params, **path_params} if outer_params else path_params
        scope["root_path"] = root_path + matched_path
        scope.update(entries)
        if write_inclusions is not None:
            write_inclusions(scope)

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        watched = Watched(send)
        stack = AsyncExitStack()
        try:
            app = scope["endpoint"] = mount.app
            write_match(scope, answer[1])
            scope[MIDDLEWARE_STACK_KEY] = stack
            await app(scope, receive, watched.send)
        except BaseException as error:
            if not isinstance(error, Exception) and not has_callbacks(stack):
                raise
            left = {key: value for key, value in scope.items() if value is not stack}
            return rest_with_stack(_raising_within(left, error, watched.start), stack, watched)
        return await close_stack(stack, watched)

    async def run_at_router(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        # Nothing was skipped, so exceptions pass the layers by themselves.
        app = scope["endpoint"] = mount.app
        write_match(scope, answer[1])
        await app(scope, receive, send)
        return None

    return run_at_router if around.place.has_passed_stack else run


def _raising_within(left: Scope, error: BaseException, start: Optional[Message]) -> ASGIApp:
    """Return an application that raises `error`, with the scope as the mounted application has left it.

    The layers that are called after all have written their entries again.
    """
    fail = raising_through(error, start)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope.update(left)
        await fail(scope, receive, send)

    return app
