"""Why another framework is faster on a row, and why it does not answer some rows. `RESULTS.md` shows both."""

from __future__ import annotations

# (framework, row) -> the reason.
FASTER: dict[tuple[str, str], str] = {
    ("litestar", "body80k"): "msgspec decodes into structs in C; Pydantic's models are the real package's behaviour",
    ("litestar", "body1000k"): "as body80k",
    ("litestar", "orm100"): "msgspec reads attributes in C; Pydantic validates them",
    ("litestar", "alias100"): "the structs are not validated again; Pydantic's models are",
    ("litestar", "dataclasses100"): "the objects are not validated; Pydantic validates them",
    ("litestar", "typeddict100"): "as dataclasses100",
    ("litestar", "unset100"): "as alias100",
    ("falcon", "orm100"): "the endpoint writes a dictionary by hand; nothing is validated",
    ("blacksheep", "orm100"): "as with Falcon",
    ("starlette", "mw-preflight"): "the answer is Starlette's middleware in both",
    ("starlette", "file1m"): "the answer is Starlette's FileResponse in both",
    ("starlette", "static"): "the answer is Starlette's StaticFiles in both",
}

# Rows -> the reason.
UNANSWERED: dict[str, str] = {
    "dependencies that yield, in function scope, and `def` ones": "Litestar has one scope and runs `def` generators in "
    "the event loop; BlackSheep and Falcon have no dependencies that are entered and left",
    "parameter models": "the peers name each parameter, which is the same work; Litestar and Falcon join a repeated "
    "header, so `header-model` has no equal answer there",
    "answers without an endpoint, sizes": "the peers add HEAD and OPTIONS by themselves, ignore a slash at the end or "
    "write another text",
    '`@app.middleware("http")`': "a bridge between requests and ASGI is Starlette's own; the row `mw-asgi` has the "
    "middleware of the peers",
    "preflight": "the peers answer with status 204 or another text",
    "Host routes": "Litestar, Falcon and BlackSheep select no application by host",
    "mounted sub-application": "Falcon and BlackSheep have no equal of a scope with a root path",
    "types": "the peers write a time of UTC with Z and a Decimal as text, so the undeclared result differs; BlackSheep "
    "and Falcon convert fewer types",
    "response models": "Falcon and BlackSheep have none; `orm100` is written by hand there",
    "bodies": "Falcon and BlackSheep leave the validation of a nested body to the endpoint",
    "server-sent events": "Falcon and BlackSheep write other fields",
    "file of 1 MiB": "Falcon and BlackSheep serve files from folders only; the row `static` compares that",
    "the service": "Falcon and BlackSheep have no models of answers and no dependencies; the service on them would be "
    "another program",
}
