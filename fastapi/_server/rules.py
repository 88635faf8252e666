"""The rules of a protocol of uvicorn, as `fastapi/_server/agreement.py` has observed them."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Type

# A class of protocols of uvicorn.
OwnProtocol = Type[Any]


class OwnRules(NamedTuple):
    """The rules of one class of protocols."""

    protocol_class: OwnProtocol
    # A scope with its keys in the usual order, and its entry "asgi".
    scope: Dict[str, Any]
    asgi: Dict[str, str]
    # The line that announces the end of the connection, and whether a response during a shutdown has it.
    close_line: bytes
    announces_shutdown: bool
    # Whether each request has an empty context, whatever the configuration says.
    resets_context: bool


# The rules of the classes that this package behaves like.
known_rules: Dict[OwnProtocol, OwnRules] = {}


def own_protocol(http: str) -> OwnProtocol:
    """Return the class of protocols that uvicorn uses for `--http`."""
    from uvicorn.config import HTTP_PROTOCOLS
    from uvicorn.importer import import_from_string

    places: Dict[str, str] = dict(HTTP_PROTOCOLS)
    protocol: OwnProtocol = import_from_string(places.get(http, http))
    return protocol
