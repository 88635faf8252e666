"""Each example is started by the command of its README, under uvicorn, and used over HTTP."""

from __future__ import annotations

import hashlib
import json
import re
import time
from pathlib import Path
from typing import Any, Dict, List
from urllib.parse import urlencode

import pytest
import yaml

from tests.examples.served import EXAMPLES, Client, commands_of, served

pytestmark = pytest.mark.timeout(120)

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


def test_auth() -> None:
    pytest.importorskip("multipart")
    account = form(username="ada", password="analytical engine")
    with served("auth") as client:
        assert client.json("POST", "/users", account, FORM) == (201, {"name": "ada"})
        assert client.json("POST", "/users", account, FORM) == (409, {"detail": "This name is taken"})
        wrong = form(username="ada", password="difference engine")
        assert client.json("POST", "/token", wrong, FORM) == (401, {"detail": "Wrong name or password"})
        status, token = client.json("POST", "/token", account, FORM)
        assert (status, token["token_type"]) == (200, "bearer")
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        assert client.json("GET", "/me", None, bearer) == (200, {"name": "ada"})
        status, headers, _ = client.send("GET", "/me", None, {"Authorization": bearer["Authorization"] + "x"})
        assert (status, headers["www-authenticate"].split()[0]) == (401, "Bearer")


def part(name: str, content: bytes, filename: str = "") -> bytes:
    suffix = f'; filename="{filename}"' if filename else ""
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{suffix}\r\n\r\n'.encode() + content + b"\r\n"


def test_upload(tmp_path: Path) -> None:
    pytest.importorskip("multipart")
    content = bytes(range(256)) * 1000
    digest = hashlib.sha256(content).hexdigest()
    body = part("album", b"covers") + part("files", content, "a.bin") + part("files", b"", "b.bin") + b"--x--\r\n"
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    with served("upload", UPLOADS=str(tmp_path)) as client:
        status, stored = client.json("POST", "/files", body, multipart)
        assert (status, stored["album"]) == (201, "covers")
        assert stored["files"][0] == {"name": "a.bin", "size": 256000, "sha256": digest}
        assert [each["size"] for each in stored["files"]] == [256000, 0]
        assert (tmp_path / digest).read_bytes() == content
        status, _, found = client.send("GET", f"/files/{digest}", None, {"Range": "bytes=256-511"})
        assert (status, found) == (206, bytes(range(256)))
        assert client.json("GET", "/files/x") == (404, {"detail": "There is no such file"})
        large = part("files", bytes(21 * 2**20), "large.bin") + b"--x--\r\n"
        assert client.send("POST", "/files", large, multipart)[0] == 413
    assert len(list(tmp_path.iterdir())) == 2


def events_of(text: str) -> List[Dict[str, str]]:
    blocks = text.strip().split("\n\n")
    return [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]


def test_streaming() -> None:
    with served("streaming") as client:
        _, headers, body = client.send("GET", "/events?count=2&pause=0", None, {"Last-Event-Id": "6"})
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        events = events_of(body.decode())
        assert [(each["event"], each["id"]) for each in events] == [("reading", "7"), ("reading", "8")]
        assert json.loads(events[0]["data"]) == {"number": 7, "celsius": 21.0}
        _, headers, body = client.send("GET", "/lines?count=2&pause=0")
        assert headers["content-type"] == "application/jsonl"
        assert [json.loads(line)["number"] for line in body.splitlines()] == [0, 1]
        _, _, body = client.send("GET", "/text?count=2&pause=0")
        assert body == b"number,celsius\n0,20.0\n1,20.5\n"
        assert client.send("GET", "/events?count=0")[0] == 422


def test_websocket() -> None:
    pytest.importorskip("websockets", reason="uvicorn serves WebSockets with it")
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    with served("websocket") as client:
        hall = f"ws://127.0.0.1:{client.port}/rooms/hall?name="
        with connect(hall + "ada") as ada, connect(hall + "bob") as bob:
            assert [json.loads(ada.recv(20)) for _ in range(2)] == [{"joined": "ada"}, {"joined": "bob"}]
            assert json.loads(bob.recv(20)) == {"joined": "bob"}
            ada.send('{"text": "hello"}')
            assert json.loads(bob.recv(20)) == {"from": "ada", "text": "hello"}
            assert client.json("GET", "/rooms") == (200, {"hall": 2})
            bob.send("nonsense")
            with pytest.raises(ConnectionClosed) as closed:
                bob.recv(20)
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1007, "not a message")
            ada.recv(20)
            assert json.loads(ada.recv(20)) == {"left": "bob"}
        assert b"new WebSocket" in client.send("GET", "/")[2]


