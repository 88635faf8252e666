"""The planned way and the exact way give the same answers, and the core answers the expected requests."""

from functools import lru_cache
from typing import Any, Dict, List, Tuple

import pytest

from fastapi import FastAPI, _rust
from tests.planned.applications import make_app
from tests.planned.asgi import Seen, answered_by_core, call, exactly

needs_core = pytest.mark.skipif(not _rust.rust_available(), reason="FASTAPI_RS_MODE=python has no core")

JSON = [(b"content-type", b"application/json")]

URLENCODED = [(b"content-type", b"application/x-www-form-urlencoded")]
MULTIPART = [(b"content-type", b"multipart/form-data; boundary=b")]
PART = b"--b\r\ncontent-disposition: form-data; name="
FILES = (
    (PART + b'"file"; filename="f.bin"\r\ncontent-type: text/x\r\n\r\n' + b"x" * 300_000 + b"\r\n")
    + (PART + b'"note"\r\n\r\nhello\r\n')
    + (PART + b'"others"; filename="a"\r\n\r\nabc\r\n')
    + (PART + b'"others"; filename=""\r\n\r\n\r\n--b--')
)
FIELDS = PART + b'"name"\r\n\r\nada\r\n' + PART + b'"n"\r\n\r\n7\r\n--b--'
LOGIN = b"grant_type=password&username=ada&password=p%20w&scope=a+b"


def form(body: bytes, headers: Any = URLENCODED) -> Dict[str, Any]:
    return {"method": "POST", "headers": headers, "body": body}


