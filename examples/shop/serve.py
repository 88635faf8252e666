"""Serve the shop on a free port, with fastapi's own log line shown: `python -m examples.shop.serve`."""

import logging

import uvicorn

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    uvicorn.run("examples.shop.app:app", host="127.0.0.1", port=0, access_log=False)
