"""Real clients over a real socket, with keep-alive and without."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Iterator, List

import pytest

uvicorn = pytest.importorskip("uvicorn")

from fastapi import _rust  # noqa: E402
from fastapi_rs.commands.application import takes_places  # noqa: E402

pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="no core here")

PROGRAM = """
import socket, sys
import uvicorn
from fastapi import FastAPI
from fastapi_rs.uvicorn import Protocol, request_counters

app = FastAPI()

@app.get("/items/{number}")
async def items(number: int, q: str = ""):
    return {"number": number, "q": q}

@app.post("/body")
async def body(value: dict):
    return value

@app.get("/counters")
async def counters():
    return request_counters()

with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, http=Protocol, log_level="warning")).run([listener])
"""


ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def port(tmp_path_factory: Any) -> Iterator[int]:
    with serving(tmp_path_factory.mktemp("server"), PROGRAM) as port:
        yield port


@contextlib.contextmanager
def serving(folder: Path, text: str) -> Iterator[int]:
    """Run a program that prints its port, and end it."""
    program = folder / "program.py"
    program.write_text(text)
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True, env=variables)
    assert server.stdout is not None
    try:
        yield int(server.stdout.readline())
    finally:
        server.terminate()
        assert server.wait(30) in (0, -15)
        server.stdout.close()


def simple_requests(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/counters", headers={"Connection": "close"})
    count: int = json.loads(connection.getresponse().read())["simple"]
    connection.close()
    return count


def test_the_standard_library(port: int) -> None:
    before = simple_requests(port)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for number in range(3):
        connection.request("GET", f"/items/{number}?q=a%20b")
        assert json.loads(connection.getresponse().read()) == {"number": number, "q": "a b"}
    # The client sends the body after the head.
    connection.request("POST", "/body", body=b'{"a":1}', headers={"Content-Type": "application/json"})
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b'{"a":1}')
    connection.close()
    assert simple_requests(port) - before == 5


def test_httpx(port: int) -> None:
    httpx = pytest.importorskip("httpx")
    before = simple_requests(port)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.get("/items/7", params={"q": "é"}).json() == {"number": 7, "q": "é"}
        assert client.post("/body", json={"a": "b" * 30000}).json() == {"a": "b" * 30000}
        assert client.get("/items/x").status_code == 422
        assert client.get("/none").status_code == 404
        assert client.get("/items/7", headers={"Connection": "close"}).headers["connection"] == "close"
    assert simple_requests(port) - before == 6


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_curl(port: int) -> None:
    base = f"http://127.0.0.1:{port}"
    done = subprocess.run(
        ["curl", "-s", "--max-time", "30", f"{base}/items/1", f"{base}/items/2", "-d", '{"a":1}']
        + ["-H", "Content-Type: application/json", "--next", "-s", f"{base}/items/3"],
        stdout=subprocess.PIPE,
        check=True,
    )
    assert done.stdout == b'{"detail":"Method Not Allowed"}' * 2 + b'{"number":3,"q":""}'


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_fetch_of_node(port: int) -> None:
    script = (
        f"const base = 'http://127.0.0.1:{port}';"
        "const post = {method: 'POST', headers: {'content-type': 'application/json'}, body: '{\"a\":1}'};"
        "(async () => { if (typeof fetch === 'undefined') { console.log('none'); return; }"
        " const texts = []; for (let i = 0; i < 3; i++) texts.push(await (await fetch(base + '/items/' + i)).text());"
        " texts.push(await (await fetch(base + '/body', post)).text()); console.log(texts.join('|')); })();"
    )
    done = subprocess.run(["node", "-e", script], stdout=subprocess.PIPE, check=True, timeout=60)
    expected = b'{"number":0,"q":""}|{"number":1,"q":""}|{"number":2,"q":""}|{"a":1}'
    assert done.stdout.strip() in (expected, b"none")


@pytest.mark.parametrize("is_closed", [False, True])
def test_requests(port: int, is_closed: bool) -> None:
    requests = pytest.importorskip("requests")
    before = simple_requests(port)
    with requests.Session() as session:
        session.trust_env = False
        session.headers.update({"Connection": "close"} if is_closed else {})
        for number in range(3):
            found = session.get(f"http://127.0.0.1:{port}/items/{number}", params={"q": "a b"}, timeout=30)
            assert found.json() == {"number": number, "q": "a b"}
        assert session.post(f"http://127.0.0.1:{port}/body", json={"a": 1}, timeout=30).json() == {"a": 1}
    assert simple_requests(port) - before == 5


@pytest.mark.parametrize("is_closed", [False, True])
def test_aiohttp(port: int, is_closed: bool) -> None:
    aiohttp = pytest.importorskip("aiohttp")

    async def talk() -> List[Any]:
        connector = aiohttp.TCPConnector(force_close=is_closed)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as session:
            found = []
            for number in range(3):
                async with session.get(f"/items/{number}") as response:
                    found.append(await response.json())
            async with session.post("/body", json={"a": "b"}) as response:
                found.append(await response.json())
            return found

    before = simple_requests(port)
    assert asyncio.run(talk()) == [*({"number": number, "q": ""} for number in range(3)), {"a": "b"}]
    assert simple_requests(port) - before == 5


@pytest.mark.skipif(shutil.which("wrk") is None, reason="no wrk here")
@pytest.mark.parametrize("fields", [[], ["-H", "Connection: close"]])
def test_wrk(port: int, fields: List[str]) -> None:
    command = ["wrk", "-d", "1s", "-c", "16", "-t", "1", *fields, f"http://127.0.0.1:{port}/items/1"]
    report = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60, text=True).stdout
    assert "requests in" in report
    assert "Non-2xx" not in report and "Socket errors" not in report, report


NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/error; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  upstream server {{ server 127.0.0.1:{port}; keepalive 4; }}
  server {{
    listen 127.0.0.1:{front};
    location / {{ proxy_pass http://server; proxy_http_version 1.1; proxy_set_header Connection "{connection}"; }}
  }}
}}
"""
_nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@pytest.mark.skipif(_nginx is None, reason="no nginx here")
@pytest.mark.parametrize("connection", ["", "close"])
def test_nginx_in_front(port: int, connection: str, tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        front = listener.getsockname()[1]
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(NGINX.format(folder=tmp_path, port=port, front=front, connection=connection))
    before = simple_requests(port)
    assert _nginx is not None
    proxy = subprocess.Popen([_nginx, "-e", str(tmp_path / "error"), "-c", str(configuration)])
    try:
        base = f"http://127.0.0.1:{front}"
        wait_for(front)
        for number in range(3):
            assert get(f"{base}/items/{number}?q=a%20b") == b'{"number":%d,"q":"a b"}' % number
        body = urllib.request.Request(f"{base}/body", b'{"a":1}', {"Content-Type": "application/json"})
        assert get(body) == b'{"a":1}'
    finally:
        proxy.terminate()
        proxy.wait(30)
    assert simple_requests(port) - before == 5


def get(target: Any) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(target, timeout=30) as response:
        content: bytes = response.read()
        return content


def wait_for(port: int) -> None:
    """Wait until a server accepts connections."""
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 30).close()
            return
        except ConnectionError:
            time.sleep(0.05)
    raise AssertionError("the server does not accept connections")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
