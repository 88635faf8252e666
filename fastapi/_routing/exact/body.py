"""Reading the body of a request, if its path operation declares one.

The declaration decides the kind of body when the handler is built. A request without a body has the value `Undefined`,
which differs from JSON's `null`.
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
from fastapi._scope_keys import FASTAPI_KEY, FORM_LIMITS_KEY, MIDDLEWARE_STACK_KEY
from fastapi._stand_ins.forms.assembly import CoreFailed
from fastapi._stand_ins.forms.files import close_form
from fastapi._stand_ins.forms.reading import accelerate
from fastapi.datastructures import DefaultPlaceholder
from fastapi.exceptions import EndpointContext, RequestValidationError

BodyReader = Callable[[Request], Awaitable[object]]
# Returns the location of the endpoint that a request is for.
LocateEndpoint = Callable[[Scope], EndpointContext]


def make_body_reader(
    body_field: Optional[ModelField],
    strict_content_type: Union[bool, DefaultPlaceholder],
    form_limits: Optional[_FormLimits],
    locate: LocateEndpoint,
) -> Optional[BodyReader]:
    """Return the function that reads the body for `body_field`, None if there is no field.

    The function calls the methods of the request, whose class may be the user's own. It raises exceptions for the
    client; validation errors name the endpoint that `locate` returns.
    """
    if body_field is None:
        return None
    if reads_json(body_field):
        # The truth value of the placeholder is that of its value.
        return _explaining(_json_reader(bool(strict_content_type)), locate)
    return _explaining(_form_reader(form_limits), locate)


def reads_json(body_field: Optional[ModelField]) -> bool:
    """Whether the body is read as JSON or bytes, and not as a form."""
    return body_field is not None and not isinstance(body_field.field_info, params.Form)


def is_json(content_type: Optional[str], strict: bool) -> bool:
    """Whether a body of this content type is JSON. Without a content type, it is JSON for lax readers only."""
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
    async def read(request: Request) -> object:
        received = await request.body()
        if not received:
            return Undefined
        if is_json(request.headers.get("content-type"), strict):
            return await request.json()
        return received

    return read


def _form_reader(own_limits: Optional[_FormLimits]) -> BodyReader:
    async def read(request: Request) -> object:
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
    """Return the limits that the routers have left in the scope, with those of the route on top."""
    inherited: _FormLimits = fastapi_scope.get(FORM_LIMITS_KEY, {})
    return {**inherited, **(overrides or {})}


def _explaining(read: BodyReader, locate: LocateEndpoint) -> BodyReader:
    """Return a reader whose exceptions are answers for the client."""

    async def read_or_explain(request: Request) -> Any:
        try:
            return await read(request)
        except Exception as exc:
            error = _explain(exc, request, locate)
            if error is exc:
                raise
            raise error from exc

    return read_or_explain


def _explain(exc: Exception, request: Request, locate: LocateEndpoint) -> Exception:
    """Return the exception to raise for one met on reading: the same exception if it is an answer already."""
    if isinstance(exc, json.JSONDecodeError):
        error = {
            "type": "json_invalid",
            "loc": ("body", exc.pos),
            "msg": "JSON decode error",
            "input": {},
            "ctx": {"error": exc.msg},
        }
        return RequestValidationError([error], body=exc.doc, endpoint_ctx=locate(request.scope))
    if isinstance(exc, HTTPException):
        return exc
    if isinstance(exc, CoreFailed):
        # The fault is not the client's.
        return exc
    body_limit_error = get_body_limit_error(exc)
    if body_limit_error is not None:
        return body_limit_error
    return HTTPException(status_code=400, detail="There was an error parsing the body")
