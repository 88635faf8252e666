"""Making a response from the result of an endpoint.

a `Response`                          goes out as it is
a value with a response model         validated; by default written as JSON by Pydantic, without a detour
a value without one                   `jsonable_encoder`, then the response class
"""

from __future__ import annotations

from functools import partial
from typing import Any, Awaitable, Callable, Dict, NamedTuple, Optional, Type, Union

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from fastapi._compat import ModelField
from fastapi._routing.described.description import Description
from fastapi._rust import dump_json, encode_json
from fastapi._stand_ins.guards import Guard, Originals
from fastapi._stand_ins.response_template import has_template, make_json_response
from fastapi._stand_ins.worker_threads import call_in_thread
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.utils import SolvedDependency
from fastapi.encoders import has_typed_rows, jsonable_encoder
from fastapi.exceptions import EndpointContext, ResponseValidationError
from fastapi.types import IncEx
from fastapi.utils import is_body_allowed_for_status_code


class ResponseOptions(NamedTuple):
    """How the content of a response is written."""

    status_code: Optional[int]
    response_class: Union[Type[Response], DefaultPlaceholder]
    field: Optional[ModelField]
    include: Optional[IncEx]
    exclude: Optional[IncEx]
    by_alias: bool
    exclude_unset: bool
    exclude_defaults: bool
    exclude_none: bool
    is_coroutine: bool

    @property
    def actual_response_class(self) -> Type[Response]:
        """The chosen class, or the default."""
        if isinstance(self.response_class, DefaultPlaceholder):
            default_class: Type[Response] = self.response_class.value
            return default_class
        return self.response_class

    @property
    def is_default_class(self) -> bool:
        """Whether the class is the default of all applications and routers."""
        return isinstance(self.response_class, DefaultPlaceholder)

    @classmethod
    def of(cls, described: Description, is_coroutine: bool) -> ResponseOptions:
        """Return the options of a described operation, whose endpoint is awaited or not."""
        return cls(
            status_code=described.status_code,
            response_class=described.response_class,
            field=described.response_field,
            include=described.response_model_include,
            exclude=described.response_model_exclude,
            by_alias=described.response_model_by_alias,
            exclude_unset=described.response_model_exclude_unset,
            exclude_defaults=described.response_model_exclude_defaults,
            exclude_none=described.response_model_exclude_none,
            is_coroutine=is_coroutine,
        )

    def serialization(self) -> Dict[str, Any]:
        """Return the keyword arguments for `ModelField.serialize` and `serialize_response`."""
        return {
            "include": self.include,
            "exclude": self.exclude,
            "by_alias": self.by_alias,
            "exclude_unset": self.exclude_unset,
            "exclude_defaults": self.exclude_defaults,
            "exclude_none": self.exclude_none,
        }


# Returns the location of the endpoint, for errors.
DescribeEndpoint = Callable[[], EndpointContext]
MakeResponse = Callable[[object, SolvedDependency, DescribeEndpoint], Awaitable[Response]]


def make_response_maker(options: ResponseOptions) -> MakeResponse:
    """Return the function that makes a response of the content that an endpoint has returned."""
    field = options.field
    response_class = options.actual_response_class
    dumps_json = field is not None and options.is_default_class
    encodes_json = field is None and options.is_default_class and response_class is JSONResponse
    serialization = options.serialization()

    async def make_response(content: Any, solved: SolvedDependency, describe: DescribeEndpoint) -> Response:
        arguments = _build_response_args(status_code=options.status_code, solved_result=solved)
        if encodes_json and serialize_response is _originals.serialize_response and has_template(JSONResponse):
            response: Response = make_json_response(JSONResponse, encode_undeclared(content), **arguments)
        else:
            content = await serialize_response(
                field=field,
                response_content=content,
                is_coroutine=options.is_coroutine,
                endpoint_ctx=None if field is None else describe(),
                dump_json=dumps_json,
                **serialization,
            )
            if dumps_json and has_template(Response):
                response = make_json_response(Response, content, **arguments)
            elif dumps_json:
                response = Response(content=content, media_type=_JSON, **arguments)
            else:
                response = response_class(content, **arguments)
        if not is_body_allowed_for_status_code(response.status_code):
            response.body = b""
        # PERF: `response.headers` would create a view of this list (benchmark `injected`).
        response.raw_headers.extend(solved.response.raw_headers)
        return response

    return make_response


async def serialize_response(
    *,
    field: Optional[ModelField] = None,
    response_content: Any,
    include: Optional[IncEx] = None,
    exclude: Optional[IncEx] = None,
    by_alias: bool = True,
    exclude_unset: bool = False,
    exclude_defaults: bool = False,
    exclude_none: bool = False,
    is_coroutine: bool = True,
    endpoint_ctx: Optional[EndpointContext] = None,
    dump_json: bool = False,
) -> Any:
    """Validate and serialise the content of a response: to bytes with `dump_json`, else to values for JSON."""
    if field is None:
        return jsonable_encoder(response_content)
    if is_coroutine:
        value, errors = field.validate(response_content, {}, loc=("response",))
    else:
        # A validator that blocks then blocks a worker thread, as the endpoint itself does.
        validate = partial(field.validate, response_content, {}, loc=("response",))
        value, errors = await call_in_thread(run_in_threadpool, validate, {})
    if errors:
        raise ResponseValidationError(errors=errors, body=response_content, endpoint_ctx=endpoint_ctx or {})
    serialize = field.serialize_json if dump_json else field.serialize
    return serialize(
        value,
        include=include,
        exclude=exclude,
        by_alias=by_alias,
        exclude_unset=exclude_unset,
        exclude_defaults=exclude_defaults,
        exclude_none=exclude_none,
    )


serialize_response.__module__ = "fastapi.routing"

# Tracing libraries replace `fastapi.routing.serialize_response`, and expect a call for every response.
_originals = Originals(globals(), "serialize_response", "jsonable_encoder")


def encode_undeclared(content: object) -> bytes:
    """Return the JSON of content that has no response model, as `JSONResponse` would write it.

    The core writes trees of plain values; `jsonable_encoder` first makes any other content plain. Python raises the
    errors of content that cannot be written.
    """
    if not _rendering.holds():
        return JSONResponse.render(_renderer, jsonable_encoder(content))
    body = None
    if jsonable_encoder is _originals.jsonable_encoder and not has_typed_rows(content):
        body = encode_json(content)
    if body is None:
        plain = jsonable_encoder(content)
        body = dump_json(plain)
        if body is None:
            return JSONResponse.render(_renderer, plain)
    return body


# `JSONResponse.render` uses no attribute of its instance.
_renderer = JSONResponse.__new__(JSONResponse)
_rendering = Guard((JSONResponse, "render"))


_JSON = "application/json"


def _build_response_args(*, status_code: Optional[int], solved_result: SolvedDependency) -> Dict[str, Any]:
    """Return the arguments every response class takes."""
    arguments: Dict[str, Any] = {"background": solved_result.background_tasks}
    chosen = choose_status(solved_result.response.status_code, status_code)
    if chosen is not None:
        arguments["status_code"] = chosen
    return arguments


def choose_status(injected: Optional[int], declared: Optional[int]) -> Optional[int]:
    """Return the status of a response, None for the default. The injected response has the last word on it."""
    # NOTE: a status of 0 counts as set on the response, but neither before a declared one nor when it is declared.
    return injected or declared or injected
