"""JWTBearer in an application."""

from __future__ import annotations

import base64
import json
from typing import Any, Dict, Optional

import pytest

from fastapi import Depends, FastAPI, Security, WebSocket
from fastapi.security import InvalidTokenError, JWTBearer, JWTKeyError, encode_jwt
from fastapi.testclient import TestClient
from tests.security.keys import SECRET

TOKEN = encode_jwt({"sub": "a", "exp": 4e9, "aud": "me"}, SECRET)


def client(scheme: JWTBearer) -> TestClient:
    app = FastAPI()

    @app.get("/")
    async def read(claims: Any = Security(scheme)) -> Any:
        return claims

    @app.websocket("/ws")
    async def socket(websocket: WebSocket, claims: Any = Depends(scheme)) -> None:
        await websocket.accept()
        await websocket.send_json(claims)
        await websocket.close()

    return TestClient(app)


def get(scheme: JWTBearer, authorization: Optional[str] = None) -> Any:
    headers = {} if authorization is None else {b"Authorization": authorization.encode("latin-1")}
    answer = client(scheme).get("/", headers=headers)
    return answer.status_code, answer.json()


def test_claims_are_the_value() -> None:
    scheme = JWTBearer(key=SECRET, algorithms=["HS256"], audience="me")
    assert (
        get(scheme, f"Bearer {TOKEN}") == get(scheme, f"bearer {TOKEN}") == (200, {"sub": "a", "exp": 4e9, "aud": "me"})
    )
    assert get(JWTBearer(key=SECRET, algorithms=["HS256"]), f"Bearer {TOKEN}")[0] == 401
    assert get(JWTBearer(key=SECRET, algorithms=["HS512"], audience="me"), f"Bearer {TOKEN}")[0] == 401
    with client(scheme).websocket_connect("/ws", headers={"Authorization": f"Bearer {TOKEN}"}) as socket:
        assert socket.receive_json()["sub"] == "a"


def test_exp_is_required_unless_said_otherwise() -> None:
    token = encode_jwt({"sub": "a"}, SECRET)
    assert get(JWTBearer(key=SECRET, algorithms=["HS256"]), f"Bearer {token}")[0] == 401
    assert get(JWTBearer(key=SECRET, algorithms=["HS256"], require=[]), f"Bearer {token}") == (200, {"sub": "a"})
    late = encode_jwt({"exp": 1}, SECRET)
    scheme = JWTBearer(key=SECRET, algorithms=["HS256"], options={"verify_exp": False})
    assert get(scheme, f"Bearer {late}") == (200, {"exp": 1})


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic YTpi", TOKEN])
def test_without_a_token(authorization: Optional[str]) -> None:
    strict = JWTBearer(key=SECRET, algorithms=["HS256"])
    assert get(strict, authorization) == (401, {"detail": "Not authenticated"})
    assert get(JWTBearer(key=SECRET, algorithms=["HS256"], auto_error=False), authorization) == (200, None)


def test_a_wrong_token_is_an_error_also_without_auto_error() -> None:
    scheme = JWTBearer(key=SECRET, algorithms=["HS256"], auto_error=False)
    assert get(scheme, "Bearer a.b.c") == (401, {"detail": "Invalid token"})
    assert get(scheme, "Bearer \u00e4") == (401, {"detail": "Invalid token"})


def test_key_by_header() -> None:
    keys = {"new": SECRET, "old": SECRET[::-1]}

    def choose(header: Dict[str, Any]) -> str:
        if header.get("kid") not in keys:
            raise InvalidTokenError('unknown "key"\u20ac\\', "key")
        return keys[header["kid"]]

    scheme = JWTBearer(key=choose, algorithms=["HS256"], require=[])
    for kid, key in keys.items():
        token = encode_jwt({"kid": kid}, key, headers={"kid": kid})
        assert get(scheme, f"Bearer {token}") == (200, {"kid": kid})
    token = encode_jwt({}, SECRET, headers={"kid": "old"})
    assert get(scheme, f"Bearer {token}")[0] == 401
    answer = client(scheme).get("/", headers={"Authorization": f"Bearer {encode_jwt({}, SECRET)}"})
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token", error_description="unknown \'key\'?/"'


def test_errors_of_the_application_are_raised_to_it() -> None:
    for wrong in ([], "HS256", None):
        with pytest.raises(TypeError):
            JWTBearer(key=SECRET, algorithms=wrong)  # type: ignore[arg-type]
    with pytest.raises(JWTKeyError):
        get(JWTBearer(key="short", algorithms=["HS256"]), f"Bearer {TOKEN}")


def test_it_documents_itself() -> None:
    scheme = JWTBearer(key=SECRET, algorithms=["HS256"], scheme_name="Token", description="Ours.")
    schema = client(scheme).get("/openapi.json").json()
    assert schema["components"]["securitySchemes"] == {
        "Token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "Ours."}
    }
    assert SECRET not in client(scheme).get("/openapi.json").text


