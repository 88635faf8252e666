"""One parameter or one response as a Pydantic field.

A `ModelField` holds an analysed declaration: a `FieldInfo` with its annotation, a name, and a `TypeAdapter` that
validates and serializes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, SchemaSerializer, SchemaValidator
from typing_extensions import Literal

from fastapi._compat.adapters import make_type_adapter
from fastapi._compat.namespace import validate_incomplete
from fastapi._stand_ins.guards import Guard, guard
from fastapi.types import IncEx

Undefined = PydanticUndefined
FieldMode = Literal["validation", "serialization"]


@dataclass
class ModelField:
    """A parameter or a response as a field that belongs to no model.

    As keys of a dict, two fields are equal only if they are the same object.
    """

    field_info: FieldInfo
    name: str
    mode: FieldMode = "validation"
    config: Optional[ConfigDict] = None

    def __post_init__(self) -> None:
        self._type_adapter: TypeAdapter[Any] = make_type_adapter(self.field_info, self.config)

    def _remember_alike(self, field: ModelField) -> None:
        """Remember the field that readers take for this one and for all others that are declared alike."""
        self._alike = field

    def __hash__(self) -> int:
        return id(self)

    @property
    def alias(self) -> str:
        alias = self.field_info.alias
        return self.name if alias is None else alias

    @property
    def validation_alias(self) -> Optional[str]:
        """The alias for validation if it is a text; None if it is a choice or a path."""
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
            # PERF: the method of the adapter would only add a call to that of its validator.
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
        """Return a validated value as plain data."""
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
        """Return a validated value as JSON, written without plain data in between."""
        return self._type_adapter.dump_json(
            value,
            include=include,
            exclude=exclude,
            by_alias=by_alias,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
        )

    def make_json_writer(self, **options: Any) -> Callable[[object], bytes]:
        """Return `serialize_json` with these options, for many values.

        PERF: the serializer itself spares two calls for each item of a stream (benchmark `jsonl`).
        """
        serializer = self._type_adapter.serializer
        if type(serializer) is not SchemaSerializer or not _json_methods.holds():
            return partial(self.serialize_json, **options)
        chosen = {name: value for name, value in options.items() if value is not _JSON_OPTIONS[name]}
        return partial(serializer.to_json, **chosen)


# The options of a serializer that are the same as none.
_JSON_OPTIONS = {
    **dict.fromkeys(("include", "exclude", "by_alias")),
    **dict.fromkeys(("exclude_unset", "exclude_defaults", "exclude_none"), False),
}

# Planned requests validate without these methods.
guard(ModelField)
_json_methods = Guard((TypeAdapter, "dump_json"), (ModelField, "serialize_json"))


def _text_or_none(alias: object) -> Optional[str]:
    return alias if isinstance(alias, str) and alias else None


def _regenerate_error_with_loc(
    *, errors: Sequence[Any], loc_prefix: Tuple[Union[str, int], ...]
) -> List[Dict[str, Any]]:
    return [{**error, "loc": loc_prefix + error.get("loc", ())} for error in errors]


def get_missing_field_error(loc: Tuple[Union[int, str], ...]) -> Dict[str, Any]:
    """Return Pydantic's error for a required value that is missing."""
    return {"type": "missing", "loc": loc, "msg": "Field required", "input": None}
