"""The requests of the demonstration, as data: scripts/demo shows them, a test compares them on every rung."""

from typing import Any, Dict, List, Optional, Tuple
from urllib.parse import urlencode

BOUNDARY = "shop-example-boundary"


class Step:
    """One request: `{token}` in a header is replaced by the token that the log-in step returned."""

    def __init__(
        self,
        title: str,
        method: str,
        target: str,
        headers: Optional[Dict[str, str]] = None,
        body: bytes = b"",
        body_may_differ: bool = False,
    ) -> None:
        self.title = title
        self.method = method
        self.target = target
        self.headers = headers or {}
        self.body = body
        self.body_may_differ = body_may_differ

    def headers_for(self, token: str) -> List[Tuple[str, str]]:
        return [(name, value.replace("{token}", token)) for name, value in self.headers.items()]


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


def one_file(field: str, filename: str, content: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{filename}"\r\n\r\n'
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


JSON: Dict[str, str] = {"Content-Type": "application/json"}
FORM: Dict[str, str] = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART: Dict[str, str] = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
BEARER: Dict[str, str] = {"Authorization": "Bearer {token}"}
LOG_IN = "log in"

STEPS: List[Step] = [
    Step("the front door", "GET", "/"),
    Step("one item", "GET", "/items/1"),
    Step(
        "a search with query, header and cookie parameters",
        "GET",
        "/items?q=tea&min_price=1e0&max_price=50&in_stock=yes&tag=kitchen&limit=10",
        {"X-Currency": "USD", "Cookie": "visits=3"},
    ),
    Step("an item that is not there", "GET", "/items/77"),
    Step("without a token", "GET", "/me"),
    Step(LOG_IN, "POST", "/token", FORM, form(username="ada", password="engine"), body_may_differ=True),
    Step("with the token", "GET", "/me", BEARER),
    Step("a new item", "POST", "/items", {**JSON, **BEARER}, b'{"name": "Tray", "price": 12.5, "tags": ["kitchen"]}'),
    Step(
        "an upload",
        "POST",
        "/items/4/picture",
        {**MULTIPART, **BEARER},
        one_file("picture", "tray.png", b"\x89PNG" + bytes(2000)),
    ),
    Step("remove it", "DELETE", "/items/4", BEARER),
    Step("an API key", "GET", "/stock", {"X-Key": "warehouse"}),
    Step("HTTP Basic", "GET", "/admin", {"Authorization": "Basic YWRhOmVuZ2luZQ=="}),
    Step(
        "a wrong request: every mistake is named",
        "GET",
        "/items?q=t&min_price=-1&in_stock=perhaps&limit=1000&offset=x",
        {"X-Currency": "EURO"},
    ),
    Step("a wrong body", "POST", "/items", {**JSON, **BEARER}, b'{"name": "", "price": "much"}'),
    Step("a path that does not exist", "GET", "/basket"),
    Step("a method that is not allowed", "PUT", "/items/1"),
    Step("the OpenAPI document", "GET", "/openapi.json"),
]


def shown(body: bytes, width: int = 600) -> str:
    text = body.decode("utf-8", "replace")
    return text if len(text) <= width else f"{text[:width]}... ({len(body)} bytes)"


Answer = Tuple[int, List[Tuple[str, Any]], bytes]
