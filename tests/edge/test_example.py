"""examples/edge: the gateway in front of the shop refuses with the bytes of the shop, and forwards everything else."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Iterator, List, NamedTuple, Optional

import pytest

from examples.edge.serve import export_plan, running
from examples.shop.served import served
from tests.examples.served import Client

ROOT = Path(__file__).resolve().parents[2]
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


class Addresses(NamedTuple):
    """The shop, the gateway in front of it, and the file where the shop logs its requests."""

    shop: Client
    gateway: Client
    log: Path

    def seen(self) -> List[str]:
        """Return the requests that the shop has answered."""
        return [line for line in self.log.read_text().splitlines() if 'HTTP/1.1"' in line]


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        plan = export_plan(tmp_path_factory.mktemp("plan"))
        with served(SHOP_ACCESS_LOG="1") as shop, running(str(plan), shop.port) as gateway:
            yield Addresses(Client(shop.port), Client(gateway.port), shop.log)
    finally:
        os.chdir(before)


def both(addresses: Addresses, method: str, target: str, body: Optional[bytes] = None, fields: Any = None) -> Any:
    """Return the answer of the gateway, which is that of the shop apart from headers of the server."""
    answers = []
    for client in (addresses.shop, addresses.gateway):
        status, headers, text = client.send(method, target, body, {"host": "shop", **(fields or {})})
        for name in ("date", "server", "connection", "keep-alive"):
            headers.pop(name, None)
        answers.append((status, headers, text))
    assert answers[0] == answers[1]
    return answers[1]


REFUSED = [
    (("GET", "/nothing"), 404, b'{"detail":"Not Found"}'),
    (("POST", "/nothing", b"{}", JSON), 404, b'{"detail":"Not Found"}'),
    (("HEAD", "/nothing"), 404, b""),
    (("DELETE", "/items"), 405, b'{"detail":"Method Not Allowed"}'),
]


@pytest.mark.parametrize(("request_", "status", "body"), REFUSED)
def test_refused(addresses: Addresses, request_: Any, status: int, body: bytes) -> None:
    answer = both(addresses, *request_)
    assert (answer[0], answer[2]) == (status, body)
    seen = addresses.seen()
    addresses.gateway.send(*request_)
    assert addresses.seen() == seen


def test_invalid_parameters_are_refused(addresses: Addresses) -> None:
    target, headers = "/items?limit=many&q=a", {"x-currency": "EURO", "cookie": "visits=-1"}
    status, _, body = both(addresses, "GET", target, None, headers)
    places = [error["loc"] for error in json.loads(body)["detail"]]
    assert status == 422
    assert places == [["query", "q"], ["query", "limit"], ["header", "x-currency"], ["cookie", "visits"]]
    seen = addresses.seen()
    addresses.gateway.send("GET", target, None, headers)
    assert addresses.seen() == seen


def test_forwarded(addresses: Addresses) -> None:
    status, _, body = both(addresses, "GET", "/items/1")
    assert (status, json.loads(body)["name"]) == (200, "Teapot")
    seen = len(addresses.seen())
    assert both(addresses, "GET", "/items/99")[0] == 404
    assert both(addresses, "GET", "/items/x")[0] == 422
    assert both(addresses, "GET", "/items/")[0] == 307
    assert both(addresses, "GET", "/me")[0] == 401
    assert both(addresses, "POST", "/token", b"username=ada&password=wrong", FORM)[0] == 400
    assert both(addresses, "POST", "/items", b'{"name": 1}', JSON)[0] == 401
    assert len(addresses.seen()) == seen + 12


def test_a_session_through_the_gateway(addresses: Addresses) -> None:
    _, _, body = addresses.gateway.send("POST", "/token", b"username=ada&password=engine", FORM)
    token = json.loads(body)["access_token"]
    bearer = {"authorization": f"Bearer {token}"}
    item = b'{"name": "Kettle", "price": 30, "tags": []}'
    status, _, body = addresses.gateway.send("POST", "/items", item, {**JSON, **bearer})
    assert status == 201
    created = json.loads(body)["id"]
    assert addresses.gateway.send("DELETE", f"/items/{created}", None, bearer)[0] == 204
    assert addresses.gateway.json("GET", "/me", None, bearer) == (200, {"name": "ada"})