def test_scale_out() -> None:
    with served("scale-out") as client:
        found = set()
        deadline = time.monotonic() + 60
        while len(found) < 2 and time.monotonic() < deadline:
            # The first worker may answer before the second one listens.
            status, answer = client.json("GET", "/items/7")
            assert (status, answer["item_id"]) == (200, 7)
            found.add(answer["process"])
        assert len(found) == 2
        assert client.send("GET", "/health")[0] == 204


def test_the_manifest_fits_the_application() -> None:
    folder = EXAMPLES / "scale-out"
    deployment, service = yaml.safe_load_all((folder / "kubernetes.yaml").read_text())
    container: Dict[str, Any] = deployment["spec"]["template"]["spec"]["containers"][0]
    (port,) = [each["containerPort"] for each in container["ports"]]
    assert service["spec"]["ports"] == [{"port": 80, "targetPort": port}]
    assert service["spec"]["selector"] == deployment["spec"]["template"]["metadata"]["labels"]
    for probe in ("readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/health", "port": port}
    dockerfile = (folder / "Dockerfile").read_text()
    command = json.loads(re.findall(r"^CMD (.*)", dockerfile, re.MULTILINE)[0])
    assert command == ["fastapi-rs", "run", "app:app", "--host", "0.0.0.0", "--port", str(port)]
    assert f"EXPOSE {port}" in dockerfile
    compose = yaml.safe_load((folder / "compose.yaml").read_text())["services"]["scale-out"]
    assert compose["command"] == [*command, "--workers", "4"]
    assert compose["ports"] == [f"{port}:{port}"]


def test_migrate() -> None:
    with served("migrate") as client:
        status, headers, body = client.send("GET", "/books?before=1900-01-01")
        assert (status, headers["x-service"]) == (200, "library")
        assert json.loads(body) == [{"title": "Emma", "published": "1815-12-23"}]
        status, headers, _ = client.send("POST", "/books", b'{"title": "Persuasion"}', JSON)
        assert (status, headers["location"]) == (201, "/books/2")
        assert client.json("GET", "/books/9") == (404, {"detail": "There is no book 9"})


def test_schema_first() -> None:
    pytest.importorskip("multipart")
    with served("schema_first") as client:
        assert client.json("GET", "/books/1?fields=title&fields=year") == (
            200,
            {"book_id": 1, "fields": ["title", "year"], "if_modified": None},
        )
        assert client.json("GET", "/books?q=emma&since=1815-12-23&max_price=9.50") == (
            200,
            ["emma", "title", "1815-12-23", "9.50", 0, 20, None],
        )
        status, refused = client.json("GET", "/books?order=price&size=51")
        assert (status, [each["loc"] for each in refused["detail"]]) == (422, [["query", "order"], ["query", "size"]])
        cover = part("cover", b"png", "cover.png") + part("caption", b"front") + b"--x--\r\n"
        multipart = {"Content-Type": "multipart/form-data; boundary=x"}
        assert client.json("POST", "/books/7/cover", cover, multipart) == (
            200,
            {"book_id": 7, "bytes": 3, "caption": "front"},
        )


def test_shop() -> None:
    """`test_shop.py` sends the whole walk through the shop over HTTP, on every rung."""
    pytest.importorskip("multipart")
    with served("shop") as client:
        assert client.json("GET", "/items/1")[1]["name"] == "Teapot"
        assert client.send("GET", "/items/x")[0] == 422


def test_each_example_has_a_command_that_a_test_runs() -> None:
    folders = sorted(path.name for path in EXAMPLES.iterdir() if (path / "README.md").exists())
    assert {"auth", "migrate", "scale-out", "schema_first", "shop", "streaming", "upload", "websocket"} <= set(folders)
    assert all(commands_of(name) for name in folders)


def test_no_client_is_left() -> None:
    """A server that is gone refuses connections: `served` ends it."""
    with served("streaming") as client:
        port = client.port
    with pytest.raises(OSError):
        Client(port).send("GET", "/")
