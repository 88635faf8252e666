"""Routes, routers and the handling of a request: the public path of `fastapi._routing`.

Assignments to names here reach the modules that use them: see `fastapi/_facade.py`.
"""

from __future__ import annotations

import contextlib as contextlib
import copy as copy
import email as email
import errno as errno
import functools as functools
import inspect as inspect
import json as json
import math as math
import os as os
import stat as stat
import threading as threading
import types as types
import warnings as warnings
from collections.abc import AsyncIterator as AsyncIterator
from collections.abc import Awaitable as Awaitable
from collections.abc import Callable as Callable
from collections.abc import Collection as Collection
from collections.abc import Coroutine as Coroutine
from collections.abc import Generator as Generator
from collections.abc import Iterator as Iterator
from collections.abc import Mapping as Mapping
from collections.abc import Sequence as Sequence
from contextlib import AbstractAsyncContextManager as AbstractAsyncContextManager
from contextlib import AbstractContextManager as AbstractContextManager
from contextlib import AsyncExitStack as AsyncExitStack
from contextlib import asynccontextmanager as asynccontextmanager
from contextvars import ContextVar as ContextVar
from dataclasses import dataclass as dataclass
from dataclasses import field as field
from enum import Enum as Enum
from enum import IntEnum as IntEnum
from typing import Any as Any
from typing import TypeVar
from typing import cast as cast

import anyio as anyio
from annotated_doc import Doc as Doc
from anyio.abc import ObjectReceiveStream as ObjectReceiveStream
from starlette import routing as routing
from starlette._exception_handler import wrap_app_handling_exceptions as wrap_app_handling_exceptions
from starlette._utils import get_route_path as get_route_path
from starlette._utils import is_async_callable as is_async_callable
from starlette.concurrency import iterate_in_threadpool as iterate_in_threadpool
from starlette.concurrency import run_in_threadpool as run_in_threadpool
from starlette.datastructures import URL as URL
from starlette.datastructures import URLPath as URLPath
from starlette.exceptions import HTTPException as HTTPException
from starlette.middleware import Middleware as Middleware
from starlette.requests import Request as Request
from starlette.responses import JSONResponse as JSONResponse
from starlette.responses import PlainTextResponse as PlainTextResponse
from starlette.responses import RedirectResponse as RedirectResponse
from starlette.responses import Response as Response
from starlette.responses import StreamingResponse as StreamingResponse
from starlette.routing import BaseRoute as BaseRoute
from starlette.routing import Match as Match
from starlette.routing import Mount as Mount
from starlette.routing import NoMatchFound as NoMatchFound
from starlette.routing import compile_path as compile_path
from starlette.routing import get_name as get_name
from starlette.staticfiles import StaticFiles as StaticFiles
from starlette.types import ASGIApp as ASGIApp
from starlette.types import Lifespan as Lifespan
from starlette.types import Receive as Receive
from starlette.types import Scope as Scope
from starlette.types import Send as Send
from starlette.websockets import WebSocket as WebSocket
from typing_extensions import Annotated as Annotated
from typing_extensions import Literal as Literal
from typing_extensions import Protocol as Protocol
from typing_extensions import deprecated as deprecated

