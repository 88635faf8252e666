"""OAuth2 (RFC 6749): the schemes, the form in which a password is sent, and the scopes an operation asks for."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Union
from typing import cast as cast

from annotated_doc import Doc
from starlette.requests import HTTPConnection
from starlette.status import HTTP_401_UNAUTHORIZED
from typing_extensions import Annotated

from fastapi._facade import LazyModule, lazy_names
from fastapi._facade import install as _install
from fastapi.exceptions import HTTPException
from fastapi.param_functions import Form
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param

if TYPE_CHECKING:
    from fastapi.openapi import models as _models
    from fastapi.openapi.models import OAuth2 as OAuth2Model  # noqa: F401
    from fastapi.openapi.models import OAuthFlows as OAuthFlowsModel
else:
    _models = LazyModule("fastapi.openapi.models")
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "OAuth2Model": "fastapi.openapi.models.OAuth2",
            "OAuthFlowsModel": "fastapi.openapi.models.OAuthFlows",
        },
    )


class OAuth2PasswordRequestForm:
    """The form of the password flow (RFC 6749 section 4.3.2), with `grant_type` optional.

    ```python
    @app.post("/login")
    def login(form_data: OAuth2PasswordRequestForm = Depends()):
        return {"username": form_data.username, "scopes": form_data.scopes}
    ```
    """

    def __init__(
        self,
        *,
        grant_type: Annotated[
            Optional[str],
            Form(pattern="^password$"),
            Doc('The standard requires "password" here; this form allows leaving it out.'),
        ] = None,
        username: Annotated[str, Form(), Doc("The name of the user.")],
        password: Annotated[
            str,
            Form(json_schema_extra={"format": "password"}),
            Doc("The password of the user."),
        ],
        scope: Annotated[str, Form(), Doc("The scopes asked for, separated by spaces.")] = "",
        client_id: Annotated[Optional[str], Form(), Doc("The client, if it is not in a header.")] = None,
        client_secret: Annotated[
            Optional[str],
            Form(json_schema_extra={"format": "password"}),
            Doc("The secret of the client, if it is not in a header."),
        ] = None,
    ) -> None:
        self.grant_type = grant_type
        self.username = username
        self.password = password
        self.scopes = scope.split()
        self.client_id = client_id
        self.client_secret = client_secret


class OAuth2PasswordRequestFormStrict(OAuth2PasswordRequestForm):
    """The form of the password flow, with `grant_type` as the standard requires it."""

    def __init__(
        self,
        grant_type: Annotated[str, Form(pattern="^password$"), Doc('The fixed word "password".')],
        username: Annotated[str, Form(), Doc("The name of the user.")],
        password: Annotated[str, Form(), Doc("The password of the user.")],
        scope: Annotated[str, Form(), Doc("The scopes asked for, separated by spaces.")] = "",
        client_id: Annotated[Optional[str], Form(), Doc("The client, if it is not in a header.")] = None,
        client_secret: Annotated[
            Optional[str],
            Form(),
            Doc("The secret of the client, if it is not in a header."),
        ] = None,
    ) -> None:
        super().__init__(
            grant_type=grant_type,
            username=username,
            password=password,
            scope=scope,
            client_id=client_id,
            client_secret=client_secret,
        )


# The default of `OAuth2`, which is a model; the models are imported when the first scheme is made.
_NO_FLOWS: Any = {}


@lru_cache(maxsize=None)
def _no_flows() -> OAuthFlowsModel:
    """Return the flows that all schemes without flows share, as a default argument is shared."""
    from fastapi.openapi.models import OAuthFlows

    return OAuthFlows()


class OAuth2(SecurityBase):
    """Any flow of OAuth2; gives the Authorization header as it is."""

    model: _models.OAuth2

    def __init__(
        self,
        *,
        flows: Annotated[
            Union[_models.OAuthFlows, Dict[str, Dict[str, Any]]],
            Doc("The flows, by name; none if left out."),
        ] = _NO_FLOWS,
        scheme_name: Annotated[Optional[str], Doc("The name of the scheme in the documentation.")] = None,
        description: Annotated[Optional[str], Doc("The description of the scheme in the documentation.")] = None,
        auto_error: Annotated[
            bool,
            Doc("Whether a request without the header is an error, or gives `None`."),
        ] = True,
    ) -> None:
        from fastapi.openapi.models import OAuth2 as OAuth2Model

        known_flows: Any = _no_flows() if flows is _NO_FLOWS else flows
        self.model = OAuth2Model(flows=known_flows, description=description)
        self.scheme_name = scheme_name or self.__class__.__name__
        self.auto_error = auto_error

    def make_not_authenticated_error(self) -> HTTPException:
        """Return the error for a request without a token; override it for another status or detail.

        OAuth2 names no challenge of its own; Bearer tokens are what it is used with.
        """
        return HTTPException(
            status_code=HTTP_401_UNAUTHORIZED,
            detail="Not authenticated",
            headers={"WWW-Authenticate": "Bearer"},
        )

    async def __call__(self, request: HTTPConnection) -> Optional[str]:
        return self._require(request.headers.get("Authorization"))

    def _require(self, credentials: Optional[str]) -> Optional[str]:
        if credentials:
            return credentials
        if self.auto_error:
            raise self.make_not_authenticated_error()
        return None

    def _require_bearer(self, request: HTTPConnection) -> Optional[str]:
        authorization = request.headers.get("Authorization")
        scheme, param = get_authorization_scheme_param(authorization)
        if not authorization:
            return self._require(None)
        return self._accept_authorization(scheme, param)

    def _accept_authorization(self, scheme: str, param: str) -> Optional[str]:
        """Judge the two parts of the header; the planned way, which has them from the core, begins here."""
        if scheme.lower() == "bearer":
            return param
        return self._require(None)


def _make_flows(name: str, flow: Dict[str, Any]) -> OAuthFlowsModel:
    """Return one flow as a model. A wrong argument is an error of `OAuthFlows` by that."""
    from fastapi.openapi.models import OAuthFlows

    return OAuthFlows.model_validate({name: flow})


class OAuth2PasswordBearer(OAuth2):
    """A Bearer token that is had for a password.

    ```python
    oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")

    @app.get("/items/")
    async def read_items(token: str = Depends(oauth2_scheme)):
        return {"token": token}
    ```
    """

    def __init__(
        self,
        tokenUrl: Annotated[str, Doc("Where the token is had.")],
        scheme_name: Annotated[Optional[str], Doc("The name of the scheme in the documentation.")] = None,
        scopes: Annotated[Optional[Dict[str, str]], Doc("The scopes there are, with descriptions.")] = None,
        description: Annotated[Optional[str], Doc("The description of the scheme in the documentation.")] = None,
        auto_error: Annotated[
            bool,
            Doc("Whether a request without a token is an error, or gives `None`."),
        ] = True,
        refreshUrl: Annotated[Optional[str], Doc("Where a new token is had for an old one.")] = None,
    ) -> None:
        flow = {
            "tokenUrl": tokenUrl,
            "refreshUrl": refreshUrl,
            "scopes": scopes or {},
        }
        super().__init__(
            flows=_make_flows("password", flow),
            scheme_name=scheme_name,
            description=description,
            auto_error=auto_error,
        )

    async def __call__(self, request: HTTPConnection) -> Optional[str]:
        return self._require_bearer(request)


class OAuth2AuthorizationCodeBearer(OAuth2):
    """A Bearer token that is had for an authorization code."""

    def __init__(
        self,
        authorizationUrl: Annotated[str, Doc("Where the user authorizes the client.")],
        tokenUrl: Annotated[str, Doc("Where the token is had.")],
        refreshUrl: Annotated[Optional[str], Doc("Where a new token is had for an old one.")] = None,
        scheme_name: Annotated[Optional[str], Doc("The name of the scheme in the documentation.")] = None,
        scopes: Annotated[Optional[Dict[str, str]], Doc("The scopes there are, with descriptions.")] = None,
        description: Annotated[Optional[str], Doc("The description of the scheme in the documentation.")] = None,
        auto_error: Annotated[
            bool,
            Doc("Whether a request without a token is an error, or gives `None`."),
        ] = True,
    ) -> None:
        flow = {
            "authorizationUrl": authorizationUrl,
            "tokenUrl": tokenUrl,
            "refreshUrl": refreshUrl,
            "scopes": scopes or {},
        }
        super().__init__(
            flows=_make_flows("authorizationCode", flow),
            scheme_name=scheme_name,
            description=description,
            auto_error=auto_error,
        )

    async def __call__(self, request: HTTPConnection) -> Optional[str]:
        return self._require_bearer(request)


class SecurityScopes:
    """The scopes that the operation and all dependencies on the way to this one ask for.

    A parameter of this type, in a dependency, gets them.
    """

    def __init__(
        self,
        scopes: Annotated[Optional[List[str]], Doc("Filled by the dependency injection.")] = None,
    ) -> None:
        self.scopes: Annotated[List[str], Doc("The scopes.")] = scopes or []
        self.scope_str: Annotated[str, Doc("The scopes in one string, separated by spaces, as in a challenge.")] = (
            " ".join(self.scopes)
        )


# What is assigned to a name of this module is noticed.
_install(__name__, [])