def test_tls(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    options = f', ssl_keyfile="{key}", ssl_certfile="{certificate}"'
    with serving(tmp_path, PROGRAM.replace(', log_level="warning"', options)) as port:
        context = ssl.create_default_context(cafile=str(certificate))
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
        for number in range(2):
            connection.request("GET", f"/items/{number}")
            assert json.loads(connection.getresponse().read()) == {"number": number, "q": ""}
        # A request that is not simple continues below the same TLS.
        connection.request("HEAD", "/items/1")
        assert connection.getresponse().status == 405
        connection.close()
        connection.request("GET", "/counters")
        assert json.loads(connection.getresponse().read()) == {"simple": 2, "handed_over": 1}
        connection.close()


def test_workers_of_the_command(tmp_path: Path) -> None:
    if not takes_places(uvicorn.main):
        pytest.skip("this release of uvicorn takes no protocol by its place")
    (tmp_path / "program.py").write_text(PROGRAM.partition("with socket")[0])
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    arguments = ["run", "program:app", "--http", "fastapi-rs", "--workers", "2", "--port", str(port)]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", COMMAND, *arguments]
    server = subprocess.Popen(command, env=variables, cwd=tmp_path)
    try:
        wait_for(port)
        for _ in range(8):
            found = json.loads(get(f"http://127.0.0.1:{port}/counters"))
            assert found["handed_over"] == 0
    finally:
        server.terminate()
        server.wait(30)


# The command without its first step, which refuses a folder that no installation owns.
COMMAND = """
import sys
from fastapi_rs import cli
from fastapi_rs.commands import application
application._require = lambda: None
sys.exit(cli.main())
"""


def test_slow_clients_get_their_answers(port: int) -> None:
    request = b"GET /items/5 HTTP/1.1\r\nHost: h\r\n\r\n"
    clients = [socket.create_connection(("127.0.0.1", port), 30) for _ in range(50)]
    for place in range(0, len(request), 7):
        for client in clients:
            client.sendall(request[place : place + 7])
        time.sleep(0.01)
    for client in clients:
        answer = b""
        while not answer.endswith(b'{"number":5,"q":""}'):
            answer += client.recv(4096)
        client.close()
