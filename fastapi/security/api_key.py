"""A key in the query string, in a header or in a cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional

from annotated_doc import Doc
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.status import HTTP_401_UNAUTHORIZED
from typing_extensions import Annotated

from fastapi._facade import LazyModule, lazy_names
from fastapi.security.base import SecurityBase

if TYPE_CHECKING:
    from fastapi.openapi import models as _models
    from fastapi.openapi.models import APIKey, APIKeyIn  # noqa: F401
else:
    _models = LazyModule("fastapi.openapi.models")
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "APIKey": "fastapi.openapi.models.APIKey",
            "APIKeyIn": "fastapi.openapi.models.APIKeyIn",
        },
    )


class APIKeyBase(SecurityBase):
    """What the three places of a key have in common."""

    model: _models.APIKey

    def __init__(
        self,
        location: _models.APIKeyIn,
        name: str,
        description: Optional[str],
        scheme_name: Optional[str],
        auto_error: bool,
    ) -> None:
        from fastapi.openapi.models import APIKey

        self.auto_error = auto_error
        # NOTE: `in` is a keyword of Python, so the model takes it in a dict.
        where: Dict[str, Any] = {"in": location}
        self.model = APIKey(**where, name=name, description=description)
        self.scheme_name = scheme_name or self.__class__.__name__

    def make_not_authenticated_error(self) -> HTTPException:
        """Return the error for a request without a key; override it for another status or detail.

        No authentication scheme is registered for keys, but a response with status 401 must have a challenge (RFC 9110
        section 15.5.2).
        """
        return HTTPException(
            status_code=HTTP_401_UNAUTHORIZED,
            detail="Not authenticated",
            headers={"WWW-Authenticate": "APIKey"},
        )

    def check_api_key(self, api_key: Optional[str]) -> Optional[str]:
        """Return the key; without one, raise the error, or return `None` if errors are not automatic."""
        if api_key:
            return api_key
        if self.auto_error:
            raise self.make_not_authenticated_error()
        return None


class APIKeyQuery(APIKeyBase):
    """A key in the query string.

    ```python
    query_scheme = APIKeyQuery(name="api_key")

    @app.get("/items/")
    async def read_items(api_key: str = Depends(query_scheme)):
        return {"api_key": api_key}
    ```
    """

    def __init__(
        self,
        *,
        name: Annotated[str, Doc("The name of the query parameter.")],
        scheme_name: Annotated[Optional[str], Doc("The name of the scheme in the documentation.")] = None,
        description: Annotated[Optional[str], Doc("The description of the scheme in the documentation.")] = None,
        auto_error: Annotated[
            bool,
            Doc("Whether a request without a key is an error, or gives `None`."),
        ] = True,
    ) -> None:
        from fastapi.openapi.models import APIKeyIn

        super().__init__(APIKeyIn.query, name, description, scheme_name, auto_error)

    async def __call__(self, request: HTTPConnection) -> Optional[str]:
        return self.check_api_key(request.query_params.get(self.model.name))


class APIKeyHeader(APIKeyBase):
    """A key in a header.

    ```python
    header_scheme = APIKeyHeader(name="x-key")

    @app.get("/items/")
    async def read_items(key: str = Depends(header_scheme)):
        return {"key": key}
    ```
    """

    def __init__(
        self,
        *,
        name: Annotated[str, Doc("The name of the header.")],
        scheme_name: Annotated[Optional[str], Doc("The name of the scheme in the documentation.")] = None,
        description: Annotated[Optional[str], Doc("The description of the scheme in the documentation.")] = None,
        auto_error: Annotated[
            bool,
            Doc("Whether a request without a key is an error, or gives `None`."),
        ] = True,
    ) -> None:
        from fastapi.openapi.models import APIKeyIn

        super().__init__(APIKeyIn.header, name, description, scheme_name, auto_error)

    async def __call__(self, request: HTTPConnection) -> Optional[str]:
        return self.check_api_key(request.headers.get(self.model.name))


class APIKeyCookie(APIKeyBase):
    """A key in a cookie.

    ```python
    cookie_scheme = APIKeyCookie(name="session")

    @app.get("/items/")
    async def read_items(session: str = Depends(cookie_scheme)):
        return {"session": session}
    ```
    """

    def __init__(
        self,
        *,
        name: Annotated[str, Doc("The name of the cookie.")],
        scheme_name: Annotated[Optional[str], Doc("The name of the scheme in the documentation.")] = None,
        description: Annotated[Optional[str], Doc("The description of the scheme in the documentation.")] = None,
        auto_error: Annotated[
            bool,
            Doc("Whether a request without a key is an error, or gives `None`."),
        ] = True,
    ) -> None:
        from fastapi.openapi.models import APIKeyIn

        super().__init__(APIKeyIn.cookie, name, description, scheme_name, auto_error)

    async def __call__(self, request: HTTPConnection) -> Optional[str]:
        return self.check_api_key(request.cookies.get(self.model.name))
