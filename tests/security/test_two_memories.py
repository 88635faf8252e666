"""The core has one memory for requests and another for secrets, and neither holds anything of the other kind.

Each instance clears its input (`test_core_memory`, `test_memory`), so these tests search while one of the memories has
an answer.
"""

from __future__ import annotations

import asyncio
import os
from marshal import loads
from typing import Any, List, Tuple

import pytest

from fastapi import FastAPI, _rust
from fastapi._wasm import artifact, contract, security
from fastapi.security import Argon2Parameters, decode_jwt, encode_jwt, hash_password, verify_password

if not _rust.rust_available():
    pytest.skip("no core here", allow_module_level=True)

app = FastAPI()


@app.get("/items/{item}")
def read(item: str, q: str) -> Any:
    return None


async def send(item: str, query: str) -> None:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": f"/items/{item}",
        "raw_path": f"/items/{item}".encode(),
        "root_path": "",
        "query_string": f"q={query}".encode(),
        "headers": [],
        "client": ("testclient", 1),
        "server": ("testserver", 80),
        "state": {},
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def sent(message: Any) -> None:
        assert message.get("status", 200) == 200

    await app(scope, receive, sent)


def memory(instance: Any) -> bytes:
    return bytes(instance.view(0, instance.size()))


def memory_of_requests() -> bytes:
    return b"".join(memory(each) for each in _rust._require_core().instances if not each.dead)


def test_a_request_enters_no_memory_of_secrets() -> None:
    assert decode_jwt(encode_jwt({"a": 1}, "k" * 32), "k" * 32, ["HS256"]) == {"a": 1}
    item, query = os.urandom(16).hex(), os.urandom(16).hex()
    asyncio.run(send(item, query))
    core = _rust.security()
    assert core is not None and core._idle
    for text in (item.encode(), query.encode()):
        # The answer is cleared by the next call.
        assert text in memory_of_requests()
        assert not any(text in memory(own.instance) for own in core._idle)


def test_a_secret_enters_no_memory_of_requests(monkeypatch: Any) -> None:
    asyncio.run(send("a", "b"))
    seen: List[Tuple[bytes, bytes, bytes]] = []
    exchange = security._Own.exchange

    def watched(own: security._Own, name: str, frame: bytes, released: bool) -> Any:
        def read(out: Any) -> Any:
            answer = loads(out)
            seen.append((answer, memory(own.instance), memory_of_requests()))
            return answer

        monkeypatch.setattr(security, "loads", read)
        return exchange(own, name, frame, released)

    monkeypatch.setattr(security._Own, "exchange", watched)
    key, password = os.urandom(32), os.urandom(16).hex()
    token = encode_jwt({"a": 1}, key)
    assert decode_jwt(token, key, ["HS256"]) == {"a": 1}
    assert verify_password(password, hash_password(password, parameters=Argon2Parameters(64, 1, 1)))
    answers = [each for each in seen if isinstance(each[0], bytes)]
    # The signature, the hash, and the hash that `verify_password` compares; a verified token is True.
    assert len(answers) == 3 and len(seen) == 4
    assert all(answer in own for answer, own, _ in answers)
    for secret in (key, password.encode(), *(answer for answer, _, _ in answers)):
        assert not any(secret in requests for _, _, requests in seen)


def test_both_kinds_are_instances_of_one_module() -> None:
    core, secrets = _rust._require_core(), _rust.security()
    assert secrets is not None and secrets.host is core.host
    assert [path for path in os.listdir(os.path.dirname(artifact.MODULE)) if path.endswith(".wasm")] == ["core.wasm"]


def test_no_instance_has_wires_to_both_kinds() -> None:
    asyncio.run(send("a", "b"))
    assert _rust.security() is not None
    requests = next(iter(_rust._require_core().instances))
    secrets = _rust._require_core().host.instance(contract.SECURITY_EXPORTS)
    for name in ("sign_message", "verify_message", "derive_password"):
        with pytest.raises(KeyError):
            requests.target(name)
    for name in ("load_plan", "match_request", "match_head", "encode_json", "parse_form"):
        with pytest.raises(KeyError):
            secrets.target(name)
    secrets.close()
