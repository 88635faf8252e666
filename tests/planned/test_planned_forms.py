"""Forms on the planned way: any form, in any pieces, has the same effects as on the exact way."""

import asyncio
import os
from functools import lru_cache
from typing import Any, Dict, List, Sequence, Tuple
from urllib.parse import quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette import formparsers
from starlette.background import BackgroundTask
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as StarletteUploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse
from typing_extensions import Annotated

from fastapi import APIRouter, Depends, FastAPI, File, Form, HTTPException, UploadFile, _rust
from fastapi._routing.planned.running.form import FormReader
from fastapi._stand_ins.forms.agreement import agrees
from fastapi.exceptions import RequestValidationError
from fastapi.security import OAuth2PasswordRequestForm
from tests.planned.applications import make_app
from tests.planned.asgi import Seen, answered_by_core, exactly, http_scope, run_with
from tests.planned.fuzzing import examples

needs_core = pytest.mark.skipif(not _rust.rust_available(), reason="FASTAPI_RS_MODE=python has no core")
needs_agreement = pytest.mark.skipif(
    not (_rust.rust_available() and agrees()), reason="no core here, or parsers that read forms differently"
)

URLENCODED = b"application/x-www-form-urlencoded"
MULTIPART = b"multipart/form-data; boundary=b"
Pair = Tuple[FastAPI, FastAPI]


def post(app: FastAPI, path: str, body: bytes, content_type: bytes = URLENCODED, cuts: Sequence[int] = ()) -> Seen:
    """Post a body in one message, or in several, cut at these places."""
    places = [0, *sorted({cut % (len(body) + 1) for cut in cuts}), len(body)] if cuts else [0, len(body)]
    chunks = [body[start:end] for start, end in zip(places, places[1:])]
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    del messages[-1]["more_body"]
    scope = http_scope(path, "POST", [(b"content-type", content_type)] if content_type else [])
    return asyncio.run(run_with(app, Seen(scope), messages))


def outcome(app: FastAPI, *request: Any) -> Tuple[Any, ...]:
    seen = post(app, *request)
    calls = list(app.state.calls)
    app.state.calls.clear()
    return seen.messages, type(seen.error), str(seen.error), calls


def part(name: str, content: bytes, filename: Any = None) -> bytes:
    head = f'content-disposition: form-data; name="{name}"' + (
        f'; filename="{filename}"' if filename is not None else ""
    )
    return b"--b\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n"


def parts(*fields: Tuple[Any, ...]) -> bytes:
    return b"".join(part(*field) for field in fields) + b"--b--"


# ── Any form ──


def make_observed(**options: Any) -> FastAPI:
    """Return the application of the other tests, with a handler that shows the validation errors that it gets."""
    app = make_app(**options)

    @app.exception_handler(RequestValidationError)
    async def show(request: Request, error: RequestValidationError) -> JSONResponse:
        body: Any = error.body
        if isinstance(body, FormData):
            same = await request.form() is body
            body = [same, [(name, str(value)) for name, value in body.multi_items()]]
        app.state.calls.append((vars(request).get("_stream_consumed"), repr(body)))
        return JSONResponse([str(error.errors()), error.endpoint_path], 422)

    @app.exception_handler(HTTPException)
    async def show_http(request: Request, error: HTTPException) -> JSONResponse:
        form = (
            None if error.status_code == 400 else [(name, str(value)) for name, value in (await request.form()).items()]
        )
        return JSONResponse([error.detail, form], error.status_code)

    return app


@lru_cache(maxsize=None)
def observed() -> Pair:
    return make_observed(), exactly(make_observed())


NAMES = ["name", "n", "the-score", "flag", "tags", "day", "colour", "names", "username", "password", "grant_type"]
NAMES += ["scope", "remember", "what", "file", "note", "others", "x", ""]
VALUES = ["", "a", "ada", "1", "-1", "1_0", "2.5", "on", "perhaps", "2024-02-29", "blue", "password", "http", "9" * 30]
VALUES += ["handled", " 7 ", "\u00e9 d", "%", "a&b=c", "nan"]
PATHS = ["/form/3", "/form/x", "/form/opaque/3", "/form/model/any", "/login", "/upload", "/form/raise/any"]
TYPES = [b"application/x-www-form-urlencoded;charset=utf-8", b"APPLICATION/x-www-form-urlencoded", b"text/plain", b""]

