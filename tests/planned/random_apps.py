"""Random applications, as source text, and random requests to them.

An application is text, so it can be built twice, once for each way, and the text that Hypothesis prints for a
difference can be run unchanged. The vocabulary of names, paths and values is small: routes shadow each other, and
requests hit them.
"""

from typing import Any, Dict, List, NamedTuple, Sequence, Tuple, Union

from hypothesis import strategies as st

# The code before the random part, which may use its names.
PRELUDE = '''
import threading
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Dict, List, Optional, Set, Tuple, Union
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.responses import PlainTextResponse
from typing_extensions import Annotated, Literal

from fastapi import (
    APIRouter, BackgroundTasks, Body, Cookie, Depends, FastAPI, Form, Header, HTTPException, Path, Query, Request,
    Response, Security,
)
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import (
    APIKeyCookie, APIKeyHeader, APIKeyQuery, HTTPBasic, HTTPBearer, HTTPDigest, OAuth2PasswordBearer, SecurityScopes,
)

calls = []
mark = ContextVar("mark", default="")
main_thread = threading.current_thread()


def saw(name, values):
    """Record a call: the function, its values, the calls before it in the same context, and the kind of thread."""
    shown = sorted((key, shown_as(value)) for key, value in values.items())
    calls.append((name, shown, mark.get(), threading.current_thread() is main_thread))
    mark.set(mark.get()[-20:] + ">" + name)
    return shown


def shown_as(value):
    if isinstance(value, BaseModel):
        return repr(value)
    if isinstance(value, (Request, Response, BackgroundTasks, SecurityScopes)):
        return type(value).__name__
    return getattr(value, "shown", None) or repr(value)


def unlucky(values):
    return any(value in (13, "13") for value in values.values() if type(value) in (int, str))


class Colour(str, Enum):
    red = "red"
    blue = "blue"


class Item(BaseModel):
    name: str = Field(min_length=2)
    price: float = 1.5
    tags: List[str] = []


class Page(BaseModel):
    a: int = 0
    b: List[str] = []


class Oops(Exception):
    pass


oauth, soft_oauth = OAuth2PasswordBearer("token"), OAuth2PasswordBearer("token", auto_error=False)
bearer, basic, digest = HTTPBearer(), HTTPBasic(auto_error=False), HTTPDigest(auto_error=False)
key_header, key_query = APIKeyHeader(name="X-A"), APIKeyQuery(name="a", auto_error=False)
key_cookie = APIKeyCookie(name="a", auto_error=False)
'''

NAMES = ["a", "b", "c", "x_a"]
PATH_NAMES = ["p", "q", "rest"]
SCHEMES = ["oauth", "soft_oauth", "bearer", "basic", "digest", "key_header", "key_query", "key_cookie"]

