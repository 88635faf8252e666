"""The field that describes the whole body of an operation, made when a route is added, for the documentation.

A form has only one level: the fields of a model are fields of the form, beside the other parameters. So the schema of
such a form has the schema of each model in `allOf`, because each applies to the same object:

    {"type": "object", "properties": {"token": ...}, "allOf": [{"$ref": "#/components/schemas/Profile"}]}
"""

from __future__ import annotations

from copy import copy, deepcopy
from functools import partial
from typing import Any, Dict, List, Optional, Sequence, Type, cast

from pydantic import AliasChoices, BaseModel, ConfigDict, GetJsonSchemaHandler, GetPydanticSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from fastapi import params
from fastapi._compat import ModelField, create_body_model, get_cached_model_fields
from fastapi.dependencies._declared.fields import (
    allows_any_key,
    annotate,
    get_param_aliases,
    get_validation_alias,
    is_nullable,
)
from fastapi.dependencies._solving.body import _should_embed_body_fields as _should_embed_body_fields
from fastapi.dependencies._solving.forms import get_form_models, get_form_names
from fastapi.dependencies.models import Dependant
from fastapi.utils import create_model_field

_MULTIPART_TYPE = "multipart/form-data"


def get_body_field(*, flat_dependant: Dependant, name: str, embed_body_fields: bool) -> Optional[ModelField]:
    """Return the field for the whole body of the operation called `name`, or None without body parameters."""
    return _get_body_field(
        body_params=flat_dependant.body_params,
        name=name,
        embed_body_fields=embed_body_fields,
    )


def _get_body_field(*, body_params: Sequence[ModelField], name: str, embed_body_fields: bool) -> Optional[ModelField]:
    if not body_params:
        return None
    first = body_params[0]
    if not embed_body_fields and not any(map(_is_nullable_form_model, body_params)):
        return first
    model_name = "Body_" + name
    composed = any(map(get_form_models, body_params))
    body_model = (
        _create_composed_model(body_params, model_name)
        if composed
        else create_body_model(fields=body_params, model_name=model_name)
    )
    if embed_body_fields:
        return _create_field(body_model, body_params)
    # The parameter validates the form; this field only describes it.
    info = copy(first.field_info)
    info.annotation, info.metadata, info.discriminator = body_model, [], None
    return ModelField(name=first.name, field_info=info)


def _is_nullable_form_model(field: ModelField) -> bool:
    return bool(get_form_models(field)) and is_nullable(field.field_info.annotation)


def _create_field(body_model: Type[BaseModel], fields: Sequence[ModelField]) -> ModelField:
    infos = [cast(params.Body, field.field_info) for field in fields]
    options: Dict[str, Any] = {"annotation": body_model, "alias": "body"}
    if not any(info.is_required() for info in infos):
        options["default"] = None
    kinds = (params.File, params.Form, params.Body)
    kind = next(kind for kind in kinds if kind is params.Body or any(isinstance(info, kind) for info in infos))
    media_types = {info.media_type for info in infos if isinstance(info, kind)}
    if kind is params.Form and _MULTIPART_TYPE in media_types:
        # If one parameter declares multipart, the whole form is multipart: such a form carries plain fields as well.
        options["media_type"] = _MULTIPART_TYPE
    elif kind is not params.File and len(media_types) == 1:
        options["media_type"] = media_types.pop()
    return create_model_field(name="body", type_=body_model, alias="body", field_info=kind(**options))


# Forms with models.


def _create_composed_model(fields: Sequence[ModelField], model_name: str) -> Type[BaseModel]:
    """Return a model that has the schema of the form and never validates anything."""
    parts = [_make_part(index, field) for index, field in enumerate(fields)]
    config = ConfigDict(json_schema_extra=partial(_apply_form_body_schema, list(fields)))
    return create_body_model(fields=parts, model_name=model_name, config=config)


def _get_key(index: int) -> str:
    return f"field_{index}"


