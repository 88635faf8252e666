"""The pairs of a server and an application, and the aims of this project's protocol for uvicorn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """One server with one application.

    `application` is a subject of `subject.py`, or `robyn`; `interpreter` names an environment.
    """

    title: str
    interpreter: str
    server: str
    application: str
    http: str = "auto"


SUBJECTS: dict[str, Subject] = {
    "real": Subject("FastAPI, uvicorn", "real", "uvicorn", "real"),
    "raw": Subject("raw ASGI, uvicorn", "real", "uvicorn", "raw"),
    "ours": Subject("ours, uvicorn", "ours", "uvicorn", "ours"),
    "protocol": Subject("ours, with its protocol", "ours", "uvicorn", "ours", "fastapi_rs.uvicorn:Protocol"),
    "floor": Subject("the same bytes for each request, uvicorn", "real", "uvicorn", "raw", "constant"),
    "granian": Subject("FastAPI, granian", "servers", "granian", "real"),
    "granian-raw": Subject("raw ASGI, granian", "servers", "granian", "raw"),
    "robyn": Subject("Robyn", "servers", "robyn", "robyn"),
}
PEERS = ["granian", "granian-raw", "robyn"]


@dataclass(frozen=True)
class Aim:
    """At least `times_real` times FastAPI; at most a part of the CPU of raw ASGI, or of the package without it."""

    times_real: float | None = None
    part_of_raw: float | None = None
    part_of_ours: float | None = None


AIMS: dict[str, Aim] = {
    "plain": Aim(8.0, 0.45),
    "items": Aim(9.0, 0.45),
    "p8": Aim(9.0, 0.5),
    "body": Aim(5.0, 0.7),
    # Middleware: most of its requests are not simple, so nothing is gained and nothing may be lost.
    "service": Aim(part_of_ours=1.0),
    # One request in ten is not simple, so uvicorn's own protocol takes each connection over.
    "mixed": Aim(),
}
