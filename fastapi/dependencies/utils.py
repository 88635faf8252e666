"""Analysing and solving dependencies: the public names, and the names that tests and tools import or replace.

- `_declared`: from a callable to its dependant, when a route or a dependency is declared
- `_solving`: from a dependant to the arguments of its callable, for one request
"""

from __future__ import annotations

import dataclasses as dataclasses
import inspect as inspect
import sys as sys
from collections.abc import AsyncGenerator as AsyncGenerator
from collections.abc import AsyncIterable as AsyncIterable
from collections.abc import AsyncIterator as AsyncIterator
from collections.abc import Callable as Callable
from collections.abc import Generator as Generator
from collections.abc import Iterable as Iterable
from collections.abc import Iterator as Iterator
from collections.abc import Mapping as Mapping
from collections.abc import Sequence as Sequence
from contextlib import AsyncExitStack as AsyncExitStack
from contextlib import asynccontextmanager as asynccontextmanager
from contextlib import contextmanager as contextmanager
from copy import copy as copy
from copy import deepcopy as deepcopy
from dataclasses import dataclass as dataclass
from functools import partial as partial
from typing import Any as Any
from typing import Dict as Dict
from typing import ForwardRef as ForwardRef
from typing import List as List
from typing import Optional as Optional
from typing import Union as Union
from typing import cast as cast

from anyio import CancelScope as CancelScope
from pydantic import AliasChoices as AliasChoices
from pydantic import AliasPath as AliasPath
from pydantic import BaseModel as BaseModel
from pydantic import BeforeValidator as BeforeValidator
from pydantic import ConfigDict as ConfigDict
from pydantic import GetJsonSchemaHandler as GetJsonSchemaHandler
from pydantic import GetPydanticSchema as GetPydanticSchema
from pydantic import Json as Json
from pydantic import Tag as Tag
from pydantic.fields import FieldInfo as FieldInfo
from pydantic_core import CoreSchema as CoreSchema
from starlette.background import BackgroundTasks as StarletteBackgroundTasks
from starlette.concurrency import run_in_threadpool as run_in_threadpool
from starlette.datastructures import FormData as FormData
from starlette.datastructures import Headers as Headers
from starlette.datastructures import ImmutableMultiDict as ImmutableMultiDict
from starlette.datastructures import QueryParams as QueryParams
from starlette.datastructures import UploadFile as UploadFile
from starlette.requests import HTTPConnection as HTTPConnection
from starlette.requests import Request as Request
from starlette.responses import Response as Response
from starlette.websockets import WebSocket as WebSocket
from typing_extensions import Annotated as Annotated
from typing_extensions import Literal as Literal
from typing_extensions import get_args as get_args
from typing_extensions import get_origin as get_origin

