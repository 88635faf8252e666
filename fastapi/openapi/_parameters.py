"""The parameters of an operation: those of its endpoint and of everything it depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from pydantic.fields import FieldInfo

from fastapi._compat import ModelField, get_schema_from_model_field
from fastapi._compat.v2 import FieldMapping
from fastapi.datastructures import _Unset
from fastapi.dependencies._declared.fields import get_param_model, get_param_names
from fastapi.dependencies._declared.flat import get_flat_fields
from fastapi.dependencies.models import Dependant, _get_cache_key, _get_oauth_scopes, _is_security_scheme
from fastapi.encoders import jsonable_encoder
from fastapi.openapi._types import JSONObject
from fastapi.params import ParamTypes
from fastapi.types import DependencyCacheKey, ModelNameMap


@dataclass
class _OpenAPIDependencyData:
    """The parameters and security schemes of a dependency tree."""

    path_params: List[ModelField] = field(default_factory=list)
    query_params: List[ModelField] = field(default_factory=list)
    header_params: List[ModelField] = field(default_factory=list)
    cookie_params: List[ModelField] = field(default_factory=list)
    security_dependencies: List[Tuple[Dependant, List[str]]] = field(default_factory=list)


def _get_openapi_dependency_data(dependant: Dependant) -> _OpenAPIDependencyData:
    """Collect the parameters of a tree, each dependant before its dependencies, each cached dependency once."""
    data = _OpenAPIDependencyData()
    _add_dependant(dependant, data, inherited=None, visited=set(), uses_scopes={})
    return data


def _add_dependant(
    dependant: Dependant,
    data: _OpenAPIDependencyData,
    *,
    inherited: Optional[List[str]],
    visited: Set[DependencyCacheKey],
    uses_scopes: Dict[int, Tuple[Dependant, bool]],
) -> None:
    """Add a dependant and its dependencies.

    `inherited` has the scopes of the dependants above; it is None for the endpoint.
    """
    visited.add(_get_cache_key(dependant=dependant, uses_scopes_cache=uses_scopes))
    scopes = list(dict.fromkeys([*(inherited or ()), *_get_oauth_scopes(dependant=dependant)]))
    if inherited is not None and _is_security_scheme(dependant=dependant):
        data.security_dependencies.append((dependant, scopes))
    data.path_params += dependant.path_params
    data.query_params += dependant.query_params
    data.header_params += dependant.header_params
    data.cookie_params += dependant.cookie_params
    for dependency in dependant.dependencies:
        if _get_cache_key(dependant=dependency, uses_scopes_cache=uses_scopes) not in visited:
            _add_dependant(dependency, data, inherited=scopes, visited=visited, uses_scopes=uses_scopes)


def _get_openapi_operation_parameters(
    *,
    dependency_data: _OpenAPIDependencyData,
    model_name_map: ModelNameMap,
    field_mapping: FieldMapping,
    separate_input_output_schemas: bool = True,
) -> List[JSONObject]:
    """Return one parameter object per field, in the order path, query, header, cookie."""
    parameters = []
    for location, declared in (
        (ParamTypes.path, dependency_data.path_params),
        (ParamTypes.query, dependency_data.query_params),
        (ParamTypes.header, dependency_data.header_params),
        (ParamTypes.cookie, dependency_data.cookie_params),
    ):
        for parameter in declared:
            if getattr(parameter.field_info, "include_in_schema", True):
                for described in _documented_fields(location, parameter):
                    parameters.append(
                        {
                            "name": described.name,
                            "in": location.value,
                            "required": described.required,
                            "schema": get_schema_from_model_field(
                                field=described.field,
                                model_name_map=model_name_map,
                                field_mapping=field_mapping,
                                separate_input_output_schemas=separate_input_output_schemas,
                                field_alias=described.key,
                            ),
                            **_annotations(described.field.field_info),
                        }
                    )
    return parameters


class _Documented(NamedTuple):
    """A parameter in the document."""

    name: str
    key: str
    required: bool
    field: ModelField


def _documented_fields(location: ParamTypes, parameter: ModelField) -> Iterator[_Documented]:
    """Yield the parameter, or each field of it if its type is a model."""
    model = get_param_model(parameter)
    # The fields of a model that may be absent are not required.
    may_be_absent = (
        model is not None and parameter.field_info.annotation is not model and not parameter.field_info.is_required()
    )
    converts = getattr(parameter.field_info, "convert_underscores", True)
    for shown in get_flat_fields([parameter]):
        info = shown.field_info
        convert = location is ParamTypes.header and getattr(info, "convert_underscores", converts)
        key, name = get_param_names(shown, convert_underscores=convert)[0]
        yield _Documented(name, key, info.is_required() and not may_be_absent, shown)


def _annotations(field_info: FieldInfo) -> JSONObject:
    """Return the keys of a parameter that stand beside its schema."""
    annotations: JSONObject = {}
    if field_info.description:
        annotations["description"] = field_info.description
    annotations.update(_examples(field_info))
    if field_info.deprecated:
        annotations["deprecated"] = True
    return annotations


def _examples(field_info: FieldInfo) -> JSONObject:
    """Return the examples of a parameter or body; OpenAPI allows either many or one."""
    many = getattr(field_info, "openapi_examples", None)
    if many:
        return {"examples": jsonable_encoder(many)}
    one = getattr(field_info, "example", _Unset)
    # NOTE: a copied parameter has a placeholder of its own, which is shown as an empty example, as in FastAPI.
    return {} if one is _Unset else {"example": jsonable_encoder(one)}


def unique_parameters(parameters: List[JSONObject]) -> List[JSONObject]:
    """Keep one parameter per location and name: the last required one, or else the last one."""
    kept: Dict[Tuple[str, str], JSONObject] = {}
    for parameter in parameters:
        key = (parameter["in"], parameter["name"])
        if parameter["required"] or not kept.get(key, parameter)["required"]:
            kept[key] = parameter
    return list(kept.values())
