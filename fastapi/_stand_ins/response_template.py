"""Starlette's responses, made without running their constructor.

A template holds the attributes that the constructor of the installed Starlette gave an instance. A copy of it is used
only if such copies equal the constructor's results for a few probes; otherwise the constructor runs each time.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Optional, Tuple, Type

from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from fastapi._stand_ins.accelerators import RESPONSES, NotUsed
from fastapi._stand_ins.guards import are_replaced, are_replaced_at_import

_Attributes = Dict[str, Any]
_Kind = Type[Response]

_JSON = "application/json"
_JSON_HEADER = (b"content-type", b"application/json")
# RFC 9110 section 8.6.
_WITHOUT_LENGTH = (204, 304)
# Values that instances may share.
_ATOMS = (bool, int, float, str, bytes, type(None))


def make_json_response(kind: _Kind, body: bytes, status_code: int = 200, background: Any = None) -> Response:
    """Return a `Response` or `JSONResponse` with a body that is JSON already. Only where `has_template(kind)`."""
    # PERF: the attributes are known, so no constructor has to compute them (benchmark `injected`).
    attributes = _json_templates[kind].copy()
    attributes["status_code"] = status_code
    attributes["background"] = background
    attributes["body"] = body
    attributes["raw_headers"] = _json_headers(body, status_code)
    response = kind.__new__(kind)
    response.__dict__ = attributes
    return response


def make_blank_response() -> Response:
    """Return the response that dependencies and endpoints may put headers, cookies and a status into."""
    if _blank is None or are_replaced():
        return _construct_blank()
    # PERF: without rendering an empty body for each request.
    attributes = _blank.copy()
    attributes["raw_headers"] = []
    response = Response.__new__(Response)
    response.__dict__ = attributes
    return response


def has_template(kind: _Kind) -> bool:
    """Whether `make_json_response` does the same as the constructor, which no tool has replaced."""
    return kind in _json_templates and not are_replaced()


def _json_headers(body: bytes, status_code: int) -> List[Tuple[bytes, bytes]]:
    if not (status_code < 200 or status_code in _WITHOUT_LENGTH):
        return [(b"content-length", b"%d" % len(body)), _JSON_HEADER]
    return [_JSON_HEADER]


# ── Templates ──


def _construct_json(kind: _Kind, content: Any, status_code: int, background: Any) -> Response:
    if kind is JSONResponse:
        return JSONResponse(content, status_code, background=background)
    return kind(b"%d" % content, status_code, media_type=_JSON, background=background)


def _construct_blank() -> Response:
    response = Response()
    del response.headers["content-length"]
    response.status_code = None  # type: ignore[assignment]
    return response


def _probes() -> Iterator[Tuple[int, int, Optional[BackgroundTask]]]:
    background = BackgroundTask(print)
    for content in (7, 123456789012):
        for status_code in (100, 103, 200, 201, 204, 205, 304, 404, 413, 500):
            yield content, status_code, None
            yield content, status_code, background


def _json_template(kind: _Kind) -> Optional[_Attributes]:
    """Return the attributes of instances of `kind`, or None if they differ from the expected ones."""
    try:
        template = dict(vars(_construct_json(kind, 7, 200, None)))
        if not _are_atoms(template, "raw_headers"):
            return None
        for content, status_code, background in _probes():
            body = b"%d" % content
            here = {
                **template,
                "status_code": status_code,
                "background": background,
                "body": body,
                "raw_headers": _json_headers(body, status_code),
            }
            if list(here.items()) != list(vars(_construct_json(kind, content, status_code, background)).items()):
                return None
    except Exception:
        return None
    return template


def _blank_template() -> Optional[_Attributes]:
    try:
        response = _construct_blank()
        # `headers` creates this attribute at its first access.
        template = {name: value for name, value in vars(response).items() if name != "_headers"}
        if template.pop("raw_headers") == [] and _are_atoms(template):
            return template
    except Exception:
        pass
    return None


def _are_atoms(attributes: _Attributes, *others: str) -> bool:
    return all(isinstance(value, _ATOMS) for name, value in attributes.items() if name not in others)


_json_templates: Dict[_Kind, _Attributes] = {}
_blank: Optional[_Attributes] = None
# Whether a tool had replaced a function before this module was imported. It expects calls, so there is no template.
_comes_after_a_tool = are_replaced_at_import()


def why_off() -> Optional[str]:
    """Return why constructors run for all responses, or None."""
    if _comes_after_a_tool:
        raise NotUsed("a tool had replaced a function when fastapi was imported")
    if _blank is None or len(_json_templates) < len(_KINDS):
        return "the responses of the installed Starlette have attributes that are not known here"
    return None


_KINDS: Tuple[_Kind, ...] = (Response, JSONResponse)


def _make_templates() -> None:
    global _blank
    found = {kind: _json_template(kind) for kind in _KINDS}
    _json_templates.update({kind: template for kind, template in found.items() if template is not None})
    _blank = _blank_template()


if not _comes_after_a_tool:
    _make_templates()
# The check costs nothing now, and logs a surprise at start.
RESPONSES.is_on()
