"""The core keeps no part of a request in its memory.

The input of a call is cleared when the call ends, and its answer when the next call begins. As in `test_memory` there
are two tests: one searches the memory for the contents of an application's requests, the other compares the memories of
two instances after the same calls with different contents.
"""

from __future__ import annotations

import asyncio
import os
from marshal import dumps
from typing import Any, Callable, Dict, Iterator, List

import pytest
from typing_extensions import Annotated

from fastapi import Cookie, Depends, FastAPI, File, Form, Header, Request, _rust
from fastapi._wasm import contract
from fastapi.security import APIKeyHeader, HTTPBasic, HTTPBearer

pytest.importorskip("multipart")
if not _rust.rust_available():
    pytest.skip("no core here", allow_module_level=True)


def text(length: int = 16) -> bytes:
    """Return letters that occur nowhere else."""
    return os.urandom(length).hex().encode()


def digits(length: int) -> bytes:
    """Return digits without zeros, so that every number has the same length."""
    return bytes(ord("1") + byte % 9 for byte in os.urandom(length))


# The whole memory
# ------------------------------------------------------------------------------------------------------

Ask = Callable[..., Any]


def plan() -> Any:
    rows: List[Any] = []
    for kind, name, scalar, flags in (
        (contract.KIND_PATH, "item", contract.SCALAR_STR, 0),
        (contract.KIND_QUERY, "q", contract.SCALAR_STR, 0),
        (contract.KIND_QUERY, "n", contract.SCALAR_INT, 0),
        (contract.KIND_QUERY, "f", contract.SCALAR_FLOAT, 0),
        (contract.KIND_QUERY, "l", contract.SCALAR_INT, contract.FLAG_LIST),
        (contract.KIND_HEADER, "authorization", contract.SCALAR_AUTHORIZATION, 0),
        (contract.KIND_HEADER, "x-key", contract.SCALAR_STR, 0),
        (contract.KIND_COOKIE, "session", contract.SCALAR_STR, 0),
    ):
        rows.append((kind, name, name, scalar, flags, dumps(None, 2), ()))
    route = (contract.ROUTE_OPERATION, "/items/{item}", ("GET",), tuple(rows))
    return contract.PLAN_VERSION, contract.PLAN_FLAG_REDIRECT_SLASHES, (route,)


def request(path: bytes = b"/items/", more: bytes = b"") -> Any:
    query = b"q=" + text() + b"%20" + text() + b"+%C3%A9&n=" + digits(9) + b"&f=0." + digits(12)
    query += b"&l=" + digits(8) + b"&l=" + digits(7) + more
    headers = [
        (b"authorization", b"Bearer " + text(20)),
        (b"cookie", b'session="' + text() + b'\\"' + text() + b'"; b=' + text()),
        (b"x-key", b"\xe9" + text(30)),
        (b"other", text(200)),
    ]
    return "GET", (path + text()).decode(), query, headers


def document() -> Any:
    value = {text().decode(): [text(100).decode(), int(digits(9)), int(digits(25)), float(b"0." + digits(12))]}
    return {**value, "_sa" + text(4).decode(): text().decode(), "list": [{"_sa": text().decode()}]}


def urlencoded(ask: Ask) -> None:
    _, state, *_ = ask("open_form", (b"application/x-www-form-urlencoded", 9, 9, 100))
    _, _, state = ask("parse_form", (state, 0, b"a=" + text() + b"%20" + text() + b"&b=" + text(4)))
    ask("parse_form", (state, contract.FORM_FLAG_LAST, text()))


def multipart(ask: Ask) -> None:
    boundary = text()
    _, state, *_ = ask("open_form", (b"multipart/form-data; boundary=" + boundary, 9, 9, 1000))
    head = b"\r\n--" + boundary + b"\r\nContent-Disposition: form-data; name="
    body = head + text() + b"\r\nX-Y: " + text(100) + b"\r\n\r\n" + text(40)
    body += head + b"f; filename=" + text() + b"\r\n\r\n" + text(500) + b"\r\n--" + boundary + b"--"
    for at in range(2, len(body), 97):
        state = ask("parse_form", (state, 0, body[at : at + 97]))[2]


def head(target: bytes = b"", fields: int = 1) -> bytes:
    method, path, query, headers = request()
    lines = b"".join(name + b": " + value.hex().encode() + b"\r\n" for name, value in headers)
    lines += b"".join(b"X-%d: %s\r\n" % (i, text()) for i in range(fields))
    target = target or path.encode() + b"?" + query
    return b"%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (method.encode(), target, text(), lines)


