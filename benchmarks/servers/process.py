"""Start one server with one application, on the last processor of the machine: prints its port, then serves.

`comparing.py` calls it as a script, by path, in the environment of the subject.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent)

import subject  # noqa: E402
from workloads import BY_NAME  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("server", choices=["uvicorn", "granian", "robyn"])
    parser.add_argument("--application", default="real")
    parser.add_argument("--row", default="plain")
    parser.add_argument("--http", default="auto")
    parser.add_argument("--access-log", action="store_true")
    options = parser.parse_args()
    _pin()
    port = _free_port()
    sys.stdout.write(json.dumps({"port": port, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    # The log of the server goes where a container would take it from; here nothing reads it.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2) if options.access_log else None
    globals()[f"serve_{options.server}"](options, port)


def application() -> Any:
    """Return the application that the environment variables name. granian imports it in its worker."""
    row = "plain" if os.environ["BENCHMARK_ROW"] == "mixed" else os.environ["BENCHMARK_ROW"]
    return subject.application(os.environ["BENCHMARK_APPLICATION"], BY_NAME[row])


def serve_uvicorn(options: argparse.Namespace, port: int) -> None:
    import uvicorn

    # uvicorn chooses loop and parser: uvloop and httptools, which are installed.
    config = uvicorn.Config(
        _application_of(options),
        port=port,
        http=_named(options.http),
        access_log=options.access_log,
        log_level="info" if options.access_log else "warning",
        lifespan="off",
    )
    uvicorn.Server(config).run()


def _named(http: str) -> Any:
    """Return uvicorn's option `http`; older releases take no name but those of their list."""
    if http == "constant":
        return Constant
    if ":" not in http:
        return http
    from uvicorn.importer import import_from_string

    return import_from_string(http)


class Constant(asyncio.Protocol):
    """Writes the same answer for all bytes that arrive: the floor below every protocol in Python."""

    ANSWER = (
        b"HTTP/1.1 200 OK\r\ndate: Fri, 27 Nov 2026 12:00:00 GMT\r\nserver: uvicorn\r\n"
        b'content-length: 17\r\ncontent-type: application/json\r\n\r\n{"hello":"world"}'
    )

    def __init__(self, **given: Any) -> None: ...

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(self.ANSWER)

    def shutdown(self) -> None:
        self.transport.close()


def serve_granian(options: argparse.Namespace, port: int) -> None:
    from granian import Granian

    os.environ.update(BENCHMARK_APPLICATION=options.application, BENCHMARK_ROW=options.row)
    os.environ["PYTHONPATH"] = sys.path[0]
    target = "servers.process:application"
    server = Granian(
        target, address="127.0.0.1", port=port, interface="asginl", factory=True, log_access=options.access_log
    )
    server.serve()


def serve_robyn(options: argparse.Namespace, port: int) -> None:
    from servers import robyn_rows

    sys.argv = sys.argv[:1]  # Robyn reads them.
    robyn_rows.make(options.row).start(host="127.0.0.1", port=port)


def _application_of(options: argparse.Namespace) -> Any:
    os.environ.update(BENCHMARK_APPLICATION=options.application, BENCHMARK_ROW=options.row)
    return application()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _pin() -> None:
    """Give the server, with all its threads and processes, one processor if the machine has more than one."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            os.sched_setaffinity(0, {cores[-1]})


if __name__ == "__main__":
    main()
