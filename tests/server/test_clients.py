"""Real clients over a real socket, with keep-alive and without."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

pytest.importorskip("uvicorn")

from fastapi import _rust

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


@pytest.fixture(scope="module")
def port(tmp_path_factory: Any) -> Iterator[int]:
    program = tmp_path_factory.mktemp("server") / "program.py"
    program.write_text(PROGRAM)
    root = Path(__file__).resolve().parents[2]
    variables = {**os.environ, "PYTHONPATH": str(root)}
    server = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True, env=variables)
    assert server.stdout is not None
    yield int(server.stdout.readline())
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


def test_slow_clients_get_their_answers(port: int) -> None:
    import socket

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