# Type, constraints that it may have, defaults.
Kind = Tuple[str, Sequence[str], Sequence[str]]
SCALARS: List[Kind] = [
    ("str", ["min_length=1", "min_length=2", "max_length=3", "pattern='^[a-z]'"], ["'a'", "''", "'toolong'"]),
    ("int", ["ge=1", "gt=0", "le=13", "lt=100", "multiple_of=3", "strict=True"], ["3", "-7", "'5'"]),
    ("float", ["ge=0.5", "gt=-1", "le=10", "lt=1e3", "multiple_of=0.5", "allow_inf_nan=False"], ["1.5", "2"]),
    ("bool", [], ["True", "False"]),
]
OPAQUES: List[Kind] = [
    ("date", [], ["date(2024, 2, 29)"]),
    ("Colour", [], ["Colour.red"]),
    ("Literal['a', 'b']", [], ["'a'"]),
    ("Union[int, str]", [], ["'a'"]),
    ("UUID", [], []),
    ("Decimal", ["max_digits=3"], ["Decimal('1.0')"]),
    ("bytes", [], ["b'a'"]),
    ("Any", [], ["'any'", "None"]),
]
EXTRAS = ["alias='x-b'", "alias='c'", "description='said'", "deprecated=True", "include_in_schema=False"]
ENDINGS = [
    *["return {'seen': shown}"] * 6,
    "return None",
    "return shown",
    "return Item(name='tray', tags=['x'])",
    "return {'name': 'tray', 'price': '2.5', 'more': 1}",
    "return [{'name': 'n'}]",
    "return float('nan')",
    "return {1, 2}",
    "return Decimal('1.10')",
    "return (date(2024, 2, 29), b'bytes', Colour.red, UUID(int=1))",
    "return Response(b'raw', status_code=202, headers={'x-own': '1'})",
    "return JSONResponse({'own': shown}, background=None)",
    "raise HTTPException(409, {'why': name}, headers={'x-why': name})",
    "raise HTTPException(404)",
    "raise Oops(name)",
    "raise KeyError(name)",
    "raise RequestValidationError([{'type': 'mine', 'loc': ('body',), 'msg': 'own', 'input': 1}])",
]
OPTIONS = [
    "status_code=201",
    "status_code=204",
    "status_code=205",
    "status_code=304",
    "response_model=Item",
    "response_model=List[Item]",
    "response_model=Dict[str, Any]",
    "response_model=Optional[Item], response_model_exclude_unset=True",
    "response_model=Item, response_model_include={'name'}",
    "response_class=PlainTextResponse",
    "response_class=JSONResponse",
    "name='named'",
]
STATIC = ["a", "b", "items"]
SEGMENTS = [*STATIC, *STATIC, *["{p}", "{q}"] * 4, "{p:int}", "{q:float}", "{p:uuid}", "x{p}", "{p}-{q}", "{q}"]


# Hypothesis shrinks to zero, so zero stands for the usual case. It prefers the ends of a range, so these are mixed in.
HUNDRED = st.integers(0, 99).map(lambda number: number * 37 % 100)


class App(NamedTuple):
    """The text of an application, and the parts for requests to it."""

    source: str
    # (verb, template)
    routes: Tuple[Tuple[str, str], ...]
    # Statements that change it between requests.
    changes: Tuple[str, ...]


class Request(NamedTuple):
    method: str
    path: str
    query: bytes
    headers: Tuple[Tuple[bytes, bytes], ...]
    body: bytes
    root_path: str


@st.composite
def apps(draw: Any) -> App:
    made = _Maker(draw)
    return made.app()


