"""Security schemes: the values that they return, their refusals, and their OpenAPI objects."""

import base64
import copy
import pickle

import pytest
from pydantic import ValidationError

from fastapi import Depends, FastAPI, Security, WebSocket
from fastapi.security import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    HTTPBasic,
    HTTPBearer,
    HTTPDigest,
    OAuth2,
    OAuth2AuthorizationCodeBearer,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
    OAuth2PasswordRequestFormStrict,
    OpenIdConnect,
)
from fastapi.security.base import SecurityBase
from fastapi.security.http import HTTPBase
from fastapi.security.utils import get_authorization_scheme_param
from tests.framework.support import client, errors_of


def app_for(scheme):
    app = FastAPI()

    @app.get("/")
    def endpoint(found=Security(scheme)):
        return {"found": found}

    return app


def basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


@pytest.mark.parametrize(
    "scheme, target, headers, expected",
    [
        (APIKeyQuery(name="key"), "/?key=abc", {}, "abc"),
        (APIKeyHeader(name="x-key"), "/", {"X-Key": "abc"}, "abc"),
        (APIKeyCookie(name="key"), "/", {"cookie": "key=abc"}, "abc"),
        (HTTPBearer(), "/", {"authorization": "Bearer abc"}, {"scheme": "Bearer", "credentials": "abc"}),
        (HTTPBearer(), "/", {"authorization": "bearer abc"}, {"scheme": "bearer", "credentials": "abc"}),
        (HTTPDigest(), "/", {"authorization": "Digest abc"}, {"scheme": "Digest", "credentials": "abc"}),
        (HTTPBase(scheme="Other"), "/", {"authorization": "Other abc"}, {"scheme": "Other", "credentials": "abc"}),
        (HTTPBasic(), "/", {"authorization": basic(b"me:a:b")}, {"username": "me", "password": "a:b"}),
        (OAuth2(), "/", {"authorization": "Any thing"}, "Any thing"),
        (OAuth2PasswordBearer(tokenUrl="t"), "/", {"authorization": "Bearer abc"}, "abc"),
        (
            OAuth2AuthorizationCodeBearer(authorizationUrl="a", tokenUrl="t"),
            "/",
            {"authorization": "Bearer abc"},
            "abc",
        ),
        (OpenIdConnect(openIdConnectUrl="/o"), "/", {"authorization": "Bearer abc"}, "Bearer abc"),
    ],
)
def test_the_value_of_a_scheme(scheme, target, headers, expected):
    response = client(app_for(scheme)).get(target, headers=headers)
    assert (response.status_code, response.json()) == (200, {"found": expected})


@pytest.mark.parametrize(
    "make, headers, challenge",
    [
        (lambda **more: APIKeyQuery(name="key", **more), {}, "APIKey"),
        (lambda **more: APIKeyHeader(name="x-key", **more), {}, "APIKey"),
        (lambda **more: APIKeyCookie(name="key", **more), {}, "APIKey"),
        (HTTPBearer, {}, "Bearer"),
        (HTTPBearer, {"authorization": "Basic abc"}, "Bearer"),
        (HTTPBearer, {"authorization": "Bearer"}, "Bearer"),
        (HTTPDigest, {"authorization": "Other abc"}, "Digest"),
        (HTTPBasic, {}, "Basic"),
        (lambda **more: HTTPBasic(realm="here", **more), {}, 'Basic realm="here"'),
        (OAuth2, {}, "Bearer"),
        (lambda **more: OAuth2PasswordBearer(tokenUrl="t", **more), {"authorization": "Basic x"}, "Bearer"),
        (lambda **more: OpenIdConnect(openIdConnectUrl="/o", **more), {}, "Bearer"),
    ],
)
def test_how_a_scheme_refuses(make, headers, challenge):
    refused = client(app_for(make())).get("/", headers=headers)
    assert (refused.status_code, refused.json()) == (401, {"detail": "Not authenticated"})
    assert refused.headers["www-authenticate"] == challenge
    silent = client(app_for(make(auto_error=False))).get("/", headers=headers)
    assert (silent.status_code, silent.json()) == (200, {"found": None})


@pytest.mark.parametrize("text", ["Basic !!!", basic(b"nocolon"), basic("ö:x".encode("latin-1"))])
def test_broken_basic_credentials_are_refused_in_any_case(text):
    for scheme in (HTTPBasic(), HTTPBasic(auto_error=False)):
        assert client(app_for(scheme)).get("/", headers={"authorization": text}).status_code == 401


