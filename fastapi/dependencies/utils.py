"""Analysing and solving dependencies: the public names, and those that tests and tools take.

- `_signature`: annotations of callables         - `_params`, `_body`, `_forms`: values of a request
- `_analysis`: from a callable to a dependant     - `_solver`: from a dependant to its arguments
- `_flat`, `_body_field`: for the documentation   - `_multipart`, `_fields`: what the others share
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool as run_in_threadpool

from fastapi._compat import ModelField as ModelField
from fastapi._facade import install as _install
from fastapi.concurrency import (
    contextmanager_in_threadpool as contextmanager_in_threadpool,
)
from fastapi.dependencies._analysis import ParamDetails as ParamDetails
from fastapi.dependencies._analysis import (
    add_non_field_param_to_dependency as add_non_field_param_to_dependency,
)
from fastapi.dependencies._analysis import add_param_to_fields as add_param_to_fields
from fastapi.dependencies._analysis import analyze_param as analyze_param
from fastapi.dependencies._analysis import get_dependant as get_dependant
from fastapi.dependencies._analysis import (
    get_parameterless_sub_dependant as get_parameterless_sub_dependant,
)
from fastapi.dependencies._body import _read_file_bytes as _read_file_bytes
from fastapi.dependencies._body import request_body_to_args as request_body_to_args
from fastapi.dependencies._body_field import _get_body_field as _get_body_field
from fastapi.dependencies._body_field import (
    _should_embed_body_fields as _should_embed_body_fields,
)
from fastapi.dependencies._body_field import get_body_field as get_body_field
from fastapi.dependencies._fields import get_param_names as _get_param_aliases
from fastapi.dependencies._fields import get_validation_alias as get_validation_alias
from fastapi.dependencies._flat import get_flat_body_params as _get_flat_body_params
from fastapi.dependencies._flat import get_flat_dependant as get_flat_dependant
from fastapi.dependencies._flat import get_flat_fields as _get_flat_fields_from_params
from fastapi.dependencies._flat import get_flat_params as get_flat_params
from fastapi.dependencies._multipart import (
    ensure_multipart_is_installed as ensure_multipart_is_installed,
)
from fastapi.dependencies._multipart import (
    multipart_incorrect_install_error as multipart_incorrect_install_error,
)
from fastapi.dependencies._multipart import (
    multipart_not_installed_error as multipart_not_installed_error,
)
from fastapi.dependencies._params import (
    request_params_to_args as request_params_to_args,
)
from fastapi.dependencies._signature import _get_signature as _get_signature
from fastapi.dependencies._signature import (
    get_stream_item_type as get_stream_item_type,
)
from fastapi.dependencies._signature import (
    get_typed_annotation as get_typed_annotation,
)
from fastapi.dependencies._signature import (
    get_typed_return_annotation as get_typed_return_annotation,
)
from fastapi.dependencies._signature import get_typed_signature as get_typed_signature
from fastapi.dependencies._solver import SolvedDependency as SolvedDependency
from fastapi.dependencies._solver import _solve_generator as _solve_generator
from fastapi.dependencies._solver import solve_dependencies as solve_dependencies
from fastapi.dependencies.models import Dependant as Dependant
from fastapi.dependencies.models import (
    _is_async_gen_callable as _is_async_gen_callable,
)
from fastapi.dependencies.models import (
    _is_coroutine_callable as _is_coroutine_callable,
)
from fastapi.dependencies.models import _is_gen_callable as _is_gen_callable

_install(
    __name__,
    [
        f"fastapi.dependencies.{module}"
        for module in (
            "_analysis",
            "_body",
            "_body_field",
            "_fields",
            "_flat",
            "_forms",
            "_multipart",
            "_params",
            "_signature",
            "_solver",
        )
    ],
)
