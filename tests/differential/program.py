"""A program: the text of an application and its requests, both drawn from a seed."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

PRELUDE = (Path(__file__).parent / "prelude.py").read_text()

Request = dict[str, Any]

# The modules of the names that programs use. A program imports the names that occur in its text.
NAMES: dict[str, str] = {
    name: module
    for module, names in {
        "annotated_types": "Gt Len",
        "collections.abc": "AsyncIterable AsyncIterator Iterable Iterator",
        "contextlib": "asynccontextmanager contextmanager",
        "contextvars": "ContextVar",
        "dataclasses": "dataclass",
        "datetime": "date datetime time timedelta",
        "decimal": "Decimal",
        "enum": "Enum IntEnum",
        "functools": "partial wraps",
        "pathlib": "PurePosixPath",
        "typing": "Annotated Any Dict List Literal NamedTuple Optional Set Tuple TypedDict Union",
        "uuid": "UUID",
        "unittest": "mock",
        "fastapi": (
            "APIRouter BackgroundTasks Body Cookie Depends FastAPI File Form Header HTTPException Path Query Request "
            "Response Security UploadFile WebSocket WebSocketDisconnect WebSocketException"
        ),
        "fastapi.encoders": "jsonable_encoder",
        "fastapi.exceptions": "RequestValidationError ResponseValidationError WebSocketRequestValidationError",
        "fastapi.responses": (
            "FileResponse HTMLResponse JSONResponse ORJSONResponse PlainTextResponse RedirectResponse StreamingResponse"
        ),
        "fastapi.routing": "APIRoute APIWebSocketRoute",
        "fastapi.security": (
            "APIKeyCookie APIKeyHeader APIKeyQuery HTTPBasic HTTPBasicCredentials HTTPBearer HTTPDigest "
            "HTTPAuthorizationCredentials OAuth2 OAuth2AuthorizationCodeBearer OAuth2PasswordRequestFormStrict "
            "OpenIdConnect OAuth2PasswordBearer OAuth2PasswordRequestForm SecurityScopes"
        ),
        "fastapi.sse": "EventSourceResponse ServerSentEvent",
        "pydantic": "AfterValidator BaseModel ConfigDict Field field_serializer model_validator",
        "starlette.background": "BackgroundTask",
        "starlette.exceptions": "HTTPException:StarletteHTTPException",
        "starlette.middleware": "Middleware",
        "starlette.middleware.base": "BaseHTTPMiddleware",
        "starlette.middleware.cors": "CORSMiddleware",
        "starlette.middleware.gzip": "GZipMiddleware",
        "starlette.middleware.sessions": "SessionMiddleware",
        "starlette.middleware.trustedhost": "TrustedHostMiddleware",
        "starlette.routing": "Host Match Mount Route Router WebSocketRoute",
        "starlette.applications": "Starlette",
    }.items()
    for name in names.split()
}
MODULES = {
    "asyncio",
    "anyio",
    "cloudpickle",
    "contextvars",
    "copy",
    "fastapi",
    "functools",
    "gc",
    "json",
    "pickle",
    "sys",
    "time",
}


@dataclass(frozen=True)
class Program:
    """A program. `body` is the application without imports and prelude; `counted` has the kinds of its bricks."""

    family: str
    seed: str
    body: str
    requests: tuple[Request, ...]
    counted: tuple[str, ...] = ()
    backend: str = "asyncio"
    isolated: bool = False
    future: bool = False

    @property
    def source(self) -> str:
        return f"{self.head}\n{PRELUDE}\n\n{self.body}"

    @property
    def head(self) -> str:
        text = self.body + "\n" + "\n".join(texts_of(self.requests))
        return ("from __future__ import annotations\n" if self.future else "") + imports_of(text)

    def with_requests(self, requests: tuple[Request, ...]) -> Program:
        return replace(self, requests=requests)


def imports_of(text: str) -> str:
    """Return the import lines for the names that occur in a text."""
    names = names_in(text)
    lines = [f"import {name}" for name in sorted(MODULES & names)]
    wanted: dict[str, list[str]] = {}
    for key, module in NAMES.items():
        name, _, alias = key.partition(":")
        if (alias or name) in names:
            wanted.setdefault(module, []).append(f"{name} as {alias}" if alias else name)
    lines += [f"from {module} import {', '.join(sorted(found))}" for module, found in sorted(wanted.items())]
    return "\n".join(lines) + "\n"


def names_in(text: str) -> set[str]:
    try:
        return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)} | words_of(text, '"')
    except SyntaxError:
        return words_of(text)


def words_of(text: str, needed: str = "") -> set[str]:
    """Return the words of a text, with names in annotations that are strings; none if the text lacks `needed`."""
    if needed and needed not in text:
        return set()
    return set("".join(each if each.isalnum() or each == "_" else " " for each in text).split())


def texts_of(requests: tuple[Request, ...]) -> list[str]:
    """Return the pieces of Python code that the requests run in the program."""
    found = []
    for request in requests:
        found += [request[key] for key in ("before", "text") if key in request]
        found += request.get("at", {}).values()
    return found
