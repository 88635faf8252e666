"""Every security scheme, and requests that are nearly right. The real package records the expected answers:

    python tests/planned/schemes.py > tests/planned/recorded_schemes.json

It imports only names that both packages have.
"""

import asyncio
import base64
import json
from typing import Any, Dict, List, Tuple

from fastapi import Depends, FastAPI, Security
from fastapi.security import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    HTTPBasic,
    HTTPBearer,
    HTTPDigest,
    OAuth2,
    OAuth2AuthorizationCodeBearer,
    OAuth2PasswordBearer,
    OpenIdConnect,
    SecurityScopes,
)
from fastapi.security.http import HTTPBase


class StrictBearer(HTTPBearer):
    """A subclass whose `__call__` the planned way does not know."""

    async def __call__(self, request: Any) -> Any:
        found = await super().__call__(request)
        return [request.url.path, found and found.credentials]


class OtherError(HTTPBasic):
    """A subclass that keeps `__call__` and changes a method that it calls."""

    def make_authenticate_headers(self) -> Dict[str, str]:
        return {"WWW-Authenticate": "Other"}


MAKERS: Dict[str, Any] = {
    "base": lambda **more: HTTPBase(scheme="other", **more),
    "basic": HTTPBasic,
    "realm": lambda **more: HTTPBasic(realm='a "b"', **more),
    "bearer": HTTPBearer,
    "digest": HTTPDigest,
    "oauth2": OAuth2,
    "password": lambda **more: OAuth2PasswordBearer(tokenUrl="t", **more),
    "code": lambda **more: OAuth2AuthorizationCodeBearer(authorizationUrl="a", tokenUrl="t", **more),
    "openid": lambda **more: OpenIdConnect(openIdConnectUrl="/o", **more),
    "query": lambda **more: APIKeyQuery(name="key", **more),
    "header": lambda **more: APIKeyHeader(name="X-Key", **more),
    "cookie": lambda **more: APIKeyCookie(name="key", **more),
    "strict": StrictBearer,
    "other-error": OtherError,
}
# They define methods of their own, so they are called like any dependency.
SUBCLASSES = ("strict", "other-error")


def make_app() -> FastAPI:
    app = FastAPI()
    for name, make in MAKERS.items():
        for auto_error in (True, False):
            add(app, f"/{name}/{'required' if auto_error else 'optional'}", make(auto_error=auto_error))

    async def scoped(
        scopes: SecurityScopes, found: Any = Security(HTTPBearer(auto_error=False), scopes=["inner"])
    ) -> Any:
        return [scopes.scopes, found]

    @app.get("/scoped")
    async def read_scoped(found: Any = Security(scoped, scopes=["items", "users"])) -> Any:
        return found

    return app


def add(app: FastAPI, path: str, scheme: Any) -> None:
    @app.get(path)
    async def read(found: Any = Depends(scheme)) -> Any:
        return {"found": found}


def b64(text: bytes) -> bytes:
    return base64.b64encode(text)


SCHEMES = [b"Bearer", b"bEaReR", b"Basic", b"bAsIc", b"Digest", b"other", b"", b"B\xe9arer"]
CREDENTIALS = [
    b"",
    b"abc",
    b"a b  c",
    b"\xe9\xff",
    b"\xa0abc\x85",
    b"\tabc\t",
    b64(b"user:password"),
    b64(b"user:pass:word"),
    b64(b"user"),
    b64(b":"),
    b64(b":password"),
    b64(b"user:"),
    b64("\u00e9:\u20ac".encode()),
    b64(b"user:password") + b"=",
    b64(b"user:passwo")[:-1],
    b64(b"user:password").replace(b"c", b"c!"),
    b"!" + b64(b"user:password"),
    b" " + b64(b"user:password") + b" ",
    b64(b"user:password")[:7] + b" " + b64(b"user:password")[7:],
    b64(b"u?>:\x00"),
    b64(b"u?>:\x00").replace(b"/", b"_").replace(b"+", b"-"),
    b"=",
    b"====",
    b"a",
    b"\xe9" + b64(b"user:password"),
    b'username="a", nonce="b"',
]
SEPARATORS = [b" ", b"", b"  ", b"\t", b", "]

