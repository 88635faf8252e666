"""Requests from an OpenAPI document: valid ones, and each kind of wrong one."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterator, List, Optional, Tuple
from urllib.parse import quote, urlencode

from fastapi_rs.trial.request import Request
from fastapi_rs.trial.values import Values

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
Headers = Tuple[Tuple[str, str], ...]
_BOUNDARY = "fastapi-rs-trial"
_WRONG = ("wrong", "-1", "1e999", "\u2603", "", "null")


def requests_of(document: Dict[str, Any], count: int, seed: str, headers: Headers = ()) -> Iterator[Request]:
    """Yield `count` requests for each operation, and a few that match none."""
    values = Values(document, seed)
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                operation = _Operation(values, method.upper(), path, item, item[method], headers)
                yield from operation.requests(count)
        yield Request("PROPFIND", quote(path), headers)
    yield Request("GET", "/no/such/path", headers)
    yield Request("GET", "/openapi.json", headers)


class _Operation:
    def __init__(
        self, values: Values, method: str, path: str, item: Dict[str, Any], operation: Dict[str, Any], headers: Headers
    ) -> None:
        self._values, self._method, self._path, self._headers = values, method, path, headers
        self._parameters: List[Dict[str, Any]] = [*item.get("parameters", []), *operation.get("parameters", [])]
        self._body: Dict[str, Any] = operation.get("requestBody", {}).get("content", {})

    def requests(self, count: int) -> Iterator[Request]:
        drawn = {self._key(each): self._values.draw(each.get("schema", {}), count) for each in self._parameters}
        media_type = next(iter(self._body), None)
        bodies = self._values.draw(self._body[media_type].get("schema", {}), count) if media_type else [None] * count
        for index in range(count):
            chosen = {key: found[index] for key, found in drawn.items() if self._is_sent(key, index)}
            # The first two are right; of the others every second one has something wrong.
            wrong = index > 1 and index % 2 == 1
            yield self._request(chosen, media_type, bodies[index], wrong)

    @staticmethod
    def _key(parameter: Dict[str, Any]) -> Tuple[str, str, bool]:
        return parameter["in"], parameter["name"], bool(parameter.get("required"))

    def _is_sent(self, key: Tuple[str, str, bool], index: int) -> bool:
        return key[2] or index == 1 or (index > 1 and self._values.chance(0.6))

    def _request(self, chosen: Dict[Any, Any], media_type: Optional[str], body: Any, wrong: bool) -> Request:
        content, body_headers = _encode(media_type, body)
        if wrong and chosen and (not content or self._values.chance(0.5)):
            chosen[self._values.choose(chosen)] = self._values.choose(_WRONG)
        elif wrong and content:
            content, body_headers = self._spoil(content, body_headers)
        places: Dict[str, List[Tuple[str, str]]] = {"path": [], "query": [], "header": [], "cookie": []}
        for (place, name, _), value in chosen.items():
            places[place] += [(name, text) for text in _texts(value)]
        target = self._path
        for name, text in places["path"]:
            target = target.replace("{" + name + "}", quote(text, safe="") or "%20")
        query = urlencode(places["query"])
        headers = [*self._headers, *((name, _header_text(text)) for name, text in places["header"]), *body_headers]
        if places["cookie"]:
            headers.append(("cookie", "; ".join(f"{name}={_header_text(text)}" for name, text in places["cookie"])))
        return Request(self._method, target + (f"?{query}" if query else ""), tuple(headers), content)

    def _spoil(self, content: bytes, headers: List[Tuple[str, str]]) -> Tuple[bytes, List[Tuple[str, str]]]:
        """Return a body that is cut, is no JSON, has another type, or is left out."""
        return self._values.choose(  # type: ignore[no-any-return]
            [
                (content[: len(content) // 2], headers),
                (b"{not json", headers),
                (content, [("content-type", "text/plain")]),
                (b"", []),
                (b'{"unknown": [1, 2]}', headers),
            ]
        )


def _texts(value: Any) -> List[str]:
    if isinstance(value, list):
        return [_text(part) for part in value]
    return [_text(value)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _header_text(text: str) -> str:
    """Keep to characters that a header field may have: RFC 9110 section 5.5."""
    return "".join(letter if " " <= letter < "\x7f" else "?" for letter in text).strip()


def _encode(media_type: Optional[str], value: Any) -> Tuple[bytes, List[Tuple[str, str]]]:
    if media_type is None:
        return b"", []
    if media_type == "application/x-www-form-urlencoded" and isinstance(value, dict):
        pairs = [(name, text) for name, part in value.items() for text in _texts(part)]
        return urlencode(pairs).encode(), [("content-type", media_type)]
    if media_type == "multipart/form-data" and isinstance(value, dict):
        return _multipart(value), [("content-type", f"{media_type}; boundary={_BOUNDARY}")]
    if "json" in media_type or media_type == "*/*":
        return json.dumps(value).encode(), [("content-type", "application/json")]
    return _text(value).encode("utf-8", "replace"), [("content-type", media_type)]


def _multipart(value: Dict[str, Any]) -> bytes:
    parts = []
    for name, part in value.items():
        for text in _texts(part):
            file = '; filename="a.txt"' if text == "content" else ""
            parts.append(f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{text}\r\n')
    return ("".join(parts) + f"--{_BOUNDARY}--\r\n").encode("utf-8", "replace")
