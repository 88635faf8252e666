"""The page of examples/browser in headless Chromium: the application answers there, and no server sees its requests.

`python3 scripts/pyodide` builds the site, names its folder in FASTAPI_RS_SITE and runs this file.
"""

from __future__ import annotations

import functools
import os
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Iterator, List

import pytest

pytest.importorskip("selenium.webdriver", reason="run scripts/pyodide")

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.chromium import start_chromium

SITE = os.environ.get("FASTAPI_RS_SITE", "")
pytestmark = [pytest.mark.skipif(not SITE, reason="run scripts/pyodide"), pytest.mark.timeout(300)]

FETCH = """
const [method, path, body, done] = arguments;
fetch("app" + path, body === null ? { method } : { method, body, headers: { "content-type": "application/json" } })
  .then(async (response) => done([response.status, response.headers.get("content-type"), await response.text()]));
"""
seen: List[str] = []


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        seen.append(self.path)


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """Yield the browser with the page, once the application is ready."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    driver = start_chromium()
    driver.set_script_timeout(60)
    try:
        driver.get(f"http://127.0.0.1:{server.server_port}/")
        WebDriverWait(driver, 200).until(lambda _: not state(driver).startswith("loading"))
        assert state(driver).startswith("rung javascript: WebAssembly of "), state(driver)
        yield driver
    finally:
        driver.quit()
        server.shutdown()
        server.server_close()


def state(driver: Any) -> str:
    return str(driver.find_element(By.ID, "state").text)


def ask(page: Any, method: str, path: str, body: Any = None) -> Any:
    page.switch_to.default_content()
    return page.execute_async_script(FETCH, method, path, body)


def test_answers(page: Any) -> None:
    json = "application/json"
    assert ask(page, "GET", "/tasks") == [200, json, '[{"title":"open this page","done":false}]']
    assert ask(page, "POST", "/tasks", '{"title": "caf\u00e9"}') == [201, json, '{"number":2}']
    assert ask(page, "GET", "/tasks/2") == [200, json, '{"title":"caf\u00e9","done":false}']
    assert ask(page, "GET", "/tasks/99") == [404, json, '{"detail":"no such task"}']
    assert ask(page, "DELETE", "/tasks") == [405, json, '{"detail":"Method Not Allowed"}']
    status, _, text = ask(page, "GET", "/tasks/x")
    assert status == 422 and '"type":"int_parsing","loc":["path","number"]' in text


def test_the_documentation_page_calls_the_application(page: Any) -> None:
    page.switch_to.default_content()
    page.switch_to.frame("docs")
    wait = WebDriverWait(page, 60)
    operation = wait.until(lambda _: page.find_element(By.ID, "operations-default-list_tasks_tasks_get"))
    operation.find_element(By.CSS_SELECTOR, "button.opblock-summary-control").click()
    wait.until(lambda _: operation.find_element(By.CSS_SELECTOR, "button.try-out__btn")).click()
    wait.until(lambda _: operation.find_element(By.CSS_SELECTOR, "button.execute")).click()
    wait.until(lambda _: "open this page" in operation.find_element(By.CSS_SELECTOR, ".live-responses-table").text)


def test_no_server_sees_the_requests(page: Any) -> None:
    assert "/packages.zip" in seen
    assert not [path for path in seen if path.startswith("/app")]
