"""Serve the shop on a free port, with fastapi's own log line shown: `python -m examples.shop.serve`.

With SHOP_ACCESS_LOG in the environment, the log has a line for each request.
"""

import logging
import os

import uvicorn

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    access_log = "SHOP_ACCESS_LOG" in os.environ
    uvicorn.run("examples.shop.app:app", host="127.0.0.1", port=0, access_log=access_log)