from fastapi import params as params
from fastapi._body_limit import MAX_BODY_SIZE_SCOPE_KEY as MAX_BODY_SIZE_SCOPE_KEY
from fastapi._body_limit import get_body_limit_error as get_body_limit_error
from fastapi._body_limit import get_body_size_limit as get_body_size_limit
from fastapi._body_limit import validate_max_body_size as validate_max_body_size
from fastapi._body_limit import wrap_app_with_body_limit as wrap_app_with_body_limit
from fastapi._compat import ModelField as ModelField
from fastapi._compat import Undefined as Undefined
from fastapi._compat import lenient_issubclass as lenient_issubclass
from fastapi._facade import install as _install
from fastapi._form_limits import _FormLimits as _FormLimits
from fastapi._form_limits import _validate_form_limits as _validate_form_limits
from fastapi._routing.described.description import _effective_route_context_var as _effective_route_context_var
from fastapi._routing.described.resolve import (
    build_dependant_and_body as _build_dependant_with_parameterless_dependencies,
)
from fastapi._routing.described.scope import MISSING as _SCOPE_MISSING
from fastapi._routing.described.scope import _restore_fastapi_scope_key as _restore_fastapi_scope_key
from fastapi._routing.described.scope import apply_form_limits as _apply_router_form_limits
from fastapi._routing.described.scope import get_effective_route_context as _get_scope_effective_route_context
from fastapi._routing.described.scope import get_fastapi_scope as _get_fastapi_scope
from fastapi._routing.described.scope import get_frontend_specificity as _frontend_scope_specificity
from fastapi._routing.described.scope import get_included_router as _get_scope_included_router
from fastapi._routing.described.scope import update_scope as _update_scope
from fastapi._routing.exact.body import _resolve_form_limits as _resolve_form_limits
from fastapi._routing.exact.endpoint import _endpoint_context_cache as _endpoint_context_cache
from fastapi._routing.exact.endpoint import _extract_endpoint_context as _extract_endpoint_context
from fastapi._routing.exact.handler import get_request_handler as get_request_handler
from fastapi._routing.exact.handler import run_endpoint_function as run_endpoint_function
from fastapi._routing.exact.response import _build_response_args as _build_response_args
from fastapi._routing.exact.response import serialize_response as serialize_response
from fastapi._routing.exact.streaming import _normalize_non_finite_floats as _normalize_non_finite_floats
from fastapi._routing.exact.websocket import get_websocket_app as get_websocket_app
from fastapi._routing.tree.asgi import request_response as request_response
from fastapi._routing.tree.asgi import websocket_session as websocket_session
from fastapi._routing.tree.frontend import FrontendRoute as _FrontendRoute
from fastapi._routing.tree.frontend import _frontend_endpoint as _frontend_dependency_endpoint
from fastapi._routing.tree.frontend import _FrontendRouteGroup as _FrontendRouteGroup
from fastapi._routing.tree.frontend import _join_paths as _join_frontend_paths
from fastapi._routing.tree.frontend_files import FrontendFiles as _FrontendStaticFiles
from fastapi._routing.tree.inclusion.context import _RouterIncludeContext as _RouterIncludeContext
from fastapi._routing.tree.inclusion.node import _IncludedRouter as _IncludedRouter
from fastapi._routing.tree.inclusion.placed import _EffectiveRouteContext as _EffectiveRouteContext
from fastapi._routing.tree.inclusion.walk import RouteContext as RouteContext
from fastapi._routing.tree.inclusion.walk import _iter_included_route_candidates as _iter_included_route_candidates
from fastapi._routing.tree.inclusion.walk import iter_route_contexts as iter_route_contexts
from fastapi._routing.tree.inclusion.walk import iter_routes_with_context as _iter_routes_with_context
from fastapi._routing.tree.lifespan import _AsyncLiftContextManager as _AsyncLiftContextManager
from fastapi._routing.tree.lifespan import _DefaultLifespan as _DefaultLifespan
from fastapi._routing.tree.lifespan import _merge_lifespan_context as _merge_lifespan_context
from fastapi._routing.tree.lifespan import _wrap_gen_lifespan_context as _wrap_gen_lifespan_context
from fastapi._routing.tree.route import APIRoute as APIRoute
from fastapi._routing.tree.router import APIRouter as APIRouter
from fastapi._routing.tree.websocket_route import APIWebSocketRoute as APIWebSocketRoute
from fastapi._scope_keys import EFFECTIVE_ROUTE_CONTEXT_KEY as _FASTAPI_EFFECTIVE_ROUTE_CONTEXT_KEY
from fastapi._scope_keys import FASTAPI_KEY as _FASTAPI_SCOPE_KEY
from fastapi._scope_keys import FORM_LIMITS_KEY as _FASTAPI_FORM_LIMITS_KEY
from fastapi._scope_keys import FRONTEND_PATH_KEY as _FASTAPI_FRONTEND_PATH_KEY
from fastapi._scope_keys import FRONTEND_SPECIFICITY_KEY as _FASTAPI_FRONTEND_SPECIFICITY_KEY
from fastapi._scope_keys import INCLUDED_ROUTER_KEY as _FASTAPI_INCLUDED_ROUTER_KEY
from fastapi.datastructures import Default as Default
from fastapi.datastructures import DefaultPlaceholder as DefaultPlaceholder
from fastapi.dependencies._declared.flat import get_flat_body_params as _get_flat_body_params
from fastapi.dependencies.models import Dependant as Dependant
from fastapi.dependencies.models import _is_async_gen_callable as _is_async_gen_callable
from fastapi.dependencies.models import _is_coroutine_callable as _is_coroutine_callable
from fastapi.dependencies.models import _is_gen_callable as _is_gen_callable
from fastapi.dependencies.utils import SolvedDependency as SolvedDependency
from fastapi.dependencies.utils import _get_body_field as _get_body_field
from fastapi.dependencies.utils import _should_embed_body_fields as _should_embed_body_fields
from fastapi.dependencies.utils import get_dependant as get_dependant
from fastapi.dependencies.utils import get_parameterless_sub_dependant as get_parameterless_sub_dependant
from fastapi.dependencies.utils import get_stream_item_type as get_stream_item_type
from fastapi.dependencies.utils import get_typed_return_annotation as get_typed_return_annotation
from fastapi.dependencies.utils import solve_dependencies as solve_dependencies
from fastapi.encoders import jsonable_encoder as jsonable_encoder
from fastapi.exceptions import EndpointContext as EndpointContext
from fastapi.exceptions import FastAPIError as FastAPIError
from fastapi.exceptions import RequestValidationError as RequestValidationError
from fastapi.exceptions import ResponseValidationError as ResponseValidationError
from fastapi.exceptions import WebSocketRequestValidationError as WebSocketRequestValidationError
from fastapi.sse import _PING_INTERVAL as _PING_INTERVAL
from fastapi.sse import KEEPALIVE_COMMENT as KEEPALIVE_COMMENT
from fastapi.sse import EventSourceResponse as EventSourceResponse
from fastapi.sse import ServerSentEvent as ServerSentEvent
from fastapi.sse import format_sse_event as format_sse_event
from fastapi.telemetry._api import get_telemetry_data as get_telemetry_data
from fastapi.types import DecoratedCallable as DecoratedCallable
from fastapi.types import IncEx as IncEx
from fastapi.utils import create_model_field as create_model_field
from fastapi.utils import generate_unique_id as generate_unique_id
from fastapi.utils import get_value_or_default as get_value_or_default
from fastapi.utils import is_body_allowed_for_status_code as is_body_allowed_for_status_code