from fastapi import params as params
from fastapi._compat import ModelField as ModelField
from fastapi._compat import RequiredParam as RequiredParam
from fastapi._compat import Undefined as Undefined
from fastapi._compat import copy_field_info as copy_field_info
from fastapi._compat import create_body_model as create_body_model
from fastapi._compat import evaluate_forwardref as evaluate_forwardref
from fastapi._compat import field_annotation_is_scalar as field_annotation_is_scalar
from fastapi._compat import field_annotation_is_scalar_sequence as field_annotation_is_scalar_sequence
from fastapi._compat import field_annotation_is_sequence as field_annotation_is_sequence
from fastapi._compat import get_cached_model_fields as get_cached_model_fields
from fastapi._compat import get_missing_field_error as get_missing_field_error
from fastapi._compat import is_bytes_or_nonable_bytes_annotation as is_bytes_or_nonable_bytes_annotation
from fastapi._compat import is_bytes_sequence_annotation as is_bytes_sequence_annotation
from fastapi._compat import is_scalar_field as is_scalar_field
from fastapi._compat import (
    is_uploadfile_or_nonable_uploadfile_annotation as is_uploadfile_or_nonable_uploadfile_annotation,
)
from fastapi._compat import is_uploadfile_sequence_annotation as is_uploadfile_sequence_annotation
from fastapi._compat import lenient_issubclass as lenient_issubclass
from fastapi._compat import sequence_types as sequence_types
from fastapi._compat import serialize_sequence_value as serialize_sequence_value
from fastapi._compat import value_is_sequence as value_is_sequence
from fastapi._facade import install as _install
from fastapi.background import BackgroundTasks as BackgroundTasks
from fastapi.concurrency import _asynccontextmanager_with_shielded_exit as _asynccontextmanager_with_shielded_exit
from fastapi.concurrency import _contextmanager_with_concurrency_limit as _contextmanager_with_concurrency_limit
from fastapi.concurrency import _DependencyConcurrency as _DependencyConcurrency
from fastapi.concurrency import contextmanager_in_threadpool as contextmanager_in_threadpool
from fastapi.dependencies._declared.analysis import (
    add_non_field_param_to_dependency as add_non_field_param_to_dependency,
)
from fastapi.dependencies._declared.analysis import add_param_to_fields as add_param_to_fields
from fastapi.dependencies._declared.analysis import get_dependant as get_dependant
from fastapi.dependencies._declared.analysis import get_parameterless_sub_dependant as get_parameterless_sub_dependant
from fastapi.dependencies._declared.body_field import _get_body_field as _get_body_field
from fastapi.dependencies._declared.body_field import _should_embed_body_fields as _should_embed_body_fields
from fastapi.dependencies._declared.body_field import get_body_field as get_body_field
from fastapi.dependencies._declared.fields import _is_json_field as _is_json_field
from fastapi.dependencies._declared.fields import get_model_type as _get_model_type
from fastapi.dependencies._declared.fields import get_param_model as _get_param_model
from fastapi.dependencies._declared.fields import get_param_names as _get_param_aliases
from fastapi.dependencies._declared.fields import get_validation_alias as get_validation_alias
from fastapi.dependencies._declared.flat import get_flat_body_params as _get_flat_body_params
from fastapi.dependencies._declared.flat import get_flat_dependant as get_flat_dependant
from fastapi.dependencies._declared.flat import get_flat_fields as _get_flat_fields_from_params
from fastapi.dependencies._declared.flat import get_flat_params as get_flat_params
from fastapi.dependencies._declared.multipart import ensure_multipart_is_installed as ensure_multipart_is_installed
from fastapi.dependencies._declared.multipart import (
    multipart_incorrect_install_error as multipart_incorrect_install_error,
)
from fastapi.dependencies._declared.multipart import multipart_not_installed_error as multipart_not_installed_error
from fastapi.dependencies._declared.parameter import ParamDetails as ParamDetails
from fastapi.dependencies._declared.parameter import analyze_param as analyze_param
from fastapi.dependencies._declared.parameter import is_typealiastype as is_typealiastype
from fastapi.dependencies._declared.signature import _get_signature as _get_signature
from fastapi.dependencies._declared.signature import get_stream_item_type as get_stream_item_type
from fastapi.dependencies._declared.signature import get_typed_annotation as get_typed_annotation
from fastapi.dependencies._declared.signature import get_typed_return_annotation as get_typed_return_annotation
from fastapi.dependencies._declared.signature import get_typed_signature as get_typed_signature
from fastapi.dependencies._solving.body import _read_file_bytes as _read_file_bytes
from fastapi.dependencies._solving.body import request_body_to_args as request_body_to_args
from fastapi.dependencies._solving.forms import _get_form_model as _get_form_model
from fastapi.dependencies._solving.forms import _get_multidict_value as _get_multidict_value
from fastapi.dependencies._solving.forms import _normalize_form_model as _normalize_form_model
from fastapi.dependencies._solving.forms import add_form_union_validators as _add_form_union_validators
from fastapi.dependencies._solving.forms import get_form_models as _get_form_models
from fastapi.dependencies._solving.forms import get_union_models as _get_form_union_models
from fastapi.dependencies._solving.forms import is_empty_file_input as _is_empty_file_input
from fastapi.dependencies._solving.generators import _solve_generator as _solve_generator
from fastapi.dependencies._solving.params import _validate_value_with_model_field as _validate_value_with_model_field
from fastapi.dependencies._solving.params import get_multidict_extras as _get_multidict_extras
from fastapi.dependencies._solving.params import request_params_to_args as request_params_to_args
from fastapi.dependencies._solving.solver import SolvedDependency as SolvedDependency
from fastapi.dependencies._solving.solver import solve_dependencies as solve_dependencies
from fastapi.dependencies.models import Dependant as Dependant
from fastapi.dependencies.models import _get_cache_key as _get_cache_key
from fastapi.dependencies.models import _get_computed_scope as _get_computed_scope
from fastapi.dependencies.models import _get_oauth_scopes as _get_oauth_scopes
from fastapi.dependencies.models import _is_async_gen_callable as _is_async_gen_callable
from fastapi.dependencies.models import _is_coroutine_callable as _is_coroutine_callable
from fastapi.dependencies.models import _is_gen_callable as _is_gen_callable
from fastapi.dependencies.models import _UsesScopesCache as _UsesScopesCache
from fastapi.exceptions import DependencyScopeError as DependencyScopeError
from fastapi.logger import logger as logger
from fastapi.security.oauth2 import SecurityScopes as SecurityScopes
from fastapi.types import DependencyCacheKey as DependencyCacheKey
from fastapi.utils import create_model_field as create_model_field
from fastapi.utils import get_path_param_names as get_path_param_names

_install(
    __name__,
    [
        f"fastapi.dependencies.{module}"
        for module in (
            "_declared.analysis",
            "_solving.body",
            "_declared.body_field",
            "_solving.dependant_plan",
            "_declared.fields",
            "_declared.flat",
            "_solving.forms",
            "_solving.generators",
            "_declared.multipart",
            "_declared.parameter",
            "_solving.params",
            "_solving.request_objects",
            "_declared.signature",
            "_solving.solution",
            "_solving.solver",
        )
    ],
)
