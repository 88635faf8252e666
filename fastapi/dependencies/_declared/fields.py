"""The names under which a request may have a field, and the kind of a field. Decided when a route is added."""

from __future__ import annotations

from typing import Any, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Type

from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Json
from pydantic.fields import FieldInfo
from typing_extensions import Annotated, get_args, get_origin

from fastapi._compat import (
    ModelField,
    field_annotation_is_sequence,
    lenient_issubclass,
)
from fastapi._compat.field_infos import config_for
from fastapi._compat.shared import is_union_origin
from fastapi.params import Cookie, Header, Path, Query


class AcceptedName(NamedTuple):
    """A name in a request, and the key by which the model knows it.

    They differ only for headers: `x-token` in the request is `x_token` for the model.
    """

    external: str
    internal: str


def get_validation_alias(field: ModelField) -> str:
    """Return the name of the field in errors and in the documentation, unless it has a choice of names."""
    return field.validation_alias or field.alias


def get_param_aliases(field: ModelField) -> Tuple[str, ...]:
    """Return the names of a single parameter, in the order in which readers try them."""
    return tuple(known.internal for known in _get_names(field.name, field.field_info, field.config or {}, False))


def get_param_names(field: ModelField, *, convert_underscores: bool = False) -> List[Tuple[str, str]]:
    """Return the names of a parameter or of a field of a model, each as its key and its name in a request."""
    accepted = _get_names(field.name, field.field_info, field.config or {}, convert_underscores)
    return [(known.internal, known.external) for known in accepted]


def get_accepted_names(
    config: ConfigDict,
    name: str,
    field_info: FieldInfo,
    *,
    convert_underscores: bool = False,
) -> List[AcceptedName]:
    """Return the accepted names of a field of a model with `config`, in the order in which readers try them."""
    return _get_names(name, field_info, config_for(field_info.annotation, config) or {}, convert_underscores)


def _get_names(
    name: str, field_info: FieldInfo, config: Mapping[str, object], convert_underscores: bool
) -> List[AcceptedName]:
    """Return the accepted names. Only the name of the field has its underscores converted, not an explicit alias."""
    plain = AcceptedName(name.replace("_", "-") if convert_underscores else name, name)
    alias = field_info.validation_alias
    main = alias if alias and isinstance(alias, str) else field_info.alias
    accepted = [plain if main is None or main == name else AcceptedName(main, main)]
    # A path parameter with several names keeps the one that the path contains. An `AliasPath` leads into a value, so it
    # is no name.
    if isinstance(field_info, Path) or _holds_path(alias):
        return accepted
    if isinstance(alias, AliasChoices):
        accepted = [AcceptedName(text, text) for text in text_choices(alias)]
    if config.get("validate_by_alias") is False:
        return [plain]
    if config.get("validate_by_name", config.get("populate_by_name", False)):
        if all(known.internal != name for known in accepted):
            accepted.append(plain)
    return accepted


def _holds_path(alias: object) -> bool:
    choices = alias.choices if isinstance(alias, AliasChoices) else (alias,)
    return any(isinstance(choice, AliasPath) for choice in choices)


def text_choices(validation_alias: object) -> Tuple[str, ...]:
    """Return the names in `validation_alias` if it is a choice of names alone.

    A choice that contains an `AliasPath`, which leads into a value, gives no names.
    """
    if not isinstance(validation_alias, AliasChoices):
        return ()
    choices = validation_alias.choices
    if not all(isinstance(choice, str) for choice in choices):
        return ()
    return tuple(choice for choice in choices if isinstance(choice, str))


def allows_any_key(model: Type[BaseModel]) -> bool:
    """Return whether the model keeps or refuses keys that are not its fields, instead of ignoring them."""
    return model.model_config.get("extra") in ("allow", "forbid")


def is_json_field(field_info: FieldInfo) -> bool:
    """Return whether the field is JSON in a text, which is one value whatever the JSON contains."""
    return any(type(item) is _Json for item in field_info.metadata)


# For type checkers, `Json` is a generic alias of `Annotated` and no class.
_Json: object = Json


def _is_json_field(field: ModelField) -> bool:
    """Return `is_json_field` of a field: the function that the real package has under this name."""
    return is_json_field(field.field_info)


def takes_many_values(field_info: FieldInfo) -> bool:
    """Return whether repeated values of one name belong to the field."""
    return field_annotation_is_sequence(field_info.annotation) and not is_json_field(field_info)


def get_param_model(field: ModelField) -> Optional[Type[BaseModel]]:
    """Return the model with which `field` is declared, if each field of that model is a parameter; else None."""
    info = field.field_info
    model = get_model_type(info.annotation) if isinstance(info, (Query, Header, Cookie)) else info.annotation
    return model if lenient_issubclass(model, BaseModel) and not is_json_field(info) else None


def get_model_type(annotation: object) -> Optional[Type[BaseModel]]:
    """Return the model of `Model` and of `Optional[Model]`, None for any other annotation."""
    arguments = get_args(annotation) if is_union_origin(get_origin(annotation)) else ()
    others = [argument for argument in arguments if argument is not type(None)]
    model = others[0] if len(arguments) == 2 and len(others) == 1 else annotation
    return model if lenient_issubclass(model, BaseModel) else None


def is_nullable(annotation: object) -> bool:
    """Return whether the annotation is a union with `None`."""
    return type(None) in get_args(annotation)


def annotate(annotation: object, metadata: Sequence[object]) -> Any:
    """Return `Annotated[annotation, *metadata]`."""
    # Type checkers read a subscript of `Annotated` as an annotation, so a variable of type Any hides it.
    annotated: Any = Annotated
    return annotated[(annotation, *metadata)]