names, values = st.sampled_from(NAMES), st.one_of(st.sampled_from(VALUES), st.text(max_size=4))
urlencoded = st.lists(st.tuples(names, values), max_size=8).map(
    lambda pairs: "&".join(f"{name}={quote_plus(value)}" for name, value in pairs).encode()
)
files = st.tuples(names, st.binary(max_size=9), st.sampled_from([None, None, "f.bin", ""]))
multipart = st.lists(files, max_size=5).map(lambda fields: parts(*fields))
forms = st.one_of(
    st.tuples(urlencoded, st.one_of(st.just(URLENCODED), st.sampled_from(TYPES))),
    st.tuples(st.binary(max_size=20), st.just(URLENCODED)),
    st.tuples(multipart, st.sampled_from([MULTIPART, b"multipart/form-data", URLENCODED])),
)
cuts = st.one_of(st.just([]), st.lists(st.integers(0, 300), max_size=4))


@needs_core
@examples(4)
@given(st.sampled_from(PATHS), forms, cuts)
@example("/form/3", (b"name=ada&n=&tags=1&tags=", URLENCODED), [])
@example("/login", (b"grant_type=x&username=a&password=b", URLENCODED), [3])
@example("/upload", (parts(("file", b"x" * 9, "f"), ("note", b"hello")), MULTIPART), [70])
def test_both_ways_agree(path: str, form: Tuple[bytes, bytes], cuts: List[int]) -> None:
    planned, exact = observed()
    before = answered_by_core()
    seen = outcome(planned, path, *form, cuts)
    assert answered_by_core() == before + 1
    assert seen == outcome(exact, path, *form, cuts)


