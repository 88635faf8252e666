"""Under which names a field may arrive, and what kind of field it is. Decided with the route, not per request."""

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
    """A name in a request, and the key under which the model takes its value.

    They differ for headers only: `x-token` in the request is `x_token` for the model.
    """

    external: str
    internal: str


def get_validation_alias(field: ModelField) -> str:
    """Return the name that stands for the field in errors and documentation, when it has no choice of names."""
    return field.validation_alias or field.alias


def get_param_aliases(field: ModelField) -> Tuple[str, ...]:
    """Return the names of a single parameter, in the order in which they are tried."""
    return tuple(known.internal for known in _get_names(field.name, field.field_info, field.config or {}, False))


def get_param_names(field: ModelField, *, convert_underscores: bool = False) -> List[Tuple[str, str]]:
    """Return the key for the model and the name in a request, for each name of a parameter or a field of a model."""
    accepted = _get_names(field.name, field.field_info, field.config or {}, convert_underscores)
    return [(known.internal, known.external) for known in accepted]


def get_accepted_names(
    config: ConfigDict,
    name: str,
    field_info: FieldInfo,
    *,
    convert_underscores: bool = False,
) -> List[AcceptedName]:
    """Return the names under which a field of a model with `config` is accepted, in the order of trying."""
    return _get_names(name, field_info, config_for(field_info.annotation, config) or {}, convert_underscores)


def _get_names(
    name: str, field_info: FieldInfo, config: Mapping[str, Any], convert_underscores: bool
) -> List[AcceptedName]:
    """Return the accepted names. Underscores are converted in the name of the field, not in an explicit alias."""
    plain = AcceptedName(name.replace("_", "-") if convert_underscores else name, name)
    alias = field_info.validation_alias
    main = alias if alias and isinstance(alias, str) else field_info.alias
    accepted = [plain if main is None or main == name else AcceptedName(main, main)]
    # Of several names of a path parameter, one was chosen when the path was known. A path into a value is not resolved
    # here.
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


def _holds_path(alias: Any) -> bool:
    choices = alias.choices if isinstance(alias, AliasChoices) else (alias,)
    return any(isinstance(choice, AliasPath) for choice in choices)


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


def allows_any_key(model: Type[BaseModel]) -> bool:
    """Return whether the model looks at keys that are no field of it: to keep them or to refuse them."""
    return model.model_config.get("extra") in ("allow", "forbid")


def is_json_field(field_info: FieldInfo) -> bool:
    """Return whether the field is JSON in a string, which is one value whatever the JSON holds."""
    return any(type(item) is _Json for item in field_info.metadata)


# Type checkers take `Json` for something else.
_Json: Any = Json


def _is_json_field(field: ModelField) -> bool:
    """Do what `is_json_field` does for a field, as FastAPI has it."""
    return is_json_field(field.field_info)


def takes_many_values(field_info: FieldInfo) -> bool:
    """Return whether repeated values of one name belong to the field."""
    return field_annotation_is_sequence(field_info.annotation) and not is_json_field(field_info)


def get_param_model(field: ModelField) -> Optional[Type[BaseModel]]:
    """Return the model whose fields are parameters of their own, if `field` is declared with one."""
    annotation = field.field_info.annotation
    if isinstance(field.field_info, (Query, Header, Cookie)):
        annotation = get_model_type(annotation)
    if lenient_issubclass(annotation, BaseModel) and not is_json_field(field.field_info):
        return annotation
    return None


def get_model_type(annotation: Any) -> Optional[Type[BaseModel]]:
    """Return the model of `Model` and `Optional[Model]`."""
    arguments = get_args(annotation)
    if is_union_origin(get_origin(annotation)) and len(arguments) == 2 and type(None) in arguments:
        annotation = next(argument for argument in arguments if argument is not type(None))
    return annotation if lenient_issubclass(annotation, BaseModel) else None


def is_nullable(annotation: Any) -> bool:
    """Return whether the annotation is a union with `None`."""
    return type(None) in get_args(annotation)


def annotate(annotation: Any, metadata: Sequence[Any]) -> Any:
    """Return `Annotated[annotation, *metadata]`."""
    # Through a name that type checkers do not know, for they take subscripts of `Annotated` literally.
    annotated: Any = Annotated
    return annotated[(annotation, *metadata)]
