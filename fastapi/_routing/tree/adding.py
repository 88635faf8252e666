"""Methods of a router that add WebSockets, plain Starlette routes and frontends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Collection, List, Optional, Sequence

from annotated_doc import Doc
from starlette.routing import BaseRoute, Router
from typing_extensions import Annotated

from fastapi import params
from fastapi._routing.tree.decorator import make_decorator
from fastapi._routing.tree.frontend import CheckDirectory, _FrontendRouteGroup, make_frontend
from fastapi._routing.tree.frontend_files import Directory, Fallback
from fastapi._routing.tree.websocket_route import APIWebSocketRoute
from fastapi.types import DecoratedCallable

if TYPE_CHECKING:
    pass


class RouteAdditions(Router):
    """The methods of `APIRouter` that add other routes than path operations."""

    if TYPE_CHECKING:  # The class that takes these methods over has no annotations.
        prefix: str
        dependencies: List[params.Depends]
        dependency_overrides_provider: Optional[object]
        _low_priority_routes: List[BaseRoute]
        _frontend_routes: Optional[_FrontendRouteGroup]

        def _mark_routes_changed(self) -> None: ...

    def add_api_websocket_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: Optional[str] = None,
        *,
        dependencies: Optional[Sequence[params.Depends]] = None,
    ) -> None:
        """Add a function that serves WebSocket connections, without a decorator. `websocket` calls this method."""
        route = APIWebSocketRoute(
            self.prefix + path,
            endpoint=endpoint,
            name=name,
            dependencies=[*self.dependencies, *(dependencies or [])],
            dependency_overrides_provider=self.dependency_overrides_provider,
        )
        self.routes.append(route)
        self._mark_routes_changed()

    def websocket(
        self,
        path: Annotated[str, Doc("The path of the WebSocket. It may contain path parameters, as in `/rooms/{room}`.")],
        name: Annotated[
            Optional[str], Doc("The name of the route for `url_path_for`. The default is the name of the function.")
        ] = None,
        *,
        dependencies: Annotated[
            Optional[Sequence[params.Depends]],
            Doc("Dependencies, declared with `Depends()`, whose return values the function does not need."),
        ] = None,
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a function that serves WebSocket connections of a path.

        It takes parameters and dependencies as a *path operation* does, but no body.

        ```python
        @router.websocket("/rooms/{room}")
        async def echo(websocket: WebSocket, room: str):
            await websocket.accept()
            async for text in websocket.iter_text():
                await websocket.send_text(f"{room}: {text}")
        ```
        """
        return make_decorator(
            "websocket",
            lambda func: self.add_api_websocket_route(path, func, name=name, dependencies=dependencies),
        )

    # ── Adding routes as in Starlette ──

    def add_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        methods: Optional[Collection[str]] = None,
        name: Optional[str] = None,
        include_in_schema: bool = True,
    ) -> None:
        """Add a Starlette route: a function of a request, without prefix, parameters or documentation."""
        super().add_route(
            path,
            endpoint,
            methods=None if methods is None else list(methods),
            name=name,
            include_in_schema=include_in_schema,
        )
        self._mark_routes_changed()

    def route(
        self,
        path: str,
        methods: Optional[Collection[str]] = None,
        name: Optional[str] = None,
        include_in_schema: bool = True,
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a Starlette route."""
        return make_decorator(
            "route",
            lambda func: self.add_route(path, func, methods=methods, name=name, include_in_schema=include_in_schema),
        )

    def add_websocket_route(self, path: str, endpoint: Callable[..., Any], name: Optional[str] = None) -> None:
        """Add a Starlette WebSocket route: a function of a WebSocket, without prefix or parameters."""
        super().add_websocket_route(path, endpoint, name=name)
        self._mark_routes_changed()

    def websocket_route(
        self, path: str, name: Optional[str] = None
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a Starlette WebSocket route."""
        return make_decorator(
            "websocket_route",
            lambda func: self.add_websocket_route(path, func, name=name),
        )

    def frontend(
        self,
        path: Annotated[
            str, Doc('The path below which the files are served, for example "/" or "/app". It starts with a slash.')
        ],
        *,
        directory: Annotated[Directory, Doc("The folder with the built files: the output of a tool such as Vite.")],
        fallback: Annotated[
            Fallback,
            Doc(
                """
                The file that answers a request for which there is no file.

                "404.html" is sent with status 404. "index.html" is sent with status 200, and only to clients that
                accept HTML by name, so that the application in the browser can handle its own paths. "auto" takes the
                first of the two that exists. `None` answers a plain 404.
                """
            ),
        ] = "auto",
        check_dir: Annotated[
            CheckDirectory,
            Doc(
                """
                Whether to check now that the folder exists, and the file of the fallback with it. "auto" checks, but
                only warns when the environment variable `FASTAPI_ENV` is "development", as under `fastapi dev`.
                """
            ),
        ] = "auto",
    ) -> None:
        """Serve the built files of a web application where no other route answers.

        A frontend answers GET and HEAD, after all *path operations* and mounts, and runs the dependencies of its
        router. Of several frontends, the one with the longest path answers.

        ```python
        app = FastAPI()


        @app.get("/api/stock")
        def read_stock(): ...


        app.frontend("/", directory="dist")
        ```

        Raises:
            RuntimeError: the folder, or the file of the fallback, does not exist.
            AssertionError: the path does not start with a slash, or the fallback is unknown.
        """
        route = make_frontend(path, prefix=self.prefix, directory=directory, fallback=fallback, check_dir=check_dir)
        if self._frontend_routes is None:
            self._frontend_routes = _FrontendRouteGroup(
                dependencies=self.dependencies,
                dependency_overrides_provider=self.dependency_overrides_provider,
            )
            self._low_priority_routes.append(self._frontend_routes)
        self._frontend_routes.routes.append(route)
        self._mark_routes_changed()
