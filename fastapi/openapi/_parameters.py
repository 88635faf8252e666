"""The parameters of an operation: those of its endpoint and of everything it depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Set, Tuple, cast

from pydantic import AliasChoices

from fastapi._compat import ModelField, get_schema_from_model_field
from fastapi._compat.v2 import FieldMapping
from fastapi.datastructures import _Unset
from fastapi.dependencies._flat import get_flat_fields
from fastapi.dependencies.models import (
    Dependant,
    _get_cache_key,
    _get_oauth_scopes,
    _is_security_scheme,
)
from fastapi.encoders import jsonable_encoder
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
    for location, key, name, parameter in _documented_fields(dependency_data):
        schema = get_schema_from_model_field(
            field=parameter,
            model_name_map=model_name_map,
            field_mapping=field_mapping,
            separate_input_output_schemas=separate_input_output_schemas,
            field_alias=key,
        )
        described = {"name": name, "in": location, "required": parameter.required, "schema": schema}
        described.update(_annotations(parameter.field_info))
        parameters.append(described)
    return parameters


def _documented_fields(
    data: _OpenAPIDependencyData,
) -> Iterator[Tuple[str, str, str, ModelField]]:
    """Yield the location, the key, the name on the wire and the field of each parameter that is shown."""
    for location, declared in (
        (ParamTypes.path, data.path_params),
        (ParamTypes.query, data.query_params),
        (ParamTypes.header, data.header_params),
        (ParamTypes.cookie, data.cookie_params),
    ):
        for parameter in declared:
            if not getattr(parameter.field_info, "include_in_schema", True):
                continue
            # A parameter that is a model stands for its fields.
            for flat in get_flat_fields([parameter]):
                if getattr(flat.field_info, "include_in_schema", True):
                    key, is_choice = _key(flat, location)
                    name = key
                    if key == flat.name and not is_choice and _converts_underscores(parameter, location):
                        name = key.replace("_", "-")
                    yield location.value, key, name, flat


def _key(parameter: ModelField, location: ParamTypes) -> Tuple[str, bool]:
    """Return the first name that a parameter is known by, and whether it is one of several."""
    if not (parameter.config or {}).get("validate_by_alias", True):
        return parameter.name, False
    alias = parameter.field_info.validation_alias
    # NOTE: the template of a path decides between the choices when the route is added; nothing is left to choose.
    if isinstance(alias, AliasChoices) and location is not ParamTypes.path:
        if all(isinstance(choice, str) for choice in alias.choices):
            return cast(str, alias.choices[0]), True
    return parameter.validation_alias or parameter.alias, False


def _converts_underscores(parameter: ModelField, location: ParamTypes) -> bool:
    return location is ParamTypes.header and getattr(parameter.field_info, "convert_underscores", True)


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
    # NOTE: a copied parameter has a placeholder of its own, which is shown as an empty example, as in FastAPI.
    return {} if one is _Unset else {"example": jsonable_encoder(one)}


def unique_parameters(parameters: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Keep one parameter per location and name: the last required one, or else the last one."""
    kept: Dict[Tuple[str, str], Dict[str, Any]] = {}
    for parameter in parameters:
        key = (parameter["in"], parameter["name"])
        if parameter["required"] or not kept.get(key, parameter)["required"]:
            kept[key] = parameter
    return list(kept.values())
