"""HTTP authentication: Basic, Bearer, Digest, and any other scheme of the Authorization header."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import TYPE_CHECKING, Dict, Optional, Tuple

from annotated_doc import Doc
from pydantic import BaseModel
from starlette.requests import HTTPConnection
from starlette.status import HTTP_401_UNAUTHORIZED
from typing_extensions import Annotated

from fastapi._facade import LazyModule, lazy_names
from fastapi._facade import install as _install
from fastapi.exceptions import HTTPException
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param

if TYPE_CHECKING:
    from fastapi.openapi import models as _models
    from fastapi.openapi.models import HTTPBase as HTTPBaseModel  # noqa: F401
    from fastapi.openapi.models import HTTPBearer as HTTPBearerModel  # noqa: F401
else:
    _models = LazyModule("fastapi.openapi.models")
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "HTTPBaseModel": "fastapi.openapi.models.HTTPBase",
            "HTTPBearerModel": "fastapi.openapi.models.HTTPBearer",
        },
    )


class HTTPBasicCredentials(BaseModel):
    """A user name and a password, from `HTTPBasic`."""

    username: Annotated[str, Doc("The user name of HTTP Basic.")]
    password: Annotated[str, Doc("The password of HTTP Basic.")]


class HTTPAuthorizationCredentials(BaseModel):
    """The two parts of an Authorization header, from `HTTPBearer` or `HTTPDigest`.

    `Authorization: Bearer deadbeef12346` gives the scheme `Bearer` and the credentials `deadbeef12346`.
    """

    scheme: Annotated[str, Doc("The authentication scheme, as the client wrote it.")]
    credentials: Annotated[str, Doc("What follows the scheme.")]


class HTTPBase(SecurityBase):
    """Any scheme of HTTP authentication. What the client names is not compared with it."""

    model: _models.HTTPBase

    def __init__(
        self,
        *,
        scheme: str,
        scheme_name: Optional[str] = None,
        description: Optional[str] = None,
        auto_error: bool = True,
    ) -> None:
        from fastapi.openapi.models import HTTPBase as HTTPBaseModel

        self.model = HTTPBaseModel(scheme=scheme, description=description)
        self.scheme_name = scheme_name or self.__class__.__name__
        self.auto_error = auto_error

    def make_authenticate_headers(self) -> Dict[str, str]:
        """Return the challenge that tells the client what to send."""
        return {"WWW-Authenticate": self.model.scheme.title()}

    def make_not_authenticated_error(self) -> HTTPException:
        """Return the error for a request without credentials; override it for another status or detail."""
        return HTTPException(
            status_code=HTTP_401_UNAUTHORIZED,
            detail="Not authenticated",
            headers=self.make_authenticate_headers(),
        )

    async def __call__(self, request: HTTPConnection) -> Optional[HTTPAuthorizationCredentials]:
        return self._accept_authorization(*_read(request))

    def _accept_authorization(self, scheme: str, credentials: str) -> Optional[HTTPAuthorizationCredentials]:
        """Judge the two parts of the header; the planned way, which has them from the core, begins here."""
        return self._accept(scheme, credentials, bool(scheme and credentials))

    def _accept(self, scheme: str, credentials: str, is_complete: bool) -> Optional[HTTPAuthorizationCredentials]:
        if is_complete:
            return HTTPAuthorizationCredentials(scheme=scheme, credentials=credentials)
        if self.auto_error:
            raise self.make_not_authenticated_error()
        return None

    def _accept_only(self, expected: str, scheme: str, credentials: str) -> Optional[HTTPAuthorizationCredentials]:
        is_complete = bool(credentials) and scheme.lower() == expected
        return self._accept(scheme, credentials, is_complete)


class HTTPBasic(HTTPBase):
    """HTTP Basic authentication (RFC 7617).

    ```python
    security = HTTPBasic()

    @app.get("/users/me")
    def read_current_user(credentials: HTTPBasicCredentials = Depends(security)):
        return {"username": credentials.username, "password": credentials.password}
    ```
    """

    def __init__(
        self,
        *,
        scheme_name: Annotated[Optional[str], Doc("The name of the scheme in the documentation.")] = None,
        realm: Annotated[Optional[str], Doc("The realm that the challenge tells the client.")] = None,
        description: Annotated[Optional[str], Doc("The description of the scheme in the documentation.")] = None,
        auto_error: Annotated[
            bool,
            Doc("Whether a request without credentials is an error, or gives `None`."),
        ] = True,
    ) -> None:
        from fastapi.openapi.models import HTTPBase as HTTPBaseModel

        # The attributes are set in upstream's order, which `vars` shows.
        self.model = HTTPBaseModel(scheme="basic", description=description)
        self.scheme_name = scheme_name or self.__class__.__name__
        self.realm = realm
        self.auto_error = auto_error

    def make_authenticate_headers(self) -> Dict[str, str]:
        """Return the challenge, with the realm if there is one."""
        challenge = f'Basic realm="{self.realm}"' if self.realm else "Basic"
        return {"WWW-Authenticate": challenge}

    async def __call__(  # type: ignore[override]
        self, request: HTTPConnection
    ) -> Optional[HTTPBasicCredentials]:
        return self._accept_authorization(*_read(request))

    def _accept_authorization(  # type: ignore[override]
        self, scheme: str, param: str
    ) -> Optional[HTTPBasicCredentials]:
        if scheme.lower() != "basic":
            if self.auto_error:
                raise self.make_not_authenticated_error()
            return None
        # Broken credentials are an error even where none are allowed.
        try:
            user_pass = b64decode(param).decode("ascii")
        except (ValueError, UnicodeDecodeError, binascii.Error) as exc:
            raise self.make_not_authenticated_error() from exc
        # RFC 7617 section 2: user-pass = user-id ":" password; a user-id has no colon.
        username, colon, password = user_pass.partition(":")
        if not colon:
            raise self.make_not_authenticated_error()
        return HTTPBasicCredentials(username=username, password=password)


class HTTPBearer(HTTPBase):
    """A Bearer token (RFC 6750).

    ```python
    security = HTTPBearer()

    @app.get("/users/me")
    def read_current_user(
        credentials: HTTPAuthorizationCredentials = Depends(security),
    ):
        return {"scheme": credentials.scheme, "credentials": credentials.credentials}
    ```
    """

    def __init__(
        self,
        *,
        bearerFormat: Annotated[Optional[str], Doc("What kind of token it is, for the documentation.")] = None,
        scheme_name: Annotated[Optional[str], Doc("The name of the scheme in the documentation.")] = None,
        description: Annotated[Optional[str], Doc("The description of the scheme in the documentation.")] = None,
        auto_error: Annotated[
            bool,
            Doc("Whether a request without a token is an error, or gives `None`."),
        ] = True,
    ) -> None:
        from fastapi.openapi.models import HTTPBearer as HTTPBearerModel

        self.model = HTTPBearerModel(bearerFormat=bearerFormat, description=description)
        self.scheme_name = scheme_name or self.__class__.__name__
        self.auto_error = auto_error

    async def __call__(self, request: HTTPConnection) -> Optional[HTTPAuthorizationCredentials]:
        return self._accept_authorization(*_read(request))

    def _accept_authorization(self, scheme: str, credentials: str) -> Optional[HTTPAuthorizationCredentials]:
        return self._accept_only("bearer", scheme, credentials)


class HTTPDigest(HTTPBase):
    """HTTP Digest authentication (RFC 7616). It takes the header apart, but does not check the digest.

    ```python
    security = HTTPDigest()

    @app.get("/users/me")
    def read_current_user(
        credentials: HTTPAuthorizationCredentials = Depends(security),
    ):
        return {"scheme": credentials.scheme, "credentials": credentials.credentials}
    ```
    """

    def __init__(
        self,
        *,
        scheme_name: Annotated[Optional[str], Doc("The name of the scheme in the documentation.")] = None,
        description: Annotated[Optional[str], Doc("The description of the scheme in the documentation.")] = None,
        auto_error: Annotated[
            bool,
            Doc("Whether a request without a digest is an error, or gives `None`."),
        ] = True,
    ) -> None:
        super().__init__(
            scheme="digest",
            scheme_name=scheme_name,
            description=description,
            auto_error=auto_error,
        )

    async def __call__(self, request: HTTPConnection) -> Optional[HTTPAuthorizationCredentials]:
        return self._accept_authorization(*_read(request))

    def _accept_authorization(self, scheme: str, credentials: str) -> Optional[HTTPAuthorizationCredentials]:
        return self._accept_only("digest", scheme, credentials)


def _read(request: HTTPConnection) -> Tuple[str, str]:
    authorization = request.headers.get("Authorization")
    parts = get_authorization_scheme_param(authorization)
    # NOTE: as upstream, where the function may be replaced: it is asked, but without a header there are no credentials.
    return parts if authorization else ("", "")


# What is assigned to a name of this module is noticed.
_install(__name__, [])
