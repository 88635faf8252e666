"""OAuth2 (RFC 6749): the schemes, the form of the password flow, and the scopes of an operation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Union, cast

from annotated_doc import Doc
from starlette.requests import HTTPConnection
from starlette.status import HTTP_401_UNAUTHORIZED
from typing_extensions import Annotated

from fastapi._facade import install as _install
from fastapi.exceptions import HTTPException
from fastapi.param_functions import Form
from fastapi.security.base import AutoError, SchemeDescription, SchemeName, SecurityBase, lazy_models, refuse
from fastapi.security.utils import get_authorization_scheme_param

if TYPE_CHECKING:
    from fastapi.openapi import models as _models
    from fastapi.openapi.models import OAuth2 as OAuth2Model  # noqa: F401
    from fastapi.openapi.models import OAuthFlows as OAuthFlowsModel
else:
    _models, __getattr__, __dir__ = lazy_models(__name__, OAuth2Model="OAuth2", OAuthFlowsModel="OAuthFlows")

_USERNAME = Doc("The name of the user. RFC 6749 fixes the name of this field.")
_PASSWORD = Doc("The password of the user. RFC 6749 fixes the name of this field.")
_SCOPE = Doc(
    "The requested scopes in one text, separated by spaces: `calendar:read calendar:write openid` requests three. "
    "The attribute `scopes` has them as a list."
)
_CLIENT_ID = Doc("The name of the client. RFC 6749 recommends that clients send it with HTTP Basic instead.")
_CLIENT_SECRET = Doc("The password of the client. RFC 6749 recommends that clients send it with HTTP Basic instead.")


class OAuth2PasswordRequestForm:
    """The form with which a client requests a token in the password flow (RFC 6749 section 4.3.2).

    The class is a dependency: its parameters are the fields of the form. The field `grant_type` is required by the RFC,
    but optional here.

    ```python
    @app.post("/token")
    def create_token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Dict[str, str]:
        user = users.get(form.username)
        if not verify_password(form.password, user and user.password_hash):
            raise HTTPException(400, "Wrong user name or password")
        return {"access_token": sign_token(user, form.scopes), "token_type": "bearer"}
    ```

    A scope is any text without spaces. The RFC knows no parts of a scope: in `calendar:read`, the colon has a meaning
    only for the application.
    """

    def __init__(
        self,
        *,
        grant_type: Annotated[
            Optional[str],
            Form(pattern="^password$"),
            Doc(
                'The text "password". RFC 6749 requires it; this class accepts forms without it, and '
                "`OAuth2PasswordRequestFormStrict` refuses them."
            ),
        ] = None,
        username: Annotated[str, Form(), _USERNAME],
        password: Annotated[str, Form(json_schema_extra={"format": "password"}), _PASSWORD],
        scope: Annotated[str, Form(), _SCOPE] = "",
        client_id: Annotated[Optional[str], Form(), _CLIENT_ID] = None,
        client_secret: Annotated[Optional[str], Form(json_schema_extra={"format": "password"}), _CLIENT_SECRET] = None,
    ) -> None:
        self.grant_type = grant_type
        self.username = username
        self.password = password
        self.scopes = scope.split()
        self.client_id = client_id
        self.client_secret = client_secret


class OAuth2PasswordRequestFormStrict(OAuth2PasswordRequestForm):
    """The form of the password flow with a required `grant_type`, as RFC 6749 section 4.3.2 has it.

    Apart from that field it equals `OAuth2PasswordRequestForm`.

    ```python
    @app.post("/oauth/token")
    def create_token(form: Annotated[OAuth2PasswordRequestFormStrict, Depends()]) -> Token:
        return issue_token(form.username, form.password, scopes=form.scopes)
    ```
    """

    def __init__(
        self,
        grant_type: Annotated[
            str,
            Form(pattern="^password$"),
            Doc('The text "password". `OAuth2PasswordRequestForm` also accepts forms without it.'),
        ],
        username: Annotated[str, Form(), _USERNAME],
        password: Annotated[str, Form(), _PASSWORD],
        scope: Annotated[str, Form(), _SCOPE] = "",
        client_id: Annotated[Optional[str], Form(), _CLIENT_ID] = None,
        client_secret: Annotated[Optional[str], Form(), _CLIENT_SECRET] = None,
    ) -> None:
        super().__init__(
            grant_type=grant_type,
            username=username,
            password=password,
            scope=scope,
            client_id=client_id,
            client_secret=client_secret,
        )


# Stands for a model with no flows, the default of `OAuth2`. The models are imported when the first scheme is created.
_NO_FLOWS: Any = {}


@lru_cache(maxsize=None)
def _no_flows() -> OAuthFlowsModel:
    """Return the flows that all schemes without flows share, as they would share a default argument."""
    from fastapi.openapi.models import OAuthFlows

    return OAuthFlows()


class OAuth2(SecurityBase):
    """OAuth2 with any flows: the base class of the schemes for single flows.

    The value of the dependency is the Authorization header as the client sent it. An application usually takes one of
    the subclasses; this class is for other flows, or for several in one scheme.
    """

    model: _models.OAuth2

    def __init__(
        self,
        *,
        flows: Annotated[
            Union[_models.OAuthFlows, Dict[str, Dict[str, Any]]],
            Doc("The flows of OAuth2 by their names in OpenAPI, such as `clientCredentials`. Without it, no flows."),
        ] = _NO_FLOWS,
        scheme_name: SchemeName = None,
        description: SchemeDescription = None,
        auto_error: AutoError = True,
    ) -> None:
        from fastapi.openapi.models import OAuth2 as OAuth2Model

        # The model converts a dict.
        known_flows = _no_flows() if flows is _NO_FLOWS else cast("OAuthFlowsModel", flows)
        self.model = OAuth2Model(flows=known_flows, description=description)  # pyright: ignore
        self.scheme_name = scheme_name or self.__class__.__name__
        self.auto_error = auto_error

    def make_not_authenticated_error(self) -> HTTPException:
        """Return the error for a request without a token; override it for another status or detail.

        OAuth2 defines no challenge of its own. Its tokens are Bearer tokens, so the challenge is that of RFC 6750.
        """
        headers = {"WWW-Authenticate": "Bearer"}
        return HTTPException(status_code=HTTP_401_UNAUTHORIZED, detail="Not authenticated", headers=headers)

    async def __call__(self, request: HTTPConnection) -> Optional[str]:
        return self._require(request.headers.get("Authorization"))

    def _require(self, credentials: Optional[str]) -> Optional[str]:
        if not credentials:
            refuse(self)
            return None
        return credentials

    def _require_bearer(self, request: HTTPConnection) -> Optional[str]:
        authorization = request.headers.get("Authorization")
        scheme, param = get_authorization_scheme_param(authorization)
        if not authorization:
            return self._require(None)
        return self._accept_authorization(scheme, param)

    def _accept_authorization(self, scheme: str, param: str) -> Optional[str]:
        """Return the value of the dependency for the two parts of the header.

        The planned way starts here, with the parts that the core has read.
        """
        if scheme.lower() == "bearer":
            return param
        return self._require(None)


def _make_flows(name: str, flow: Dict[str, Any]) -> OAuthFlowsModel:
    """Return one flow as a model; a wrong argument raises the validation error of `OAuthFlows`."""
    from fastapi.openapi.models import OAuthFlows

    return OAuthFlows.model_validate({name: flow})


_Scopes = Annotated[
    Optional[Dict[str, str]],
    Doc("The scopes that operations with this scheme may require: each name with its description."),
]
_RefreshUrl = Annotated[Optional[str], Doc("The URL where a client gets a new token for a refresh token.")]


class OAuth2PasswordBearer(OAuth2):
    """A Bearer token that the client gets for a user name and a password.

    The value of the dependency is the token, a `str`, which the application checks.

    ```python
    user_token = OAuth2PasswordBearer(tokenUrl="token", scopes={"notes": "Read and write notes"})

    @app.get("/notes")
    def list_notes(token: Annotated[str, Depends(user_token)]) -> List[Note]:
        return notes.of(decode_jwt(token, secret, algorithms=["HS256"])["sub"])
    ```
    """

    def __init__(
        self,
        tokenUrl: Annotated[
            str,
            Doc(
                "The URL where the client gets the token: that of the path operation with an "
                "`OAuth2PasswordRequestForm`. A relative URL starts from the URL of the API."
            ),
        ],
        scheme_name: SchemeName = None,
        scopes: _Scopes = None,
        description: SchemeDescription = None,
        auto_error: AutoError = True,
        refreshUrl: _RefreshUrl = None,
    ) -> None:
        flow = {"tokenUrl": tokenUrl, "refreshUrl": refreshUrl, "scopes": scopes or {}}
        flows = _make_flows("password", flow)
        super().__init__(flows=flows, scheme_name=scheme_name, description=description, auto_error=auto_error)

    async def __call__(self, request: HTTPConnection) -> Optional[str]:
        return self._require_bearer(request)


class OAuth2AuthorizationCodeBearer(OAuth2):
    """A Bearer token that the client gets for an authorization code (RFC 6749 section 4.1).

    The value of the dependency is the token, a `str`, which the application checks.

    ```python
    account_token = OAuth2AuthorizationCodeBearer(
        authorizationUrl="https://id.example.com/authorize", tokenUrl="https://id.example.com/token"
    )

    @app.get("/account")
    def account(token: Annotated[str, Depends(account_token)]) -> Account:
        return load_account(token)
    ```
    """

    def __init__(
        self,
        authorizationUrl: Annotated[str, Doc("The URL where the user permits the client to act for them.")],
        tokenUrl: Annotated[str, Doc("The URL where the client gets the token for the code.")],
        refreshUrl: _RefreshUrl = None,
        scheme_name: SchemeName = None,
        scopes: _Scopes = None,
        description: SchemeDescription = None,
        auto_error: AutoError = True,
    ) -> None:
        flow = {"authorizationUrl": authorizationUrl, "tokenUrl": tokenUrl, "refreshUrl": refreshUrl}
        flows = _make_flows("authorizationCode", {**flow, "scopes": scopes or {}})
        super().__init__(flows=flows, scheme_name=scheme_name, description=description, auto_error=auto_error)

    async def __call__(self, request: HTTPConnection) -> Optional[str]:
        return self._require_bearer(request)


class SecurityScopes:
    """The OAuth2 scopes that a request must have at this point of the dependency tree.

    They are the scopes of all `Security()` declarations on the way from the path operation to this dependency. A
    dependency gets them through a parameter of this type, so that one function can check the scopes of all operations.

    ```python
    def current_user(required: SecurityScopes, token: Annotated[str, Depends(user_token)]) -> User:
        granted = read_scopes(token)
        if not granted.issuperset(required.scopes):
            raise HTTPException(403, f"This needs the scopes: {required.scope_str}")
        return find_user(token)
    ```
    """

    def __init__(
        self,
        scopes: Annotated[Optional[List[str]], Doc("The scopes. The dependency injection passes them.")] = None,
    ) -> None:
        self.scopes: Annotated[List[str], Doc("The required scopes.")] = scopes or []
        self.scope_str: Annotated[
            str, Doc("The required scopes in one text, separated by spaces, as a challenge has them.")
        ] = " ".join(self.scopes)


# The package notices assignments to names of this module.
_install(__name__, [])
