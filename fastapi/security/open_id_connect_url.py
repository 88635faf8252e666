"""OpenID Connect, described by the URL of its discovery document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from annotated_doc import Doc
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.status import HTTP_401_UNAUTHORIZED
from typing_extensions import Annotated

from fastapi.security.base import AutoError, SchemeDescription, SchemeName, SecurityBase, lazy_models, refuse

if TYPE_CHECKING:
    from fastapi.openapi import models as _models
    from fastapi.openapi.models import OpenIdConnect as OpenIdConnectModel  # noqa: F401
else:
    _models, __getattr__, __dir__ = lazy_models(__name__, OpenIdConnectModel="OpenIdConnect")


class OpenIdConnect(SecurityBase):
    """OpenID Connect in the OpenAPI document.

    **Warning**: this scheme only describes itself. It neither loads the discovery document nor checks anything: the
    value of the dependency is the Authorization header as the client sent it. Verify the token in a subclass or in a
    dependency of your own.

    ```python
    sign_in = OpenIdConnect(openIdConnectUrl="https://id.example.com/.well-known/openid-configuration")

    @app.get("/profile")
    def profile(authorization: Annotated[str, Depends(sign_in)]) -> Profile:
        return load_profile(verify_id_token(authorization))
    ```
    """

    model: _models.OpenIdConnect

    def __init__(
        self,
        *,
        openIdConnectUrl: Annotated[str, Doc("The URL of the discovery document.")],
        scheme_name: SchemeName = None,
        description: SchemeDescription = None,
        auto_error: AutoError = True,
    ) -> None:
        from fastapi.openapi.models import OpenIdConnect as OpenIdConnectModel

        self.model = OpenIdConnectModel(openIdConnectUrl=openIdConnectUrl, description=description)  # pyright: ignore
        self.scheme_name = scheme_name or self.__class__.__name__
        self.auto_error = auto_error

    def make_not_authenticated_error(self) -> HTTPException:
        """Return the error for a request without the header; override it for another status or detail."""
        headers = {"WWW-Authenticate": "Bearer"}
        return HTTPException(status_code=HTTP_401_UNAUTHORIZED, detail="Not authenticated", headers=headers)

    async def __call__(self, request: HTTPConnection) -> Optional[str]:
        return self._require(request.headers.get("Authorization"))

    def _require(self, authorization: Optional[str]) -> Optional[str]:
        if not authorization:
            refuse(self)
            return None
        return authorization
