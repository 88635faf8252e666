"""The eight verbs, written once.

`PathOperations.get` describes every parameter; the other verbs copy its signature. `APIRouter` and `FastAPI` inherit
the class and supply `api_route`, which users override: the decorators always go through it, with every option.
"""

from __future__ import annotations

import inspect
from enum import Enum
from functools import lru_cache
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Type, TypeVar, Union

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

    def get(
        self,
        path: Annotated[
            str,
            Doc(
                """
                The URL path of this *path operation*. All prefixes of the routers precede it.

                `{name}` declares a path parameter: `/items/{item_id}`. `{name:path}` declares one that may contain
                slashes.
                """
            ),
        ],
        *,
        response_model: Annotated[
            Any,
            Doc(
                """
                The type of the response. Any type that Pydantic accepts is possible.

                The type has three effects: the response is documented with its JSON schema; the returned value is
                validated against it, and an invalid value answers 500; the response contains only its fields, so a
                private field of the returned object does not leave the application.

                The default is the return annotation of the function. `None` switches all three effects off.
                """
            ),
        ] = Default(None),
        status_code: Annotated[
            Optional[int],
            Doc(
                """
                The HTTP status code of a successful response, by default 200.

                A function that has a parameter of type `Response` can change it for one response. A response object
                that the function returns keeps its own status code.
                """
            ),
        ] = None,
        tags: Annotated[
            Optional[List[Union[str, Enum]]],
            Doc(
                """
                Tags of this *path operation*, after those of its routers. The documentation groups *path operations* by
                tag.
                """
            ),
        ] = None,
        dependencies: Annotated[
            Optional[Sequence[params.Depends]],
            Doc(
                """
                Dependencies, declared with `Depends()`, whose return values the function does not need: permission
                checks, for example.

                They run after the dependencies of the application and of the routers, and before those of the function.
                """
            ),
        ] = None,
        summary: Annotated[
            Optional[str],
            Doc(
                """
                The summary in the documentation. The default is the name of the function in words: "Read Item" for
                `read_item`.
                """
            ),
        ] = None,
        description: Annotated[
            Optional[str],
            Doc(
                """
                The description in the documentation, in Markdown. The default is the docstring of the function, up to
                its first form feed (`\\f`).
                """
            ),
        ] = None,
        response_description: Annotated[
            str, Doc("The description of the successful response in the documentation.")
        ] = "Successful Response",
        responses: Annotated[
            Optional[Dict[Union[int, str], Dict[str, Any]]],
            Doc(
                """
                Additional responses for the documentation, by status code.

                Each is an OpenAPI Response Object as a dict. The key `model` may hold a type, whose JSON schema is then
                added. FastAPI does not validate these responses.
                """
            ),
        ] = None,
        deprecated: Annotated[
            Optional[bool], Doc("Mark this *path operation* as deprecated in the documentation. It answers as before.")
        ] = None,
        operation_id: Annotated[
            Optional[str],
            Doc(
                """
                The OpenAPI operation id, which generated clients use as a name. It must be unique in the application.

                The default is made from name, path and method by `generate_unique_id_function`.
                """
            ),
        ] = None,
        response_model_include: Annotated[
            Optional[IncEx],
            Doc(
                """
                The fields of the response model to include: a set of names, or a dict with names and nested fields.
                Pydantic gets it as `include`.
                """
            ),
        ] = None,
        response_model_exclude: Annotated[
            Optional[IncEx],
            Doc(
                """
                The fields of the response model to leave out: a set of names, or a dict with names and nested fields.
                Pydantic gets it as `exclude`.
                """
            ),
        ] = None,
        response_model_by_alias: Annotated[
            bool, Doc("Whether the response names fields by their alias. Pydantic gets it as `by_alias`.")
        ] = True,
        response_model_exclude_unset: Annotated[
            bool,
            Doc(
                """
                Whether to leave out the fields that the returned object did not set, although they have a default. The
                response then shows which values were given. Pydantic gets it as `exclude_unset`.
                """
            ),
        ] = False,
        response_model_exclude_defaults: Annotated[
            bool,
            Doc(
                """
                Whether to leave out every field whose value equals its default, also if the object set it. Pydantic
                gets it as `exclude_defaults`.
                """
            ),
        ] = False,
        response_model_exclude_none: Annotated[
            bool, Doc("Whether to leave out every field whose value is `None`. Pydantic gets it as `exclude_none`.")
        ] = False,
        include_in_schema: Annotated[
            bool, Doc("Whether the documentation contains this *path operation*. It answers requests in both cases.")
        ] = True,
        response_class: Annotated[
            Type[Response],
            Doc(
                """
                The class of the response: a subclass of Starlette's `Response` that renders the returned value. A
                response object that the function returns is sent as it is.

                For a generator function, the class decides how the items are streamed: by default as JSON Lines, with
                `EventSourceResponse` as Server-Sent Events, with `StreamingResponse` or another class as raw text or
                bytes.
                """
            ),
        ] = Default(JSONResponse),
        name: Annotated[
            Optional[str], Doc("The name of the route for `url_path_for`. The default is the name of the function.")
        ] = None,
        callbacks: Annotated[
            Optional[List[BaseRoute]],
            Doc(
                """
                *Path operations* of another application that this application calls, for the documentation as OpenAPI
                callbacks. The routes of an `APIRouter` describe them: `callbacks=invoices_callback_router.routes`.
                """
            ),
        ] = None,
        openapi_extra: Annotated[
            Optional[Dict[str, Any]],
            Doc(
                """
                Data for the OpenAPI Operation Object of this *path operation*. It is merged into the generated object,
                key by key, and replaces generated values.
                """
            ),
        ] = None,
        generate_unique_id_function: Annotated[
            Callable[[APIRoute], str],
            Doc(
                """
                A function that gets the route and returns its operation id. It matters for the names in generated
                clients.
                """
            ),
        ] = Default(generate_unique_id),
        max_body_size: Annotated[
            Optional[int],
            Doc(
                """
                The maximum size of the request body in bytes, with files and the framing of multipart bodies. A larger
                body answers 413.

                It replaces the limits of the routers and the application, also by a higher one. `None` keeps theirs.
                """
            ),
        ] = None,
        form_limits: Annotated[
            Optional[_FormLimits],
            Doc(
                """
                Limits for forms that FastAPI parses for this *path operation*: `max_fields` and `max_files` count the
                parts, `max_part_size` is the size of one field in bytes. Files are not subject to `max_part_size`.

                A limit that is missing here has the value of the nearest router, or else of the application.
                """
            ),
        ] = None,
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* for HTTP GET: it returns data and changes nothing.

        ```python
        from fastapi import FastAPI

        app = FastAPI()
        stock = {"tea": 12, "rice": 3}


        @app.get("/stock/{article}")
        def read_stock(article: str) -> int:
            return stock[article]
        ```

        Raises:
            FastAPIError: a parameter or the return annotation has a type that Pydantic does not accept.
        """
        # Every parameter above is an option; nothing else is local yet.
        options = dict(locals())
        del options["self"], options["path"]
        return self._path_operation("GET", path, options)

    @same_parameters_as(get)
    def put(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* for HTTP PUT: it replaces the resource at the path.

        ```python
        class Address(BaseModel):
            street: str
            city: str


        @app.put("/customers/{number}/address")
        def replace_address(number: int, address: Address) -> Address:
            addresses[number] = address
            return address
        ```
        """
        return self._path_operation("PUT", path, options)

    @same_parameters_as(get)
    def post(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* for HTTP POST: it creates or starts something.

        ```python
        class Order(BaseModel):
            article: str
            amount: int = 1


        @app.post("/orders", status_code=201)
        def place_order(order: Order) -> Order:
            orders.append(order)
            return order
        ```
        """
        return self._path_operation("POST", path, options)

    @same_parameters_as(get)
    def delete(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* for HTTP DELETE: it removes the resource at the path.

        ```python
        @app.delete("/orders/{number}", status_code=204)
        def cancel_order(number: int) -> None:
            del orders[number]
        ```
        """
        return self._path_operation("DELETE", path, options)

    @same_parameters_as(get)
    def options(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* for HTTP OPTIONS: it says how clients may use the path.

        ```python
        @app.options("/orders")
        def order_methods(response: Response) -> None:
            response.headers["Allow"] = "GET, POST, OPTIONS"
        ```
        """
        return self._path_operation("OPTIONS", path, options)

    @same_parameters_as(get)
    def head(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* for HTTP HEAD: it answers with the headers of GET and without a body.

        ```python
        @app.head("/reports/{name}")
        def report_headers(name: str, response: Response) -> None:
            response.headers["Content-Length"] = str(reports[name].size)
        ```
        """
        return self._path_operation("HEAD", path, options)

    @same_parameters_as(get)
    def patch(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* for HTTP PATCH: it changes parts of the resource at the path.

        ```python
        class AddressChange(BaseModel):
            street: Optional[str] = None
            city: Optional[str] = None


        @app.patch("/customers/{number}/address")
        def change_address(number: int, change: AddressChange) -> Address:
            addresses[number] = addresses[number].model_copy(update=change.model_dump(exclude_unset=True))
            return addresses[number]
        ```
        """
        return self._path_operation("PATCH", path, options)

    @same_parameters_as(get)
    def trace(self, path: str, **options: object) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* for HTTP TRACE: it returns the request as the server received it.

        ```python
        @app.trace("/orders")
        def trace_order(request: Request) -> Response:
            return PlainTextResponse(request.scope["path"], media_type="message/http")
        ```
        """
        return self._path_operation("TRACE", path, options)

    def _path_operation(
        self, method: str, path: str, options: Mapping[str, object]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Call `api_route` for a verb, with the value or the default of every option."""
        decorator: Callable[[DecoratedCallable], DecoratedCallable] = self.api_route(  # type: ignore[attr-defined]
            path=path, methods=[method], **{**VERB_DEFAULTS, **options}
        )
        return decorator


# Like those of the other verbs, the annotations of `get` are evaluated.
show_signature(PathOperations.get, evaluated_signature(PathOperations.get))

VERB_DEFAULTS: Dict[str, Any] = {
    name: parameter.default
    for name, parameter in inspect.signature(PathOperations.get).parameters.items()
    if parameter.kind is parameter.KEYWORD_ONLY
}
