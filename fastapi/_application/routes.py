"""Methods of an application that add routes: they call the methods of its router with the same names."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Sequence, Type, Union

from annotated_doc import Doc
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from typing_extensions import Annotated, Unpack

from fastapi import routing
from fastapi._form_limits import _FormLimits
from fastapi._routing.described.options import OperationOptions
from fastapi._routing.tree.decorator import make_decorator
from fastapi._routing.tree.frontend import CheckDirectory
from fastapi._routing.tree.frontend_files import Directory, Fallback
from fastapi._routing.tree.path_operation import VERB_DEFAULTS
from fastapi._routing.tree.route_options import APPLICATION_ROUTE, with_options
from fastapi.datastructures import Default
from fastapi.params import Depends
from fastapi.types import DecoratedCallable
from fastapi.types import IncEx as IncEx  # The annotations of the options refer to it by name.
from fastapi.utils import generate_unique_id

_HOME = "fastapi.applications.FastAPI"


class ApplicationRoutes(Starlette):
    """The methods of `FastAPI` that add routes."""

    if TYPE_CHECKING:  # The class that takes these methods over has no annotations.
        router: routing.APIRouter

    def _path_operation(
        self, method: str, path: str, options: Mapping[str, Any]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Call the method of the router, with every option, given or not."""
        add = getattr(self.router, method.lower())
        decorator: Callable[[DecoratedCallable], DecoratedCallable] = add(path, **{**VERB_DEFAULTS, **options})
        return decorator

    @with_options(APPLICATION_ROUTE)
    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Unpack[OperationOptions]) -> None:
        """Add a *path operation* without a decorator: see `APIRouter.add_api_route`."""
        self.router.add_api_route(path, endpoint=endpoint, **options)

    @with_options(APPLICATION_ROUTE)
    def api_route(
        self, path: str, **options: Unpack[OperationOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Return a decorator that adds a *path operation* for the HTTP `methods`, by default GET.

        ```python
        @app.api_route("/ping", methods=["GET", "HEAD"])
        def ping(): ...
        ```
        """
        return make_decorator("api_route", lambda func: self.router.add_api_route(path, func, **options), home=_HOME)

    def add_api_websocket_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: Optional[str] = None,
        *,
        dependencies: Optional[Sequence[Depends]] = None,
    ) -> None:
        """Add a function that serves WebSocket connections, without a decorator."""
        self.router.add_api_websocket_route(path, endpoint, name=name, dependencies=dependencies)

    def websocket(
        self,
        path: Annotated[str, Doc("The path of the WebSocket. It may contain path parameters, as in `/rooms/{room}`.")],
        name: Annotated[
            Optional[str], Doc("The name of the route for `url_path_for`. The default is the name of the function.")
        ] = None,
        *,
        dependencies: Annotated[
            Optional[Sequence[Depends]],
            Doc("Dependencies, declared with `Depends()`, whose return values the function does not need."),
        ] = None,
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a function that serves WebSocket connections of a path.

        It takes parameters and dependencies as a *path operation* does, but no body.

        ```python
        @app.websocket("/rooms/{room}")
        async def echo(websocket: WebSocket, room: str):
            await websocket.accept()
            async for text in websocket.iter_text():
                await websocket.send_text(f"{room}: {text}")
        ```
        """
        return make_decorator(
            "websocket",
            lambda func: self.add_api_websocket_route(path, func, name=name, dependencies=dependencies),
            home=_HOME,
        )

    def websocket_route(
        self, path: str, name: Optional[str] = None
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a Starlette WebSocket route: a function of a WebSocket, without parameters."""
        return make_decorator(
            "websocket_route", lambda func: self.router.add_websocket_route(path, func, name=name), home=_HOME
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
        self.router.frontend(path, directory=directory, fallback=fallback, check_dir=check_dir)

    def include_router(
        self,
        router: Annotated[
            routing.APIRouter, Doc("The router to include. It may be included several times, and in several routers.")
        ],
        *,
        prefix: Annotated[
            str,
            Doc(
                """
                The prefix for this inclusion, before the prefix of the router. It starts with a slash and does not end
                with one.
                """
            ),
        ] = "",
        tags: Annotated[
            Optional[List[Union[str, Enum]]],
            Doc("Tags of the *path operations* in this inclusion, before those of the router."),
        ] = None,
        dependencies: Annotated[
            Optional[Sequence[Depends]],
            Doc(
                """
                Dependencies, declared with `Depends()`, of the *path operations* in this inclusion. They run before
                those of the router: the place for a permission that only this inclusion needs.
                """
            ),
        ] = None,
        responses: Annotated[
            Optional[Dict[Union[int, str], Dict[str, Any]]],
            Doc(
                """
                Additional responses for the documentation of the *path operations*, by status code. The router and its
                *path operations* may replace one.
                """
            ),
        ] = None,
        deprecated: Annotated[
            Optional[bool],
            Doc(
                """
                Mark the *path operations* of this inclusion as deprecated in the documentation: an old version of an
                API, for example.
                """
            ),
        ] = None,
        include_in_schema: Annotated[
            bool,
            Doc(
                """
                Whether the documentation contains the *path operations* of this inclusion. They answer requests in both
                cases.
                """
            ),
        ] = True,
        default_response_class: Annotated[
            Type[Response],
            Doc("The response class of the *path operations* for which neither they nor the router choose one."),
        ] = Default(JSONResponse),
        callbacks: Annotated[
            Optional[List[BaseRoute]],
            Doc("*Path operations* of another application, for the documentation as OpenAPI callbacks."),
        ] = None,
        generate_unique_id_function: Annotated[
            Callable[[routing.APIRoute], str],
            Doc(
                """
                A function that gets a route and returns its OpenAPI operation id, for the *path operations* for which
                neither they nor the router choose one.
                """
            ),
        ] = Default(generate_unique_id),
        max_body_size: Annotated[
            Optional[int],
            Doc(
                """
                The maximum size of a request body in bytes, for the *path operations* for which neither they nor the
                router have a limit. `None` keeps the limit of the levels around.
                """
            ),
        ] = None,
        form_limits: Annotated[
            Optional[_FormLimits],
            Doc(
                """
                Limits for forms that FastAPI parses: `max_fields`, `max_files`, `max_part_size` (bytes). A limit of the
                router or of a *path operation* wins.
                """
            ),
        ] = None,
    ) -> None:
        """Include the *path operations* of a router, with the options of both.

        The router stays as it is: a route that it gets later is found in this inclusion. Its event handlers and its
        lifespan run with those of the application.

        ```python
        from fastapi import APIRouter, Depends, FastAPI

        orders = APIRouter(prefix="/orders", tags=["orders"])


        @orders.get("/{number}")
        def read_order(number: int): ...


        app = FastAPI()
        app.include_router(orders)  # /orders/7
        app.include_router(orders, prefix="/admin", dependencies=[Depends(require_admin)])  # /admin/orders/7
        ```

        Raises:
            FastAPIError: prefix and path of a *path operation* are both empty.
            AssertionError: the prefix does not start with a slash, or ends with one; a router would include itself.
        """
        self.router.include_router(
            router,
            prefix=prefix,
            tags=tags,
            dependencies=dependencies,
            responses=responses,
            deprecated=deprecated,
            include_in_schema=include_in_schema,
            default_response_class=default_response_class,
            callbacks=callbacks,
            generate_unique_id_function=generate_unique_id_function,
            max_body_size=max_body_size,
            form_limits=form_limits,
        )