@pytest.mark.parametrize(
    "scheme, told",
    [
        (APIKeyQuery(name="key"), {"APIKeyQuery": {"type": "apiKey", "in": "query", "name": "key"}}),
        (
            APIKeyHeader(name="key", scheme_name="named", description="d"),
            {"named": {"type": "apiKey", "in": "header", "name": "key", "description": "d"}},
        ),
        (HTTPBearer(bearerFormat="JWT"), {"HTTPBearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}),
        (HTTPBasic(), {"HTTPBasic": {"type": "http", "scheme": "basic"}}),
        (
            OAuth2PasswordBearer(tokenUrl="t", scopes={"me": "Read me"}),
            {
                "OAuth2PasswordBearer": {
                    "type": "oauth2",
                    "flows": {"password": {"scopes": {"me": "Read me"}, "tokenUrl": "t"}},
                }
            },
        ),
        (
            OpenIdConnect(openIdConnectUrl="/o"),
            {"OpenIdConnect": {"type": "openIdConnect", "openIdConnectUrl": "/o"}},
        ),
    ],
)
def test_the_openapi_object_of_a_scheme(scheme, told):
    document = app_for(scheme).openapi()
    assert document["components"]["securitySchemes"] == told
    assert document["paths"]["/"]["get"]["security"] == [{next(iter(told)): []}]


def test_scopes_of_operations_stand_in_openapi():
    app = FastAPI()
    scheme = OAuth2PasswordBearer(tokenUrl="t")

    def user(token: str = Depends(scheme)) -> str:
        return token

    @app.get("/")
    def endpoint(user: str = Security(user, scopes=["me", "items"])):
        """Not called."""

    assert app.openapi()["paths"]["/"]["get"]["security"] == [{"OAuth2PasswordBearer": ["me", "items"]}]


FORM = {"username": "u", "password": "p", "scope": "a b", "client_id": "c"}


@pytest.mark.parametrize(
    "form_class, form, errors",
    [
        (OAuth2PasswordRequestForm, FORM, []),
        (OAuth2PasswordRequestForm, {**FORM, "grant_type": "password"}, []),
        (
            OAuth2PasswordRequestForm,
            {**FORM, "grant_type": "other"},
            [("string_pattern_mismatch", ["body", "grant_type"])],
        ),
        (OAuth2PasswordRequestFormStrict, FORM, [("missing", ["body", "grant_type"])]),
        (OAuth2PasswordRequestForm, {}, [("missing", ["body", "username"]), ("missing", ["body", "password"])]),
    ],
)
def test_the_password_form(form_class, form, errors):
    app = FastAPI()

    @app.post("/token")
    def token(form: form_class = Depends()):
        return [form.username, form.password, form.scopes, form.client_id, form.client_secret]

    response = client(app).post("/token", data=form)
    if errors:
        assert [error[:2] for error in errors_of(response)] == errors
    else:
        assert response.json() == ["u", "p", ["a", "b"], "c", None]


def test_schemes_work_for_websockets():
    app = FastAPI()

    @app.websocket("/ws")
    async def endpoint(websocket: WebSocket, token: str = Depends(APIKeyHeader(name="x-key"))):
        await websocket.accept()
        await websocket.send_text(token)
        await websocket.close()

    with client(app).websocket_connect("/ws", headers={"x-key": "abc"}) as session:
        assert session.receive_text() == "abc"


@pytest.mark.parametrize(
    "header, parts",
    [
        ("Bearer abc", ("Bearer", "abc")),
        ("Bearer", ("Bearer", "")),
        ("", ("", "")),
        (None, ("", "")),
        ("A  b ", ("A", "b")),
    ],
)
def test_an_authorization_header_in_parts(header, parts):
    assert get_authorization_scheme_param(header) == parts


def test_the_refusal_of_a_scheme_may_be_replaced():
    from fastapi import HTTPException

    class Old(HTTPBearer):
        def make_not_authenticated_error(self) -> HTTPException:
            return HTTPException(status_code=403, detail="Go away")

    refused = client(app_for(Old())).get("/")
    assert (refused.status_code, refused.json()) == (403, {"detail": "Go away"})


def test_attributes_are_set_in_upstreams_order():
    assert list(vars(HTTPBasic(realm="r"))) == ["model", "scheme_name", "realm", "auto_error"]
    assert list(vars(HTTPBearer())) == ["model", "scheme_name", "auto_error"]


def test_flows_are_refused_with_upstreams_errors():
    with pytest.raises(ValidationError, match="1 validation error for OAuth2\nflows\n"):
        OAuth2(flows=None)
    with pytest.raises(ValidationError, match="1 validation error for OAuthFlows\npassword.tokenUrl\n"):
        OAuth2PasswordBearer(None)
    with pytest.raises(ValidationError, match="1 validation error for OAuthFlows\nauthorizationCode.scopes\n"):
        OAuth2AuthorizationCodeBearer("a", "t", scopes=["a"])
    assert OAuth2().model.flows is OAuth2().model.flows


def test_a_scheme_of_ones_own_needs_a_model_first():
    class Own(SecurityBase):
        def __call__(self):
            return None

    with pytest.raises(AttributeError, match="has no attribute 'model'"):
        app_for(Own()).openapi()


@pytest.mark.parametrize(
    "scheme",
    [
        APIKeyHeader(name="x-key"),
        HTTPBasic(realm="r"),
        HTTPBearer(bearerFormat="f"),
        OAuth2(),
        OAuth2PasswordBearer("t", scopes={"a": "b"}),
        OpenIdConnect(openIdConnectUrl="u"),
    ],
    ids=lambda scheme: type(scheme).__name__,
)
def test_copies_are_schemes(scheme):
    for copied in (copy.copy(scheme), copy.deepcopy(scheme), pickle.loads(pickle.dumps(scheme))):
        assert copied != scheme and vars(copied) == vars(scheme)
        assert client(app_for(copied)).get("/").status_code == 401
