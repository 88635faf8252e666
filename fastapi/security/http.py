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

from fastapi._facade import install as _install
from fastapi._facade import takes_over
from fastapi.exceptions import HTTPException
from fastapi.security.base import AutoError, SchemeDescription, SchemeName, SecurityBase, lazy_models, refuse
from fastapi.security.utils import get_authorization_scheme_param

if TYPE_CHECKING:
    from fastapi.openapi import models as _models
    from fastapi.openapi.models import HTTPBase as HTTPBaseModel  # noqa: F401
    from fastapi.openapi.models import HTTPBearer as HTTPBearerModel  # noqa: F401
else:
    _models, __getattr__, __dir__ = lazy_models(__name__, HTTPBaseModel="HTTPBase", HTTPBearerModel="HTTPBearer")


class HTTPBasicCredentials(BaseModel):
    """The user name and the password of a request: the value of the dependency `HTTPBasic`."""

    username: Annotated[str, Doc("The user name, without colons.")]
    password: Annotated[str, Doc("The password.")]


class HTTPAuthorizationCredentials(BaseModel):
    """The two parts of an Authorization header: the value of the dependencies `HTTPBearer` and `HTTPDigest`.

    The first space divides the header. `Authorization: Bearer 2YotnFZFEjr1zCsicMWpAA` gives the scheme `"Bearer"` and
    the credentials `"2YotnFZFEjr1zCsicMWpAA"`.
    """

    scheme: Annotated[str, Doc("The authentication scheme, spelt as the client sent it.")]
    credentials: Annotated[str, Doc("The text after the scheme.")]


class HTTPBase(SecurityBase):
    """Any scheme of HTTP authentication. It accepts an Authorization header with credentials for any scheme."""

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

        self.model = HTTPBaseModel(scheme=scheme, description=description)  # pyright: ignore
        self.scheme_name = scheme_name or self.__class__.__name__
        self.auto_error = auto_error

    def make_authenticate_headers(self) -> Dict[str, str]:
        """Return the challenge, the header that tells the client which scheme to use."""
        return {"WWW-Authenticate": self.model.scheme.title()}

    def make_not_authenticated_error(self) -> HTTPException:
        """Return the error for a request without credentials; override it for another status or detail."""
        headers = self.make_authenticate_headers()
        return HTTPException(status_code=HTTP_401_UNAUTHORIZED, detail="Not authenticated", headers=headers)

    async def __call__(self, request: HTTPConnection) -> Optional[HTTPAuthorizationCredentials]:
        return self._accept_authorization(*_split_authorization(request))

    def _accept_authorization(self, scheme: str, credentials: str) -> Optional[HTTPAuthorizationCredentials]:
        """Return the value of the dependency for the two parts of the header.

        The planned way starts here, with the parts that the core has read.
        """
        return self._accept(scheme, credentials, bool(scheme and credentials))

    def _accept(self, scheme: str, credentials: str, is_complete: bool) -> Optional[HTTPAuthorizationCredentials]:
        if is_complete:
            return HTTPAuthorizationCredentials(scheme=scheme, credentials=credentials)
        refuse(self)
        return None

    def _accept_only(self, expected: str, scheme: str, credentials: str) -> Optional[HTTPAuthorizationCredentials]:
        is_complete = bool(credentials) and scheme.lower() == expected
        return self._accept(scheme, credentials, is_complete)


