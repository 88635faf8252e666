"""The method that includes a router, and its checks."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Sequence, Type, Union

from annotated_doc import Doc
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Router
from typing_extensions import Annotated

from fastapi import params
from fastapi._body_limit import get_body_size_limit, validate_max_body_size
from fastapi._facade import LazyModule
from fastapi._form_limits import _FormLimits, _validate_form_limits
from fastapi._routing.described.options import add_up
from fastapi._routing.described.redeclare import require_path_names, uses_files
from fastapi._routing.tree.inclusion.context import _RouterIncludeContext
from fastapi._routing.tree.inclusion.node import _IncludedRouter
from fastapi._routing.tree.inclusion.walk import iter_paths
from fastapi._routing.tree.lifespan import EventHandlers, LifespanContext, _merge_lifespan_context
from fastapi._routing.tree.route import APIRoute
from fastapi._routing.tree.websocket_route import APIWebSocketRoute
from fastapi.datastructures import Default
from fastapi.exceptions import FastAPIError
from fastapi.utils import generate_unique_id, get_value_or_default

if TYPE_CHECKING:
    pass

if TYPE_CHECKING:
    from fastapi._routing.tree import router as _router
else:
    # The annotations of a method are evaluated in this module.
    _router = LazyModule("fastapi._routing.tree.router")


class Inclusions(EventHandlers, Router):
    """The method of `APIRouter` that includes another router."""

    if TYPE_CHECKING:  # The class that takes these methods over has no annotations.
        prefix: str
        tags: List[Union[str, Enum]]
        dependencies: List[params.Depends]
        default_response_class: Type[Response]
        responses: Dict[Union[int, str], Dict[str, Any]]
        callbacks: List[BaseRoute]
        deprecated: Optional[bool]
        include_in_schema: bool
        generate_unique_id_function: Callable[[APIRoute], str]
        strict_content_type: bool
        dependency_overrides_provider: Optional[Any]
        max_body_size: Optional[int]
        lifespan_context: LifespanContext

        def _mark_routes_changed(self) -> None: ...

    def include_router(
        self,
        router: Annotated[
            _router.APIRouter, Doc("The router to include. It may be included several times, and in several routers.")
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
            Optional[Sequence[params.Depends]],
            Doc(
                """
                Dependencies, declared with `Depends()`, of the *path operations* in this inclusion. They run before
                those of the router: the place for a permission that only this inclusion needs.
                """
            ),
        ] = None,
        default_response_class: Annotated[
            Type[Response],
            Doc("The response class of the *path operations* for which neither they nor the router choose one."),
        ] = Default(JSONResponse),
        responses: Annotated[
            Optional[Dict[Union[int, str], Dict[str, Any]]],
            Doc(
                """
                Additional responses for the documentation of the *path operations*, by status code. The router and its
                *path operations* may replace one.
                """
            ),
        ] = None,
        callbacks: Annotated[
            Optional[List[BaseRoute]],
            Doc("*Path operations* of another application, for the documentation as OpenAPI callbacks."),
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
        generate_unique_id_function: Annotated[
            Callable[[APIRoute], str],
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
        self._check_inclusion(router, prefix)
        validate_max_body_size(max_body_size)
        added = {"tags": tags, "dependencies": dependencies, "responses": responses, "callbacks": callbacks}
        context = _RouterIncludeContext(
            included_router=router,
            prefix=self.prefix + prefix,
            **add_up(self, added),
            deprecated=deprecated or self.deprecated,
            include_in_schema=self.include_in_schema and include_in_schema,
            default_response_class=get_value_or_default(default_response_class, self.default_response_class),
            generate_unique_id_function=get_value_or_default(
                generate_unique_id_function, self.generate_unique_id_function
            ),
            strict_content_type=self.strict_content_type,
            dependency_overrides_provider=self.dependency_overrides_provider,
            max_body_size=get_body_size_limit(router.max_body_size, max_body_size, self.max_body_size),
            form_limits={**_validate_form_limits(form_limits), **router.form_limits},
        )
        node = _IncludedRouter(original_router=router, include_context=context)
        if self.dependency_overrides_provider is not None and uses_files():
            _require_declared_paths(node)
        self.routes.append(node)
        self._take_lifespan_of(router)
        self._mark_routes_changed()

    def _check_inclusion(self, router: _router.APIRouter, prefix: str) -> None:
        assert self is not router, (
            "Cannot include the same APIRouter instance into itself. Did you mean to include a different router?"
        )
        assert not router._contains_router(self), (
            "Cannot include an APIRouter instance that already includes this router. "
            "Did you mean to include a different router?"
        )
        check_prefix(prefix)
        if not prefix:
            for path, name in iter_paths(router.routes):
                if not path:
                    raise FastAPIError(f"Prefix and path cannot be both empty (path operation: {name})")

    def _take_lifespan_of(self, router: _router.APIRouter) -> None:
        """Add the event handlers and the lifespan of the included router to those of this one."""
        for handler in router.on_startup:
            self.add_event_handler("startup", handler)
        for handler in router.on_shutdown:
            self.add_event_handler("shutdown", handler)
        self.lifespan_context = _merge_lifespan_context(self.lifespan_context, router.lifespan_context)


def check_prefix(prefix: str) -> None:
    if prefix:
        assert prefix.startswith("/"), "A path prefix must start with '/'"
        assert not prefix.endswith("/"), "A path prefix must not end with '/', as the routes will start with '/'"


def _require_declared_paths(node: _IncludedRouter, prefix: str = "") -> None:
    """Refuse an inclusion with a route whose path lacks a path parameter that a file declares.

    Raises:
        ParamsSchemaError: The message names the path and the place in the file.
    """
    prefix += node.include_context.prefix
    for route in node.original_router.routes:
        if isinstance(route, _IncludedRouter):
            _require_declared_paths(route, prefix)
        elif isinstance(route, APIRoute):
            require_path_names(prefix + route.path, vars(route)["_operation"].dependant)
        elif isinstance(route, APIWebSocketRoute):
            require_path_names(prefix + route.path, vars(route)["dependant"])
