"""The functions that declare parameters and dependencies: `Annotated[str, Query()]`, or `q: str = Query()`.

They return objects of `fastapi.params`. Their return type is `Any`, so that the result may be the default of a
parameter of any type. Each function takes the parameters of its class, except `annotation`.
"""

from __future__ import annotations

import inspect
import re as re
from typing import TYPE_CHECKING, Any, Callable, Optional, Sequence, TypeVar

from annotated_doc import Doc
from pydantic import AliasChoices as AliasChoices
from pydantic import AliasPath as AliasPath
from pydantic import Discriminator as Discriminator
from typing_extensions import Annotated, Literal, Unpack, get_type_hints
from typing_extensions import deprecated as deprecated

from fastapi import params
from fastapi._compat import Undefined
from fastapi._facade import lazy_names
from fastapi._field_options import FieldOptions, refuse_unknown, signature_of_function
from fastapi._hints import show_signature
from fastapi.datastructures import _Unset as _Unset
from fastapi.types import AnyCallable

if TYPE_CHECKING:
    from fastapi.openapi.models import Example as Example
else:
    __getattr__, __dir__ = lazy_names(__name__, {"Example": "fastapi.openapi.models.Example"})

_Function = TypeVar("_Function", bound=AnyCallable)
_Default = Annotated[
    Any,
    Doc("The value of the parameter if the request lacks it. Without a default, the parameter is required."),
]
_MediaType = Annotated[
    str, Doc("The media type of the body in OpenAPI. It does not change how the framework reads the body.")
]
_Dependency = Annotated[
    Optional[AnyCallable],
    Doc(
        "The callable whose result is the value: the function or the class itself, without a call. Left out, it is the "
        "class with which the parameter is annotated."
    ),
]
_UseCache = Annotated[
    bool,
    Doc(
        "Whether several uses of the dependency in one request share its first result. With `False` the dependency is "
        "called for each use."
    ),
]


def _creates(cls: AnyCallable) -> Callable[[_Function], _Function]:
    """Give the function the signature of the class that it creates. Annotations of the function take precedence."""

    def decorate(function: _Function) -> _Function:
        signature, own = signature_of_function(cls), get_type_hints(function, include_extras=True)
        parameters = [
            each.replace(annotation=own.get(each.name, each.annotation)) for each in signature.parameters.values()
        ]
        show_signature(function, signature.replace(parameters=parameters))
        return function

    return decorate


def _shows_evaluated(function: _Function) -> _Function:
    """Give the function evaluated annotations, as the other functions here have them."""
    signature, own = inspect.signature(function), get_type_hints(function, include_extras=True)
    parameters = [each.replace(annotation=own[each.name]) for each in signature.parameters.values()]
    show_signature(function, signature.replace(parameters=parameters, return_annotation=own["return"]))
    return function


@_creates(params.Path)
def Path(
    default: Annotated[
        Any, Doc("Only `...` is accepted: every matching path has the value, so the parameter is always required.")
    ] = ...,
    **options: Unpack[FieldOptions],
) -> Any:
    """Declare a parameter that the path contains.

    ```python
    @app.get("/stations/{code}/departures")
    def departures(code: Annotated[str, Path(title="The code of the station", min_length=3)]) -> List[Departure]:
        return timetable.departures(code)
    ```
    """
    refuse_unknown("Path", options)
    return params.Path(default, **options)


@_creates(params.Query)
def Query(default: _Default = Undefined, **options: Unpack[FieldOptions]) -> Any:
    """Declare a parameter in the query string.

    ```python
    @app.get("/books")
    def search(words: Annotated[List[str], Query(alias="word")], limit: Annotated[int, Query(le=50)] = 9) -> List[Book]:
        return catalogue.search(words)[:limit]
    ```
    """
    refuse_unknown("Query", options)
    return params.Query(default, **options)


@_creates(params.Header)
def Header(
    default: _Default = Undefined,
    *,
    convert_underscores: Annotated[
        bool,
        Doc("Whether the header has hyphens where the name of the parameter has underscores."),
    ] = True,
    **options: Unpack[FieldOptions],
) -> Any:
    """Declare a parameter in a header.

    ```python
    @app.get("/greeting")
    def greeting(accept_language: Annotated[str, Header()] = "en") -> str:
        return greetings.best(accept_language)
    ```
    """
    refuse_unknown("Header", options)
    return params.Header(default, convert_underscores=convert_underscores, **options)


@_creates(params.Cookie)
def Cookie(default: _Default = Undefined, **options: Unpack[FieldOptions]) -> Any:
    """Declare a parameter in a cookie.

    ```python
    @app.get("/")
    def home(theme: Annotated[Literal["light", "dark"], Cookie()] = "light") -> HTMLResponse:
        return HTMLResponse(render_home(theme))
    ```
    """
    refuse_unknown("Cookie", options)
    return params.Cookie(default, **options)


