"""A client for the loopback interface: raw sockets, one request in flight on each of its connections.

It costs less than the servers, so the server decides the number of requests per second.
"""

from __future__ import annotations

import itertools
import os
import select
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Sequence

from load import cpu_seconds

_TIMEOUT = 30.0


@dataclass(frozen=True)
class Slice:
    """The figures of some requests in a row."""

    cpu_us: float
    requests_per_second: float


class Client:
    """Some connections to one server, new ones for each slice: servers close idle connections."""

    def __init__(self, port: int, pid: int, payloads: Sequence[bytes], connections: int) -> None:
        self._port, self._pid = port, pid
        self._following: Iterator[bytes] = itertools.cycle(payloads)
        self._connections = connections

    def answer(self, payload: bytes) -> bytes:
        """Send one request on a connection of its own, and return the whole answer."""
        connection = _connect(self._port)
        connection.settimeout(_TIMEOUT)
        connection.sendall(payload)
        data = b""
        while not _is_whole(data):
            piece = connection.recv(1 << 16)
            if not piece:
                raise SystemExit(f"the server closed the connection after {data!r}")
            data += piece
        connection.close()
        return data

    def measure(self, requests: int) -> Slice:
        pids, sockets = processes_below(self._pid), self._open()
        before, started = sum(map(_cpu, pids)), time.perf_counter()
        _send(sockets, self._following, requests)
        spent, after = time.perf_counter() - started, sum(map(_cpu, pids))
        return Slice((after - before) / requests * 1e6, requests / spent)

    def send(self, requests: int) -> None:
        _send(self._open(), self._following, requests)

    def _open(self) -> dict[int, socket.socket]:
        sockets = [_connect(self._port) for _ in range(self._connections)]
        return {each.fileno(): each for each in sockets}


def _send(sockets: dict[int, socket.socket], following: Iterator[bytes], requests: int) -> None:
    """Send a number of requests, one after the other on each connection, and read the answers."""
    waiting = select.epoll()
    parts: dict[int, bytes] = {}
    unfinished = min(requests, len(sockets))
    for number, each in list(sockets.items())[:unfinished]:
        waiting.register(number, select.EPOLLIN)
        each.send(next(following))
    left = requests - unfinished
    while unfinished:
        for number, _ in waiting.poll(_TIMEOUT):
            data = sockets[number].recv(1 << 16)
            if not data:
                raise SystemExit("the server closed a connection")
            if number in parts:
                data = parts.pop(number) + data
            if not _is_whole(data):
                parts[number] = data
            elif left:
                left -= 1
                sockets[number].send(next(following))
            else:
                unfinished -= 1
    waiting.close()
    for each in sockets.values():
        each.close()


def _is_whole(data: bytes) -> bool:
    end = data.find(b"\r\n\r\n") + 4
    if end < 4:
        return False
    head = data[:end].lower()
    place = head.find(b"content-length:")
    if place >= 0:
        return len(data) == end + int(head[place + 15 : head.index(b"\r\n", place)])
    if b" 204 " in head[:13]:
        return True
    raise SystemExit(f"an answer without content-length: {head!r}")


def _connect(port: int) -> socket.socket:
    for _ in range(int(_TIMEOUT) * 20):
        try:
            connection = socket.create_connection(("127.0.0.1", port), _TIMEOUT)
        except ConnectionError:
            time.sleep(0.05)
        else:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
    raise SystemExit("the server does not answer")


def processes_below(pid: int) -> list[int]:
    """Return a process and all that it has started."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def _cpu(pid: int) -> float:
    seconds = cpu_seconds(pid)
    if seconds is None:
        raise SystemExit(f"the CPU time of process {pid} cannot be read; --server needs /proc")
    return seconds


def keep_processor_free() -> None:
    """Leave the last processor to the servers if the machine has more than one."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            os.sched_setaffinity(0, set(cores[:-1]))
