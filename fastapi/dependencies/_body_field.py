"""The one field that stands for all body parameters of an operation. Built with the route, for the documentation.

Parameters of a form that are models have no key of their own: their fields are on the same level as everything else. So
the schema of such a form says with `allOf` what each model asks of the same object:

    {"type": "object", "properties": {"token": ...}, "allOf": [{"$ref": "#/components/schemas/Profile"}]}
"""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import Any, Dict, List, Optional, Sequence, Set, Type, Union

from pydantic import BaseModel, ConfigDict, GetPydanticSchema, create_model
from typing_extensions import Annotated, get_args, get_origin

from fastapi import params
from fastapi._compat import (
    ModelField,
    create_body_model,
    lenient_issubclass,
)
from fastapi._compat.shared import is_union_origin
from fastapi.dependencies._fields import (
    allows_any_key,
    annotate,
    get_accepted_names,
    get_model_type,
    get_validation_alias,
    is_nullable,
)
from fastapi.dependencies._forms import get_form_models, get_form_names
from fastapi.dependencies.models import Dependant
from fastapi.utils import create_model_field

_MULTIPART = "multipart/form-data"


def _should_embed_body_fields(fields: List[ModelField]) -> bool:
    """Return whether the body has a key for each parameter, instead of being the parameter."""
    if not fields:
        return False
    first = fields[0].field_info
    if len({field.name for field in fields}) > 1 or getattr(first, "embed", None):
        return True
    if not isinstance(first, params.Form):
        return False
    return len(fields) > 1 or not get_form_models(fields[0]) and get_model_type(first.annotation) is None


def get_body_field(*, flat_dependant: Dependant, name: str, embed_body_fields: bool) -> Optional[ModelField]:
    """Return the field that stands for the whole body of an operation called `name`."""
    return _get_body_field(
        body_params=flat_dependant.body_params,
        name=name,
        embed_body_fields=embed_body_fields,
    )


def _get_body_field(*, body_params: Sequence[ModelField], name: str, embed_body_fields: bool) -> Optional[ModelField]:
    if not body_params:
        return None
    first = body_params[0]
    composed = any(_is_form_model(field) for field in body_params) and (
        embed_body_fields or is_nullable(first.field_info.annotation)
    )
    if not embed_body_fields and not composed:
        return first
    model_name = "Body_" + name
    body_model = (
        _create_composed_model(body_params, model_name)
        if composed
        else create_body_model(fields=body_params, model_name=model_name)
    )
    return _create_field(
        "body" if embed_body_fields else first.name,
        "body" if embed_body_fields else first.alias,
        body_model,
        body_params,
    )


def _create_field(name: str, alias: str, body_model: Type[BaseModel], fields: Sequence[ModelField]) -> ModelField:
    options: Dict[str, Any] = {"annotation": body_model, "alias": alias}
    if not any(field.field_info.is_required() for field in fields):
        options["default"] = None
    infos = [field.field_info for field in fields]
    kind: Type[params.Body] = params.Body
    if any(isinstance(info, params.File) for info in infos):
        kind = params.File
    else:
        media_types = {info.media_type for info in infos if isinstance(info, params.Body)}
        if any(isinstance(info, params.Form) for info in infos):
            kind = params.Form
            # A form that is multipart in one place has to be that as a whole: either kind of part fits in there.
            media_types = media_types & {_MULTIPART} or media_types
        if len(media_types) == 1:
            options["media_type"] = media_types.pop()
    return create_model_field(name=name, type_=body_model, alias=alias, field_info=kind(**options))


def _is_form_model(field: ModelField) -> bool:
    return isinstance(field.field_info, params.Form) and bool(get_form_models(field))


# Forms with models.


def _create_composed_model(fields: Sequence[ModelField], model_name: str) -> Type[BaseModel]:
    """Create a model whose schema is that of the form; it never validates anything."""
    definitions: Dict[str, Any] = {_get_key(i): _describe(field) for i, field in enumerate(fields)}
    config = ConfigDict(
        json_schema_extra=partial(_apply_form_body_schema, list(fields)),
        arbitrary_types_allowed=True,
    )
    # Where the other body models are, for the name of a schema may start with its module.
    module = ModelField.__module__
    return create_model(model_name, __config__=config, __module__=module, **definitions)


