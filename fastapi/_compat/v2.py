"""One parameter or one response as a Pydantic field, and the JSON schema of many of them.

A `ModelField` is what is left of a declaration once it is analysed: a `FieldInfo` with its annotation, a name and a
`TypeAdapter` that validates and serialises.
"""

from __future__ import annotations

import re
import sys
from copy import copy
from dataclasses import dataclass, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Optional,
    Sequence,
    Set,
    Tuple,
    Type,
    Union,
    cast,
)

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model
from pydantic import PydanticSchemaGenerationError as PydanticSchemaGenerationError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema as _GenerateJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticUndefined, SchemaValidator
from pydantic_core import Url as Url
from pydantic_core.core_schema import (
    with_info_plain_validator_function as with_info_plain_validator_function,
)
from typing_extensions import Literal, get_args, get_origin

from fastapi._compat import shared
from fastapi._compat.adapters import get_attributes, make_type_adapter
from fastapi._compat.namespace import add_names, validate_incomplete
from fastapi._stand_ins.guards import guard
from fastapi.types import IncEx, ModelNameMap

Undefined = PydanticUndefined
RequiredParam = PydanticUndefined

FieldMode = Literal["validation", "serialization"]
FieldMapping = Dict[Tuple["ModelField", FieldMode], JsonSchemaValue]
if TYPE_CHECKING or sys.version_info < (3, 10):
    TypeModelOrEnum = Union[Type[BaseModel], Type[Enum]]
    TypeModelSet = Set[TypeModelOrEnum]
else:
    TypeModelOrEnum = type[BaseModel] | type[Enum]
    TypeModelSet = set[TypeModelOrEnum]

REF_TEMPLATE = "#/components/schemas/{model}"


@dataclass
class ModelField:
    """A field outside of any model.

    Two fields are the same key only if they are the same object.
    """

    field_info: FieldInfo
    name: str
    mode: FieldMode = "validation"
    config: Optional[ConfigDict] = None

    def __post_init__(self) -> None:
        self._type_adapter: TypeAdapter[Any] = make_type_adapter(self.field_info, self.config)

    def _remember_alike(self, field: ModelField) -> None:
        """Note the field that stands for this one and others that are declared alike, where they are only read."""
        self._alike = field

    def __hash__(self) -> int:
        return id(self)

    @property
    def alias(self) -> str:
        alias = self.field_info.alias
        return self.name if alias is None else alias

    @property
    def validation_alias(self) -> Optional[str]:
        """The alias for validation when it is a plain one; choices and paths are none."""
        return _text_or_none(self.field_info.validation_alias)

    @property
    def serialization_alias(self) -> Optional[str]:
        return self.field_info.serialization_alias or None

    @property
    def default(self) -> Any:
        return self.get_default()

    def get_default(self) -> Any:
        """Return a fresh copy of the default, or `Undefined`."""
        if self.field_info.is_required():
            return Undefined
        return self.field_info.get_default(call_default_factory=True)

    def validate(
        self,
        value: Any,
        values: Dict[str, Any] = {},  # noqa: B006
        *,
        loc: Tuple[Union[int, str], ...] = (),
    ) -> Tuple[Any, List[Dict[str, Any]]]:
        """Return the validated value and no errors, or `None` and the errors, located below `loc`."""
        adapter = self._type_adapter
        try:
            # PERF: the validator itself, because the method of the adapter only adds a call.
            if type(adapter.validator) is SchemaValidator:
                return adapter.validator.validate_python(value, from_attributes=True), []
            return validate_incomplete(adapter, value), []
        except ValidationError as exc:
            return None, _regenerate_error_with_loc(errors=exc.errors(include_url=False), loc_prefix=loc)

    def serialize(
        self,
        value: Any,
        *,
        mode: Literal["json", "python"] = "json",
        include: Optional[IncEx] = None,
        exclude: Optional[IncEx] = None,
        by_alias: bool = True,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
    ) -> Any:
        """Turn a validated value into plain data."""
        return self._type_adapter.dump_python(
            value,
            mode=mode,
            include=include,
            exclude=exclude,
            by_alias=by_alias,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
        )

    def serialize_json(
        self,
        value: Any,
        *,
        include: Optional[IncEx] = None,
        exclude: Optional[IncEx] = None,
        by_alias: bool = True,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
    ) -> bytes:
        """Turn a validated value into JSON, without plain data in between."""
        return self._type_adapter.dump_json(
            value,
            include=include,
            exclude=exclude,
            by_alias=by_alias,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
        )


