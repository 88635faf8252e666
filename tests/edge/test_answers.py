"""The package answers as applications of this package and of the real one do, in Node.js and in Chromium."""

from __future__ import annotations

import functools
import json
import re
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set

import pytest

from tests.chromium import start_chromium
from tests.edge.comparing import compare, kinds
from tests.edge.conftest import HERE, PACKAGE, Recorded, recorded, run

NAMES = ("plain", "rooted", "handled", "marked")
# The first segments of paths whose refusals may be left to the application, and the reason.
LEFT = {
    **dict.fromkeys(("orders", "forms", "parts"), "a body"),
    **dict.fromkeys(("days", "pages"), "a parameter that only Pydantic reads"),
    **dict.fromkeys(("users", "stock"), "a dependency"),
    **dict.fromkeys(("text", "quiet"), "guided"),
    **dict.fromkeys(("docs", "redoc", "openapi.json"), "a route of Starlette"),
    "sub": "a mounted application",
    "numbers": "a convertor of the path",
    "both": "several methods in the header Allow",
}


@functools.lru_cache(maxsize=None)
def in_node(name: str) -> List[Any]:
    found = recorded(name)
    answers: List[Any] = run(
        ["node", str(HERE / "answer.mjs"), PACKAGE], {"plan": found.plan, "requests": found.requests}
    )
    return answers


@pytest.mark.parametrize("name", NAMES)
def test_node(name: str) -> None:
    compare(recorded(name), in_node(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_answer_is_drawn(name: str) -> None:
    drawn = kinds(in_node(name))
    refused: Dict[str, Set[Any]] = {
        "plain": {404, 405, 422},
        "rooted": {404, 405, 422},
        "handled": {404},
        "marked": set(),
    }
    assert set(drawn) == {"route", "null"} | refused[name]
    assert min(drawn.values()) >= 15, drawn


def test_refusals_that_are_left_have_a_reason() -> None:
    found = recorded("plain")
    for request, answer, given in zip(found.requests, in_node("plain"), found.ours):
        # The core leaves ints with a prefix to Pydantic.
        is_certain = is_plain(request) and "0x10" not in request["target"]
        if answer is None and given["status"] in (404, 405, 422) and is_certain:
            assert request["target"].split("?")[0].split("/")[1] in LEFT, (request, given)


def is_plain(request: Any) -> bool:
    """Whether all servers read the target and the headers of a request alike."""
    target, headers = request["target"], request["headers"]
    path = target.split("?")[0]
    return (
        re.fullmatch(r"/(?!/)[!\"$->@-~]*(\?[!\"$-~]*)?", target) is not None
        and re.search(r"%(?![0-9A-F]{2})|%(ff|ED|C0|00|0A)|/\.\.?(/|$)", path) is None
        and all(value.isprintable() and name != "X_Name" for name, value in headers)
        and "Upgrade" not in dict(headers)
    )


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    wait = pytest.importorskip("selenium.webdriver.support.ui", reason="run scripts/edge").WebDriverWait
    folders = {"/package/": PACKAGE, "/tests/": str(HERE)}

    class Handler(SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return next(str(Path(folders[each], path[len(each) :])) for each in folders if path.startswith(each))

        def log_message(self, *_: Any) -> None: ...

    Handler.extensions_map = {**Handler.extensions_map, ".wasm": "application/wasm", ".mjs": "text/javascript"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    driver = start_chromium()
    try:
        driver.get(f"http://127.0.0.1:{server.server_port}/tests/page.html")
        wait(driver, 30).until(lambda _: driver.title == "ready")
        yield driver
    finally:
        driver.quit()
        server.shutdown()
        server.server_close()


@pytest.mark.timeout(120)
def test_chromium(page: Any) -> None:
    found: Recorded = recorded("plain")
    given = {"plan": found.plan, "requests": found.requests}
    answers = json.loads(page.execute_script("return window.answersOf(arguments[0])", given))
    compare(found, answers)
    assert answers == in_node("plain")
