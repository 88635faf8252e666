"""The protocol serves applications of this package, and uvicorn's own one serves all others."""

from __future__ import annotations

import asyncio
from typing import Any, List

import pytest

uvicorn = pytest.importorskip("uvicorn")

from uvicorn.server import ServerState  # noqa: E402

from fastapi import FastAPI, _rust  # noqa: E402
from fastapi._server.rules import own_protocol  # noqa: E402
from fastapi._stand_ins.accelerators import SERVER_PROTOCOL, Verdict  # noqa: E402
from fastapi_rs import uvicorn as door  # noqa: E402
from fastapi_rs.commands.application import name_protocol  # noqa: E402
from fastapi_rs.errors import CommandError  # noqa: E402

pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="no core here")


def protocol_for(app: Any, loop: asyncio.AbstractEventLoop, **options: Any) -> Any:
    config = uvicorn.Config(app, http=door.Protocol, log_config=None, **options)
    return door.Protocol(config=config, server_state=ServerState(), app_state={}, _loop=loop)


def test_an_application_of_this_package_is_served(loop: asyncio.AbstractEventLoop) -> None:
    assert type(protocol_for(FastAPI(), loop)) is door.Protocol


def test_the_check_agrees_with_the_installed_release() -> None:
    assert SERVER_PROTOCOL.verdict().why_off is None


def test_any_other_application_has_uvicorns_own_protocol(loop: asyncio.AbstractEventLoop) -> None:
    async def other(scope: Any, receive: Any, send: Any) -> None: ...

    class Subclass(FastAPI):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...

    own = own_protocol("auto")
    assert type(protocol_for(other, loop)) is own
    assert type(protocol_for(Subclass(), loop)) is own
    assert type(protocol_for(FastAPI(), loop, root_path="/api")) is own


def test_a_difference_turns_the_protocol_off_with_one_warning(
    loop: asyncio.AbstractEventLoop, monkeypatch: Any, caplog: Any
) -> None:
    monkeypatch.setattr(SERVER_PROTOCOL, "_verdict", Verdict("uvicorn 0.29 is older than 0.30", is_expected=True))
    config = uvicorn.Config(FastAPI(), http=door.Protocol, log_config=None)
    for _ in range(2):
        made = door.Protocol(config=config, server_state=ServerState(), app_state={}, _loop=loop)
        assert type(made) is own_protocol("auto")
    messages = [record.getMessage() for record in caplog.records]
    expected = "fastapi-rs: uvicorn's own protocol serves all requests: uvicorn 0.29 is older than 0.30"
    assert messages.count(expected) == 1


def test_the_counters_are_logged_once_at_the_end(loop: asyncio.AbstractEventLoop, caplog: Any) -> None:
    app = FastAPI()
    protocol = protocol_for(app, loop)
    protocol.service.simple, protocol.service.handed_over = 3, 1
    protocol.server_state.total_requests = 5
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    lines: List[str] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        lines.extend(record.getMessage() for record in caplog.records)
        lines.append(message["type"])

    caplog.set_level("INFO", "fastapi")
    loop.run_until_complete(app({"type": "lifespan", "state": {}}, receive, send))
    # The line follows the last message of the lifespan.
    protocol.service.log_counters()
    assert lines == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert [record.getMessage() for record in caplog.records] == [
        "fastapi-rs: server protocol: 5 requests, 3 of them simple; connections given to uvicorn's own protocol: 1"
    ]


def test_the_command_knows_the_protocol_by_name() -> None:
    place = "fastapi_rs.uvicorn:Protocol"
    for given, expected in (
        (["main:app", "--http", "fastapi-rs"], ["main:app", "--http", place]),
        (["main:app", "--http=fastapi-rs"], ["main:app", f"--http={place}"]),
        (["main:app", "--http", "h11"], ["main:app", "--http", "h11"]),
        (["fastapi-rs"], ["fastapi-rs"]),
    ):
        assert name_protocol(given, Command(choices=False)) == expected


def test_the_command_refuses_an_older_uvicorn() -> None:
    with pytest.raises(CommandError):
        name_protocol(["main:app", "--http", "fastapi-rs"], Command(choices=True))
    assert name_protocol(["main:app"], Command(choices=True)) == ["main:app"]


class Command:
    """A command with the option `--http`, as uvicorn's."""

    name = "http"

    def __init__(self, choices: bool) -> None:
        self.params = [self]
        self.type = self if choices else None
        self.choices = ["auto"]