# Plans do without its methods.
guard(ModelField)


def _text_or_none(alias: Any) -> Optional[str]:
    return alias if isinstance(alias, str) and alias else None


def _regenerate_error_with_loc(
    *, errors: Sequence[Any], loc_prefix: Tuple[Union[str, int], ...]
) -> List[Dict[str, Any]]:
    return [{**error, "loc": loc_prefix + error.get("loc", ())} for error in errors]


def get_missing_field_error(loc: Tuple[Union[int, str], ...]) -> Dict[str, Any]:
    """Return Pydantic's error for a required value that is not there."""
    return {"type": "missing", "loc": loc, "msg": "Field required", "input": None}


# Fields from annotations and models.


def evaluate_forwardref(
    value: Any,
    globalns: Optional[Dict[str, Any]] = None,
    localns: Optional[Dict[str, Any]] = None,
) -> Any:
    """Evaluate an annotation; one that names something unknown comes back as it is."""
    from pydantic._internal import _typing_extra

    evaluated, _ = _typing_extra.try_eval_type(value, globalns, localns)
    return evaluated


def asdict(field_info: FieldInfo) -> Dict[str, Any]:
    """Return the annotation, the metadata and the attributes of a field; an attribute that is undefined is left out."""
    return {
        "annotation": field_info.annotation,
        "metadata": field_info.metadata,
        "attributes": get_attributes(field_info),
    }


def copy_field_info(*, field_info: FieldInfo, annotation: Any) -> FieldInfo:
    """Return a field of the class of `field_info` that says what `annotation` says.

    The annotation usually holds `field_info` itself, beside other metadata. A default survives in any case.
    """
    described = type(field_info).from_annotation(annotation)
    copied = copy(field_info)
    for name, value in get_attributes(described).items():
        setattr(copied, name, value)
    copied._attributes_set = described._attributes_set.copy()
    copied.metadata = described.metadata
    copied.annotation = described.annotation
    return copied


def create_body_model(
    *,
    fields: Sequence[ModelField],
    model_name: str,
    config: Optional[ConfigDict] = None,
) -> Type[BaseModel]:
    """Create the model of a body that several fields share."""
    definitions: Dict[str, Any] = {field.name: (field.field_info.annotation, field.field_info) for field in fields}
    return create_model(model_name, __config__=config, **definitions)


def get_model_fields(model: Type[BaseModel]) -> List[ModelField]:
    """Return the fields of a model, each as a field of its own."""
    return [
        ModelField(
            field_info=field_info,
            name=name,
            config=config_for(field_info.annotation, model.model_config),
        )
        for name, field_info in model.model_fields.items()
    ]


@lru_cache(maxsize=128)
def get_cached_model_fields(model: Type[BaseModel]) -> List[ModelField]:
    """Return the same list of fields for the same model."""
    return get_model_fields(model)


def config_for(annotation: Any, config: ConfigDict) -> Optional[ConfigDict]:
    """Return the configuration for a field of a model, None where its type brings a configuration of its own."""
    owns = shared.lenient_issubclass(annotation, (BaseModel, dict)) or is_dataclass(annotation)
    return None if owns else config


def is_scalar_field(field: ModelField) -> bool:
    """Return whether the field holds a single value and was not declared as part of the body."""
    # Body, Form and File, which are further up, are the ones with a media type.
    return shared.field_annotation_is_scalar(field.field_info.annotation) and not hasattr(
        field.field_info, "media_type"
    )


def is_scalar_sequence_field(field: ModelField) -> bool:
    return shared.field_annotation_is_scalar_sequence(field.field_info.annotation)


def is_sequence_field(field: ModelField) -> bool:
    return shared.field_annotation_is_sequence(field.field_info.annotation)


