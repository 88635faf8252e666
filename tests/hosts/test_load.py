"""A process under load: traps of the core, and the signal that ends a server."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import List

import pytest

from tests.examples.served import free_port, wait_for
from tests.hosts.application import ROWS, Row, simplified
from tests.hosts.process import ROOT, run_code


def test_traps_under_load() -> None:
    """Each instance of the core traps at every 25th call. The same requests get the same answers on the exact way."""
    ended = run_code("""
        import logging; logging.disable(logging.CRITICAL)
        from fastapi import _rust
        from fastapi._wasm import ladder
        from tests.hosts.calls import in_threads
        assert in_threads(1, 1)[1] == 1
        core = ladder.chosen().core
        make = core.host.instance
        class Trapping:
            def __init__(self, instance):
                self.instance, self.call_it, self.calls = instance, instance.call, 0
            def __call__(self, *arguments):
                self.calls += 1
                if self.calls % 25 == 0:
                    self.instance.trap.value = self.instance.RETIRED
                    return None
                return self.call_it(*arguments)
        def trapping_instance(exports):
            instance = make(exports)
            instance.call = Trapping(instance)
            return instance
        core.host.instance = trapping_instance
        answers, threads = in_threads(20, 5)
        print(answers, threads, core.traps > 20, core.counters()["matched"] > 20)
    """)
    assert (ended.status, ended.last) == (0, f"{20 * 5 * len(ROWS)} 20 True True"), ended.output


class Load:
    """Clients that send the rows until the server refuses a connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.right = 0
        self.wrong: List[str] = []
        self.enough = threading.Event()
        self.threads = [threading.Thread(target=self._run) for _ in range(6)]

    def _run(self) -> None:
        while True:
            for row in ROWS:
                try:
                    self._send(row)
                except ConnectionRefusedError:
                    return
                except (OSError, http.client.HTTPException) as error:
                    # A connection that was in the queue of the listening socket when that was closed.
                    if not isinstance(error, (ConnectionError, http.client.RemoteDisconnected)):
                        self.wrong.append(repr(error))
                    return

    def _send(self, row: Row) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(row.method, row.target, row.body or None, row.headers)
            response = connection.getresponse()
            answer = simplified(response.status, response.getheader("content-type") or "", response.read())
        finally:
            connection.close()
        if (response.status, answer) != (row.status, row.answer):
            self.wrong.append(f"{row.method} {row.target}: {response.status} {str(answer)[:200]}")
        self.right += 1
        if self.right > 60:
            self.enough.set()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="a signal of POSIX")
def test_sigterm_under_load(tmp_path: Path) -> None:
    """Each answer that arrives is whole and right, the lifespan ends, and the process ends by itself."""
    pytest.importorskip("uvicorn")
    port = free_port()
    log = tmp_path / "log"
    command = ["-m", "uvicorn", "tests.hosts.application:app", "--port", str(port), "--no-access-log"]
    with log.open("w") as output:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        server = subprocess.Popen(
            [sys.executable, *command], cwd=str(ROOT), stdout=output, stderr=output, env=environment
        )
        try:
            wait_for(server, port, log)
            load = Load(port)
            for thread in load.threads:
                thread.start()
            assert load.enough.wait(60), load.wrong
            server.send_signal(signal.SIGTERM)
            # uvicorn sends itself the signal again when it has ended its work.
            assert server.wait(60) in (0, -signal.SIGTERM)
            for thread in load.threads:
                thread.join(60)
        finally:
            server.kill()
    text = log.read_text()
    assert load.wrong == [] and "Finished server process" in text and "Application shutdown complete" in text
    assert "Traceback" not in text and "ERROR" not in text, text