# Every wrong token is answered with 401 --------------------------------------------------------------------


def token_of(header: Any, claims: Any = None) -> str:
    parts = [header, claims or {"exp": 4e9}]
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*texts, "eHh4"])


KEYS = {
    "h": SECRET,
    "short": SECRET[:40],
    "list": [1],
    "pem": "-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----",
}


@pytest.mark.parametrize(
    "choose",
    [
        lambda header: KEYS.get(header.get("kid"), SECRET),
        lambda header: KEYS.get(header.get("kid")),
        lambda header: KEYS[header["kid"]],
        lambda header: KEYS[header["kid"]] if header.get("kid") in KEYS else "",
    ],
)
@pytest.mark.parametrize("kid", [["h"], {"h": 1}, None, 1, "h", "short", "pem", "unknown", "\ud800", "a\r\nb"])
@pytest.mark.parametrize("algorithm", ["HS256", "HS512", "RS256", "none", 5])
def test_a_key_that_the_token_chose(choose: Any, kid: Any, algorithm: Any) -> None:
    scheme = JWTBearer(key=choose, algorithms=["HS256", "HS512"])
    assert get(scheme, f"Bearer {token_of({'alg': algorithm, 'kid': kid})}") == (401, {"detail": "Invalid token"})
    assert get(scheme, f"Bearer {token_of({'alg': algorithm})}") == (401, {"detail": "Invalid token"})


def test_a_chosen_key_that_does_not_fit_is_logged(caplog: Any) -> None:
    scheme = JWTBearer(key=lambda header: "short", algorithms=["HS256"])
    assert get(scheme, f"Bearer {TOKEN}")[0] == 401
    assert [record.name for record in caplog.records if record.levelname == "WARNING"] == ["fastapi"]
    assert "HS256 needs 32 or more" in caplog.text


def test_an_exception_of_the_chooser_is_raised() -> None:
    def choose(header: Any) -> str:
        raise ValueError("the store is closed")

    with pytest.raises(ValueError):
        get(JWTBearer(key=choose, algorithms=["HS256"]), f"Bearer {TOKEN}")
    with pytest.raises(TypeError):
        get(JWTBearer(key=lambda header: 5, algorithms=["HS256"]), f"Bearer {TOKEN}")  # type: ignore[arg-type, return-value]


def test_the_chooser_gets_a_header_of_its_own() -> None:
    seen = []

    def choose(header: Dict[str, Any]) -> str:
        seen.append(json.dumps(header, sort_keys=True))
        header["jwk"]["x"].append("mine")
        header["alg"] = "none"
        return SECRET

    scheme = JWTBearer(key=choose, algorithms=["HS256"], require=[])
    token = encode_jwt({"sub": "a"}, SECRET, headers={"jwk": {"x": []}})
    for _ in range(3):
        assert get(scheme, f"Bearer {token}") == (200, {"sub": "a"})
    assert seen == ['{"alg": "HS256", "jwk": {"x": []}, "typ": "JWT"}'] * 3


def test_a_description_cannot_leave_its_header() -> None:
    def choose(header: Dict[str, Any]) -> str:
        raise InvalidTokenError(f"no key {header['kid']}", "key")

    scheme = JWTBearer(key=choose, algorithms=["HS256"])
    token = token_of({"alg": "HS256", "kid": 'a\r\nSet-Cookie: b="c"\x00\x7f\ud800' + "k" * 1000})
    answer = client(scheme).get("/", headers={"Authorization": f"Bearer {token}"})
    description = "no key a??Set-Cookie: b='c'???" + "k" * 226
    assert answer.headers["www-authenticate"] == f'Bearer error="invalid_token", error_description="{description}"'
    assert "set-cookie" not in answer.headers


def test_rules_are_checked_when_the_scheme_is_created() -> None:
    for wrong in (
        {"audience": 5},
        {"issuer": b"i"},
        {"leeway": "5"},
        {"require": "exp"},
        {"options": {"verify": False}},
        {"key": None},
        {"key": 5},
        {"algorithms": b"HS256"},
    ):
        with pytest.raises(TypeError):
            JWTBearer(**{"key": SECRET, "algorithms": ["HS256"], **wrong})


def test_iterators_are_read_once() -> None:
    scheme = JWTBearer(key=SECRET, algorithms=iter(["HS256"]), audience=iter(["me"]), require=iter(["exp"]))  # type: ignore[arg-type]
    late = encode_jwt({"sub": "a", "aud": "me"}, SECRET)
    for _ in range(3):
        assert get(scheme, f"Bearer {TOKEN}")[0] == 200
        assert get(scheme, f"Bearer {late}")[0] == 401
