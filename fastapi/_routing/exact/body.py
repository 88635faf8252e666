"""Reading the body of a request, as far as its path operation declares one.

What kind of body to read is decided when the handler is built. A request without a body has the value `Undefined`,
which is not the same as JSON's `null`.
"""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from email.message import Message
from typing import Any, Awaitable, Callable, Mapping, Optional, Union

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Scope

from fastapi import params
from fastapi._body_limit import get_body_limit_error
from fastapi._compat import ModelField, Undefined
from fastapi._form_limits import _FormLimits
from fastapi._routing.exact.endpoint import endpoint_context
from fastapi._scope_keys import FASTAPI_KEY, FORM_LIMITS_KEY, MIDDLEWARE_STACK_KEY
from fastapi._stand_ins.forms.assembly import CoreFailed, close_form
from fastapi._stand_ins.forms.reading import accelerate
from fastapi.datastructures import DefaultPlaceholder
from fastapi.exceptions import EndpointContext, RequestValidationError

BodyReader = Callable[[Request], Awaitable[Any]]
Describe = Callable[[Scope], EndpointContext]


def make_body_reader(
    body_field: Optional[ModelField],
    strict_content_type: Union[bool, DefaultPlaceholder],
    form_limits: Optional[_FormLimits],
    describe: Describe,
) -> Optional[BodyReader]:
    """Return the function that reads the body for `body_field`; `None` if there is nothing to read.

    The function calls the methods of the request it is given, which may be of a class of the user's own. What it raises
    is what the client is told; `describe` says which endpoint that is about.
    """
    if body_field is None:
        return None
    if reads_json(body_field):
        # The placeholder is as true as its value.
        return _told(_json_reader(bool(strict_content_type)), describe)
    return _told(_form_reader(form_limits), describe)


def reads_json(body_field: Optional[ModelField]) -> bool:
    """Tell whether the body is read as JSON or bytes, and not as a form."""
    return body_field is not None and not isinstance(body_field.field_info, params.Form)


async def read_body(request: Request, operation: Any) -> Any:
    """Read the body of an operation with the attributes of `APIRoute`; `None` if it has no body."""
    reader = make_body_reader(
        operation.body_field,
        operation.strict_content_type,
        getattr(operation, "form_limits", None),
        lambda scope: endpoint_context(operation.endpoint, scope),
    )
    return None if reader is None else await reader(request)


def is_json(content_type: Optional[str], strict: bool) -> bool:
    """Tell whether a body of this content type is JSON. Without a content type, only a lax reader takes it for that."""
    if content_type == "application/json":
        return True
    if not content_type:
        return not strict
    message = Message()
    message["content-type"] = content_type
    if message.get_content_maintype() != "application":
        return False
    subtype = message.get_content_subtype()
    # RFC 6839 section 3.1: the structured syntax suffix "+json".
    return subtype == "json" or subtype.endswith("+json")


def _json_reader(strict: bool) -> BodyReader:
    async def read(request: Request) -> Any:
        received = await request.body()
        if not received:
            return Undefined
        if is_json(request.headers.get("content-type"), strict):
            return await request.json()
        return received

    return read


def _form_reader(own_limits: Optional[_FormLimits]) -> BodyReader:
    async def read(request: Request) -> Any:
        limits = _resolve_form_limits(request.scope.get(FASTAPI_KEY) or {}, own_limits)
        accelerate(request)
        form = await request.form(**limits)
        # Files stay open until the response, its background tasks and the exits of all dependencies are done.
        stack = request.scope.get(MIDDLEWARE_STACK_KEY)
        if isinstance(stack, AsyncExitStack):
            stack.push_async_callback(close_form, form)
        return form

    return read


def _resolve_form_limits(fastapi_scope: Mapping[str, Any], overrides: Optional[_FormLimits]) -> _FormLimits:
    """Lay the limits of a route over those that its routers left in the scope."""
    return {**fastapi_scope.get(FORM_LIMITS_KEY, {}), **(overrides or {})}


def _told(read: BodyReader, describe: Describe) -> BodyReader:
    """Return a reader that raises what the client is to be told."""

    async def tell(request: Request) -> Any:
        try:
            return await read(request)
        except Exception as exc:
            error = _explain(exc, request, describe)
            if error is exc:
                raise
            raise error from exc

    return tell


def _explain(exc: Exception, request: Request, describe: Describe) -> Exception:
    """Return what to raise for an exception met while reading: the same one if it already says what to answer."""
    if isinstance(exc, json.JSONDecodeError):
        error = {
            "type": "json_invalid",
            "loc": ("body", exc.pos),
            "msg": "JSON decode error",
            "input": {},
            "ctx": {"error": exc.msg},
        }
        return RequestValidationError([error], body=exc.doc, endpoint_ctx=describe(request.scope))
    if isinstance(exc, HTTPException):
        return exc
    if isinstance(exc, CoreFailed):
        # That is no fault of the client's.
        return exc
    body_limit_error = get_body_limit_error(exc)
    if body_limit_error is not None:
        return body_limit_error
    return HTTPException(status_code=400, detail="There was an error parsing the body")
