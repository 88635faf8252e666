"""A feature that older dependencies lack is supplied, or an error names the required version: docs/versions.md."""

import os
import subprocess
import sys
import textwrap

import pytest

from fastapi import FastAPI, Form, HTTPException, Request
from fastapi._body_meter import RequestBodyLimitMiddleware
from tests.framework.support import PYTHON, STARLETTE, client


def in_fresh_interpreter(code: str) -> str:
    # Installed plugins of Pydantic would import modules that this test blocks.
    environment = {
        **os.environ,
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
    )
    return done.stdout.decode()


def test_the_own_meter_is_used_where_starlette_has_none():
    from fastapi import _body_limit

    own = _body_limit.RequestBodyLimitMiddleware is RequestBodyLimitMiddleware
    assert own == (STARLETTE < (1, 6))


@pytest.mark.parametrize("size, status", [(3, 200), (4, 413)])
def test_the_own_meter_counts_everywhere(size, status):
    app = FastAPI()

    @app.post("/")
    def endpoint():
        return "x"

    assert client(RequestBodyLimitMiddleware(app, 3)).post("/", content=b"x" * size).status_code == status


URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=B"
PART = b'Content-Disposition: form-data; name="a"\r\n\r\nv\r\n--B--'
LARGE = b"x" * (1 << 20)


@pytest.mark.parametrize("path", ["/declared", "/request"])
@pytest.mark.parametrize(
    "content_type, body, detail",
    [
        (URLENCODED, b"a=1&" * 1001, "Too many fields. Maximum number of fields is 1000."),
        (URLENCODED, b"a=" + LARGE, "Field exceeded maximum size of 1024KB."),
        (URLENCODED, b"a" + LARGE + b"=1", "Field exceeded maximum size of 1024KB."),
        (MULTIPART, b"--B\r\n" + b"X: y\r\n" * 8 + PART, "Invalid multipart data."),
        (MULTIPART, b"--B\r\nX: " + b"y" * 4300 + b"\r\n" + PART, "Invalid multipart data."),
        (MULTIPART, b"--B\r\n" + b"X" * 4300 + b": y\r\n" + PART, "Invalid multipart data."),
        (MULTIPART, b"no form", "Invalid multipart data."),
    ],
)
def test_forms_have_limits_everywhere(path, content_type, body, detail):
    app = FastAPI()

    @app.post("/declared")
    async def declared(a: str = Form("")):
        return a

    @app.post("/request")
    async def request(request: Request):
        return len(await request.form())

    answer = client(app).post(path, content=body, headers={"content-type": content_type})
    assert (answer.status_code, answer.json()) == (400, {"detail": detail})


@pytest.mark.parametrize(
    "body, status", [(b"a=1&b=2", 200), (b"a=1&b=2&c=3", 400), (b"a=123456789", 200), (b"a=1234567890", 400)]
)
def test_form_limits_of_an_operation_count_everywhere(body, status):
    app = FastAPI()

    @app.post("/", form_limits={"max_fields": 2, "max_part_size": 10})
    async def endpoint(a: str = Form("")):
        return a

    assert client(app).post("/", content=body, headers={"content-type": URLENCODED}).status_code == status


@pytest.mark.parametrize("status, phrase", [(103, "Early Hints"), (418, "I'm a Teapot"), (425, "Too Early")])
def test_phrases_of_every_status(status, phrase):
    assert HTTPException(status).detail == phrase


def test_the_command_line_names_the_missing_package():
    told = in_fresh_interpreter(
        """
        import sys
        sys.modules["fastapi_cli"] = None
        sys.modules["fastapi_cli.cli"] = None
        from fastapi.cli import main
        main()
        """
    )
    assert 'please install "fastapi-rs[standard]"' in told


def test_forms_name_the_missing_package():
    told = in_fresh_interpreter(
        """
        import sys
        sys.modules["python_multipart"] = None
        sys.modules["multipart"] = None
        from fastapi import FastAPI, Form
        app = FastAPI()
        def endpoint(a: str = Form()): pass
        app.post("/")(endpoint)
        """
    )
    assert 'Form data requires "python-multipart" to be installed' in told


@pytest.mark.parametrize("module", ["opentelemetry.sdk", "wasmtime", "yaml", "email_validator", "fastapi_cli"])
def test_the_package_imports_without(module):
    told = in_fresh_interpreter(
        f"""
        import sys
        sys.modules["{module}"] = None
        from fastapi import FastAPI
        app = FastAPI()
        app.get("/")(lambda: 1)
        print(list(app.openapi()["paths"]))
        """
    )
    assert told.strip() == "['/']"


@pytest.mark.skipif(PYTHON < (3, 12), reason="the syntax of PEP 695 is of Python 3.12")
def test_type_statements():
    namespace = {}
    exec("type Number = int\ndef endpoint(q: Number): return q", namespace)
    app = FastAPI()
    app.get("/")(namespace["endpoint"])
    assert client(app).get("/?q=1").json() == 1
    assert client(app).get("/?q=x").status_code == 422


def test_type_aliases_of_typing_extensions():
    from typing_extensions import TypeAliasType

    number = TypeAliasType("number", int)
    app = FastAPI()

    def endpoint(q):
        return q

    endpoint.__annotations__["q"] = number
    app.get("/")(endpoint)
    assert client(app).get("/?q=1").json() == 1