@needs_agreement
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/form/3", b"name=ada&n=4&tags=1"),
        ("/form/opaque/3", b"day=2024-02-29&colour=blue"),
        ("/form/opaque/3", b"day=2024-02-30"),
        ("/login", b"grant_type=password&username=ada&password=x"),
        ("/form/raise/any", b"what=http"),
    ],
)
def test_no_request_reads_a_usual_form(path: str, body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    planned, exact = observed()
    expected = outcome(exact, path, body)
    monkeypatch.setattr(FormReader, "_read_exactly", None)
    assert outcome(planned, path, body) == expected


@needs_core
@pytest.mark.parametrize("path", ["/form/3", "/login", "/upload"])
@pytest.mark.parametrize(
    "messages",
    [
        [{"type": "http.disconnect"}],
        [{"type": "http.request", "body": b"name=a", "more_body": True}, {"type": "http.disconnect"}],
        [{"type": "http.request"}],
        [{"type": "http.request", "body": b"", "more_body": True}, {"type": "http.request", "body": b"name=ada"}],
        [ValueError("lost")],
    ],
)
def test_messages_that_a_server_may_send(path: str, messages: List[Any]) -> None:
    def outcome_of(app: FastAPI) -> Any:
        seen = Seen(http_scope(path, "POST", [(b"content-type", URLENCODED)]))
        asyncio.run(run_with(app, seen, list(messages)))
        return seen.messages, type(seen.error), str(seen.error)

    planned, exact = observed()
    assert outcome_of(planned) == outcome_of(exact)


# ── Limits ──


def limited(app: FastAPI, owner: Any, **options: Any) -> FastAPI:
    @owner.post("/limited", **options)
    async def read(a: Annotated[str, Form()], b: Annotated[str, Form()] = ""):
        return [a, b]

    app.state.calls = []
    return app


def limited_route() -> FastAPI:
    app = FastAPI()
    return limited(app, app, form_limits={"max_fields": 2, "max_part_size": 4})


def limited_app() -> FastAPI:
    app = FastAPI(form_limits={"max_fields": 2, "max_part_size": 4})
    return limited(app, app, form_limits={"max_part_size": 3})


def limited_router() -> FastAPI:
    app, router = FastAPI(form_limits={"max_part_size": 4}), APIRouter(form_limits={"max_fields": 2})
    limited(app, router)
    app.include_router(router)
    return app


def limited_outside() -> FastAPI:
    outer, inner = FastAPI(form_limits={"max_fields": 2}), FastAPI()
    limited(outer, inner)
    outer.mount("/", inner)
    return outer


def limited_body() -> FastAPI:
    app = FastAPI(max_body_size=8)
    return limited(app, app)


@needs_core
@pytest.mark.parametrize("make", [limited_route, limited_app, limited_router, limited_outside, limited_body])
@pytest.mark.parametrize(
    "body", [b"a=1", b"a=1&b=2", b"a=1&b=2&c=3", b"a=123", b"a=1234", b"a=12345", b"", b"&&a=1&&&"]
)
def test_limits(make: Any, body: bytes) -> None:
    expected = outcome(exactly_all(make()), "/limited", body)
    assert outcome(make(), "/limited", body) == expected
    as_parts = parts(*(("a", value) for value in body.split(b"&")))
    expected = outcome(exactly_all(make()), "/limited", as_parts, MULTIPART)
    assert outcome(make(), "/limited", as_parts, MULTIPART) == expected


def exactly_all(app: FastAPI) -> FastAPI:
    for route in app.routes:
        if isinstance(getattr(route, "app", None), FastAPI):
            exactly(route.app)
    return exactly(app)


# ── Files ──


class Noting:
    """A middleware of a user."""

    def __init__(self, app: Any, note: Any) -> None:
        self.app = app
        self.note = note

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self.app(scope, receive, send)
        finally:
            self.note("middleware")


def make_uploads(events: List[Any], behind_middleware: bool) -> FastAPI:
    app = FastAPI()
    kept: List[UploadFile] = []

    def note(what: str) -> None:
        events.append((what, [upload.file.closed for upload in kept]))

    @app.post("/{how}")
    async def upload(how: str, file: Annotated[UploadFile, File()], field: Annotated[str, Form()] = ""):
        kept[:] = [file]
        inner: Any = file.file
        events.append((inner._rolled, inner.tell(), file.size, file.filename, file.headers.raw, len(await file.read())))
        note("called")
        if how == "http":
            raise HTTPException(409, "no")
        if how == "other":
            raise KeyError(how)
        if how == "response":
            return JSONResponse(field, background=BackgroundTask(note, "background"))
        return field

    @app.exception_handler(HTTPException)
    async def handle(request: Request, error: HTTPException) -> JSONResponse:
        note("handler")
        return JSONResponse((await request.form())["file"].filename, error.status_code)

    @app.exception_handler(500)
    async def handle_all(request: Request, error: Exception) -> JSONResponse:
        note("handler of all")
        return JSONResponse("sorry", 500)

    if behind_middleware:
        app.add_middleware(Noting, note=note)

    app.state.note = note
    return app


@needs_core
@pytest.mark.parametrize("behind_middleware", [False, True])
@pytest.mark.parametrize("how", ["value", "http", "other", "response"])
@pytest.mark.parametrize("size", [0, 5, 1 << 20, (1 << 20) + 1, 3 << 20])
@pytest.mark.parametrize("cuts", [[], [10, 300, 70_000, 500_000]])
def test_files_are_kept_and_closed_as_on_the_exact_way(
    how: str, size: int, cuts: List[int], behind_middleware: bool
) -> None:
    body = parts(("field", b"text"), ("file", b"x" * size, "f.bin"))

    def seen(make_exact: bool) -> Any:
        events: List[Any] = []
        app = make_uploads(events, behind_middleware)
        result = post(exactly(app) if make_exact else app, f"/{how}", body, MULTIPART, cuts)
        app.state.note("after")
        return events, result.messages, type(result.error)

    planned = seen(False)
    assert planned == seen(True)
    assert planned[0][-1] == ("after", [True])


@needs_core
def test_a_client_that_disconnects_during_the_answer() -> None:
    for make_exact in (False, True):
        events: List[Any] = []
        app = make_uploads(events, False)
        if make_exact:
            exactly(app)

        async def send(message: Any) -> None:
            raise OSError("gone")

        async def receive() -> Any:
            return {"type": "http.request", "body": parts(("file", b"x", "f.bin"))}

        with pytest.raises(OSError, match="gone"):
            asyncio.run(app(http_scope("/value", "POST", [(b"content-type", MULTIPART)]), receive, send))
        app.state.note("after")
        assert events[-1] == ("after", [True])


# ── Dependencies that change the rest of the request ──


def make_replacing() -> FastAPI:
    app = FastAPI()
    calls = app.state.calls = []

    async def common(n: Annotated[int, Form()] = 0) -> int:
        calls.append("common")
        return n

    async def replaced() -> str:
        return "original"

    async def replacing(n: Annotated[int, Depends(common)]) -> int:
        app.dependency_overrides[replaced] = lambda: "replaced"
        return n

    async def replacing_without_form() -> None:
        app.dependency_overrides[replaced] = lambda: "replaced"

    @app.post("/fields")
    async def fields(
        n: Annotated[int, Depends(replacing)], text: Annotated[str, Depends(replaced)], a: Annotated[str, Form()]
    ):
        app.dependency_overrides.clear()
        return [n, text, a]

    @app.post("/files", dependencies=[Depends(replacing_without_form)])
    async def read_files(text: Annotated[str, Depends(replaced)], a: Annotated[UploadFile, File()]):
        app.dependency_overrides.clear()
        calls.append(a)
        return [text, a.filename, (await a.read()).decode()]

    return app


@needs_core
@pytest.mark.parametrize("cuts", [[], [5]])
def test_the_exact_way_takes_over_a_form(cuts: List[int]) -> None:
    planned, exact = make_replacing(), exactly(make_replacing())
    for request in [("/fields", b"n=3&a=x", URLENCODED), ("/fields", parts(("n", b"3"), ("a", b"x")), MULTIPART)]:
        seen = outcome(planned, *request, cuts)
        assert seen == outcome(exact, *request, cuts)
        assert seen[3] == ["common"]
    upload = parts(("a", b"content", "f.bin"))
    found, expected = (
        outcome(planned, "/files", upload, MULTIPART, cuts),
        outcome(exact, "/files", upload, MULTIPART, cuts),
    )
    assert found[:3] == expected[:3]
    assert b"replaced" in found[0][1]["body"]
    assert [file.file.closed for file in found[3]] == [file.file.closed for file in expected[3]] == [True]


def test_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    app = FastAPI()
    app.state.calls = []

    @app.post("/token")
    async def token(form: Annotated[OAuth2PasswordRequestForm, Depends()]):
        return [form.username, form.password, form.scopes]

    body = b"grant_type=password&username=a+b&password=%C3%A9&scope=x+y"
    assert post(app, "/token", body).body == '["a b","\u00e9",["x","y"]]'.encode()


# ── Replaced functions ──


@needs_core
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (Request, "form"),
        (Request, "_get_form"),
        (Request, "stream"),
        (formparsers.FormParser, "parse"),
        (formparsers.MultiPartParser, "parse"),
        (formparsers, "FormData"),
        (FormData, "__init__"),
        (StarletteUploadFile, "close"),
        (StarletteUploadFile, "write"),
    ],
)
def test_replaced_functions_are_called(when: str, owner: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: List[Dict[str, int]] = []
    original = getattr(owner, name)
    apps = [make_app(), exactly(make_app())]

    def replacement(*args: Any, **kwargs: Any) -> Any:
        counts[-1][name] = counts[-1].get(name, 0) + 1
        return original(*args, **kwargs)

    for app in apps:
        counts.append({})
        if when == "after":
            post(app, "/form/3", b"name=ada")
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, replacement)
            assert post(app, "/form/3", b"name=ada").status == 200
            upload = parts(("file", b"x", "f.bin"), ("note", b"hello"))
            assert post(app, "/upload", upload, MULTIPART).status == 200
    assert counts[0] == counts[1]
    assert counts[0]