@_creates(params.Body)
def Body(
    default: _Default = Undefined,
    *,
    embed: Annotated[
        Optional[bool],
        Doc(
            "Whether the value is under a key of the JSON object with the name of the parameter, rather than the whole "
            "body. Several body parameters are always keys."
        ),
    ] = None,
    media_type: _MediaType = "application/json",
    **options: Unpack[FieldOptions],
) -> Any:
    """Declare a parameter that is the JSON body, or a key of it.

    ```python
    @app.post("/thermostat")
    def set_thermostat(celsius: Annotated[float, Body(embed=True, ge=5, le=30)]) -> None:
        heating.set(celsius)  # The body is {"celsius": 21.5}.
    ```
    """
    refuse_unknown("Body", options)
    return params.Body(default, embed=embed, media_type=media_type, **options)


@_creates(params.Form)
def Form(
    default: _Default = Undefined,
    *,
    media_type: _MediaType = "application/x-www-form-urlencoded",
    **options: Unpack[FieldOptions],
) -> Any:
    """Declare a parameter that is a field of a form, or a model of all its fields.

    ```python
    @app.post("/newsletter", status_code=201)
    def subscribe(address: Annotated[EmailStr, Form()], weekly: Annotated[bool, Form()] = False) -> None:
        newsletter.add(address, weekly)
    ```
    """
    refuse_unknown("Form", options)
    return params.Form(default, media_type=media_type, **options)


@_creates(params.File)
def File(
    default: _Default = Undefined, *, media_type: _MediaType = "multipart/form-data", **options: Unpack[FieldOptions]
) -> Any:
    """Declare a parameter that is a file of a multipart form: its content as `bytes`, or an `UploadFile`.

    ```python
    @app.post("/scans", status_code=201)
    def add_scan(pages: Annotated[List[bytes], File(max_length=20)]) -> int:
        return scans.add(pages)
    ```
    """
    refuse_unknown("File", options)
    return params.File(default, media_type=media_type, **options)


@_shows_evaluated
def Depends(
    dependency: _Dependency = None,
    *,
    use_cache: _UseCache = True,
    scope: Annotated[
        Optional[Literal["function", "request"]],
        Doc(
            "For a dependency that yields, when its code after `yield` runs. `function`: after the path operation "
            "function, before the response is sent. `request`, the default: after the response is sent. In both cases "
            "the code before `yield` runs before the path operation function."
        ),
    ] = None,
    max_concurrency: Annotated[
        Optional[int],
        Doc(
            "The greatest number of calls that run at once in an event loop; without it there is no limit. Other calls "
            "wait, without a worker thread. A dependency that yields counts until its code after `yield` has run; a "
            "cached result does not count. Each `Depends()` object has a limit of its own, so use one object, for "
            "example in an `Annotated` alias, to share a limit between routes and applications."
        ),
    ] = None,
) -> Any:
    """Declare a dependency: a parameter whose value is the result of a callable.

    The parameters of the callable are declared like those of a path operation function, with dependencies of their own.

    ```python
    def open_session(tenant: Annotated[str, Header(alias="X-Tenant")]) -> Iterator[Session]:
        with database(tenant).session() as session:
            yield session

    @app.get("/invoices")
    def list_invoices(session: Annotated[Session, Depends(open_session)]) -> List[Invoice]:
        return session.invoices()
    ```

    Raises:
        ValueError: `max_concurrency` is neither a positive integer nor None.
    """
    return params.Depends(
        dependency=dependency,
        use_cache=use_cache,
        scope=scope,
        max_concurrency=max_concurrency,
    )


@_shows_evaluated
def Security(
    dependency: _Dependency = None,
    *,
    scopes: Annotated[
        Optional[Sequence[str]],
        Doc(
            "The OAuth2 scopes that this use of the dependency requires: the names of permissions, as the application "
            "defines them. OpenAPI lists them, and the dependency gets them through a parameter of the type "
            "`SecurityScopes`."
        ),
    ] = None,
    use_cache: _UseCache = True,
) -> Any:
    """Declare a dependency that checks permissions: `Depends` with OAuth2 scopes.

    ```python
    @app.delete("/accounts/{number}", status_code=204)
    def close_account(number: int, by: Annotated[Clerk, Security(signed_in_clerk, scopes=["accounts:close"])]) -> None:
        ledger.close(number, by)
    ```
    """
    return params.Security(dependency=dependency, scopes=scopes, use_cache=use_cache)
