"""The example of docs/security.md works as it is written."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Iterator

import pytest

from fastapi import _rust
from fastapi.security import decode_jwt, encode_jwt
from fastapi.testclient import TestClient

pytest.importorskip("multipart")

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"
SECRET = "5f" * 32


@pytest.fixture
def example(monkeypatch: Any) -> Iterator[Any]:
    if not _rust.rust_available():
        pytest.skip("no core here")
    monkeypatch.setenv("SECRET", SECRET)
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert code
    module = ModuleType("login_of_the_documentation")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code.group(1), str(PAGE), "exec"), module.__dict__)
    yield module


def test_login(example: Any) -> None:
    client = TestClient(example.app)
    alice = {"username": "alice", "password": "correct horse"}
    assert client.post("/users", data=alice).json() == {"name": "alice"}
    assert client.post("/users", data=alice).status_code == 409
    for path, status in (("/users", 422), ("/token", 401)):
        assert client.post(path, data={"username": "eve", "password": "x" * 100_000}).status_code == status
    assert example.passwords["alice"].startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    for wrong in ({"password": "other"}, {"username": "bob"}):
        answer = client.post("/token", data={**alice, **wrong})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    token = client.post("/token", data=alice).json()
    assert token["token_type"] == "bearer"
    answer = client.get("/me", headers={"Authorization": f"Bearer {token['access_token']}"})
    assert (answer.status_code, answer.json()) == (200, {"name": "alice"})
    assert decode_jwt(token["access_token"], SECRET, ["HS256"])["iss"] == "https://example.com"


def test_upgrade_at_login(example: Any) -> None:
    from fastapi.security import Argon2Parameters, hash_password

    example.passwords["alice"] = hash_password("secret", parameters=Argon2Parameters(64, 1, 1))
    TestClient(example.app).post("/token", data={"username": "alice", "password": "secret"}).raise_for_status()
    assert "$m=65536," in example.passwords["alice"]


def test_refused_requests(example: Any) -> None:
    client = TestClient(example.app)
    answer = client.get("/me")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    good = {"sub": "alice", "iss": "https://example.com", "exp": 4e9}
    for claims, detail in (
        ({**good, "exp": 1}, "Token expired"),
        ({**good, "iss": "https://example.org"}, "Invalid token"),
        ({"iss": good["iss"], "exp": 4e9}, "Invalid token"),
        ({"iss": good["iss"], "sub": "alice"}, "Invalid token"),
    ):
        answer = client.get("/me", headers={"Authorization": f"Bearer {encode_jwt(claims, SECRET)}"})
        assert (answer.status_code, answer.json()) == (401, {"detail": detail})
        assert answer.headers["www-authenticate"].startswith(
            'Bearer error="invalid_token", error_description="the token '
        )
    forged = encode_jwt(good, "another secret, as long as it must be")
    assert client.get("/me", headers={"Authorization": f"Bearer {forged}"}).status_code == 401


def test_documentation_has_the_scheme(example: Any) -> None:
    schema = TestClient(example.app).get("/openapi.json").json()
    assert schema["paths"]["/me"]["get"]["security"] == [{"JWTBearer": []}]
    assert schema["components"]["securitySchemes"]["JWTBearer"] == {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The token that POST /token answers.",
    }
