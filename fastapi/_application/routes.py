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
from fastapi._routing.tree.frontend import CheckDirectory
from fastapi._routing.tree.frontend_files import Directory, Fallback
from fastapi._routing.tree.path_operation import VERB_DEFAULTS
from fastapi._routing.tree.route_options import APPLICATION_ROUTE, with_options
from fastapi.datastructures import Default
from fastapi.params import Depends
from fastapi.types import DecoratedCallable
from fastapi.utils import generate_unique_id


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
        """Add a *path operation*."""
        self.router.add_api_route(path, endpoint=endpoint, **options)

    @with_options(APPLICATION_ROUTE)
    def api_route(
        self, path: str, **options: Unpack[OperationOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* for the HTTP methods in `methods`, by default GET."""
        return _make_decorator("api_route", lambda func: self.router.add_api_route(path, func, **options))

    def add_api_websocket_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: Optional[str] = None,
        *,
        dependencies: Optional[Sequence[Depends]] = None,
    ) -> None:
        """Add a WebSocket route with dependencies and parameters."""
        self.router.add_api_websocket_route(path, endpoint, name=name, dependencies=dependencies)

    def websocket(
        self,
        path: Annotated[str, Doc("The path of the WebSocket.")],
        name: Annotated[Optional[str], Doc("The name for `url_path_for`.")] = None,
        *,
        dependencies: Annotated[
            Optional[Sequence[Depends]],
            Doc("Dependencies (`Depends()`) to run whose values the function does not need."),
        ] = None,
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a WebSocket function.

        ```python
        @app.websocket("/ws")
        async def websocket_endpoint(websocket: WebSocket):
            await websocket.accept()
            await websocket.send_text("hello")
        ```
        """
        return _make_decorator(
            "websocket", lambda func: self.add_api_websocket_route(path, func, name=name, dependencies=dependencies)
        )

    def websocket_route(
        self, path: str, name: Optional[str] = None
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a Starlette WebSocket route: a function of a WebSocket, without parameters."""
        return _make_decorator("websocket_route", lambda func: self.router.add_websocket_route(path, func, name=name))

    def frontend(
        self,
        path: Annotated[str, Doc('The path below which the files are served, for example "/".')],
        *,
        directory: Annotated[Directory, Doc("The folder with the built files.")],
        fallback: Annotated[
            Fallback, Doc("The answer for files that do not exist; see `APIRouter.frontend`.")
        ] = "auto",
        check_dir: Annotated[
            CheckDirectory,
            Doc("Whether to require now that the folder exists; see `APIRouter.frontend`."),
        ] = "auto",
    ) -> None:
        """Serve the built files of a web application where no other route answers.

        ```python
        app.frontend("/", directory="dist")
        ```
        """
        self.router.frontend(path, directory=directory, fallback=fallback, check_dir=check_dir)

    def include_router(
        self,
        router: Annotated[routing.APIRouter, Doc("The router to include.")],
        *,
        prefix: Annotated[str, Doc("The text to put before the paths of the router.")] = "",
        tags: Annotated[
            Optional[List[Union[str, Enum]]],
            Doc("Names under which the documentation groups the *path operations*."),
        ] = None,
        dependencies: Annotated[
            Optional[Sequence[Depends]],
            Doc("Dependencies (`Depends()`) to run before those of the router."),
        ] = None,
        responses: Annotated[
            Optional[Dict[Union[int, str], Dict[str, Any]]],
            Doc("Further responses to document, by status code."),
        ] = None,
        deprecated: Annotated[
            Optional[bool], Doc("Mark the *path operations* as deprecated in the documentation.")
        ] = None,
        include_in_schema: Annotated[bool, Doc("Whether the documentation shows the *path operations*.")] = True,
        default_response_class: Annotated[
            Type[Response],
            Doc("The response class, where neither *path operation* nor router choose one."),
        ] = Default(JSONResponse),
        callbacks: Annotated[
            Optional[List[BaseRoute]],
            Doc("*Path operations* to document as OpenAPI callbacks."),
        ] = None,
        generate_unique_id_function: Annotated[
            Callable[[routing.APIRoute], str],
            Doc("A function that makes the operation ids from the routes."),
        ] = Default(generate_unique_id),
        max_body_size: Annotated[
            Optional[int],
            Doc("The largest request body to accept, in bytes, where the router has no limit."),
        ] = None,
        form_limits: Annotated[
            Optional[_FormLimits],
            Doc("Limits for forms that are parsed automatically, where the router has none."),
        ] = None,
    ) -> None:
        """Include a router. Routes that are added to it later are included as well.

        ```python
        app.include_router(users_router, prefix="/v1", tags=["v1"])
        ```
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


def _make_decorator(
    method: str, add: Callable[[Callable[..., Any]], None]
) -> Callable[[DecoratedCallable], DecoratedCallable]:
    """Return a decorator that calls `add`, with the qualified name of a function in a method of `FastAPI`."""

    def decorator(func: DecoratedCallable) -> DecoratedCallable:
        add(func)
        return func

    decorator.__module__, decorator.__qualname__ = "fastapi.applications", f"FastAPI.{method}.<locals>.decorator"
    return decorator
