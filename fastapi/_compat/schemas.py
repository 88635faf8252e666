"""The JSON schema of many fields together."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Sequence, Set, Tuple, Type, cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema as PydanticGenerateJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import get_args

from fastapi._compat import shared
from fastapi._compat.adapters import make_type_adapter
from fastapi._compat.flat_models import TypeModelOrEnum, TypeModelSet, add_models
from fastapi._compat.model_field import FieldMode, ModelField
from fastapi.types import ModelNameMap

FieldMapping = Dict[Tuple[ModelField, FieldMode], JsonSchemaValue]

REF_TEMPLATE = "#/components/schemas/{model}"


class GenerateJsonSchema(PydanticGenerateJsonSchema):
    """Pydantic's generator, with the schema of OpenAPI 3.1 for bytes: content of a media type."""

    def bytes_schema(self, schema: Any) -> JsonSchemaValue:
        described: JsonSchemaValue = {"type": "string", "contentMediaType": "application/octet-stream"}
        if getattr(self._config, _BYTES_OPTIONS[self.mode]) == "base64":
            described["contentEncoding"] = "base64"
        self.update_with_validations(described, schema, self.ValidationsMapping.bytes)
        return described


# The option of a model that decides how JSON has its bytes.
_BYTES_OPTIONS = {"validation": "val_json_bytes", "serialization": "ser_json_bytes"}


def get_definitions(
    *,
    fields: Sequence[ModelField],
    model_name_map: ModelNameMap,
    separate_input_output_schemas: bool = True,
) -> Tuple[FieldMapping, Dict[str, JsonSchemaValue]]:
    """Return the schema of each field, and the definitions to which those schemas refer.

    Every model that an annotation names has a definition, even if no schema refers to it, as for an excluded field.
    """
    inputs: List[Tuple[Any, FieldMode, CoreSchema]] = [
        (
            field,
            _schema_mode(field, separate_input_output_schemas),
            field._type_adapter.core_schema,
        )
        # Routes that are declared alike share their fields.
        for field in dict.fromkeys(fields)
    ]
    annotations = {field.field_info.annotation for field in fields}
    for mode in _MODES:
        of_mode = [field for field in dict.fromkeys(fields) if field.mode == mode]
        for model in _reached_from(of_mode) - annotations:
            shown = mode if separate_input_output_schemas or _model_has_computed_fields(model) else "validation"
            inputs.append((object(), shown, _get_core_schema(model)))
    generator = GenerateJsonSchema(ref_template=REF_TEMPLATE)
    mapping, definitions = generator.generate_definitions(inputs=inputs)
    for definition in definitions.values():
        if "description" in definition:
            # The part of a docstring after a form feed is not part of the documentation.
            definition["description"] = definition["description"].split("\f")[0]
    return mapping, cast(Dict[str, JsonSchemaValue], definitions)


_MODES: Tuple[FieldMode, ...] = ("validation", "serialization")


def _reached_from(fields: Iterable[ModelField]) -> TypeModelSet:
    """Return the models and enumerations that the fields reach, as `get_flat_models_from_fields` does.

    PERF: that function makes an adapter for each field of each model, which a document does not need.
    """
    found: TypeModelSet = set()
    for field in fields:
        add_models(field.field_info.annotation, found, _get_infos)
    return found


def _get_infos(model: Type[BaseModel]) -> Iterable[FieldInfo]:
    return model.model_fields.values()


def _get_core_schema(model: TypeModelOrEnum) -> CoreSchema:
    # PERF: a complete model has its schema; making an adapter would take as long as everything else here.
    schema = model.__dict__.get("__pydantic_core_schema__") if issubclass(model, BaseModel) else None
    if type(schema) is dict:
        return cast(CoreSchema, schema)
    return make_type_adapter(FieldInfo(annotation=model), None).core_schema


def _model_has_computed_fields(model: TypeModelOrEnum) -> bool:
    return _annotation_has_computed_fields(model, known_models=set())


def get_schema_from_model_field(
    *,
    field: ModelField,
    model_name_map: ModelNameMap,
    field_mapping: FieldMapping,
    separate_input_output_schemas: bool = True,
    field_alias: Optional[str] = None,
) -> JsonSchemaValue:
    """Return the schema of one field, with a title unless the schema is a reference."""
    mode = _schema_mode(field, separate_input_output_schemas)
    schema = field_mapping.get((field, mode))
    if schema is None:
        # The document was made of the shared field; this one was created later, when a caller read the dependant.
        schema = dict(field_mapping[(vars(field).get("_alike", field), mode)])
    if "$ref" not in schema:
        if field_alias is None:
            own = field.validation_alias if field.mode == "validation" else field.serialization_alias
            field_alias = own or field.alias
        schema["title"] = field.field_info.title or field_alias.title().replace("_", " ")
    return schema


def _schema_mode(field: ModelField, separate_input_output_schemas: bool) -> FieldMode:
    # Computed fields exist only in serialization: a schema for both directions would lose them.
    if separate_input_output_schemas or _has_computed_fields(field):
        return field.mode
    return "validation"


def _has_computed_fields(field: ModelField) -> bool:
    # NOTE: as upstream, models are found anywhere in the annotation, but a dataclass only if it is the annotation.
    core_schema: Any = field._type_adapter.core_schema
    return bool(core_schema.get("schema", {}).get("computed_fields")) or _annotation_has_computed_fields(
        field.field_info.annotation, known_models=set()
    )


def _annotation_has_computed_fields(annotation: object, *, known_models: Set[Type[BaseModel]]) -> bool:
    if not shared.lenient_issubclass(annotation, BaseModel):
        return any(_annotation_has_computed_fields(arg, known_models=known_models) for arg in get_args(annotation))
    if annotation in known_models:
        return False
    known_models.add(annotation)
    return bool(annotation.model_computed_fields) or any(
        _annotation_has_computed_fields(info.annotation, known_models=known_models)
        for info in annotation.model_fields.values()
    )
