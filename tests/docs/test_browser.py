"""The documentation pages in headless Chromium, without a request to any other host: `python3 scripts/browser`.

FASTAPI_RS_SCREENSHOTS names a folder for pictures of the pages; those of docs/images are made so.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Iterator, List

import pytest

from examples.shop.served import served

pytest.importorskip("selenium.webdriver", reason="needs the extra browser: run scripts/browser")

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.chromium import start_chromium

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(not CHROMIUM or not DRIVER, reason="needs chromium and chromedriver: run scripts/browser"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        with served(FASTAPI_RS_DOCS="offline") as server:
            yield f"http://127.0.0.1:{server.port}"
    finally:
        os.chdir(before)


@pytest.fixture
def browser() -> Iterator[Any]:
    driver = start_chromium("--window-size=1200,900", "--hide-scrollbars", log_network=True)
    yield driver
    driver.quit()


def requested_hosts(browser: Any) -> List[str]:
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    return sorted({url.split("/")[2] for url in urls if url.startswith("http")})


def find(browser: Any, selector: str) -> Any:
    return WebDriverWait(browser, 20).until(lambda driver: driver.find_element(By.CSS_SELECTOR, selector))


def picture(browser: Any, name: str) -> None:
    folder = os.environ.get("FASTAPI_RS_SCREENSHOTS")
    if folder:
        browser.save_screenshot(str(Path(folder, name)))


def test_try_it_out_shows_the_answer_of_the_application(browser: Any, address: str) -> None:
    browser.get(f"{address}/docs")
    operation = find(browser, "[id$='read_item_items__item_id__get']")
    operation.click()
    find(browser, ".try-out__btn").click()
    find(browser, "input[placeholder='item_id']").send_keys("1")
    find(browser, ".execute").click()
    answer = find(browser, ".live-responses-table .highlight-code, .live-responses-table .microlight")
    assert json.loads(answer.text.replace("Download", "").strip())["name"] == "Teapot"
    assert find(browser, ".live-responses-table tbody .response-col_status").text.startswith("200")
    browser.execute_script("arguments[0].scrollIntoView()", find(browser, ".live-responses-table"))
    picture(browser, "try-it-out.png")
    assert requested_hosts(browser) == [address[len("http://") :]]


def test_redoc_shows_the_operations(browser: Any, address: str) -> None:
    browser.get(f"{address}/redoc")
    assert find(browser, "h1").text.startswith("Shop")
    titles = WebDriverWait(browser, 20).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "h2"))
    assert "Read Item" in [title.text for title in titles]
    picture(browser, "redoc.png")
    assert "API docs by Redocly" in find(browser, "body").text
    assert requested_hosts(browser) == [address[len("http://") :]]