class _Maker:
    """Draws the parts of one application."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.lines: List[str] = []
        self.dependencies: List[str] = []
        self.templates: List[Tuple[str, str]] = []
        self.routes = 0

    def chance(self, percent: int) -> bool:
        return bool(self.draw(HUNDRED) >= 100 - percent)

    def one(self, options: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(list(options)))

    def app(self) -> App:
        for _ in range(self.draw(st.integers(0, 3))):
            self.dependency()
        self.lines.append(f"app = FastAPI({self.app_options()})")
        self.handlers()
        for _ in range(self.draw(st.integers(1, 4))):
            if self.chance(25):
                self.included_router()
            else:
                self.route("app", "")
        self.middleware()
        changes = [self.overriding()] if self.dependencies else []
        changes += ["app.dependency_overrides.clear()", "app.router.routes.reverse()", "app.router.routes.pop()"]
        source = "\n".join(self.lines) + "\n"
        late = _Maker(self.draw)
        late.dependencies, late.routes = self.dependencies, 100
        late.route("app", "")
        changes.append("\n".join(late.lines))
        if self.dependencies and self.chance(20):
            source += self.overriding() + "\n"
        return App(source, tuple(self.templates * 4 + late.templates), tuple(changes))

    def app_options(self) -> str:
        options = []
        if self.chance(30):
            options.append("redirect_slashes=False")
        if self.chance(70):
            options.append("openapi_url=None")
        if self.dependencies and self.chance(15):
            options.append(f"dependencies=[Depends({self.one(self.dependencies)})]")
        if self.chance(4):
            options.append("default_response_class=PlainTextResponse")
        if self.chance(15):
            options.append("strict_content_type=False")
        return ", ".join(options)

    def handlers(self) -> None:
        for error in ("Oops", "404", "HTTPException", "RequestValidationError", "Exception", "409"):
            if self.chance(12):
                kind = "async def" if self.chance(70) else "def"
                self.lines += [
                    f"@app.exception_handler({error})",
                    f"{kind} handle_{error}(request, error):",
                    f"    saw('handler {error}', {{'path': request.url.path, 'params': request.path_params,",
                    "        'route': getattr(request.scope.get('route'), 'path', None), 'error': type(error),",
                    "        'body': getattr(error, 'body', None)})",
                    "    return JSONResponse({'handled': type(error).__name__}, status_code=418)",
                ]

    def middleware(self) -> None:
        if self.chance(15):
            self.lines += [
                "@app.middleware('http')",
                "async def around(request, call_next):",
                "    saw('middleware', {'path': request.url.path})",
                "    response = await call_next(request)",
                "    saw('after', {'status': response.status_code,",
                "        'params': request.scope.get('path_params'), 'endpoint': 'endpoint' in request.scope})",
                "    response.headers['x-around'] = '1'",
                "    return response",
            ]
        if self.chance(15):
            self.lines += [
                "class Pure:",
                "    def __init__(self, app):",
                "        self.app = app",
                "    async def __call__(self, scope, receive, send):",
                "        saw('pure', {'path': scope['path']})",
                "        try:",
                "            await self.app(scope, receive, send)",
                "        finally:",
                "            saw('after pure', {'params': scope.get('path_params')})",
                "app.add_middleware(Pure)",
            ]

    def overriding(self) -> str:
        replaced = self.one(self.dependencies)
        replacement = self.one(["lambda: saw('override', {})", "lambda b: saw('override', {'b': b})"])
        return f"app.dependency_overrides[{replaced}] = {replacement}"

    # ── Parameters ──

    def parameters(self, path_names: Sequence[str], is_endpoint: bool) -> List[str]:
        """Return parameters of one function: first those without a default, then those with one."""
        required, optional = [], []
        for name in path_names if is_endpoint else PATH_NAMES[:1]:
            if self.chance(80 if is_endpoint else 8):
                required.append(self.path_parameter(name))
        for name in NAMES:
            if self.chance(45):
                text = self.parameter(name, is_endpoint)
                (optional if " = " in text else required).append(text)
        for name in ("d", "e"):
            if self.chance(35):
                text = self.dependency_parameter(name)
                (optional if " = " in text else required).append(text)
        required += self.rare_parameters()
        if is_endpoint and self.chance(25):
            required.append(self.body())
        return required + optional

    def rare_parameters(self) -> List[str]:
        """Return parameters that make an operation guided."""
        rare = []
        for text in ("request: Request", "tasks: BackgroundTasks", "response: Response", "scopes: SecurityScopes"):
            if self.chance(4):
                rare.append(text)
        return rare

    def path_parameter(self, name: str) -> str:
        type_, constraints, _ = self.one(OPAQUES if self.chance(10) else SCALARS)
        if self.chance(50):
            return f"{name}: {type_}"
        return f"{name}: Annotated[{type_}, Path({', '.join(self.some(constraints))})]"

    def parameter(self, name: str, is_endpoint: bool) -> str:
        type_, constraints, defaults = self.one(OPAQUES if self.chance(15 if is_endpoint else 3) else SCALARS)
        place = self.one(["Query", "Query", "Header", "Cookie"])
        if self.chance(2):
            return f"{name}: Annotated[Page, {place}()]"
        chosen = self.some(constraints)
        shape = self.one(
            ["plain"] * 4 + ["optional", "optional", "list", "list", "optional list"] + ["list optional"] * is_endpoint
        )
        if place == "Cookie" or type_ == "Any":
            shape = "optional" if "optional" in shape and type_ != "Any" else "plain"
        if "list" in shape:
            inner = f"Annotated[{type_}, Field({', '.join(chosen)})]" if chosen else type_
            chosen = self.some(["min_length=1", "min_length=2", "max_length=2"])
            type_ = f"List[Optional[{inner}]]" if shape == "list optional" else f"List[{inner}]"
            defaults = ["[]", "None"]
        if shape.startswith("optional"):
            type_ = f"Optional[{type_}]"
            defaults = [*defaults, "None", "None"]
        if self.chance(15):
            chosen.append(self.one(EXTRAS if place != "Header" else [*EXTRAS, "convert_underscores=False"]))
        default = self.one(defaults) if defaults and self.chance(60) else None
        if default is not None and self.chance(10):
            chosen.append(f"default_factory=lambda: {default}")
            default = None
        if not chosen and place == "Query" and type_ in ("str", "int", "float", "bool") and self.chance(60):
            return f"{name}: {type_}" + (f" = {default}" if default is not None else "")
        text = f"{name}: Annotated[{type_}, {place}({', '.join(chosen)})]"
        return text + (f" = {default}" if default is not None else "")

    def some(self, options: Sequence[str]) -> List[str]:
        """Return a few of `options`, each name once."""
        chosen: Dict[str, str] = {}
        for option in self.draw(st.lists(st.sampled_from(list(options)), max_size=3)) if options else []:
            chosen[option.partition("=")[0]] = option
        return list(chosen.values())

    def dependency_parameter(self, name: str) -> str:
        if self.chance(25) or not self.dependencies:
            scheme = self.one(SCHEMES)
            if self.chance(10):
                return f"{name}: Annotated[Any, Security({scheme}, scopes=['s'])]"
            return f"{name}: Annotated[Any, Depends({scheme})]"
        dependency = self.one(self.dependencies)
        if self.chance(8):
            return f"{name}: Annotated[Any, Depends({dependency}, use_cache=False)]"
        if self.chance(20):
            return f"{name}: Any = Depends({dependency})"
        return f"{name}: Annotated[Any, Depends({dependency})]"

    def body(self) -> str:
        return str(
            self.one(
                [
                    "item: Item",
                    "item: Item, other: Item",
                    "item: Annotated[Item, Body(embed=True)]",
                    "n: Annotated[int, Body(ge=2)]",
                    "item: Annotated[Dict[str, int], Body()]",
                    "n: Annotated[int, Form(ge=2)]",
                    "n: Annotated[Union[int, str, None], Form(alias='name')]",
                    "item: Annotated[Item, Form()]",
                    "n: Annotated[List[int], Form()]",
                ]
            )
        )

    # ── Functions ──

    def dependency(self) -> None:
        name = f"dep_{len(self.dependencies)}"
        parameters = self.parameters((), False)
        names = ", ".join(f"{text.partition(':')[0]}={text.partition(':')[0]}" for text in parameters)
        ending = ["    if unlucky(values):", f"        raise {self.one(['HTTPException(400, name)', 'Oops(name)'])}"]
        kind = self.one(["async"] * 6 + ["sync"] * 4 + ["class", "yield", "async yield", "instance", "async"])
        if kind == "class":
            self.lines += [
                f"class {name}:",
                f"    def __init__(self, {', '.join(parameters)}):",
                f"        self.shown = {{'name': {name!r}, 'seen': saw({name!r}, dict({names}))}}",
            ]
        elif kind == "instance":
            self.lines += [
                f"class {name.title()}:",
                f"    async def __call__(self, {', '.join(parameters)}):",
                f"        return saw({name!r}, dict({names}))",
                f"{name} = {name.title()}()",
            ]
        else:
            head = "async def" if "async" in kind else "def"
            self.lines += [
                f"{head} {name}({', '.join(parameters)}):",
                f"    name, values = {name!r}, dict({names})",
                "    shown = saw(name, values)",
                *ending,
            ]
            if "yield" in kind:
                self.lines += ["    try:", "        yield shown", "    finally:", f"        saw('left {name}', {{}})"]
            else:
                self.lines.append("    return shown")
        self.dependencies.append(name)

    def route(self, owner: str, prefix: str) -> None:
        template, names = self.template()
        verb = self.one(["get", "get", "get", "post", "post", "put", "delete"])
        self.templates.append((verb.upper(), prefix + template))
        function = f"end_{self.routes}"
        self.routes += 1
        parameters = []
        for text in self.parameters(names, True):
            parameters.append(text)
        if any(text == "item: Item, other: Item" for text in parameters):
            at = parameters.index("item: Item, other: Item")
            parameters[at : at + 1] = ["item: Item", "other: Item"]
        given = ", ".join(f"{text.partition(':')[0]}={text.partition(':')[0]}" for text in parameters)
        head = "async def" if self.chance(70) else "def"
        self.lines += [
            f"@{owner}.{verb}({template!r}{self.route_options()})",
            f"{head} {function}({', '.join(parameters)}){self.returned()}:",
            f"    name, values = {function!r}, dict({given})",
            "    shown = saw(name, values)",
            "    if unlucky(values):",
            "        raise HTTPException(400, name)",
            f"    {self.one(ENDINGS)}",
        ]

    def returned(self) -> str:
        if self.chance(12):
            return " -> " + str(self.one(["Dict[str, Any]", "Item", "List[str]", "None", "Any"]))
        return ""

    def route_options(self) -> str:
        options: List[str] = []
        if self.chance(25):
            options.append(self.one(OPTIONS))
        if self.dependencies and self.chance(20):
            options.append(f"dependencies=[Depends({self.one(self.dependencies)})]")
        return "".join(", " + option for option in options)

    def template(self) -> Tuple[str, List[str]]:
        segments: List[str] = []
        for _ in range(self.draw(st.integers(0, 3))):
            segment = self.one(SEGMENTS)
            if any("{" + name in segment and "{" + name in "".join(segments) for name in PATH_NAMES):
                segment = self.one(STATIC)
            segments.append(segment)
        if self.chance(15):
            segments.append("{rest:path}")
        elif self.chance(10):
            segments.append("")
        names = [name for name in PATH_NAMES if any("{" + name in segment for segment in segments)]
        return "/" + "/".join(segments), names

    def included_router(self) -> None:
        router = f"router_{len(self.lines)}"
        prefix = self.one(["", "/a", "/items", "/v/{v}"])
        self.lines.append(f"{router} = APIRouter({self.router_options()})")
        for _ in range(self.draw(st.integers(1, 3))):
            self.route(router, prefix)
        options = f", dependencies=[Depends({self.one(self.dependencies)})]" if self.dependencies else ""
        self.lines.append(f"app.include_router({router}, prefix={prefix!r}{options if self.chance(30) else ''})")
        if self.chance(15):
            self.lines.append(f"app.include_router({router}, prefix='/b')")

    def router_options(self) -> str:
        options = []
        if self.dependencies and self.chance(20):
            options.append(f"dependencies=[Depends({self.one(self.dependencies)})]")
        if self.chance(4):
            options.append("default_response_class=PlainTextResponse")
        return ", ".join(options)


# ── Requests ──


def mostly(usual: Any, rare: Any, percent: int) -> Any:
    """Draw from `rare` in this percentage of cases. (`one_of` ignores repeated strategies.)"""
    return HUNDRED.flatmap(lambda number: rare if number >= 100 - percent else usual)


PARTS = ["a", "b", "items", "1", "13", "007", "-3", "", "xa", "1.5", "a-b", "v", "%2F", "a%20b", "\u00e9", "\n", "x"]
TEXTS = ["1", "2", "13", "ab", "", "a", "true", "no", "1.0", "1.5", "1_000", " 7 ", "nan", "abcd", "red", "9" * 30]
VALUES = [*[text.encode() for text in TEXTS], b"%31", b"%ff", b"a+b", b"%C3%A9", b"1e400", b"2024-02-29", b"=", b"%"]
CREDENTIALS = [
    b"Bearer t",
    b"bearer  t ",
    b"Basic YTpi",
    b"Basic ?",
    b"Digest x",
    b"Bearer",
    b"",
    b"Bearer\tx",
    b"\xe9",
]
JSON_BODIES = [
    b'{"name": "tray"}',
    b'{"name": "t", "price": "x"}',
    b'{"item": {"name": "tray"}, "other": {"name": "pot"}, "n": 3}',
    b'{"item": {"name": "t"}}',
    b"3",
    b'"x"',
    b"null",
    b"{",
    b"",
    b"[1]",
    b"\xff",
    b'{"a": 1, "b": "x"}',
    b'{"a": NaN}',
]
CONTENT_TYPES = [b"application/json"] * 5 + [b"text/plain", b"application/x+json", b"application/json; charset=x", b""]


FORM_BODIES = [
    b"n=3",
    b"n=1&n=2",
    b"n=x&name=13",
    b"name=tray&price=2.5&tags=a&tags=b",
    b"n=&name=",
    b"&name=a+%62&n=2.0",
]
FORM_TYPES = [b"application/x-www-form-urlencoded"] * 5 + [b"application/x-www-form-urlencoded; charset=x", b"text/x"]
BODIES = st.one_of(
    st.tuples(st.sampled_from(JSON_BODIES), st.sampled_from(CONTENT_TYPES)),
    st.tuples(st.sampled_from(JSON_BODIES), st.sampled_from(CONTENT_TYPES)),
    st.tuples(st.sampled_from(FORM_BODIES), st.sampled_from(FORM_TYPES)),
)


def paths(template: str) -> Any:
    """Return paths that match a template, nearly match it, or consist of parts of templates."""
    good = st.sampled_from(["1", "a", "2", "13", "b", "7"])
    values = mostly(st.lists(good, max_size=4), st.lists(st.sampled_from(PARTS), max_size=4), 25)

    def fill(pending: List[str], twist: int) -> str:
        filled, left = "", template
        while "{" in left:
            before, _, left = left.partition("{")
            left = left.partition("}")[2]
            filled += before + (pending.pop() if pending else "1")
        filled += left
        return {19: filled + "/", 18: filled.rstrip("/"), 17: filled + "/a", 16: filled[:-1]}.get(twist, filled)

    fitting = st.builds(fill, values, st.integers(0, 24))
    random = st.lists(st.sampled_from(PARTS), max_size=4).map(lambda made: "/" + "/".join(made))
    return mostly(fitting, random, 12)


def queries() -> Any:
    names = st.sampled_from([b"a", b"b", b"c", b"x_a", b"x-b", b"%61", b""])
    pairs = st.lists(st.tuples(names, st.sampled_from(VALUES)), max_size=5)
    joined = pairs.map(lambda made: b"&".join(name + b"=" + value for name, value in made))
    return mostly(joined, st.binary(max_size=9), 10)


def headers() -> Any:
    names = st.sampled_from([b"a", b"b", b"c", b"x-a", b"x_a", b"x-b"])
    plain = st.tuples(names, st.sampled_from([*(text.encode() for text in TEXTS), b"\xe9", b"a, b"]))
    cookie_names = st.sampled_from(["a", "b", "c", "x_a", "x-b", ""])
    cookie_pairs = st.lists(st.tuples(cookie_names, st.sampled_from([*TEXTS, '"q"', "a=b"])), max_size=4)
    cookies = cookie_pairs.map(lambda made: (b"cookie", "; ".join("=".join(pair) for pair in made).encode("latin-1")))
    credentials = st.tuples(st.just(b"authorization"), st.sampled_from(CREDENTIALS))
    return st.lists(st.one_of(plain, cookies, credentials), max_size=5).map(tuple)


METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"]


@st.composite
def requests(draw: Any, routes: Sequence[Tuple[str, str]]) -> Request:
    verb, template = draw(st.sampled_from(list(routes)))
    method = draw(mostly(st.just(verb), st.sampled_from(METHODS), 12))
    more = draw(headers())
    body, content_type = draw(BODIES) if method in ("POST", "PUT") else (b"", b"")
    if body:
        more = (*more, (b"content-type", content_type))
    root_path = draw(st.sampled_from([""] * 9 + ["/a", "/proxy"]))
    path = draw(paths(template))
    if root_path and draw(st.booleans()):
        path = root_path + path
    return Request(method, path, draw(queries()), more, body, root_path)


Step = Union[Request, str]


@st.composite
def sessions(draw: Any) -> Tuple[App, List[Step]]:
    """Return an application and the steps for it: requests, and some changes."""
    app = draw(apps())
    change = st.sampled_from(app.changes)
    steps = draw(st.lists(mostly(requests(app.routes), change, 8), min_size=1, max_size=15))
    return app, steps
