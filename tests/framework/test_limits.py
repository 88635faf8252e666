"""Limits of bodies and of forms, at each level."""

from typing import Any, Dict

import anyio
import pytest

from fastapi import APIRouter, FastAPI, Form, Request, UploadFile
from tests.framework.support import client, http_scope, serve, status_and_body


async def read(request: Request) -> int:
    return len(await request.body())


def ignore() -> str:
    return "unread"


def levels(app: Any = None, inclusion: Any = None, router: Any = None, route: Any = None) -> FastAPI:
    root = FastAPI(max_body_size=app)
    inner = APIRouter(max_body_size=router)
    inner.add_api_route("/read", read, methods=["POST"], max_body_size=route)
    inner.add_api_route("/ignore", ignore, methods=["POST"], max_body_size=route)
    root.include_router(inner, max_body_size=inclusion)
    return root


@pytest.mark.parametrize(
    "limits, size, status",
    [
        ({}, 1000, 200),
        ({"app": 10}, 10, 200),
        ({"app": 10}, 11, 413),
        ({"app": 10, "route": 20}, 20, 200),
        ({"app": 20, "route": 10}, 11, 413),
        ({"app": 1, "inclusion": 2, "router": 3}, 3, 200),
        ({"app": 1, "inclusion": 2, "router": 3}, 4, 413),
        ({"app": 1, "inclusion": 2}, 2, 200),
        ({"route": 0}, 0, 200),
        ({"route": 0}, 1, 413),
    ],
)
def test_the_nearest_limit_counts(limits, size, status):
    response = client(levels(**limits)).post("/read", content=b"x" * size)
    assert response.status_code == status
    if status == 200:
        assert response.json() == size


def test_a_declared_length_is_refused_before_any_read():
    calls = client(levels(app=10))
    assert calls.post("/ignore", content=b"x" * 11).status_code == 413
    assert calls.post("/ignore", content=b"x" * 10).json() == "unread"
    assert calls.post("/nowhere", content=b"x" * 11).status_code == 413


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_bodies_of_no_declared_length_are_counted(backend):
    async def main() -> Any:
        return await serve(levels(app=10), http_scope("/read", "POST"), b"123456", b"123456")

    status, body = status_and_body(anyio.run(main, backend=backend))
    assert (status, body) == (413, b'{"detail":"Content Too Large"}')


def test_a_limit_encloses_mounted_applications():
    outer, inner = FastAPI(max_body_size=10), FastAPI()
    inner.add_api_route("/read", read, methods=["POST"])
    outer.mount("/sub", inner)
    assert client(outer).post("/sub/read", content=b"x" * 11).status_code == 413
    assert client(outer).post("/sub/read", content=b"x" * 10).json() == 10


@pytest.mark.parametrize("limit", [-1, True, 1.0, "1"])
def test_limits_that_are_refused(limit):
    for make in (FastAPI, APIRouter):
        with pytest.raises(ValueError, match="max_body_size must be a non-negative integer or None"):
            make(max_body_size=limit)
    with pytest.raises(ValueError, match="max_body_size must be a non-negative integer or None"):
        FastAPI().post("/", max_body_size=limit)(ignore)


def form_app(app: Dict[str, int], route: Any = None) -> FastAPI:
    of = FastAPI(form_limits=app)

    @of.post("/", form_limits=route)
    def endpoint(a: str = Form(default=""), b: str = Form(default=""), f: UploadFile = None):  # type: ignore[assignment]
        return [a, b]

    return of


@pytest.mark.parametrize(
    "app, route, form, status",
    [
        ({"max_fields": 2}, None, {"a": "1", "b": "2"}, 200),
        ({"max_fields": 1}, None, {"a": "1", "b": "2"}, 400),
        ({"max_fields": 1}, {"max_fields": 2}, {"a": "1", "b": "2"}, 200),
        ({"max_fields": 1}, {"max_files": 2}, {"a": "1", "b": "2"}, 400),
    ],
)
def test_limits_of_multipart_forms(app, route, form, status):
    files = {name: (None, value) for name, value in form.items()}
    response = client(form_app(app, route)).post("/", files=files)
    assert response.status_code == status, response.text
    if status == 400:
        assert response.json() == {"detail": "Too many fields. Maximum number of fields is 1."}


def test_limits_of_files():
    response = client(form_app({"max_files": 1})).post("/", files=[("f", b"x"), ("g", b"y")])
    assert (response.status_code, response.json()["detail"]) == (
        400,
        "Too many files. Maximum number of files is 1.",
    )


def test_limits_of_parts():
    calls = client(form_app({"max_part_size": 4}))
    assert calls.post("/", files={"a": (None, "1234")}).status_code == 200
    assert calls.post("/", files={"a": (None, "12345")}).status_code == 400


@pytest.mark.parametrize("limits", [{"max_fields": -1}, {"max_files": True}, {"unknown": 1}, {"max_part_size": "1"}])
def test_form_limits_that_are_refused(limits):
    with pytest.raises(ValueError):
        FastAPI(form_limits=limits)
