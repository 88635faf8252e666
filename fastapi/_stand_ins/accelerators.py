"""The stand-ins for parts of other packages: whether each is on, and why not.

A stand-in does the same as a part of Starlette, anyio, python-multipart, OpenTelemetry, wasmtime or CPython in fewer
steps. It may do so only while it behaves like the installed release, so each has a check that compares the two: it runs
both and looks for a difference. The check runs at the first use of the stand-in, or when `fastapi-rs doctor` or
`explain` lists them all. Where a check fails the package does its own work, which is slower and never wrong.

A check is a function that returns the reason why the stand-in is off, or None. It raises `OlderRelease` for a release
that is known to differ, and `NotUsed` where nothing would use the stand-in. Any other reason is a surprise, and so is
each reason with a release that is newer than all known ones: then a warning is logged.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Callable, Dict, Iterator, Optional, Tuple

# The newest releases that the stand-ins were tried with.
NEWEST_KNOWN: Dict[str, str] = {
    "starlette": "1.10",
    "anyio": "4.16",
    "python-multipart": "0.0.34",
    "opentelemetry-api": "1.45",
    "wasmtime": "50",
    "uvicorn": "0.54",
}

_logger = logging.getLogger("fastapi")


class OlderRelease(Exception):
    """A stand-in is off because the installed release lacks a part, or does something in another way."""


class NotUsed(Exception):
    """A stand-in is off because it would not be used.

    The core or a package is missing, or a tool has replaced a function.
    """


class Verdict:
    """The result of one check."""

    def __init__(self, why_off: Optional[str], is_expected: bool = True) -> None:
        self.why_off = why_off
        self.is_expected = is_expected

    @property
    def is_on(self) -> bool:
        return self.why_off is None


class Accelerator:
    """One stand-in, and the result of its check."""

    def __init__(self, name: str, replaces: str, packages: Tuple[str, ...], check: str) -> None:
        """`packages` are the distributions it depends on; `check` is a function, as `module:name`."""
        self.name = name
        self.replaces = replaces
        self.packages = packages
        self.check = check
        self._verdict: Optional[Verdict] = None

    def is_on(self) -> bool:
        """Whether the stand-in may be used. The first call runs the check, and logs a warning for a surprise."""
        return self.verdict().is_on

    def verdict(self) -> Verdict:
        """Return the result of the check, which runs at the first call."""
        found = self._verdict
        if found is None:
            found = self._judge()
            if self._verdict is None:
                self._verdict = found
                self._warn(found)
        return found

    def _judge(self) -> Verdict:
        module, _, name = self.check.partition(":")
        try:
            check: Callable[[], Optional[str]] = getattr(import_module(module), name)
            return Verdict(check(), is_expected=False)
        except NotUsed as reason:
            return Verdict(str(reason))
        except OlderRelease as reason:
            return Verdict(str(reason), is_expected=not any(self._newer()))
        except Exception as error:
            return Verdict(repr(error), is_expected=False)

    def _warn(self, verdict: Verdict) -> None:
        if verdict.is_on or verdict.is_expected:
            return
        newer = "; ".join(f"{name} {version} is newer than {NEWEST_KNOWN[name]}" for name, version in self._newer())
        _logger.warning(
            "fastapi-rs: the stand-in %r is off (%s%s); the installed packages do its work themselves, which is slower",
            self.name,
            verdict.why_off,
            f"; {newer}, the newest release known here" if newer else "",
        )

    def _newer(self) -> Iterator[Tuple[str, str]]:
        """Yield the installed packages that are newer than any release known here, with their versions."""
        for name in self.packages:
            version = installed_version(name)
            if version is not None and name in NEWEST_KNOWN and _is_newer(version, NEWEST_KNOWN[name]):
                yield name, version


def installed_version(distribution: str) -> Optional[str]:
    """Return the version of an installed distribution, or None."""
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _is_newer(version: str, known: str) -> bool:
    """Whether a version is newer than all releases that begin with the numbers of `known`."""
    numbers = [int(part) if part.isdigit() else 0 for part in version.split(".")]
    limit = [int(part) for part in known.split(".")]
    return numbers[: len(limit)] > limit


RAW_CALL = Accelerator("raw call", "the Python classes of wasmtime", ("wasmtime",), "fastapi._rust:why_not_raw")
CLASS_VERSION = Accelerator(
    "class version", "comparisons of single methods", (), "fastapi._stand_ins.class_version:why_off"
)
RESPONSES = Accelerator(
    "responses",
    "the constructors of Starlette's responses",
    ("starlette",),
    "fastapi._stand_ins.response_template:why_off",
)
FORM_PARSING = Accelerator(
    "forms",
    "the form parsers of Starlette and python-multipart",
    ("starlette", "python-multipart"),
    "fastapi._stand_ins.forms.agreement:why_off",
)
HTTP_MIDDLEWARE = Accelerator(
    "http middleware",
    "the task group and the stream of BaseHTTPMiddleware",
    ("starlette", "anyio"),
    "fastapi._stand_ins.http.agreement:why_off",
)
CANCEL_SCOPES = Accelerator(
    "cancel scopes", "cancel scopes of anyio", ("anyio",), "fastapi._stand_ins.http.agreement:why_scopes_off"
)
LOOP_TURNS = Accelerator(
    "loop turns", "idle turns of asyncio's event loop", (), "fastapi._stand_ins.http.loops:why_off"
)
WORKER_THREADS = Accelerator(
    "worker threads", "calls of anyio.to_thread.run_sync", ("anyio",), "fastapi._stand_ins.thread_agreement:why_off"
)
STREAMS = Accelerator(
    "streams",
    "the memory streams of anyio between the parts of a stream of server-sent events",
    ("anyio",),
    "fastapi._stand_ins.event_pipes.agreement:why_off",
)
TELEMETRY = Accelerator(
    "telemetry providers",
    "the getters of OpenTelemetry's global providers",
    ("opentelemetry-api",),
    "fastapi._telemetry_probe:why_off",
)
SERVER_PROTOCOL = Accelerator(
    "server protocol",
    "uvicorn's protocol for simple requests, where an application chooses it",
    ("uvicorn",),
    "fastapi._server.verdict:why_off",
)

ALL: Tuple[Accelerator, ...] = (
    *(RAW_CALL, CLASS_VERSION, RESPONSES, FORM_PARSING, HTTP_MIDDLEWARE),
    *(CANCEL_SCOPES, LOOP_TURNS, WORKER_THREADS, STREAMS, TELEMETRY, SERVER_PROTOCOL),
)


def summary() -> str:
    """Return the names of all stand-ins for the line that is logged at start, before any check has run."""
    return "stand-ins, each compared with the installed release at its first use: " + ", ".join(
        accelerator.name for accelerator in ALL
    )


def list_states() -> Iterator[Tuple[str, str, bool]]:
    """Yield the name of each stand-in, its state, and whether that is as expected. Runs all checks."""
    for accelerator in ALL:
        verdict = accelerator.verdict()
        state = "on" if verdict.is_on else f"off, {verdict.why_off}"
        yield accelerator.name, f"{state} (for {accelerator.replaces})", verdict.is_on or verdict.is_expected
