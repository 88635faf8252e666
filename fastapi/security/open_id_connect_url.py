"""OpenID Connect, described by the URL of its discovery document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from annotated_doc import Doc
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.status import HTTP_401_UNAUTHORIZED
from typing_extensions import Annotated

from fastapi._facade import LazyModule, lazy_names
from fastapi.security.base import SecurityBase

if TYPE_CHECKING:
    from fastapi.openapi import models as _models
    from fastapi.openapi.models import OpenIdConnect as OpenIdConnectModel  # noqa: F401
else:
    _models = LazyModule("fastapi.openapi.models")
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "OpenIdConnectModel": "fastapi.openapi.models.OpenIdConnect",
        },
    )


class OpenIdConnect(SecurityBase):
    """OpenID Connect. A stub for the documentation: it gives the Authorization header as it is and checks nothing."""

    model: _models.OpenIdConnect

    def __init__(
        self,
        *,
        openIdConnectUrl: Annotated[str, Doc("The URL of the discovery document.")],
        scheme_name: Annotated[Optional[str], Doc("The name of the scheme in the documentation.")] = None,
        description: Annotated[Optional[str], Doc("The description of the scheme in the documentation.")] = None,
        auto_error: Annotated[
            bool,
            Doc("Whether a request without the header is an error, or gives `None`."),
        ] = True,
    ) -> None:
        from fastapi.openapi.models import OpenIdConnect as OpenIdConnectModel

        self.model = OpenIdConnectModel(openIdConnectUrl=openIdConnectUrl, description=description)
        self.scheme_name = scheme_name or self.__class__.__name__
        self.auto_error = auto_error

    def make_not_authenticated_error(self) -> HTTPException:
        """Return the error for a request without the header; override it for another status or detail."""
        return HTTPException(
            status_code=HTTP_401_UNAUTHORIZED,
            detail="Not authenticated",
            headers={"WWW-Authenticate": "Bearer"},
        )

    async def __call__(self, request: HTTPConnection) -> Optional[str]:
        return self._require(request.headers.get("Authorization"))

    def _require(self, authorization: Optional[str]) -> Optional[str]:
        if authorization:
            return authorization
        if self.auto_error:
            raise self.make_not_authenticated_error()
        return None