# (target, arguments of call, whether the core answers)
REQUESTS: List[Tuple[str, Dict[str, Any], bool]] = [
    ("/plain", {}, True),
    ("/plain?ignored=1", {}, True),
    ("/plain/", {}, False),
    ("/nowhere", {}, False),
    ("/plain", {"method": "POST"}, False),
    ("/plain", {"method": "HEAD"}, False),
    ("/items/5", {}, True),
    ("/items/5?q=a%20b+c&limit=1_000", {}, True),
    ("/items/x?limit=y", {}, True),
    ("/items/5?limit=1.0&limit=%2B7", {}, True),
    ("/items/99999999999999999999999?q=%FF", {}, True),
    ("/items/-99999999999999999999999?limit=0-1", {}, False),
    ("/items/%0A", {}, False),
    ("/items/5%0A", {}, False),
    ("/many/1/b?text=abc", {}, True),
    ("/many/1/b", {}, True),
    (
        "/many/5000/b?text=abcdef&number=0.3&flag=maybe&tag=1&tag=2&tag=3&tag=4",
        {"headers": [(b"x-count", b"1"), (b"x-count", b"z"), (b"cookie", b"visits=6")]},
        True,
    ),
    (
        "/many/5/b?text=ab&number=2.5&flag=on&tag=x&tag=y",
        {"headers": [(b"x-token", b"t\xe9"), (b"x-count", b"1"), (b"x-count", b"2"), (b"cookie", b"a=b; visits=3")]},
        True,
    ),
    ("/opaque/2024-02-29?colour=blue", {}, True),
    ("/opaque/2023-02-29?colour=green&pattern=b", {}, True),
    ("/sync/3", {}, True),
    ("/sync/three", {}, True),
    ("/declared?price=3", {}, True),
    ("/declared/wrong", {}, True),
    ("/body/3?q=x", {"method": "POST", "headers": JSON, "body": b'{"name": "tray"}'}, True),
    ("/body/3", {"method": "POST", "headers": JSON, "body": b'{"name": "t"}'}, True),
    ("/body/3", {"method": "POST", "headers": JSON, "body": b"{"}, True),
    ("/body/3", {"method": "POST", "headers": JSON, "body": b""}, True),
    ("/body/3", {"method": "POST", "headers": JSON, "body": b"null"}, True),
    ("/body/3", {"method": "POST", "headers": JSON, "body": b"\xff"}, True),
    ("/body/3", {"method": "POST", "headers": JSON, "body": b"[" * 100000}, True),
    (
        "/body/3",
        {"method": "POST", "headers": [(b"content-type", b"application/x+json; charset=x")], "body": b"{}"},
        True,
    ),
    ("/body/3", {"method": "POST", "headers": [(b"content-type", b"text/plain")], "body": b"{}"}, True),
    ("/body/3", {"method": "POST", "body": b'{"name": "tray"}'}, True),
    ("/body/x", {"method": "POST", "headers": JSON, "body": b'{"name": "t"}'}, True),
    (
        "/bodies",
        {"method": "POST", "headers": JSON, "body": b'{"item": {"name": "aa"}, "other": {"name": "bb"}}'},
        True,
    ),
    ("/bodies", {"method": "POST", "headers": JSON, "body": b'{"item": 1}'}, True),
    ("/dep?q=a&take=5", {"headers": [(b"h", b"x")]}, True),
    ("/dep", {}, True),
    ("/dep?q=1&take=500&z=x", {}, True),
    ("/dep?q=1&n=13", {}, True),
    ("/fresh?q=1", {}, True),
    ("/replacing?n=1&q=1", {"method": "POST", "headers": JSON, "body": b'{"name": "tray"}'}, True),
    ("/form/3", form(b"name=ada&n=1_0&the-score=2.5&flag=on&tags=1&tags=2"), True),
    ("/form/3", form(b"name=b&name=%C3%A9+d&n=&the-score=&flag=&x=y"), True),
    ("/form/3", form(b"name=a&n=-1&the-score=x&flag=perhaps&tags=1&tags=&tags=z"), True),
    ("/form/3", form(b""), True),
    ("/form/3", form(b"name=&&=&n"), True),
    ("/form/3", form(b"name=ada&n=" + b"9" * 30), True),
    ("/form/x", form(b"name=a"), True),
    ("/form/3", form(b"&".join([b"name=ada"] * 1000)), True),
    ("/form/3", form(b"&".join([b"name=ada"] * 1001)), True),
    ("/form/3", form(b"name=" + b"a" * ((1 << 20) - 4)), True),
    ("/form/3", form(b"name=" + b"a" * ((1 << 20) - 3)), True),
    ("/form/3", form(b"name=ada", [(b"content-type", b"application/x-www-form-urlencoded; charset=latin-1")]), True),
    ("/form/3", form(b"name=ada", [(b"content-type", b"Application/X-WWW-Form-Urlencoded")]), True),
    ("/form/3", form(b"name=ada", JSON), True),
    ("/form/3", form(b"name=ada", []), True),
    ("/form/3", form(FIELDS, MULTIPART), True),
    ("/form/3", form(FIELDS[:-9], MULTIPART), True),
    ("/form/3", form(b"x" + FIELDS, MULTIPART), True),
    ("/form/3", form(FIELDS, [(b"content-type", b"multipart/form-data")]), True),
    ("/form/opaque/3", form(b"day=2024-02-29&colour=blue&names=red&names=blue"), True),
    ("/form/opaque/3?q=2024-01-01", form(b"day=2024-02-29"), True),
    ("/form/opaque/3?q=x", form(b"day=2023-02-29&colour=green&names=&names=red"), True),
    ("/form/opaque/3", form(FIELDS, MULTIPART), True),
    ("/form/model/any", form(b"name=ada&tags=x&tags=y"), True),
    ("/form/model/any", form(b"tags=x"), True),
    ("/form/model/any", form(FIELDS, MULTIPART), True),
    ("/login", form(LOGIN + b"&remember=true&n=2"), True),
    ("/login", form(LOGIN.replace(b"=password", b"=other")), True),
    ("/login", form(b"username=ada&n=x&remember=x"), True),
    ("/login", form(FIELDS, MULTIPART), True),
    ("/login", form(PART + b'"username"\r\n\r\nada\r\n' + PART + b'"password"\r\n\r\nx\r\n--b--', MULTIPART), True),
    ("/upload", form(FILES, MULTIPART), True),
    ("/upload", form(FILES.replace(b"hello", b""), MULTIPART), True),
    ("/upload", form(FILES[:-20], MULTIPART), True),
    ("/upload", form(FIELDS, MULTIPART), True),
    ("/upload", form(b"note=x&file=y&others=z"), True),
    ("/form/raise/any", form(b"what=handled"), True),
    ("/form/raise/any", form(b"what=http"), True),
    ("/oauth", {}, True),
    ("/oauth", {"headers": [(b"authorization", b"Bearer abc")]}, True),
    ("/oauth", {"headers": [(b"authorization", b"bearer  abc ")]}, True),
    ("/oauth", {"headers": [(b"authorization", b"Basic abc")]}, True),
    ("/oauth/soft", {}, True),
    ("/bearer", {"headers": [(b"authorization", b"Bearer abc")]}, True),
    ("/bearer", {"headers": [(b"authorization", b"Bearer")]}, True),
    ("/bearer", {"headers": [(b"authorization", b"Digest abc")]}, True),
    ("/basic", {"headers": [(b"authorization", b"Basic YWRhOmVuZ2luZQ==")]}, True),
    ("/basic", {"headers": [(b"authorization", b"Basic ?")]}, True),
    ("/basic", {}, True),
    ("/keys", {}, True),
    ("/keys?key=q", {"headers": [(b"x-key", b"h"), (b"cookie", b"key=c")]}, True),
    ("/raise/http", {}, True),
    ("/raise/handled", {}, True),
    ("/raise/nan", {}, True),
    ("/raise/odd", {}, True),
    ("/raise/response", {}, True),
    ("/raise/other", {}, True),
    ("/created", {}, True),
    ("/gone", {"method": "DELETE"}, True),
    ("/reset", {}, True),
    ("/unmodified", {}, True),
    ("/v1/outer/inner/x?n=2", {}, True),
    ("/v1/outer/inner/x?n=b", {}, True),
    ("/v1/outer/inner/x?key=9", {}, True),
    ("/v1/outer/inner/x", {"method": "POST"}, True),
    ("/v1/outer/inner/x", {"method": "PUT"}, False),
    ("/v1/outer/files/a/b%2Fc", {}, True),
    ("/v1/outer/files/", {}, True),
    ("/inner/x/late", {}, True),
    ("/inner/x", {}, True),
    ("/docs", {}, False),
    ("/openapi.json", {}, False),
    ("/items/5", {"root_path": "/api", "path": "/api/items/5"}, True),
    ("/items/5", {"headers": [[b"x-token", b"list"]]}, True),
]