def refused_form(ask: Ask) -> None:
    _, state, *_ = ask("open_form", (b"multipart/form-data; boundary=b", 9, 9, 5))
    answer = ask("parse_form", (state, 0, b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n" + text(9)))
    assert answer[2] is None


CASES: Dict[str, Callable[[Ask], Any]] = {
    "valid": lambda ask: ask("match_request", request()),
    "invalid": lambda ask: ask("match_request", request(more=b"&n=x" + text() + b"&l=z" + text())),
    "no such route": lambda ask: ask("match_request", request(b"/none/")),
    "malformed headers": lambda ask: ask("match_request", (*request()[:3], [(text(), None)])),
    "not a frame": lambda ask: ask("match_request", [text(1000)]),
    "larger than the buffer": lambda ask: ask("match_request", request(more=b"&r=" + text(60_000))),
    "head": lambda ask: ask("match_head", head()),
    "cut head": lambda ask: ask("match_head", head()[:-1]),
    "head without a route": lambda ask: ask("match_head", head(b"/none/%41" + text() + b"?q=%41" + text())),
    "head with many fields": lambda ask: ask("match_head", head(fields=30)),
    "head with too many fields": lambda ask: ask("match_head", head(fields=50)),
    "head that is not simple": lambda ask: ask("match_head", head().replace(b"Host: ", b"Host:\t" + text())),
    "large head": lambda ask: ask("match_head", head(fields=20).replace(b"X-1: ", b"X-1: " + text(60_000))),
    "document": lambda ask: ask("encode_json", document()),
    "document left to Python": lambda ask: ask("encode_json", [document(), text(50).decode(), text(), text()]),
    "large document": lambda ask: ask("encode_json", [text(50).decode() * 3000, text().decode()]),
    "huge document": lambda ask: ask("encode_json", [text(50).decode() * 30000, text().decode()]),
    "urlencoded form": urlencoded,
    "multipart form": multipart,
    "refused form": refused_form,
    "no form": lambda ask: ask("open_form", (b"multipart/form-data; boundary=" + text(200), 1, 1, 1)),
}


def fresh() -> Any:
    return _rust._require_core().host.instance(contract.EXPORTS)


def memory(instance: Any) -> bytes:
    return bytes(instance.view(0, instance.size()))


def after(case: str) -> bytes:
    """Return the memory of an instance after a call with `frame`, and then another call."""
    instance = fresh()
    number = instance.exchange("load_plan", dumps(plan(), 2))

    def ask(name: str, value: Any) -> Any:
        arguments = (number,) if name in ("match_request", "match_head") else ()
        answer = instance.exchange(name, dumps(value, 4 if name == "encode_json" else 2), *arguments)
        assert not bytes(instance.into).strip(b"\0"), "the input is still there"
        return answer

    CASES[case](ask)
    ask("match_request", ("GET", "/", b"", []))
    found = memory(instance)
    instance.close()
    return found


@pytest.mark.parametrize("case", CASES)
def test_memory_does_not_depend_on_requests(case: str) -> None:
    first, second = after(case), after(case)
    assert len(first) == len(second)
    differing = [at for at in range(0, len(first), 4) if first[at : at + 4] != second[at : at + 4]]
    assert not differing, f"{case}: {len(differing)} words differ, the first at {differing[:8]}"


def test_the_comparison_finds_a_difference() -> None:
    found = []
    for _ in range(2):
        instance = fresh()
        frame = dumps(request(), 2)
        instance.into[: len(frame)] = frame
        found.append(memory(instance))
        instance.close()
    assert found[0] != found[1]


# Through an application ---------------------------------------------------------------------------------------------

app = FastAPI()
bearer, basic, key = HTTPBearer(), HTTPBasic(), APIKeyHeader(name="x-api-key")


@app.get("/items/{item}")
def read(
    item: str,
    q: str,
    token: Annotated[Any, Depends(bearer)],
    api_key: Annotated[str, Depends(key)],
    session: Annotated[str, Cookie()],
    x_other: Annotated[List[str], Header()],
) -> Any:
    return {"item": item, "q": q, "token": token.credentials, "key": api_key, "session": session, "other": x_other}


@app.get("/basic")
async def read_basic(user: Annotated[Any, Depends(basic)], number: int = 0) -> Any:
    return [user.username, user.password]


@app.post("/login")
async def log_in(username: Annotated[str, Form()], password: Annotated[str, Form()]) -> Any:
    return {"username": username, "password": password}


@app.post("/upload")
async def upload(note: Annotated[str, Form()], file: Annotated[bytes, File()]) -> Any:
    return [note, file.decode()]


# Without a return type, so that the core encodes the result.
@app.post("/echo")
async def echo(request: Request):  # type: ignore[no-untyped-def]
    return await request.json()


@app.get("/plain")
async def plain():  # type: ignore[no-untyped-def]
    return None


async def send(method: str, path: bytes, query: bytes, headers: Any, body: bytes) -> int:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path.decode(),
        "raw_path": path,
        "root_path": "",
        "query_string": query,
        "headers": headers,
        "client": ("testclient", 1),
        "server": ("testserver", 80),
        "state": {},
    }
    status = 0

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def sent(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, sent)
    return status


def requests(secret: Callable[[], bytes]) -> Iterator[Any]:
    """Yield requests with a secret in every possible place, and the status of their responses."""
    headers = [
        (b"authorization", b"Bearer " + secret()),
        (b"x-api-key", secret()),
        (b"cookie", b"session=" + secret() + b"; other=" + secret()),
        (b"x-other", secret()),
        (b"unread", secret()),
    ]
    yield 200, "GET", b"/items/" + secret(), b"q=" + secret() + b"%20&unread=" + secret(), headers, b""
    yield 422, "GET", b"/items/" + secret(), b"", headers, b""
    yield 404, "GET", b"/nowhere/" + secret(), b"q=" + secret(), headers, b""
    yield 401, "GET", b"/basic", b"", [(b"authorization", b"Basic " + secret())], b""
    yield 422, "GET", b"/basic", b"number=z" + secret(), [(b"authorization", b"Basic dTpw")], b""
    form = b"username=" + secret() + b"&password=" + secret() + b"+%20"
    yield 200, "POST", b"/login", b"", [(b"content-type", b"application/x-www-form-urlencoded")], form
    boundary = secret()
    part = b"--" + boundary + b"\r\nContent-Disposition: form-data; name="
    form = part + b"note\r\nX-Secret: " + secret() + b"\r\n\r\n" + secret() + b"\r\n"
    form += part + b"file; filename=" + secret() + b"\r\n\r\n" + secret() * 8000 + b"\r\n--" + boundary + b"--"
    yield 200, "POST", b"/upload", b"", [(b"content-type", b"multipart/form-data; boundary=" + boundary)], form
    document = b'{"a": "' + secret() + b'", "_sa_x": "' + secret() + b'", "b": ["' + secret() + b'"]}'
    yield 200, "POST", b"/echo", b"", [(b"content-type", b"application/json")], document


def test_no_request_of_an_application_stays_in_memory() -> None:
    secrets: List[bytes] = []

    def secret() -> bytes:
        secrets.append(text())
        return secrets[-1]

    async def run() -> None:
        for expected, *parts in requests(secret):
            assert await send(*parts) == expected, parts
        # The same operations again, so that each instance has made another call.
        assert await send("GET", b"/plain", b"", [], b"") == 200

    before = _rust.counters()
    asyncio.run(run())
    now = _rust.counters()
    assert now["matched"] >= before["matched"] + 2 and now["invalid"] >= before["invalid"] + 2, "not planned"
    assert now["encoded"] > before["encoded"] and now["traps"] == before["traps"]
    instances = [each for each in _rust._require_core().instances if not each.dead]
    assert instances
    for instance in instances:
        found = memory(instance)
        left = [each for each in secrets if each[:8] in found or each[-8:] in found or each[12:20] in found]
        assert not left


def test_counters_read_by_another_thread_clear_no_unread_answer() -> None:
    instance = fresh()
    instance.exchange("load_plan", dumps(plan(), 2))
    frame = dumps(("GET", "/items/a", b"q=" + b"x" * 500, []), 2)
    instance.into[: len(frame)] = frame
    instance.invoke("match_request", 0)
    answer = bytes(instance.out)
    waiting = dumps(request(), 2)
    instance.into[: len(waiting)] = waiting
    instance.invoke("counters")
    assert bytes(instance.out[256:]) == answer[256:] and bytes(instance.into[: len(waiting)]) == waiting
    instance.exchange("match_request", dumps(("GET", "/", b"", []), 2), 0)
    assert b"xxxxxxxx" not in memory(instance)
    instance.close()
