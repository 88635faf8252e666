"""The headless Chromium of the tests. It reaches this machine alone, because the machine may have internet."""

from __future__ import annotations

import shutil
from typing import Any


def start_chromium(*arguments: str, log_network: bool = False) -> Any:
    """Return the driver of a new browser, with further arguments for it; the caller calls `quit`."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    # No resolver answers the name.
    resolver = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", resolver, *arguments):
        options.add_argument(argument)
    if log_network:
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    return webdriver.Chrome(options=options, service=service)
