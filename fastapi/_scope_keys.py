"""The keys under which this package keeps values in an ASGI scope, and in the context of OpenTelemetry.

    {"fastapi": {"included_router": ..., "effective_route_context": ..., "form_limits": {...},
                 "frontend_path": "assets/app.js", "frontend_specificity": 4},
     "fastapi_middleware_astack": AsyncExitStack, "fastapi_inner_astack": AsyncExitStack,
     "fastapi_function_astack": AsyncExitStack, "fastapi.telemetry": Recorder, ...}

Applications and tools read these keys: they are those of FastAPI, apart from the last one. The keys of ASGI itself
("type", "path") and the public ones of Starlette ("app", "route") have no constants.
"""

from __future__ import annotations

# The entry that routes, routers and inclusions share; its own keys follow.
FASTAPI_KEY = "fastapi"
EFFECTIVE_ROUTE_CONTEXT_KEY = "effective_route_context"
INCLUDED_ROUTER_KEY = "included_router"
FORM_LIMITS_KEY = "form_limits"
FRONTEND_PATH_KEY = "frontend_path"
FRONTEND_SPECIFICITY_KEY = "frontend_specificity"

# Exit stacks, from the outermost to the innermost: left when the router is done, after the response and its background
# tasks, and before the response.
MIDDLEWARE_STACK_KEY = "fastapi_middleware_astack"
REQUEST_STACK_KEY = "fastapi_inner_astack"
FUNCTION_STACK_KEY = "fastapi_function_astack"
# The cancel scopes of dependencies with `yield`, by the exit stack that closes them.
CLEANUP_SCOPES_KEY = "fastapi_async_cleanup_scopes"

# The recorder of telemetry, in the scope and in the context of OpenTelemetry. In both, None means that the request is
# not recorded, neither by mounted applications nor for an application around this one.
RECORDER_KEY = "fastapi.telemetry"
RECORDER_CONTEXT_KEY = "fastapi.telemetry-recorder"

# Keys of Starlette: the exception handlers by class and by status, and the limit of the request body with its counter.
HANDLERS_KEY = "starlette.exception_handlers"
MAX_BODY_SIZE_SCOPE_KEY = "starlette.max_body_size"
BODY_METER_KEY = "starlette._body_limit_responder"

# The application that the router calls in place of a route, see `fastapi._rest`. Only layers of Starlette and of this
# package, which do not wait, see a scope with this key. Therefore no user code sees it.
WAITING_KEY = "fastapi_rs.waiting"