@lru_cache(maxsize=None)
def apps(debug: bool) -> Tuple[FastAPI, FastAPI]:
    return make_app(debug=debug), exactly(make_app(debug=debug))


def ids(request: Any) -> str:
    return str(request) if isinstance(request, str) else ""


def comparable(seen: Seen, app: FastAPI) -> Tuple[Any, ...]:
    messages, kind, text, scope = seen.outcome()
    # Two applications have two sets of functions, which are compared by name and path.
    for key in ("endpoint", "route"):
        if scope[key] is not None:
            scope[key] = getattr(scope[key], "__qualname__", None) or scope[key].path
    calls = list(app.state.calls)
    app.state.calls.clear()
    return messages, kind, text, scope, calls


@pytest.mark.parametrize(("target", "arguments", "by_core"), REQUESTS, ids=ids)
@pytest.mark.parametrize("debug", [False, True], ids=["", "debug"])
def test_both_ways_agree(target: str, arguments: Dict[str, Any], by_core: bool, debug: bool) -> None:
    planned_app, exact_app = apps(debug)
    planned = comparable(call(planned_app, target, **arguments), planned_app)
    exact = comparable(call(exact_app, target, **arguments), exact_app)
    if debug and planned[0] and planned[0][0]["status"] == 500:
        # The page with the traceback differs in the frames of the two ways; everything else must be equal.
        assert planned[1:] == exact[1:] and exact[0][0]["status"] == 500
    else:
        assert planned == exact


@needs_core
@pytest.mark.parametrize(("target", "arguments", "by_core"), REQUESTS, ids=ids)
def test_the_core_answers(target: str, arguments: Dict[str, Any], by_core: bool) -> None:
    app, _ = apps(False)
    call(app, target, **arguments)
    before = answered_by_core()
    call(app, target, **arguments)
    assert answered_by_core() - before == by_core


@needs_core
def test_the_exact_way_does_not_ask_the_core() -> None:
    app = exactly(make_app())
    before = answered_by_core()
    assert call(app, "/items/5").status == 200
    assert answered_by_core() == before