# The application that a lifespan is for.
AppType = TypeVar("AppType")
_T = TypeVar("_T")

_install(
    __name__,
    [
        "fastapi._routing.described.description",
        "fastapi._routing.described.options",
        "fastapi._routing.described.operation",
        "fastapi._routing.described.response_field",
        "fastapi._routing.described.resolve",
        "fastapi._routing.exact.body",
        "fastapi._routing.exact.endpoint",
        "fastapi._routing.exact.response",
        "fastapi._routing.exact.streaming",
        "fastapi._routing.exact.handler",
        "fastapi._routing.exact.websocket",
        "fastapi._routing.tree.asgi",
        "fastapi._routing.tree.effective",
        "fastapi._routing.tree.route",
        "fastapi._routing.tree.websocket_route",
        "fastapi._routing.tree.frontend_files",
        "fastapi._routing.tree.frontend",
        "fastapi._routing.tree.inclusion.context",
        "fastapi._routing.tree.inclusion.placed",
        "fastapi._routing.tree.inclusion.prefix",
        "fastapi._routing.tree.selection",
        "fastapi._routing.tree.inclusion.node",
        "fastapi._routing.tree.inclusion.walk",
        "fastapi._routing.tree.lifespan",
        "fastapi._routing.tree.adding",
        "fastapi._routing.tree.including",
        "fastapi._routing.tree.router",
    ],
)
