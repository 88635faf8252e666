"""From routes to an OpenAPI document: the public face of the underscore modules beside this one.

_schema       the whole document
_operation    one route: metadata, body, responses, callbacks
_parameters   the parameters of an operation, gathered from its dependencies
_security     the security schemes of an operation
"""

from __future__ import annotations

import copy as copy
import http as http
import inspect as inspect
import warnings as warnings
from collections.abc import Sequence as Sequence
from dataclasses import dataclass as dataclass
from dataclasses import field as field
from typing import TYPE_CHECKING
from typing import Any as Any
from typing import cast as cast

from starlette.responses import JSONResponse as JSONResponse
from starlette.responses import Response as Response
from starlette.routing import BaseRoute as BaseRoute
from typing_extensions import Literal as Literal

from fastapi._compat import ModelField as ModelField
from fastapi._compat import get_definitions as get_definitions
from fastapi._compat import get_flat_models_from_fields as get_flat_models_from_fields
from fastapi._compat import get_model_name_map as get_model_name_map
from fastapi._compat import get_schema_from_model_field as get_schema_from_model_field
from fastapi._compat import lenient_issubclass as lenient_issubclass
from fastapi._facade import install, lazy_names
from fastapi.datastructures import DefaultPlaceholder as DefaultPlaceholder
from fastapi.datastructures import _Unset as _Unset
from fastapi.dependencies._declared.fields import get_param_model as _get_param_model
from fastapi.dependencies._declared.fields import get_param_names as _get_param_aliases
from fastapi.dependencies._declared.flat import get_flat_fields as _get_flat_fields_from_params
from fastapi.dependencies.models import Dependant as Dependant
from fastapi.dependencies.models import _get_cache_key as _get_cache_key
from fastapi.dependencies.models import _get_oauth_scopes as _get_oauth_scopes
from fastapi.dependencies.models import _get_security_scheme as _get_security_scheme
from fastapi.dependencies.models import _is_security_scheme as _is_security_scheme
from fastapi.dependencies.models import _UsesScopesCache as _UsesScopesCache
from fastapi.dependencies.utils import get_flat_params as get_flat_params
from fastapi.encoders import jsonable_encoder as jsonable_encoder
from fastapi.exceptions import FastAPIDeprecationWarning as FastAPIDeprecationWarning
from fastapi.openapi._operation import _SSE_EVENT_SCHEMA as _SSE_EVENT_SCHEMA
from fastapi.openapi._operation import _get_api_route_for_openapi as _get_api_route_for_openapi
from fastapi.openapi._operation import generate_operation_id as generate_operation_id
from fastapi.openapi._operation import generate_operation_summary as generate_operation_summary
from fastapi.openapi._operation import get_openapi_operation_metadata as get_openapi_operation_metadata
from fastapi.openapi._operation import get_openapi_operation_request_body as get_openapi_operation_request_body
from fastapi.openapi._operation import get_openapi_path as get_openapi_path
from fastapi.openapi._operation import status_code_ranges as status_code_ranges
from fastapi.openapi._operation import validation_error_definition as validation_error_definition
from fastapi.openapi._operation import validation_error_response_definition as validation_error_response_definition
from fastapi.openapi._parameters import _get_openapi_dependency_data as _get_openapi_dependency_data
from fastapi.openapi._parameters import _get_openapi_operation_parameters as _get_openapi_operation_parameters
from fastapi.openapi._parameters import _OpenAPIDependencyData as _OpenAPIDependencyData
from fastapi.openapi._schema import get_fields_from_routes as get_fields_from_routes
from fastapi.openapi._schema import get_openapi as get_openapi
from fastapi.openapi._security import _get_openapi_security_definitions as _get_openapi_security_definitions
from fastapi.openapi.constants import METHODS_WITH_BODY as METHODS_WITH_BODY
from fastapi.openapi.constants import REF_PREFIX as REF_PREFIX
from fastapi.params import Body as Body
from fastapi.params import ParamTypes as ParamTypes
from fastapi.types import DependencyCacheKey as DependencyCacheKey
from fastapi.types import ModelNameMap as ModelNameMap
from fastapi.utils import deep_dict_update as deep_dict_update
from fastapi.utils import generate_operation_id_for_path as generate_operation_id_for_path
from fastapi.utils import is_body_allowed_for_status_code as is_body_allowed_for_status_code

if TYPE_CHECKING:
    from fastapi.openapi.models import OpenAPI as OpenAPI
else:
    __getattr__, __dir__ = lazy_names(__name__, {"OpenAPI": "fastapi.openapi.models.OpenAPI"})

install(
    __name__,
    [
        "fastapi.openapi._schema",
        "fastapi.openapi._operation",
        "fastapi.openapi._parameters",
        "fastapi.openapi._security",
    ],
)
