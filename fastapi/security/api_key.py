"""API keys in the query string, in a header or in a cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional

from annotated_doc import Doc
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.status import HTTP_401_UNAUTHORIZED
from typing_extensions import Annotated

from fastapi.security.base import AutoError, SchemeDescription, SchemeName, SecurityBase, lazy_models, refuse

if TYPE_CHECKING:
    from fastapi.openapi import models as _models
    from fastapi.openapi.models import APIKey as APIKey
    from fastapi.openapi.models import APIKeyIn as APIKeyIn
else:
    _models, __getattr__, __dir__ = lazy_models(__name__, APIKey="APIKey", APIKeyIn="APIKeyIn")


class APIKeyBase(SecurityBase):
    """A key that the client sends under an agreed name. The subclasses differ in where they read it."""

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
        # NOTE: `in` is a keyword of Python, so the model takes it from a dict.
        where: Dict[str, Any] = {"in": location}
        self.model = APIKey(**where, name=name, description=description)  # pyright: ignore
        self.scheme_name = scheme_name or self.__class__.__name__

    def make_not_authenticated_error(self) -> HTTPException:
        """Return the error for a request without a key; override it for another status or detail.

        No authentication scheme is registered for API keys, but RFC 9110 section 15.5.2 requires a challenge in every
        response with status 401.
        """
        headers = {"WWW-Authenticate": "APIKey"}
        return HTTPException(status_code=HTTP_401_UNAUTHORIZED, detail="Not authenticated", headers=headers)

    def check_api_key(self, api_key: Optional[str]) -> Optional[str]:
        """Return the key. Without one, raise the error, or return `None` if `auto_error` is off."""
        if not api_key:
            refuse(self)
            return None
        return api_key


class APIKeyQuery(APIKeyBase):
    """An API key in the query string.

    The scheme reads the parameter `name` of the query string; the value of the dependency is the key, a `str`. The
    application checks the key, and gives keys to its clients in a way of its own. URLs appear in logs and histories, so
    prefer a header where the client can send one.

    ```python
    feed_key = APIKeyQuery(name="key", description="Shown on the account page")

    @app.get("/calendar.ics")
    def calendar(key: Annotated[str, Depends(feed_key)]) -> PlainTextResponse:
        return PlainTextResponse(render_calendar(find_account(key)))
    ```
    """

    def __init__(
        self,
        *,
        name: Annotated[str, Doc("The name of the parameter in the query string.")],
        scheme_name: SchemeName = None,
        description: SchemeDescription = None,
        auto_error: AutoError = True,
    ) -> None:
        from fastapi.openapi.models import APIKeyIn

        super().__init__(APIKeyIn.query, name, description, scheme_name, auto_error)

    async def __call__(self, request: HTTPConnection) -> Optional[str]:
        return self.check_api_key(request.query_params.get(self.model.name))


class APIKeyHeader(APIKeyBase):
    """An API key in a header.

    The scheme reads the header `name`; the value of the dependency is the key, a `str`. The application checks the key,
    for example with `fastapi.security.verify_api_key`, and gives keys to its clients in a way of its own.

    ```python
    partner_key = APIKeyHeader(name="X-Partner-Key")

    @app.post("/orders", status_code=201)
    def create_order(order: Order, key: Annotated[str, Depends(partner_key)]) -> Order:
        return orders.add(order, partner=find_partner(key))
    ```
    """

    def __init__(
        self,
        *,
        name: Annotated[str, Doc("The name of the header, in upper or lower case.")],
        scheme_name: SchemeName = None,
        description: SchemeDescription = None,
        auto_error: AutoError = True,
    ) -> None:
        from fastapi.openapi.models import APIKeyIn

        super().__init__(APIKeyIn.header, name, description, scheme_name, auto_error)

    async def __call__(self, request: HTTPConnection) -> Optional[str]:
        return self.check_api_key(request.headers.get(self.model.name))


class APIKeyCookie(APIKeyBase):
    """An API key in a cookie.

    The scheme reads the cookie `name`; the value of the dependency is the key, a `str`. It does not set the cookie: the
    application does that, for example when a user signs in.

    ```python
    visitor = APIKeyCookie(name="visitor", auto_error=False)

    @app.get("/basket")
    def basket(key: Annotated[Optional[str], Depends(visitor)]) -> Basket:
        return Basket() if key is None else baskets.load(key)
    ```
    """

    def __init__(
        self,
        *,
        name: Annotated[str, Doc("The name of the cookie.")],
        scheme_name: SchemeName = None,
        description: SchemeDescription = None,
        auto_error: AutoError = True,
    ) -> None:
        from fastapi.openapi.models import APIKeyIn

        super().__init__(APIKeyIn.cookie, name, description, scheme_name, auto_error)

    async def __call__(self, request: HTTPConnection) -> Optional[str]:
        return self.check_api_key(request.cookies.get(self.model.name))
