"""JWTBearer in an application."""

from __future__ import annotations

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


def test_a_wrong_token_is_an_error_even_where_none_is_needed() -> None:
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


def test_faults_of_the_application_are_not_the_clients() -> None:
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