Request = Tuple[bytes, List[Tuple[bytes, bytes]]]


def requests() -> List[Request]:
    """Return query string and headers."""
    found: List[Request] = [(b"", [])]
    for scheme in SCHEMES:
        for credentials in CREDENTIALS:
            for separator in SEPARATORS if credentials in CREDENTIALS[:7] else [b" "]:
                found.append((b"", [(b"authorization", scheme + separator + credentials)]))
    bearer = (b"authorization", b"Bearer first")
    found += [(b"", [bearer, (b"authorization", b"Bearer second")]), (b"", [(b"authorization", b""), bearer])]
    for query in (
        b"key=",
        b"key",
        b"key=a",
        b"key=a&key=b",
        b"key=a&key=",
        b"Key=a",
        b"key=%C3%A9+%zz",
        b"key=%ff",
        b"%6bey=a",
    ):
        found.append((query, []))
    for value in (b"", b"a", b" ", b"\xe9", b" a "):
        found += [(b"", [(b"x-key", value)]), (b"", [(b"x-key", value), (b"x-key", b"last")])]
    for cookie in (
        b"key",
        b"key=",
        b"key=a",
        b"key=a; key=b",
        b"key=a; key=",
        b'key="a\\"\\303"',
        b"a=b;key = c ",
        b"key=\xe9",
    ):
        found += [(b"", [(b"cookie", cookie)]), (b"", [(b"cookie", cookie), (b"cookie", b"key=last; other=1")])]
    return found


def relevant(path: str, request: Request) -> bool:
    """Whether a request has the one value that the scheme of a path reads, or nothing at all. All others are alike."""
    query, headers = request
    names = {name for name, _ in headers}
    part = path.split("/")[1]
    wanted = {"query": query != b"", "header": b"x-key" in names, "cookie": b"cookie" in names}
    return (not query and not headers) or wanted.get(part, b"authorization" in names)


def questions() -> List[Tuple[str, Request]]:
    paths = [f"/{name}/{kind}" for name in MAKERS for kind in ("required", "optional")]
    return [(path, request) for path in [*paths, "/scoped"] for request in requests() if relevant(path, request)]


def title(path: str, request: Request) -> str:
    query, headers = request
    return " ".join(
        [path, query.decode("latin-1"), *(f"{key.decode()}={value.decode('latin-1')!r}" for key, value in headers)]
    )


async def ask(app: Any, path: str, request: Request) -> List[Any]:
    """Return status, challenge and body."""
    query, headers = request
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
    }
    messages: List[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    try:
        await app(scope, receive, send)
    except Exception as error:
        return [type(error).__name__, str(error), ""]
    challenge = [value.decode() for key, value in messages[0]["headers"] if key == b"www-authenticate"]
    return [messages[0]["status"], ", ".join(challenge), b"".join(each.get("body", b"") for each in messages).decode()]


def answers(app: Any) -> List[List[Any]]:
    """Return the answers to all questions, in their order."""

    async def run() -> List[List[Any]]:
        return [await ask(app, path, request) for path, request in questions()]

    return asyncio.run(run())


def packed(found: List[List[Any]]) -> Dict[str, List[Any]]:
    """Return each answer once, and the index of the answer to each question: most requests have the same refusal."""
    different = [json.loads(text) for text in sorted({json.dumps(answer) for answer in found})]
    return {"answers": different, "questions": [different.index(answer) for answer in found]}


def unpacked(record: Dict[str, List[Any]]) -> List[List[Any]]:
    return [record["answers"][number] for number in record["questions"]]


if __name__ == "__main__":
    print(json.dumps(packed(answers(make_app()))))  # noqa: T201