def _get_key(i: int) -> str:
    return f"field_{i}"


def _describe(field: ModelField) -> Any:
    info = field.field_info
    annotation = info.annotation
    if _is_form_model(field) and len(get_form_models(field)) == 1:
        annotation = _describe_aliases(annotation)
    described = copy(info)
    described.annotation = annotation
    described.alias = described.validation_alias = described.serialization_alias = None
    if not _is_form_model(field) or is_nullable(info.annotation):
        described.title = info.title or _get_title(field.name)
    return (annotation, described)


def _describe_aliases(annotation: Any) -> Any:
    """Put what describes alternative names of fields at the model within an annotation."""
    if lenient_issubclass(annotation, BaseModel):
        describe: Any = partial(_get_form_model_schema, annotation)
        return annotate(annotation, [GetPydanticSchema(get_pydantic_json_schema=describe)])
    origin, arguments = get_origin(annotation), get_args(annotation)
    if is_union_origin(origin):
        return Union[tuple(_describe_aliases(argument) for argument in arguments)]
    if origin is Annotated:
        return annotate(_describe_aliases(arguments[0]), arguments[1:])
    return annotation


def _get_form_model_schema(model: Type[BaseModel], core_schema: Any, handler: Any) -> Dict[str, Any]:
    """Return the schema of a form model; a required field with several names is required under any of them."""
    reference: Dict[str, Any] = handler(core_schema)
    schema = dict(handler.resolve_ref_schema(reference))
    alternatives: List[List[str]] = []
    for name, info in model.model_fields.items():
        accepted = [known.external for known in get_accepted_names(model.model_config, name, info)]
        if info.is_required() and len(accepted) > 1:
            alternatives.append(accepted)
    if not alternatives:
        return reference
    several: Set[str] = {name for accepted in alternatives for name in accepted}
    schema["required"] = [name for name in schema.get("required", ()) if name not in several]
    schema["allOf"] = [
        *schema.get("allOf", ()),
        *({"anyOf": [{"required": [name]} for name in accepted]} for accepted in alternatives),
    ]
    return schema


def _apply_form_body_schema(body_params: List[ModelField], schema: Dict[str, Any]) -> None:
    """Turn one property for each parameter into properties of the form and what each model asks of it."""
    described: Dict[str, Any] = schema.pop("properties", {})
    required = schema.pop("required", [])
    properties: Dict[str, Any] = {}
    conditions: List[Dict[str, Any]] = []
    required_names: List[str] = []
    for i, field in enumerate(body_params):
        key = _get_key(i)
        part = _fix_title(described[key], key, field.name)
        alias = get_validation_alias(field)
        if _is_form_model(field):
            conditions.extend(_get_conditions(field, part))
            continue
        if alias in properties:
            conditions.append({"properties": {alias: part}})
        else:
            properties[alias] = part
        if key in required and alias not in required_names:
            required_names.append(alias)
    if properties:
        schema["properties"] = properties
    if required_names:
        schema["required"] = required_names
    if conditions:
        schema["allOf"] = conditions


def _fix_title(part: Dict[str, Any], key: str, name: str) -> Dict[str, Any]:
    if part.get("title") == _get_title(key):
        part["title"] = _get_title(name)
    return part


def _get_title(name: str) -> str:
    return name.title().replace("_", " ").strip()


def _get_conditions(field: ModelField, part: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Return what a form model asks of the form: an optional one may also be absent altogether."""
    if not is_nullable(field.field_info.annotation):
        return [part]
    part.pop("default", None)
    part["anyOf"] = [member for member in part.get("anyOf", []) if member != {"type": "null"}]
    absent = _get_absence(get_form_models(field))
    if field.field_info.is_required():
        return [{"not": absent}, part]
    return [{"anyOf": [absent, part]}]


def _get_absence(models: Sequence[Type[BaseModel]]) -> Dict[str, Any]:
    if any(allows_any_key(model) for model in models):
        return {"maxProperties": 0}
    names = sorted(get_form_names(models))
    if not names:
        return {}
    return {"not": {"anyOf": [{"required": [name]} for name in names]}}
