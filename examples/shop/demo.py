"""Serve the shop on both packages, compare their answers over HTTP, and count requests per second of both.

`scripts/demo` makes the environments and calls this module. Without `--real` it shows fastapi-rs alone.
"""

import argparse
import http.client
import json
import re
import socket
import time
from contextlib import ExitStack
from typing import Any, Iterator, List, Tuple

from .served import Server, served, served_elsewhere
from .walk import LOG_IN, STEPS, Answer, Step, shown

CONNECTION_BUFFER = 65536
# An item, a search, a request with five mistakes: each is answered by the same code in both servers.
COUNTED = [
    ("the front door", "/"),
    ("one item", "/items/1"),
    ("a search with five parameters", "/items?q=tea&min_price=1&max_price=50&in_stock=yes&limit=10"),
    ("five wrong parameters", "/items?q=t&min_price=-1&in_stock=perhaps&limit=1000&offset=x"),
    ("a path that does not exist", "/basket"),
]
# The two servers take turns, so that a busy moment of the machine hits both.
TURNS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each kind of request is counted")
    parser.add_argument("--real", metavar="PYTHON", help="an interpreter that has the real package")
    parser.add_argument("--answers", action="store_true", help="print each request and its answer")
    options = parser.parse_args()
    with ExitStack() as stack:
        ours = stack.enter_context(served())
        print(f"\n{ours.rung}\n")
        servers = [ours]
        if options.real:
            servers.append(stack.enter_context(served_elsewhere(options.real)))
        different = report_answers(servers, options.answers)
        print_table(servers, options.seconds)
    if different:
        raise SystemExit(f"{different} answers differ")


def report_answers(servers: List[Server], every: bool) -> int:
    """Send the walk to each server; print the answers that differ, or all, and return the number that differ."""
    different = 0
    for answers in zip(*(walk(server.port) for server in servers)):
        step = answers[0][0]
        if every:
            show(step, answers[0][1])
        if len({comparable(*each) for each in answers}) > 1:
            different += 1
            print("DIFFERENT:")
            for _, answer in answers:
                show(step, answer)
    if len(servers) > 1:
        print(f"{len(STEPS)} requests to the shop on both packages: {len(STEPS) - different} answers are equal,")
        print("in status, headers and body (the text of the token is random).\n")
    else:
        print(f"{len(STEPS)} requests to the shop were answered.\n")
    return different


def comparable(step: Step, answer: Answer) -> Tuple[Any, ...]:
    """Return the parts of an answer that both packages give: without the date, and without a random body."""
    status, headers, body = answer
    kept = sorted(pair for pair in headers if pair[0].lower() != "date")
    return status, tuple(kept), b"" if step.body_may_differ else body


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


def show(step: Step, answer: Answer) -> None:
    status, _, body = answer
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


def print_table(servers: List[Server], seconds: float) -> None:
    """Print requests per second; client and servers share this machine."""
    names = ["fastapi-rs", "fastapi"][: len(servers)]
    print("".join([f"{'requests per second':32}", *(f"{name:>12}" for name in names)]))
    for title, target in COUNTED:
        rates = count_in_turns(servers, target, seconds)
        factor = f"{rates[0] / rates[1]:10.1f} x" if len(rates) > 1 else ""
        print("".join([f"{title:32}", *(f"{rate:12,.0f}" for rate in rates), factor]), flush=True)
    print("\nOne connection and one process each. The client and uvicorn take the same time with both packages.")


def count_in_turns(servers: List[Server], target: str, seconds: float) -> List[float]:
    turn = seconds / TURNS / len(servers)
    counts = [[count(server.port, target, turn) for server in servers] for _ in range(TURNS)]
    return [sum(each) / TURNS for each in zip(*counts)]


def count(port: int, target: str, seconds: float) -> float:
    """Return the requests answered per second on one keep-alive connection."""
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
