"""Under which names a field may arrive, and what kind of field it is. Decided with the route, not per request."""

from __future__ import annotations

from typing import Any, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple, Type

from pydantic import AliasChoices, AliasPath, BaseModel, Json
from pydantic.fields import FieldInfo
from typing_extensions import Annotated, get_args, get_origin

from fastapi._compat import (
    ModelField,
    field_annotation_is_sequence,
    lenient_issubclass,
)
from fastapi._compat.shared import is_union_origin
from fastapi.params import Body, Param, Path


class AcceptedName(NamedTuple):
    """A name in a request, and the key under which the model takes its value.

    They differ for headers only: `x-token` in the request is `x_token` for the model.
    """

    external: str
    internal: str


def get_validation_alias(field: ModelField) -> str:
    """Return the name that stands for the field in errors and documentation."""
    return get_param_aliases(field)[0]


def get_param_aliases(field: ModelField) -> Tuple[str, ...]:
    """Return the names of a single parameter, in the order in which they are tried."""
    # Of several names of a path parameter, one was chosen when the path was known.
    if not isinstance(field.field_info, Path):
        choices = text_choices(field.field_info.validation_alias)
        if choices:
            return choices
    return (field.validation_alias or field.alias,)


def text_choices(validation_alias: Any) -> Tuple[str, ...]:
    """Return the names in `validation_alias` if it is a choice of names alone.

    A choice with an `AliasPath` in it is not resolved here: it would reach into the value.
    """
    if not isinstance(validation_alias, AliasChoices):
        return ()
    choices = validation_alias.choices
    if not all(isinstance(choice, str) for choice in choices):
        return ()
    return tuple(choice for choice in choices if isinstance(choice, str))


def get_param_names(field: ModelField, *, convert_underscores: bool = False) -> List[Tuple[str, str]]:
    """Return the key for the model and the name in a request, for each name of a parameter or a field of a model."""
    if isinstance(field.field_info, (Param, Body)):
        return [(alias, alias) for alias in get_param_aliases(field)]
    accepted = get_accepted_names(
        field.config or {},
        field.name,
        field.field_info,
        convert_underscores=convert_underscores,
    )
    return [(known.internal, known.external) for known in accepted] or [(field.alias, field.alias)]


def get_accepted_names(
    config: Mapping[str, Any],
    name: str,
    field_info: FieldInfo,
    *,
    convert_underscores: bool = False,
) -> List[AcceptedName]:
    """Return the names under which a field of a model with `config` is accepted, in the order in which they are tried.

    Underscores are converted in a name that is nobody's explicit alias.
    """
    plain = AcceptedName(name.replace("_", "-") if convert_underscores else name, name)
    by_alias, by_name = _get_name_policy(config)
    alias = field_info.validation_alias
    if alias is None:
        alias = field_info.alias
    if alias is None:
        return [plain]
    accepted = [AcceptedName(text, text) for text in _texts(alias)] if by_alias else []
    if by_name and all(known.internal != name for known in accepted):
        accepted.append(plain)
    return accepted


def get_first_keys(field_info: FieldInfo) -> Set[str]:
    """Return where the field starts if its alias is left to Pydantic, because there is an `AliasPath` in it."""
    alias = field_info.validation_alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    if not any(isinstance(choice, AliasPath) for choice in choices):
        return set()
    return {str(choice.path[0]) if isinstance(choice, AliasPath) else str(choice) for choice in choices}


def allows_any_key(model: Type[BaseModel]) -> bool:
    """Return whether the model looks at keys that are no field of it: to keep them or to refuse them."""
    return model.model_config.get("extra") in ("allow", "forbid")


def is_json_field(field_info: FieldInfo) -> bool:
    """Return whether the field is JSON in a string, which is one value whatever the JSON holds."""
    json: Any = Json
    return any(item is json or isinstance(item, json) for item in field_info.metadata)


def _is_json_field(field: ModelField) -> bool:
    """Do what `is_json_field` does for a field, as FastAPI has it."""
    return is_json_field(field.field_info)


def takes_many_values(field_info: FieldInfo) -> bool:
    """Return whether repeated values of one name belong to the field."""
    return field_annotation_is_sequence(field_info.annotation) and not is_json_field(field_info)


def get_param_model(field: ModelField) -> Optional[Type[BaseModel]]:
    """Return the model whose fields are parameters of their own, if `field` is declared with one."""
    if is_json_field(field.field_info):
        return None
    return get_model_type(field.field_info.annotation)


def get_model_type(annotation: Any) -> Optional[Type[BaseModel]]:
    """Return the model of `Model` and `Optional[Model]`."""
    members = strip_annotated_union(annotation)
    models = [member for member in members if member is not type(None)]
    if len(models) == 1 and lenient_issubclass(models[0], BaseModel):
        return models[0]
    return None


def is_nullable(annotation: Any) -> bool:
    """Return whether the annotation is a union with `None`."""
    return type(None) in strip_annotated_union(annotation)


def strip_annotated_union(annotation: Any) -> Sequence[Any]:
    """Return the members of a union, or the annotation alone, each without `Annotated`."""
    annotation = strip_annotated(annotation)
    if not is_union_origin(get_origin(annotation)):
        return (annotation,)
    return [strip_annotated(member) for member in get_args(annotation)]


def strip_annotated(annotation: Any) -> Any:
    """Return the type within `Annotated[type, ...]`."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def annotate(annotation: Any, metadata: Sequence[Any]) -> Any:
    """Return `Annotated[annotation, *metadata]`."""
    # Through a name that type checkers do not know, for they take subscripts of `Annotated` literally.
    annotated: Any = Annotated
    return annotated[(annotation, *metadata)]


def _get_name_policy(config: Mapping[str, Any]) -> Tuple[bool, bool]:
    by_alias = config.get("validate_by_alias", True) is not False
    by_name = config.get("validate_by_name") or config.get("populate_by_name")
    # Without aliases, names are all that is left.
    return by_alias, bool(by_name) or not by_alias


def _texts(alias: Any) -> Tuple[str, ...]:
    return (alias,) if isinstance(alias, str) else text_choices(alias)
