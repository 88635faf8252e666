"""Starlette's responses, server-sent events, and JSON written by ujson or orjson."""

from __future__ import annotations

import importlib
from typing import Any
from typing import cast as cast

from starlette.responses import FileResponse as FileResponse
from starlette.responses import HTMLResponse as HTMLResponse
from starlette.responses import JSONResponse as JSONResponse
from starlette.responses import PlainTextResponse as PlainTextResponse
from starlette.responses import RedirectResponse as RedirectResponse
from starlette.responses import Response as Response
from starlette.responses import StreamingResponse as StreamingResponse
from typing_extensions import Protocol as Protocol
from typing_extensions import deprecated

from fastapi.exceptions import FastAPIDeprecationWarning
from fastapi.sse import EventSourceResponse as EventSourceResponse


def _import_or_none(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


ujson: Any = _import_or_none("ujson")
orjson: Any = _import_or_none("orjson")

_WHY_DEPRECATED = (
    " is deprecated, FastAPI now serializes data directly to JSON bytes via Pydantic "
    "when a return type or response model is set, which is faster and doesn't need a "
    "custom response class. Read more in the FastAPI docs: "
    "https://fastapi.tiangolo.com/advanced/custom-response/#orjson-or-response-model "
    "and https://fastapi.tiangolo.com/tutorial/response-model/"
)


@deprecated(
    "UJSONResponse" + _WHY_DEPRECATED,
    category=FastAPIDeprecationWarning,
    stacklevel=2,
)
class UJSONResponse(JSONResponse):
    """A JSON response written by ujson, which must be installed separately: `pip install ujson`.

    Deprecated: for an operation with a return type or a response model, Pydantic writes the JSON directly. That is
    faster and needs no response class.
    """

    def render(self, content: Any) -> bytes:
        assert ujson is not None, "ujson must be installed to use UJSONResponse"
        text: str = ujson.dumps(content, ensure_ascii=False)
        return text.encode("utf-8")


@deprecated(
    "ORJSONResponse" + _WHY_DEPRECATED,
    category=FastAPIDeprecationWarning,
    stacklevel=2,
)
class ORJSONResponse(JSONResponse):
    """A JSON response written by orjson, which must be installed separately: `pip install orjson`.

    Deprecated: Pydantic writes JSON directly for an operation with a return type or a response model, in less time and
    without a response class.
    """

    def render(self, content: Any) -> bytes:
        assert orjson is not None, "orjson must be installed to use ORJSONResponse"
        body: bytes = orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)
        return body