def _make_part(index: int, field: ModelField) -> ModelField:
    """Return a field of the composed model, with a key that is unlike any alias."""
    key, info = _get_key(index), copy(field.field_info)
    models = get_form_models(field)
    if len(models) == 1:
        described = annotate(
            models[0], [GetPydanticSchema(get_pydantic_json_schema=partial(_get_form_model_schema, models[0]))]
        )
        info.annotation = described if info.annotation is models[0] else Optional[described]
    info.alias = info.validation_alias = info.serialization_alias = key
    info.title = info.title or field.name.replace("_", " ").title()
    return ModelField(name=key, field_info=info)


def _get_form_model_schema(
    model: Type[BaseModel], core_schema: CoreSchema, handler: GetJsonSchemaHandler
) -> JsonSchemaValue:
    """Return the schema of a form model: each field under its first name, and required under any of its names."""
    reference = handler(core_schema)
    schema = handler.resolve_ref_schema(reference)
    names = _get_renamed(model, schema)
    if not names:
        return reference
    # Elsewhere in the document the model has the same schema, with its own names.
    schema = deepcopy(schema)
    schema["properties"] = {names.get(key, (key,))[0]: part for key, part in schema["properties"].items()}
    required = [names.get(key, (key,)) for key in schema.get("required", ())]
    schema["required"] = [known[0] for known in required if len(known) == 1]
    for known in required:
        if len(known) > 1:
            schema.setdefault("allOf", []).append({"anyOf": [{"required": [name]} for name in known]})
    return schema


def _get_renamed(model: Type[BaseModel], schema: JsonSchemaValue) -> Dict[str, Sequence[str]]:
    """Return the names of each property that has another first name than its key, or is required with several."""
    renamed: Dict[str, Sequence[str]] = {}
    for field in get_cached_model_fields(model):
        alias = field.field_info.validation_alias
        key = alias.choices[0] if isinstance(alias, AliasChoices) else get_validation_alias(field)
        if not isinstance(key, str) or key not in schema.get("properties", ()):
            continue
        names = get_param_aliases(field)
        if names[0] != key or (len(names) > 1 and key in schema.get("required", ())):
            renamed[key] = names
    return renamed


def _apply_form_body_schema(body_params: List[ModelField], schema: JsonSchemaValue) -> None:
    """Replace the properties, one for each parameter, by those of the form and by the schemas of its models."""
    described: Dict[str, JsonSchemaValue] = schema.pop("properties")
    schema.pop("required", None)
    properties: Dict[str, JsonSchemaValue] = {}
    conditions: List[JsonSchemaValue] = []
    required: List[str] = []
    for index, field in enumerate(body_params):
        part = described[_get_key(index)]
        if get_form_models(field):
            conditions.extend(_get_conditions(field, part))
            continue
        alias = get_param_aliases(field)[0]
        if alias in properties:
            conditions.append({"properties": {alias: part}})
        else:
            properties[alias] = part
        if field.field_info.is_required() and alias not in required:
            required.append(alias)
    if properties:
        schema["properties"] = properties
    if required:
        schema["required"] = required
    schema["allOf"] = conditions


def _get_conditions(field: ModelField, part: JsonSchemaValue) -> List[JsonSchemaValue]:
    """Return the schemas that a form model requires of the form; an optional model may also be absent as a whole."""
    part.pop("default", None)
    if not is_nullable(field.field_info.annotation):
        return [part]
    # A form has no null: a model is absent if all of its fields are.
    part["anyOf"] = [member for member in part["anyOf"] if member.get("type") != "null"]
    absent = _get_absence(get_form_models(field))
    if field.field_info.is_required():
        return [{"not": absent}, part]
    return [{"anyOf": [absent, part]}]


def _get_absence(models: Sequence[Type[BaseModel]]) -> JsonSchemaValue:
    """Return the schema of a form without any field of the models."""
    if any(allows_any_key(model) for model in models):
        return {"maxProperties": 0}
    names = sorted(get_form_names(models))
    if not names:
        return {}
    return {"not": {"anyOf": [{"required": [name]} for name in names]}}
