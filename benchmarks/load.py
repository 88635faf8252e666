"""A small keep-alive HTTP client for the loopback interface: raw sockets, one request in flight per connection.

The client only has to keep the server busy: the benchmark measures the CPU time of the server's process.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass

from workloads import Row


@dataclass
class Load:
    cpu_us: float | None  # The server's CPU time per request, or None if /proc cannot be read.
    p50_us: float
    p99_us: float
    requests_per_second: float


def request_bytes(row: Row) -> bytes:
    target = row.path + ("?" + row.query.decode() if row.query else "")
    scope_headers = row.scope()["headers"]
    lines = [f"{row.method} {target} HTTP/1.1".encode()]
    lines += [name + b": " + value for name, value in scope_headers]  # type: ignore[attr-defined]
    return b"\r\n".join(lines) + b"\r\n\r\n" + row.body


async def one_answer(port: int, row: Row) -> dict[str, object]:
    """Send one request and return status line, headers without the date, and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head, body = await _exchange(reader, writer, request_bytes(row))
    writer.close()
    status, *headers = head.decode("latin-1").split("\r\n")
    return {"status": status, "headers": [h for h in headers if not h.lower().startswith("date:")], "body": body}


async def measure(port: int, pid: int, row: Row, requests: int, connections: int) -> Load:
    payload = request_bytes(row)
    await _run(port, payload, max(200, requests // 10), connections)
    cpu_before, started = cpu_seconds(pid), time.perf_counter()
    latencies = await _run(port, payload, requests, connections)
    spent, cpu_after = time.perf_counter() - started, cpu_seconds(pid)
    latencies.sort()
    cpu = None if cpu_before is None or cpu_after is None else (cpu_after - cpu_before) / len(latencies) * 1e6
    middle, high = latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.99)]
    return Load(cpu, middle * 1e6, high * 1e6, len(latencies) / spent)


async def _run(port: int, payload: bytes, requests: int, connections: int) -> list[float]:
    each = max(1, requests // connections)
    found = await asyncio.gather(*(_connection(port, payload, each) for _ in range(connections)))
    return [latency for part in found for latency in part]


async def _connection(port: int, payload: bytes, count: int) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies = []
    for _ in range(count):
        started = time.perf_counter()
        head, _ = await _exchange(reader, writer, payload)
        latencies.append(time.perf_counter() - started)
        if b" 500 " in head[:20]:
            raise SystemExit(f"the server answered {head!r}")
    writer.close()
    return latencies


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, payload: bytes) -> tuple[bytes, bytes]:
    writer.write(payload)
    head = await reader.readuntil(b"\r\n\r\n")
    marker = head.lower().find(b"content-length:")
    if marker < 0:
        raise SystemExit(f"an answer without content-length: {head!r}")
    length = int(head[marker + 15 : head.index(b"\r\n", marker)])
    return head[:-4], await reader.readexactly(length)


def cpu_seconds(pid: int) -> float | None:
    """Return the CPU time of a process with all its threads; the scheduler's counter is exact to the nanosecond."""
    tasks = f"/proc/{pid}/task"
    try:
        total = 0
        for thread in os.listdir(tasks):
            with open(f"{tasks}/{thread}/schedstat") as schedstat:
                total += int(schedstat.read().split()[0])
        return total / 1e9
    except OSError:
        return _coarse_cpu_seconds(pid)


def _coarse_cpu_seconds(pid: int) -> float | None:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return None