def is_bytes_field(field: ModelField) -> bool:
    return shared.is_bytes_or_nonable_bytes_annotation(field.field_info.annotation)


def is_bytes_sequence_field(field: ModelField) -> bool:
    return shared.is_bytes_sequence_annotation(field.field_info.annotation)


def serialize_sequence_value(*, field: ModelField, value: Any) -> Sequence[Any]:
    """Put the items of `value` into the kind of sequence the field asks for."""
    return build_sequence(field.field_info.annotation, value)


def build_sequence(annotation: Any, value: Any) -> Sequence[Any]:
    """Put the items of `value` into the kind of sequence that the annotation names."""
    origin: Any = get_origin(annotation) or annotation
    if shared.is_union_origin(origin):
        # NOTE: the first member decides, whether it is a sequence or not.
        first = next((arg for arg in get_args(annotation) if arg is not type(None)), origin)
        origin = get_origin(first) or first
    assert issubclass(origin, shared.sequence_types)
    build = shared.sequence_annotation_to_type[origin]
    return cast(Sequence[Any], build(value))


# JSON schema.


class GenerateJsonSchema(_GenerateJsonSchema):
    """Pydantic's generator, but bytes are content of a media type, as OpenAPI 3.1 says it."""

    def bytes_schema(self, schema: Any) -> JsonSchemaValue:
        json_schema: JsonSchemaValue = {
            "type": "string",
            "contentMediaType": "application/octet-stream",
        }
        if self.mode == "serialization":
            encoding = self._config.ser_json_bytes
        else:
            encoding = self._config.val_json_bytes
        if encoding == "base64":
            json_schema["contentEncoding"] = "base64"
        self.update_with_validations(json_schema, schema, self.ValidationsMapping.bytes)
        return json_schema


