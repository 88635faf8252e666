"""The fixtures of the tests of the protocol."""

from __future__ import annotations

import asyncio
from typing import Any, Iterator

import pytest

try:
    from tests.server.conversation import PAIRS
except ImportError:
    # The tests are skipped: uvicorn is not installed.
    PAIRS = {}


@pytest.fixture(params=PAIRS)
def http(request: Any) -> str:
    """The name of a parser of uvicorn."""
    return str(request.param)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that does not run yet."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    asyncio.set_event_loop(None)
    loop.close()
