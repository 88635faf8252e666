"""Serve the shop in a process of its own, walk through it over HTTP, and count requests per second."""

import argparse
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List, Tuple

from .walk import LOG_IN, STEPS, Answer, Step, shown

PORT_PATTERN = re.compile(r"running on http://127\.0\.0\.1:(\d+)")
RUNG_PATTERN = re.compile(r"fastapi-rs.*")
CONNECTION_BUFFER = 65536


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=2.0)
    seconds = parser.parse_args().seconds
    with served() as (port, log):
        print(f"\n{rung(log)}\n")
        for step, (status, headers, body) in walk(port):
            show(step, status, headers, body)
        for target in ("/", "/items/1", "/items?q=tea&min_price=1&max_price=50&limit=10"):
            print(f"{count(port, target, seconds):8.0f} requests/s  GET {target}  (one connection, one server process)")
    print("\nThe shop is closed.")


@contextmanager
def served(**environment: str) -> Iterator[Tuple[int, Path]]:
    """Run uvicorn on a free port until the block ends; yield the port and the file with its log."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "server.log")
        with log.open("w") as output:
            command = [sys.executable, "-m", "examples.shop.serve"]
            server = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **environment})
            try:
                yield wait_for_port(server, log), log
            finally:
                server.terminate()
                server.wait(timeout=20)


def wait_for_port(server: "subprocess.Popen[bytes]", log: Path) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        found = PORT_PATTERN.search(log.read_text())
        if found:
            return int(found.group(1))
        time.sleep(0.05)
    raise SystemExit(f"The server did not start. Its log:\n{log.read_text()}")


def rung(log: Path) -> str:
    found = RUNG_PATTERN.search(log.read_text())
    return found.group(0) if found else "the log has no line about the rung"


def walk(port: int) -> Iterator[Tuple[Step, Answer]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    token = ""
    for step in STEPS:
        connection.request(step.method, step.target, step.body or None, dict(step.headers_for(token)))
        response = connection.getresponse()
        body = response.read()
        if step.title == LOG_IN:
            token = json.loads(body)["access_token"]
        yield step, (response.status, response.getheaders(), body)
    connection.close()


def show(step: Step, status: int, headers: List[Tuple[str, str]], body: bytes) -> None:
    print(f"-- {step.title}")
    print(f"   {step.method} {step.target}")
    for name, value in step.headers.items():
        print(f"   {name}: {value}")
    if step.body:
        print(f"   {shown(step.body, 120)!r}")
    print(f"   -> {status} {http.client.responses.get(status, '')}")
    if body:
        print(f"   -> {shown(body)}")
    print()


def count(port: int, target: str, seconds: float) -> float:
    """Return the requests answered per second on one keep-alive connection, with client and server on this machine."""
    request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answered, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            connection.sendall(request)
            read_one(connection)
            answered += 1
        return answered / (time.perf_counter() - started)


def read_one(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(CONNECTION_BUFFER)
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    missing = int(length.group(1) if length else 0) - len(body)
    while missing > 0:
        missing -= len(connection.recv(CONNECTION_BUFFER))


if __name__ == "__main__":
    main()