def get_definitions(
    *,
    fields: Sequence[ModelField],
    model_name_map: ModelNameMap,
    separate_input_output_schemas: bool = True,
) -> Tuple[FieldMapping, Dict[str, Dict[str, Any]]]:
    """Return the schema of each field, and the definitions those schemas refer to.

    A model that an annotation names is defined even where no schema refers to it, such as that of an excluded field.
    """
    inputs: List[Tuple[Any, FieldMode, Any]] = [
        (
            field,
            _schema_mode(field, separate_input_output_schemas),
            field._type_adapter.core_schema,
        )
        # Where many routes are declared alike, they have fields in common.
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
            # What follows a form feed in a docstring is not for the reader of the documentation.
            definition["description"] = definition["description"].split("\f")[0]
    return mapping, cast(Dict[str, Dict[str, Any]], definitions)


_MODES: Tuple[FieldMode, ...] = ("validation", "serialization")


def _reached_from(fields: Iterable[ModelField]) -> TypeModelSet:
    """Return what `get_flat_models_from_fields` does.

    PERF: that makes an adapter for each field of a model, of which the document of an application has seen one each.
    """
    found: TypeModelSet = set()
    for field in fields:
        _add_models(field.field_info.annotation, found, _get_infos)
    return found


def _get_infos(model: Type[BaseModel]) -> Iterable[FieldInfo]:
    return model.model_fields.values()


def _get_core_schema(model: TypeModelOrEnum) -> Any:
    # PERF: a complete model has its schema; an adapter would take as long as all the rest.
    schema = model.__dict__.get("__pydantic_core_schema__") if issubclass(model, BaseModel) else None
    return schema if type(schema) is dict else make_type_adapter(FieldInfo(annotation=model), None).core_schema


def _model_has_computed_fields(model: TypeModelOrEnum) -> bool:
    return _annotation_has_computed_fields(model, known_models=set())


def get_schema_from_model_field(
    *,
    field: ModelField,
    model_name_map: ModelNameMap,
    field_mapping: FieldMapping,
    separate_input_output_schemas: bool = True,
    field_alias: Optional[str] = None,
) -> Dict[str, Any]:
    """Return the schema of one field; one that is not just a reference gets a title."""
    mode = _schema_mode(field, separate_input_output_schemas)
    schema = field_mapping.get((field, mode))
    if schema is None:
        # The fields were gathered before somebody looked at this one, which was not made until then.
        schema = dict(field_mapping[(vars(field).get("_alike", field), mode)])
    if "$ref" not in schema:
        if field_alias is None:
            own = field.validation_alias if field.mode == "validation" else field.serialization_alias
            field_alias = own or field.alias
        schema["title"] = field.field_info.title or field_alias.title().replace("_", " ")
    return schema


def _schema_mode(field: ModelField, separate_input_output_schemas: bool) -> FieldMode:
    # Computed fields exist in serialisation only: one schema for both directions would lose them.
    if separate_input_output_schemas or _has_computed_fields(field):
        return field.mode
    return "validation"


def _has_computed_fields(field: ModelField) -> bool:
    # NOTE: models are found anywhere in the annotation, but a dataclass only where the field is nothing else.
    core_schema: Any = field._type_adapter.core_schema
    return bool(core_schema.get("schema", {}).get("computed_fields")) or _annotation_has_computed_fields(
        field.field_info.annotation, known_models=set()
    )


def _annotation_has_computed_fields(annotation: Any, *, known_models: Set[Type[BaseModel]]) -> bool:
    if not shared.lenient_issubclass(annotation, BaseModel):
        return any(_annotation_has_computed_fields(arg, known_models=known_models) for arg in get_args(annotation))
    if annotation in known_models:
        return False
    known_models.add(annotation)
    return bool(annotation.model_computed_fields) or any(
        _annotation_has_computed_fields(info.annotation, known_models=known_models)
        for info in annotation.model_fields.values()
    )


# The models behind fields, and names for them.


def get_flat_models_from_fields(fields: Iterable[ModelField], known_models: TypeModelSet) -> TypeModelSet:
    """Add every model and enumeration that the fields reach to `known_models`, and return it."""
    for field in fields:
        get_flat_models_from_field(field, known_models)
    return known_models


def get_flat_models_from_field(field: ModelField, known_models: TypeModelSet) -> TypeModelSet:
    return _add_models(field.field_info.annotation, known_models, _get_infos_of_fields)


def get_flat_models_from_model(model: Type[BaseModel], known_models: Optional[TypeModelSet] = None) -> TypeModelSet:
    """Add the models that the fields of `model` reach."""
    found: TypeModelSet = known_models or set()
    for info in _get_infos_of_fields(model):
        _add_models(info.annotation, found, _get_infos_of_fields)
    return found


def get_flat_models_from_annotation(annotation: Any, known_models: TypeModelSet) -> TypeModelSet:
    """Add the models that the arguments of an annotation reach."""
    return _add_arguments(annotation, known_models, _get_infos_of_fields)


_InfosOf = Callable[[Type[BaseModel]], Iterable[FieldInfo]]


def _get_infos_of_fields(model: Type[BaseModel]) -> Iterable[FieldInfo]:
    # Where the schema of a field is made by a function of the user's, that is called here, as in the real package.
    return [field.field_info for field in get_model_fields(model)]


def _add_arguments(annotation: Any, known_models: TypeModelSet, infos_of: _InfosOf) -> TypeModelSet:
    if get_origin(annotation) is not None:
        for argument in get_args(annotation):
            _add_models(argument, known_models, infos_of)
    return known_models


def _add_models(annotation: Any, known_models: TypeModelSet, infos_of: _InfosOf) -> TypeModelSet:
    if not shared.lenient_issubclass(annotation, (BaseModel, Enum)):
        return _add_arguments(annotation, known_models, infos_of)
    if annotation not in known_models:
        known_models.add(cast(TypeModelOrEnum, annotation))
        for info in infos_of(annotation) if issubclass(annotation, BaseModel) else ():
            _add_models(info.annotation, known_models, infos_of)
    return known_models


def get_model_name_map(unique_models: TypeModelSet) -> ModelNameMap:
    """Return the name of each model, and of those that share one the last; Pydantic tells them apart."""
    by_name = {normalize_name(model.__name__): model for model in unique_models}
    return {model: name for name, model in by_name.items()}


def normalize_name(name: str) -> str:
    """Return `name` with everything that a component name may not hold as an underscore."""
    return re.sub(r"[^a-zA-Z0-9.\-_]", "_", name)


add_names(globals())
