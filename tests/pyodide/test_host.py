"""The rung `javascript` itself: traps, memory that grows, and no secret in the copies. Run by scripts/pyodide."""

from __future__ import annotations

import hmac
import sys
from importlib import import_module
from typing import Any, Iterator

import pytest

from fastapi import _rust
from fastapi._wasm.ladder import require_core, security
from fastapi.security.passwords import hash_password

pytestmark = pytest.mark.skipif(sys.platform != "emscripten", reason="needs Pyodide: run scripts/pyodide")

THROW = "() => { throw new WebAssembly.RuntimeError('unreachable') }"


@pytest.fixture
def instance() -> Iterator[Any]:
    yield require_core().lease().instance


def test_a_trap_replaces_the_instance(instance: Any) -> None:
    before = _rust.counters()["traps"]
    instance._functions["encode_json"] = import_module("js").eval(THROW)
    assert require_core().ask("encode_json", b"N") is None
    assert instance.dead and _rust.counters()["traps"] == before + 1
    assert _rust.encode_json({"a": 1}) == b'{"a":1}'
    assert require_core().lease().instance is not instance


def test_views_are_renewed_when_the_memory_grows(instance: Any) -> None:
    before = instance.size()
    text = "x" * (4 << 20)
    assert _rust.encode_json([text]) == b'["' + text.encode() + b'"]'
    assert instance.size() > before
    assert _rust.encode_json({"a": 1}) == b'{"a":1}'


def test_a_place_outside_of_the_memory_is_refused(instance: Any) -> None:
    with pytest.raises(Exception, match="outside of the module's memory"):
        instance.view(instance.size() - 1, 2)


def test_the_copies_keep_no_secret() -> None:
    core = security()
    assert core is not None
    secret = b"a secret of the tests" * 3
    # HS256 with a raw key.
    signature = core.ask("sign_message", (0, 0, (secret,), b"text", b"s" * 32))
    assert signature == hmac.digest(secret, b"text", "sha256")
    own = core._take()
    assert signature not in bytes(own.instance.out)
    for buffer in (own.instance.into, own.instance.into._short, own.instance.out):
        assert secret not in bytes(buffer)
    address = own.instance.invoke("in_buffer")
    assert secret not in bytes(own.instance.view(0, own.instance.size())) and address


def test_passwords() -> None:
    assert hash_password("text").startswith("$argon2id$")


def test_the_rung_is_named() -> None:
    assert _rust.mode() == "javascript"
    assert _rust.why().startswith("WebAssembly of ")
    assert _rust.check_compatibility()["cache"] is None