# ── Files on disk ──


def partial_pwritev(number: int, blocks: Any, place: int) -> int:
    return os.pwrite(number, b"".join(blocks)[:100_000], place)


@needs_agreement
@pytest.mark.parametrize("pwritev", ["as it is", None, partial_pwritev])
@pytest.mark.parametrize("size", [(1 << 20) + 1, 5 << 20])
def test_a_file_on_disk_has_the_content_that_was_sent(pwritev: Any, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if pwritev is partial_pwritev and not hasattr(os, "pwrite"):
        pytest.skip("this system writes at no place")
    if pwritev != "as it is":
        monkeypatch.setattr("fastapi._stand_ins.forms.files._pwritev", pwritev)
    app = FastAPI()
    found: List[Any] = []
    content = bytes(number % 251 for number in range(65_521)) * (size // 65_521 + 1)
    content = content[:size]

    @app.post("/")
    async def upload(file: Annotated[UploadFile, File()]):
        inner: Any = file.file
        found.extend([inner._rolled, inner.tell(), await file.read() == content])
        # Writing continues at the end of the file.
        await file.write(b"more")
        await file.seek(size - 2)
        found.append(await file.read())

    seen = post(app, "/", parts(("file", content, "f.bin")), MULTIPART, list(range(60_000, size, 60_000)))
    assert seen.status == 200
    assert found == [True, 0, True, content[-2:] + b"more"]
