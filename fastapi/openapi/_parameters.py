"""The parameters of an operation: those of its endpoint and of everything it depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Set, Tuple

from fastapi._compat import ModelField, get_schema_from_model_field
from fastapi._compat.v2 import FieldMapping
from fastapi.datastructures import _Unset
from fastapi.dependencies.models import (
    Dependant,
    _get_cache_key,
    _get_oauth_scopes,
    _is_security_scheme,
)
from fastapi.dependencies.utils import _get_flat_fields_from_params, _get_param_aliases
from fastapi.params import ParamTypes
from fastapi.types import DependencyCacheKey, ModelNameMap


@dataclass
class _OpenAPIDependencyData:
    """What the documentation of an operation shows of its dependency tree."""

    path_params: List[ModelField] = field(default_factory=list)
    query_params: List[ModelField] = field(default_factory=list)
    header_params: List[ModelField] = field(default_factory=list)
    cookie_params: List[ModelField] = field(default_factory=list)
    security_dependencies: List[Tuple[Dependant, List[str]]] = field(default_factory=list)


def _get_openapi_dependency_data(dependant: Dependant) -> _OpenAPIDependencyData:
    """Walk the tree, every dependant before those it depends on; what a request would solve once counts once."""
    data = _OpenAPIDependencyData()
    _collect(dependant, data, visited=set(), uses_scopes={})
    return data


def _collect(
    dependant: Dependant,
    data: _OpenAPIDependencyData,
    *,
    visited: Set[DependencyCacheKey],
    uses_scopes: Dict[int, Tuple[Dependant, bool]],
) -> None:
    visited.add(_get_cache_key(dependant=dependant, uses_scopes_cache=uses_scopes))
    if _is_security_scheme(dependant=dependant):
        data.security_dependencies.append((dependant, _get_oauth_scopes(dependant=dependant)))
    data.path_params += dependant.path_params
    data.query_params += dependant.query_params
    data.header_params += dependant.header_params
    data.cookie_params += dependant.cookie_params
    for dependency in dependant.dependencies:
        if _get_cache_key(dependant=dependency, uses_scopes_cache=uses_scopes) not in visited:
            _collect(dependency, data, visited=visited, uses_scopes=uses_scopes)


def _get_openapi_operation_parameters(
    *,
    dependency_data: _OpenAPIDependencyData,
    model_name_map: ModelNameMap,
    field_mapping: FieldMapping,
    separate_input_output_schemas: bool = True,
) -> List[Dict[str, Any]]:
    """Return one parameter object per field, in the order path, query, header, cookie."""
    parameters = []
    for location, name, parameter in _documented_fields(dependency_data):
        schema = get_schema_from_model_field(
            field=parameter,
            model_name_map=model_name_map,
            field_mapping=field_mapping,
            separate_input_output_schemas=separate_input_output_schemas,
            field_alias=name,
        )
        described = {"name": name, "in": location, "required": parameter.required, "schema": schema}
        described.update(_annotations(parameter.field_info))
        parameters.append(described)
    return parameters


def _documented_fields(data: _OpenAPIDependencyData) -> Iterator[Tuple[str, str, ModelField]]:
    """Yield the location, the name on the wire and the field of each parameter that is shown."""
    for location, declared in (
        (ParamTypes.path, data.path_params),
        (ParamTypes.query, data.query_params),
        (ParamTypes.header, data.header_params),
        (ParamTypes.cookie, data.cookie_params),
    ):
        for parameter in declared:
            if not getattr(parameter.field_info, "include_in_schema", True):
                continue
            convert_underscores = location is ParamTypes.header and getattr(
                parameter.field_info, "convert_underscores", True
            )
            # A parameter that is a model stands for its fields.
            for flat in _get_flat_fields_from_params([parameter]):
                if getattr(flat.field_info, "include_in_schema", True):
                    aliases = _get_param_aliases(flat, convert_underscores=convert_underscores)
                    yield location.value, aliases[0][1], flat


def _annotations(field_info: Any) -> Dict[str, Any]:
    """Return what a parameter says about itself outside of its schema."""
    annotations: Dict[str, Any] = {}
    if field_info.description:
        annotations["description"] = field_info.description
    annotations.update(_examples(field_info))
    if field_info.deprecated:
        annotations["deprecated"] = True
    return annotations


def _examples(field_info: Any) -> Dict[str, Any]:
    """Return the examples of a parameter or body; OpenAPI allows either many or one."""
    many = getattr(field_info, "openapi_examples", None)
    if many:
        return {"examples": many}
    one = getattr(field_info, "example", _Unset)
    return {} if one is _Unset else {"example": one}


def unique_parameters(parameters: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Keep one parameter per location and name: the last required one, or else the last one."""
    kept: Dict[Tuple[str, str], Dict[str, Any]] = {}
    for parameter in parameters:
        key = (parameter["in"], parameter["name"])
        if parameter["required"] or not kept.get(key, parameter)["required"]:
            kept[key] = parameter
    return list(kept.values())
