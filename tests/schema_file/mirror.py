"""Any application as one that only answers with the parameters it was given, and the same declared by its export.

The endpoints and dependencies of a mirror have the signatures of those of the application, and run none of its code:
a test can compare the declarations of a file, however much the application does otherwise.
"""

from __future__ import annotations

import inspect
import json
from random import Random
from typing import Any, Dict, Iterator, List, NamedTuple, Set, Tuple
from urllib.parse import quote, urlencode

from typing_extensions import Annotated, Literal, get_args, get_origin

from fastapi import FastAPI, params
from fastapi._routing.tree.inclusion.walk import iter_route_contexts
from fastapi._schema_commands import _fields, _walk, export_application
from fastapi._schema_file.checking.check import schema_of_text
from fastapi._schema_file.exporting.export import export_schema
from fastapi._schema_file.problems import Source
from fastapi._schema_file.registry import registry
from fastapi.dependencies._declared.signature import get_typed_signature
from fastapi.routing import APIRoute
from tests.planned.asgi import call
from tests.schema_file.redeclared import redeclare


class Mirror:
    """Makes mirrors of one application, each with functions of its own."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._made: Dict[int, Any] = {}

    def make(self) -> FastAPI:
        self._made = {}
        mirror = FastAPI()
        for number, context in enumerate(iter_route_contexts(self._app.routes)):
            if isinstance(context.route, APIRoute):
                endpoint = self._stub(context.dependant.call)
                depends = [params.Depends(self._stub(each.dependency)) for each in context.dependencies or ()]
                options: Dict[str, Any] = {"operation_id": f"operation_{number}", "response_model": None}
                mirror.add_api_route(
                    str(context.path), endpoint, methods=list(context.methods), dependencies=depends, **options
                )
        return mirror

    def _stub(self, function: Any) -> Any:
        if id(function) not in self._made:
            self._made[id(function)] = self._new_stub(function)
        return self._made[id(function)]

    def _new_stub(self, function: Any) -> Any:
        def answer(**values: Any) -> Any:
            return {name: shown(value) for name, value in values.items()}

        signature = get_typed_signature(function)
        own = [self._parameter(each) for each in signature.parameters.values() if each.kind not in _VARIADIC]
        answer.__signature__ = inspect.Signature(own)  # type: ignore[attr-defined]
        answer.__name__ = getattr(function, "__name__", None) or type(function).__name__
        answer.__module__ = getattr(function, "__module__", __name__)
        return answer

    def _parameter(self, parameter: inspect.Parameter) -> inspect.Parameter:
        annotation, default = parameter.annotation, parameter.default
        if get_origin(annotation) is Annotated:
            inner, *metadata = get_args(annotation)
            annotation = Annotated[(inner, *(self._depends(item, inner) for item in metadata))]
        default = self._depends(default, annotation)
        return parameter.replace(annotation=annotation, default=default, kind=inspect.Parameter.KEYWORD_ONLY)

    def _depends(self, item: Any, annotation: Any) -> Any:
        if not isinstance(item, params.Depends):
            return item
        inner = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
        return params.Depends(self._stub(item.dependency or inner), use_cache=item.use_cache)


_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def shown(value: Any) -> str:
    """Return a value as text; objects of a request differ from request to request."""
    text = repr(value)
    return type(value).__name__ if " at 0x" in text or "UploadFile" in text else f"{type(value).__name__} {text}"


class Difference(NamedTuple):
    what: str
    detail: Any


def differences(app: FastAPI, requests: int, seed: str = "") -> List[Difference]:
    """Return how an application differs from itself declared by its export, with annotations and without."""
    mirror = Mirror(app)
    by_hand = mirror.make()
    text = export_application(by_hand)
    if "ForwardRef(" in text:
        return []  # names that mean something else in the module of a mirror
    schema = schema_of_text(Source(f"/exported{seed}.yaml", "the exported text"), text)
    found = [] if export_schema(schema) == plain(text) else [Difference("second export", export_schema(schema))]
    asked = list(requests_for(by_hand, requests, Random(seed)))
    wanted = [answer(by_hand, request) for request in asked]
    document = document_of(by_hand)
    for annotated in (False, True):
        by_file = mirror.make()
        registry._schemas[schema.source.path], registry._default = schema, schema.source.path
        redeclare(by_file, schema, annotated)
        if document_of(by_file) != document:
            found.append(Difference(f"document, annotated {annotated}", None))
        if plain(export_application(by_file)) != plain(text):
            found.append(Difference(f"export again, annotated {annotated}", export_application(by_file)))
        for request, expected in zip(asked, wanted):
            seen = answer(by_file, request)
            if seen != expected:
                found.append(Difference(f"answer, annotated {annotated}", (request, expected, seen)))
    return found


def plain(text: str) -> str:
    """Return an export without its comments."""
    return "".join(line for line in text.splitlines(True) if not line.startswith("#"))


def document_of(app: FastAPI) -> Any:
    app.openapi_schema = None
    try:
        return json.dumps(app.openapi(), sort_keys=True)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def answer(app: FastAPI, request: Dict[str, Any]) -> Any:
    try:
        return call(app, **request).outcome()[0]
    except Exception as error:
        return f"{type(error).__name__}: {error}"


# Requests.

TEXTS = [
    *("1", "0", "-1", "7", "1.5", "a", "b", "abc", "", "true", "false", "yes", "null", "None", "2020-01-01", "x" * 60),
    *("2020-01-02T03:04:05Z", "P1D", "12:30", "[1]", "{}", '{"a":1}', " a ", "\u00e9", "1,2", "a@example.com"),
    *("00000000-0000-4000-8000-000000000000", "https://example.com/a?b=c", "nan", "9" * 30, "red", "low"),
]
VALUES: List[Any] = [
    *(None, 1, 0, -1, 1.5, True, "a", "", "1", "2020-01-01", [], [1], ["a"], {}, {"a": 1}, {"name": "x"}, "red"),
    "00000000-0000-4000-8000-000000000000",
]


def requests_for(app: FastAPI, number: int, random: Random) -> Iterator[Dict[str, Any]]:
    routes = [context for context in iter_route_contexts(app.routes) if isinstance(context.route, APIRoute)]
    for _ in range(number if routes else 0):
        yield request_for(random.choice(routes), random)


def request_for(context: Any, random: Random) -> Dict[str, Any]:
    path, query, headers, cookies, body = str(context.path), [], [], [], []  # type: ignore[var-annotated]
    for field in fields_of(context.dependant):
        info, name = field.field_info, field.field_info.validation_alias or field.alias
        texts = texts_for(info.annotation, random)
        if isinstance(info, params.Path):
            path = path.replace(f"{{{name}}}", quote(random.choice(texts), safe="") or "0")
        elif random.random() < 0.2:
            continue
        elif isinstance(info, params.Query):
            query += [(name, random.choice(texts)) for _ in range(random.choice((1, 1, 1, 2)))]
        elif isinstance(info, params.Header):
            headers.append((str(name).lower().encode(), random.choice(texts).strip().encode("utf-8")))
        elif isinstance(info, params.Cookie):
            cookies.append(f"{name}={random.choice(texts)}")
        else:
            body.append((str(name), info, texts))
    content, more = body_of(body, random)
    if cookies:
        headers.append((b"cookie", "; ".join(cookies).encode("utf-8")))
    target = "/".join("0" if "{" in part else part for part in path.split("/"))
    method = random.choice(sorted(context.methods or {"GET"}))
    target += f"?{urlencode(query)}" if query else ""
    return {"target": target, "method": method, "headers": [*headers, *more], "body": content}


def body_of(fields: List[Tuple[str, Any, List[str]]], random: Random) -> Tuple[bytes, List[Tuple[bytes, bytes]]]:
    if not fields:
        return b"", []
    if any(isinstance(info, params.Form) for _, info, _ in fields):
        content = urlencode([(name, random.choice(texts)) for name, _, texts in fields]).encode()
        return content, [(b"content-type", b"application/x-www-form-urlencoded")]
    values = {name: random.choice([*VALUES, *texts[:2]]) for name, _, texts in fields}
    value = random.choice([values, values, random.choice(VALUES)])
    return json.dumps(value).encode(), [(b"content-type", b"application/json")]


def texts_for(annotation: Any, random: Random) -> List[str]:
    """Return texts to ask with: values that the type names, and some of everything."""
    named = [str(value) for value in values_in(annotation, set())]
    return [*named, *named, *random.sample(TEXTS, 6)] if named else TEXTS


def values_in(annotation: Any, seen: Set[int]) -> Iterator[Any]:
    if id(annotation) in seen:
        return
    seen.add(id(annotation))
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif hasattr(annotation, "__members__"):
        yield from (member.value for member in annotation.__members__.values())
    else:
        for each in get_args(annotation):
            yield from values_in(each, seen)


def fields_of(dependant: Any) -> List[Any]:
    return [field for each in _walk(dependant) for field in _fields(each)]
