"""The Pythons of the benchmark: one with the real package, one with this project, two with peers.

The two compared environments have the same versions of all other packages; a difference stops the benchmark.
`FASTAPI_RS_BENCH_REAL`, `FASTAPI_RS_BENCH_OURS`, `FASTAPI_RS_BENCH_PEERS` and `FASTAPI_RS_BENCH_SERVERS` name
interpreters to use instead.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Sequence

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("FASTAPI_RS_BENCH_CACHE") or ROOT / ".cache" / "bench").absolute()
SUBJECT = Path(__file__).resolve().parent / "subject.py"
VERSION = "0.165.0"
SHARED = ["uvicorn[standard]", "python-multipart"]
PEERS = ["blacksheep", "falcon", "litestar", "msgspec", "uvicorn[standard]"]
# Other servers, with the real package for them to serve.
SERVERS = [f"fastapi=={VERSION}", "python-multipart", "granian[uvloop]", "robyn"]
INSTALL_LIMIT = 900  # seconds for one call of pip


def say(message: str) -> None:
    print(f"== {message}", file=sys.stderr, flush=True)


class Environments:
    """The interpreter of each subject, and its environment variables."""

    def __init__(self, with_peers: bool, clock: str = "wall", with_servers: bool = False) -> None:
        self.clock = clock
        self.real = _given("REAL") or _made("real", [f"fastapi=={VERSION}", *SHARED])
        self.ours = _given("OURS") or _made("ours", ["--editable", str(ROOT), *SHARED], like=self.real)
        self.peers = (_given("PEERS") or _made("peers", PEERS)) if with_peers else None
        self.servers = (_given("SERVERS") or _made("servers", SERVERS)) if with_servers else None
        self.versions = {"real": self.ask("real", "versions"), "ours": self.ask("ours", "versions")}
        _refuse_differences(self.versions)

    def command(self, subject: str, task: str, *arguments: str) -> list[str]:
        name = "ours" if subject.startswith("ours") else subject
        python = {"ours": self.ours, "real": self.real}.get(name)
        if python is None:
            python = self.real if name in ("starlette", "raw") else self.peers
        return [str(python), str(SUBJECT), task, "--subject", name, "--clock", self.clock, *arguments]

    def python(self, name: str) -> Path:
        """Return the interpreter of an environment."""
        python = {"real": self.real, "ours": self.ours, "servers": self.servers}[name]
        assert python is not None
        return python

    def variables(self, subject: str) -> dict[str, str]:
        """Return the variables of a subject's process; `ours-python` is this project without its core, and
        `ours-protocol` with its protocol behind uvicorn."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        variables["PYTHONHASHSEED"] = "0"
        if subject.startswith("ours"):
            variables["PYTHONPATH"] = str(ROOT)
            mode = subject.partition("-")[2]
            if mode == "protocol":
                variables["BENCHMARK_PROTOCOL"] = "fastapi_rs.uvicorn:Protocol"
            elif mode:
                variables["FASTAPI_RS_MODE"] = mode
        return variables

    def ask(self, subject: str, task: str, *arguments: str, limit: float = 600) -> dict[str, object]:
        """Run one process of a subject and return its output."""
        command = self.command(subject, task, *arguments)
        done = subprocess.run(
            command, env=self.variables(subject), cwd=CACHE, stdout=subprocess.PIPE, timeout=limit, text=True
        )
        if done.returncode:
            raise SystemExit(f"{subject} {task} ended with status {done.returncode}: {' '.join(command)}")
        return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def _given(name: str) -> Path | None:
    CACHE.mkdir(parents=True, exist_ok=True)
    value = os.environ.get(f"FASTAPI_RS_BENCH_{name}")
    return Path(value) if value else None


def _made(name: str, wanted: Sequence[str], like: Path | None = None) -> Path:
    home = CACHE / "{}-{}.{}".format(name, *sys.version_info[:2])
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pins = _pins(like) if like else ""
    stamp = hashlib.sha256("\n".join([*wanted, pins, (ROOT / "pyproject.toml").read_text()]).encode()).hexdigest()
    if (home / "stamp").exists() and (home / "stamp").read_text() == stamp:
        return python
    say(f"making the environment {home}")
    started = time.monotonic()
    if not python.exists():
        _call([sys.executable, "-m", "venv", str(home)])
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    _call([*pip, "--upgrade", "pip>=25"])
    constraints = home / "constraints.txt"
    constraints.write_text(pins)
    _call([*pip, "--constraint", str(constraints), *wanted])
    (home / "stamp").write_text(stamp)
    say(f"made it in {time.monotonic() - started:.0f} s")
    return python


def _pins(python: Path) -> str:
    """Return the installed versions of an environment as constraints for another one."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "list", "--format=freeze"]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return (
        "\n".join(line for line in lines if not line.lower().startswith(("fastapi==", "pip==", "setuptools=="))) + "\n"
    )


def _call(command: list[str]) -> None:
    if subprocess.run(command, timeout=INSTALL_LIMIT, stdin=subprocess.DEVNULL).returncode:
        raise SystemExit(f"failed: {' '.join(command)}")


def _refuse_differences(versions: dict[str, dict[str, object]]) -> None:
    real, ours = versions["real"], versions["ours"]
    unlike = [
        f"{name} {real[name]} and {ours[name]}" for name in real if name != "executable" and real[name] != ours[name]
    ]
    if unlike:
        raise SystemExit("the two environments differ, so their times cannot be compared: " + ", ".join(unlike))
