"""The functions that declare parameters and dependencies: `q: str = Query(...)`, or `Annotated[str, Query()]`.

They return objects of `fastapi.params`, yet are typed as returning anything, so that they can stand as the default of a
parameter of any type. Each takes what its class takes, except `annotation`.
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

if TYPE_CHECKING:
    from fastapi.openapi.models import Example as Example
else:
    __getattr__, __dir__ = lazy_names(__name__, {"Example": "fastapi.openapi.models.Example"})

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Default = Annotated[Any, Doc("The value of a parameter that is missing; without one, it is required.")]


def _creates(cls: Callable[..., Any]) -> Callable[[_Function], _Function]:
    """Give the function the signature of the class that it creates, with what its own annotations say."""

    def decorate(function: _Function) -> _Function:
        signature, own = signature_of_function(cls), get_type_hints(function, include_extras=True)
        parameters = [
            each.replace(annotation=own.get(each.name, each.annotation)) for each in signature.parameters.values()
        ]
        show_signature(function, signature.replace(parameters=parameters))
        return function

    return decorate


def _evaluated(function: _Function) -> _Function:
    """Show the annotations of the function as objects, as those of the others are shown."""
    signature, own = inspect.signature(function), get_type_hints(function, include_extras=True)
    parameters = [each.replace(annotation=own[each.name]) for each in signature.parameters.values()]
    show_signature(function, signature.replace(parameters=parameters, return_annotation=own["return"]))
    return function


@_creates(params.Path)
def Path(
    default: Annotated[Any, Doc("Nothing but `...`: the path is always there, so the parameter is required.")] = ...,
    **options: Unpack[FieldOptions],
) -> Any:
    """Declare a parameter that is a part of the path.

    ```python
    @app.get("/items/{item_id}")
    async def read_item(item_id: Annotated[str, Path(title="The ID of the item")]):
        return {"item_id": item_id}
    ```
    """
    refuse_unknown("Path", options)
    return params.Path(default, **options)


@_creates(params.Query)
def Query(default: _Default = Undefined, **options: Unpack[FieldOptions]) -> Any:
    """Declare a parameter of the query string.

    ```python
    @app.get("/items/")
    async def read_items(q: Annotated[Optional[str], Query(max_length=50)] = None):
        return {"q": q}
    ```
    """
    refuse_unknown("Query", options)
    return params.Query(default, **options)


@_creates(params.Header)
def Header(
    default: _Default = Undefined,
    *,
    convert_underscores: Annotated[bool, Doc("Whether underscores of the name are hyphens in the request.")] = True,
    **options: Unpack[FieldOptions],
) -> Any:
    """Declare a parameter that is a header.

    ```python
    @app.get("/items/")
    async def read_items(user_agent: Annotated[Optional[str], Header()] = None):
        return {"User-Agent": user_agent}
    ```
    """
    refuse_unknown("Header", options)
    return params.Header(default, convert_underscores=convert_underscores, **options)


@_creates(params.Cookie)
def Cookie(default: _Default = Undefined, **options: Unpack[FieldOptions]) -> Any:
    """Declare a parameter that is a cookie.

    ```python
    @app.get("/items/")
    async def read_items(ads_id: Annotated[Optional[str], Cookie()] = None):
        return {"ads_id": ads_id}
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
        Doc("Expect the value below a key, even if it is the only one of the body."),
    ] = None,
    media_type: Annotated[
        str, Doc("The media type to document; it does not change how bodies are read.")
    ] = "application/json",
    **options: Unpack[FieldOptions],
) -> Any:
    """Declare a parameter that is the JSON body, or a key of it.

    ```python
    @app.put("/items/{item_id}")
    async def update_item(item_id: int, importance: Annotated[int, Body(gt=0)]):
        return {"item_id": item_id, "importance": importance}
    ```
    """
    refuse_unknown("Body", options)
    return params.Body(default, embed=embed, media_type=media_type, **options)


@_creates(params.Form)
def Form(
    default: _Default = Undefined,
    *,
    media_type: Annotated[str, Doc("The media type to document.")] = "application/x-www-form-urlencoded",
    **options: Unpack[FieldOptions],
) -> Any:
    """Declare a parameter that is a field of a form.

    ```python
    @app.post("/login/")
    async def login(username: Annotated[str, Form()], password: Annotated[str, Form()]):
        return {"username": username}
    ```
    """
    refuse_unknown("Form", options)
    return params.Form(default, media_type=media_type, **options)


@_creates(params.File)
def File(
    default: _Default = Undefined,
    *,
    media_type: Annotated[str, Doc("The media type to document.")] = "multipart/form-data",
    **options: Unpack[FieldOptions],
) -> Any:
    """Declare a parameter that is a file of a form, as `bytes` or as an `UploadFile`.

    ```python
    @app.post("/files/")
    async def create_file(file: Annotated[bytes, File()]):
        return {"file_size": len(file)}
    ```
    """
    refuse_unknown("File", options)
    return params.File(default, media_type=media_type, **options)


@_evaluated
def Depends(
    dependency: Annotated[
        Optional[Callable[..., Any]],
        Doc("What to call for the value. Left out, it is the class the parameter is annotated with."),
    ] = None,
    *,
    use_cache: Annotated[
        bool,
        Doc(
            "Whether a value that this request already has may be used again. "
            "With `False` the dependency is called each time it is declared."
        ),
    ] = True,
    scope: Annotated[
        Optional[Literal["function", "request"]],
        Doc(
            "When the code after `yield` runs: with `function` after the path operation function and before the "
            "response is sent, with `request`, the default, after the response is sent."
        ),
    ] = None,
    max_concurrency: Annotated[
        Optional[int],
        Doc(
            "How many calls may run at once in an event loop; the others wait, without a worker thread. A dependency "
            "with `yield` counts until its code after `yield` is done. Each `Depends()` object is one limit: use the "
            "same object, for example in an `Annotated` alias, to share it."
        ),
    ] = None,
) -> Any:
    """Declare a dependency.

    ```python
    async def common_parameters(q: Optional[str] = None, skip: int = 0, limit: int = 100):
        return {"q": q, "skip": skip, "limit": limit}

    @app.get("/items/")
    async def read_items(commons: Annotated[dict, Depends(common_parameters)]):
        return commons
    ```
    """
    return params.Depends(
        dependency=dependency,
        use_cache=use_cache,
        scope=scope,
        max_concurrency=max_concurrency,
    )


@_evaluated
def Security(
    dependency: Annotated[
        Optional[Callable[..., Any]],
        Doc("What to call for the value. Left out, it is the class the parameter is annotated with."),
    ] = None,
    *,
    scopes: Annotated[
        Optional[Sequence[str]],
        Doc("The OAuth2 scopes that this use of the dependency needs."),
    ] = None,
    use_cache: Annotated[
        bool,
        Doc(
            "Whether a value that this request already has may be used again. "
            "With `False` the dependency is called each time it is declared."
        ),
    ] = True,
) -> Any:
    """Declare a dependency that needs OAuth2 scopes.

    ```python
    @app.get("/users/me/items/")
    async def read_own_items(
        current_user: Annotated[User, Security(get_current_active_user, scopes=["items"])],
    ):
        return [{"item_id": "Foo", "owner": current_user.username}]
    ```
    """
    return params.Security(dependency=dependency, scopes=scopes, use_cache=use_cache)