class HTTPBasic(HTTPBase):
    """HTTP Basic authentication (RFC 7617).

    The value of the dependency is an `HTTPBasicCredentials` with the user name and the password, which the application
    checks. A header that names Basic but does not decode is answered with status 401 even if `auto_error` is off.

    ```python
    staff = HTTPBasic(realm="Back office")

    @app.get("/reports")
    def reports(login: Annotated[HTTPBasicCredentials, Depends(staff)]) -> List[Report]:
        if not verify_password(login.password, password_hashes.get(login.username)):
            raise staff.make_not_authenticated_error()
        return load_reports(login.username)
    ```
    """

    def __init__(
        self,
        *,
        scheme_name: SchemeName = None,
        realm: Annotated[
            Optional[str], Doc("The realm in the challenge: the part of the site for which the password is valid.")
        ] = None,
        description: SchemeDescription = None,
        auto_error: AutoError = True,
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
        return self._accept_authorization(*_split_authorization(request))

    def _accept_authorization(  # type: ignore[override]
        self, scheme: str, param: str
    ) -> Optional[HTTPBasicCredentials]:
        if scheme.lower() != "basic":
            refuse(self)
            return None
        # Malformed credentials are an error also without `auto_error`.
        try:
            user_pass = b64decode(param).decode("ascii")
        except (ValueError, UnicodeDecodeError, binascii.Error) as exc:
            raise self.make_not_authenticated_error() from exc
        # RFC 7617 section 2: user-pass = user-id ":" password; a user-id has no colon.
        username, colon, password = user_pass.partition(":")
        if not colon:
            raise self.make_not_authenticated_error()
        return HTTPBasicCredentials(username=username, password=password)


@takes_over(HTTPBase, "__call__")
class HTTPBearer(HTTPBase):
    """A Bearer token (RFC 6750).

    The value of the dependency is an `HTTPAuthorizationCredentials` whose `credentials` are the token, which the
    application checks. `JWTBearer` is a subclass that verifies JSON Web Tokens.

    ```python
    session_token = HTTPBearer(bearerFormat="opaque")

    @app.delete("/session", status_code=204)
    def sign_out(authorization: Annotated[HTTPAuthorizationCredentials, Depends(session_token)]) -> None:
        sessions.end(authorization.credentials)
    ```
    """

    def __init__(
        self,
        *,
        bearerFormat: Annotated[Optional[str], Doc("The kind of token, as a hint in the OpenAPI document.")] = None,
        scheme_name: SchemeName = None,
        description: SchemeDescription = None,
        auto_error: AutoError = True,
    ) -> None:
        from fastapi.openapi.models import HTTPBearer as HTTPBearerModel

        self.model = HTTPBearerModel(bearerFormat=bearerFormat, description=description)
        self.scheme_name = scheme_name or self.__class__.__name__
        self.auto_error = auto_error

    def _accept_authorization(self, scheme: str, credentials: str) -> Optional[HTTPAuthorizationCredentials]:
        return self._accept_only("bearer", scheme, credentials)


@takes_over(HTTPBase, "__call__")
class HTTPDigest(HTTPBase):
    """HTTP Digest authentication (RFC 7616) in the OpenAPI document.

    **Warning**: this scheme only takes the header apart. It sends no nonce and checks no digest; do both in a subclass.
    The value of the dependency is an `HTTPAuthorizationCredentials` whose `credentials` are the parameters of the
    digest as the client sent them.

    ```python
    digest = HTTPDigest(description="Digest of the device password")

    @app.put("/devices/{device_id}/state", status_code=204)
    def set_state(device_id: str, sent: Annotated[HTTPAuthorizationCredentials, Depends(digest)]) -> None:
        check_digest(device_id, sent.credentials)
    ```
    """

    def __init__(
        self, *, scheme_name: SchemeName = None, description: SchemeDescription = None, auto_error: AutoError = True
    ) -> None:
        super().__init__(scheme="digest", scheme_name=scheme_name, description=description, auto_error=auto_error)

    def _accept_authorization(self, scheme: str, credentials: str) -> Optional[HTTPAuthorizationCredentials]:
        return self._accept_only("digest", scheme, credentials)


def _split_authorization(request: HTTPConnection) -> Tuple[str, str]:
    authorization = request.headers.get("Authorization")
    parts = get_authorization_scheme_param(authorization)
    # NOTE: the function may be replaced, so it is called even without a header, as upstream does. Without a header
    # there are no credentials, whatever the function returns.
    return parts if authorization else ("", "")


# The package notices assignments to names of this module.
_install(__name__, [])
