"""The eight verbs, written once.

`PathOperations.get` describes every parameter; the other verbs copy its signature. `APIRouter` and `FastAPI` inherit
the class and supply `api_route`, which users override: the decorators always go through it, with every option.
"""

from __future__ import annotations

import inspect
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Sequence, Type, TypeVar, Union

from annotated_doc import Doc
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from typing_extensions import Annotated, Concatenate, ParamSpec

from fastapi import params
from fastapi._form_limits import _FormLimits
from fastapi._hints import own_hints, show_signature
from fastapi._routing.tree.route import APIRoute
from fastapi.datastructures import Default
from fastapi.types import DecoratedCallable, IncEx
from fastapi.utils import generate_unique_id

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def same_parameters_as(
    template: Callable[Concatenate[Any, Parameters], Any],
) -> Callable[[Callable[..., Result]], Callable[Concatenate[Any, Parameters], Result]]:
    """Give the decorated method the parameters of `template`, for type checkers and for `inspect.signature`.

    ```python
    @same_parameters_as(get)
    def put(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]: ...
    ```
    """
    signature = evaluated_signature(template)

    def decorate(method: Callable[..., Result]) -> Callable[Concatenate[Any, Parameters], Result]:
        method.__signature__ = signature  # type: ignore[attr-defined]
        method.__annotations__ = dict(template.__annotations__)
        return method

    return decorate


@lru_cache(maxsize=1)
def evaluated_signature(template: Callable[..., Any]) -> inspect.Signature:
    """Return the signature of a function with its annotations evaluated, so that tools find the `Doc` in them."""
    signature, annotations = inspect.signature(template), own_hints(template)
    shown = signature.parameters.values()
    return signature.replace(
        parameters=[each.replace(annotation=annotations.get(each.name, each.empty)) for each in shown],
        return_annotation=annotations["return"],
    )


