"""FastAPI: web APIs declared by type hints.

    fastapi.*           the names an application needs; everything below is imported from its own module
    fastapi.responses, .security, .middleware, .staticfiles, .templating, .testclient, .encoders, ...

This is fastapi-rs: the interface of FastAPI `__version__`, with a Rust core, in the version `__rs_version__`.
"""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import TYPE_CHECKING, Any

from fastapi import _metadata as _metadata
from fastapi import _rust as _rust

# On the first start, a thread compiles the core while the imports below run.
_rust.compile_early()

from starlette import status as status

from fastapi._version import __rs_version__ as __rs_version__
from fastapi._version import __version__ as __version__
from fastapi.applications import FastAPI as FastAPI
from fastapi.background import BackgroundTasks as BackgroundTasks
from fastapi.datastructures import UploadFile as UploadFile
from fastapi.exceptions import HTTPException as HTTPException
from fastapi.exceptions import WebSocketException as WebSocketException
from fastapi.param_functions import Body as Body
from fastapi.param_functions import Cookie as Cookie
from fastapi.param_functions import Depends as Depends
from fastapi.param_functions import File as File
from fastapi.param_functions import Form as Form
from fastapi.param_functions import Header as Header
from fastapi.param_functions import Path as Path
from fastapi.param_functions import Query as Query
from fastapi.param_functions import Security as Security
from fastapi.params import Param as Param
from fastapi.requests import Request as Request
from fastapi.responses import Response as Response
from fastapi.routing import APIRouter as APIRouter
from fastapi.websockets import WebSocket as WebSocket
from fastapi.websockets import WebSocketDisconnect as WebSocketDisconnect

# The package chooses the rung now, so that a damaged core raises at import and not at the first request.
_rust.mode()
_metadata.install_finder()

if TYPE_CHECKING:
    from fastapi.params import ParamsSchemaError as ParamsSchemaError
    from fastapi.params import get_param_schema as get_param_schema
    from fastapi.params import load_params_schema as load_params_schema
    from fastapi.params import param_factory as param_factory
    from fastapi.params import reload_params_schema as reload_params_schema
    from fastapi.params import validate_cookie_params as validate_cookie_params
    from fastapi.params import validate_header_params as validate_header_params
    from fastapi.params import validate_path_params as validate_path_params
    from fastapi.params import validate_query_params as validate_query_params
else:

    def __getattr__(name: str) -> Any:
        """Import the names of `fastapi.params` that need more modules when an application uses them."""
        # NOTE: `from fastapi import params` would call this function if only this module was imported anew.
        params = _import_module("fastapi.params")
        if name in params._IN_A_FILE:
            return getattr(params, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
