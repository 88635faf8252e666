"""One request, as JSON and as a curl line."""

from __future__ import annotations

import shlex
from base64 import b64decode, b64encode
from typing import Any, Dict, List, NamedTuple, Tuple

_SHOWN_BODY = 2000


class Request(NamedTuple):
    method: str
    target: str  # path and query, percent-encoded
    headers: Tuple[Tuple[str, str], ...] = ()
    body: bytes = b""

    def as_json(self) -> Dict[str, Any]:
        return {**self._asdict(), "body": b64encode(self.body).decode()}

    @property
    def is_safe(self) -> bool:
        """Whether the request may be repeated: RFC 9110 section 9.2.1."""
        return self.method in ("GET", "HEAD", "OPTIONS")

    def curl(self, base: str = "http://127.0.0.1:8000") -> str:
        words = ["curl", "-i", "-X", self.method, base + self.target]
        for name, value in self.headers:
            words += ["-H", f"{name}: {value}"]
        if self.body:
            words += ["--data-binary", self.body[:_SHOWN_BODY].decode("utf-8", "backslashreplace")]
        return " ".join(shlex.quote(word) for word in words)


def request_from_json(data: Dict[str, Any]) -> Request:
    headers: List[Tuple[str, str]] = [(name, value) for name, value in data["headers"]]
    return Request(data["method"], data["target"], tuple(headers), b64decode(data["body"]))