class PathOperations:
    """Decorators that add a *path operation*, one for each HTTP method.

    Each takes the same parameters and returns the decorated function unchanged.
    """

    if TYPE_CHECKING:  # The classes that inherit this have no annotations.
        api_route: Callable[..., Callable[[DecoratedCallable], DecoratedCallable]]

    def get(
        self,
        path: Annotated[
            str,
            Doc(
                """
                The path this *path operation* answers, after all prefixes.

                `{name}` declares a path parameter; `{name:path}` one that may hold slashes.
                """
            ),
        ],
        *,
        response_model: Annotated[
            Any,
            Doc(
                """
                What the answer looks like: anything Pydantic can validate.

                The returned value is validated against it, reduced to its fields and documented by it. By default it is
                the return annotation of the function; `None` switches all of that off.
                """
            ),
        ] = Default(None),
        status_code: Annotated[
            Optional[int],
            Doc("The status code of a normal answer. An injected `Response` can change it."),
        ] = None,
        tags: Annotated[
            Optional[List[Union[str, Enum]]],
            Doc("Names under which the documentation groups this *path operation*."),
        ] = None,
        dependencies: Annotated[
            Optional[Sequence[params.Depends]],
            Doc("Dependencies (`Depends()`) to run whose values the function does not need."),
        ] = None,
        summary: Annotated[
            Optional[str],
            Doc("One line for the documentation. By default made from the name of the function."),
        ] = None,
        description: Annotated[
            Optional[str],
            Doc(
                """
                A text for the documentation, which may use Markdown. By default the docstring of the function, up to
                its first form feed.
                """
            ),
        ] = None,
        response_description: Annotated[
            str, Doc("The description of the normal answer in the documentation.")
        ] = "Successful Response",
        responses: Annotated[
            Optional[Dict[Union[int, str], Dict[str, Any]]],
            Doc(
                """
                Further answers to document, by status code. Next to OpenAPI's own keys, `model` may hold a type whose
                schema is added.
                """
            ),
        ] = None,
        deprecated: Annotated[
            Optional[bool], Doc("Mark this *path operation* as deprecated in the documentation.")
        ] = None,
        operation_id: Annotated[
            Optional[str],
            Doc("The OpenAPI operation id, which must be unique in the application. By default generated."),
        ] = None,
        response_model_include: Annotated[
            Optional[IncEx], Doc("Fields to keep in the answer; passed on to Pydantic as `include`.")
        ] = None,
        response_model_exclude: Annotated[
            Optional[IncEx], Doc("Fields to leave out of the answer; passed on to Pydantic as `exclude`.")
        ] = None,
        response_model_by_alias: Annotated[
            bool, Doc("Whether the answer names fields by their alias; Pydantic's `by_alias`.")
        ] = True,
        response_model_exclude_unset: Annotated[
            bool, Doc("Whether to leave out fields that were never set; Pydantic's `exclude_unset`.")
        ] = False,
        response_model_exclude_defaults: Annotated[
            bool, Doc("Whether to leave out fields that equal their default; Pydantic's `exclude_defaults`.")
        ] = False,
        response_model_exclude_none: Annotated[
            bool, Doc("Whether to leave out fields that are `None`; Pydantic's `exclude_none`.")
        ] = False,
        include_in_schema: Annotated[bool, Doc("Whether the documentation shows this *path operation*.")] = True,
        response_class: Annotated[
            Type[Response],
            Doc(
                """
                The class that turns the content into a response. For a generator function it decides how items are
                streamed: by default as JSON Lines, with `EventSourceResponse` as Server-Sent Events, else raw.
                """
            ),
        ] = Default(JSONResponse),
        name: Annotated[Optional[str], Doc("The name for `url_path_for`. By default that of the function.")] = None,
        callbacks: Annotated[
            Optional[List[BaseRoute]],
            Doc("*Path operations* to document as OpenAPI callbacks: requests that this application makes."),
        ] = None,
        openapi_extra: Annotated[
            Optional[Dict[str, Any]],
            Doc("Data merged over the generated OpenAPI entry of this *path operation*."),
        ] = None,
        generate_unique_id_function: Annotated[
            Callable[[APIRoute], str],
            Doc("A function that makes the operation id from the route."),
        ] = Default(generate_unique_id),
        max_body_size: Annotated[
            Optional[int],
            Doc(
                """
                The largest request body to accept, in bytes, with files and multipart framing. It replaces the limit of
                the application and its routers; `None` keeps theirs.
                """
            ),
        ] = None,
        form_limits: Annotated[
            Optional[_FormLimits],
            Doc(
                """
                Limits for forms that are parsed automatically: `max_fields`, `max_files`, `max_part_size`. What is not
                given here is inherited.
                """
            ),
        ] = None,
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* using an HTTP GET operation.

        ```python
        @app.get("/items/")
        def read_items():
            return [{"name": "Empanada"}, {"name": "Arepa"}]
        ```
        """
        # Every parameter above is an option; nothing else is local yet.
        options = dict(locals())
        del options["self"], options["path"]
        return self._path_operation("GET", path, options)

    @same_parameters_as(get)
    def put(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* using an HTTP PUT operation.

        ```python
        @app.put("/items/{item_id}")
        def replace_item(item_id: str, item: Item): ...
        ```
        """
        return self._path_operation("PUT", path, options)

    @same_parameters_as(get)
    def post(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* using an HTTP POST operation.

        ```python
        @app.post("/items/", status_code=201)
        def create_item(item: Item): ...
        ```
        """
        return self._path_operation("POST", path, options)

    @same_parameters_as(get)
    def delete(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* using an HTTP DELETE operation.

        ```python
        @app.delete("/items/{item_id}", status_code=204)
        def delete_item(item_id: str) -> None: ...
        ```
        """
        return self._path_operation("DELETE", path, options)

    @same_parameters_as(get)
    def options(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* using an HTTP OPTIONS operation.

        ```python
        @app.options("/items/")
        def item_options(): ...
        ```
        """
        return self._path_operation("OPTIONS", path, options)

    @same_parameters_as(get)
    def head(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* using an HTTP HEAD operation.

        ```python
        @app.head("/items/")
        def item_headers(response: Response) -> None: ...
        ```
        """
        return self._path_operation("HEAD", path, options)

    @same_parameters_as(get)
    def patch(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* using an HTTP PATCH operation.

        ```python
        @app.patch("/items/{item_id}")
        def change_item(item_id: str, changes: ItemChanges): ...
        ```
        """
        return self._path_operation("PATCH", path, options)

    @same_parameters_as(get)
    def trace(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* using an HTTP TRACE operation.

        ```python
        @app.trace("/items/")
        def trace_items(): ...
        ```
        """
        return self._path_operation("TRACE", path, options)

    def _path_operation(
        self, method: str, path: str, options: Mapping[str, object]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Hand a verb on as `api_route`, with every option, given or not."""
        return self.api_route(path=path, methods=[method], **{**VERB_DEFAULTS, **options})


# The verb that the others are like shows its annotations as they do.
show_signature(PathOperations.get, evaluated_signature(PathOperations.get))

VERB_DEFAULTS: Dict[str, Any] = {
    name: parameter.default
    for name, parameter in inspect.signature(PathOperations.get).parameters.items()
    if parameter.kind is parameter.KEYWORD_ONLY
}
