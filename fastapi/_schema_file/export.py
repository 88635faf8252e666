"""Writing the file from parameters that exist: the other direction of `resolve`.

What is written, loaded and written again is the same text. A parameter that a file cannot express (a validator, a local
class) is left out, and a comment says which and why.
"""

from __future__ import annotations

import inspect
import json
import math
import re
from enum import Enum
from typing import Any, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Tuple

import annotated_doc
import annotated_types
import yaml
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_core import to_jsonable_python as to_jsonable
from typing_extensions import Annotated, Doc, Literal, get_args, get_origin

from fastapi._schema_file.fields import BY_NAME, CLASSES, name_problem
from fastapi._schema_file.model import VERSION
from fastapi._schema_file.schema import ParamsSchema
from fastapi._schema_file.types import TYPES, import_object, is_optional, without_none
from fastapi._schema_file.yaml_nodes import CORE_SCHEMA

Fields = Dict[str, Any]

_METADATA = {
    annotated_types.Gt: ("gt", "gt"),
    annotated_types.Ge: ("ge", "ge"),
    annotated_types.Lt: ("lt", "lt"),
    annotated_types.Le: ("le", "le"),
    annotated_types.MultipleOf: ("multiple_of", "multiple_of"),
    annotated_types.MinLen: ("min_length", "min_length"),
    annotated_types.MaxLen: ("max_length", "max_length"),
}
# What an option is when nobody gave it; the attribute says no more.
_PLAIN_DEFAULTS: Mapping[str, Any] = {"include_in_schema": True, "convert_underscores": True}
_ATTRIBUTES = (
    *("title", "description", "discriminator", "validate_default", "examples", "openapi_examples", "deprecated"),
    *("include_in_schema", "json_schema_extra", "convert_underscores", "embed", "media_type", "alias_priority"),
)
_MEDIA_TYPES = {
    kind: inspect.signature(class_).parameters["media_type"].default
    for kind, class_ in CLASSES.items()
    if "media_type" in inspect.signature(class_).parameters
}


class NotExported(Exception):
    """Why a file cannot say what a parameter is."""


class Parameter(NamedTuple):
    """A parameter of a function: the section it belongs to, its name and what it was analysed to."""

    section: str
    name: str
    info: FieldInfo


def export_parameters(parameters: Iterable[Parameter]) -> str:
    """Return the text of a file that declares these parameters."""
    endpoints: Dict[str, Dict[str, Fields]] = {}
    left_out: List[str] = []
    for section, name, info in parameters:
        try:
            described = describe(name, info)
        except NotExported as why:
            left_out.append(f"# not exported: {section}.{name}: {' '.join(str(why).split())}\n")
        else:
            endpoints.setdefault(section, {})[name] = described
    return write(endpoints) + "".join(left_out)


def export_schema(schema: ParamsSchema) -> str:
    """Return the text of a file that says what a loaded file says."""
    return export_parameters(
        Parameter(section, param.name, param.make())
        for section, params in schema.endpoints.items()
        for param in params.values()
    )


def write(endpoints: Mapping[str, Mapping[str, Fields]]) -> str:
    """Return endpoints as YAML, one line for each field."""
    content = {
        "version": VERSION,
        "endpoints": {name: {"params": dict(params)} for name, params in endpoints.items()},
    }
    text: str = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text


class _Dumper(yaml.SafeDumper):
    """Quotes text that either YAML 1.1 or 1.2 would read as something else, and writes every value in full."""

    yaml_implicit_resolvers = {key: list(found) for key, found in yaml.SafeDumper.yaml_implicit_resolvers.items()}

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, data: str) -> Any:
        # Other styles fold lines at these, and they are read again as spaces.
        style = '"' if _LINE_BREAKS.search(data) else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_LINE_BREAKS = re.compile("[\r\x85\u2028\u2029]")
_Dumper.add_representer(str, _Dumper.represent_text)


def _add_resolvers() -> None:
    for name, pattern, first in CORE_SCHEMA:
        _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(pattern), first)


_add_resolvers()


def describe(name: str, info: FieldInfo) -> Fields:
    """Return the fields of one parameter.

    Raises:
        NotExported: there is something about it that a file cannot say.
    """
    kind = _kind(info)
    fields: Fields = {"in": kind, **_type(info.annotation, info.is_required())}
    fields.update(_constraints(info.metadata))
    if not info.is_required():
        fields.update(_default(info))
    fields.update(_names(name, kind, info))
    unusable = name_problem(kind, str(fields.get("validation_alias", fields.get("alias", name))))
    if unusable is not None:
        raise NotExported(unusable)
    for attribute in _ATTRIBUTES:
        value = getattr(info, attribute, None)
        if value is not None and value != _PLAIN_DEFAULTS.get(attribute) and value != _MEDIA_TYPES.get(kind):
            if attribute == "alias_priority" and value == 2:
                continue  # what an alias has by itself
            fields[attribute] = _plain_value(attribute, value)
    return {key: fields[key] for key in BY_NAME if key in fields}


def _kind(info: FieldInfo) -> str:
    for kind in ("file", "form", "body", "path", "query", "header", "cookie"):
        if isinstance(info, CLASSES[kind]):
            return kind
    raise NotExported(f"it is a {type(info).__name__}")


def _names(name: str, kind: str, info: FieldInfo) -> Iterator[Tuple[str, Any]]:
    implied = name
    if kind == "header" and getattr(info, "convert_underscores", False):
        implied = name.replace("_", "-")
    if info.alias is not None and info.alias != implied:
        yield "alias", info.alias
    for attribute in ("validation_alias", "serialization_alias"):
        value = getattr(info, attribute)
        if value is not None and value != info.alias and value != implied:
            if not isinstance(value, str):
                raise NotExported(f"{attribute} is not text")
            yield attribute, value


def _type(annotation: Any, required: bool = True) -> Fields:
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return {**_type(inner, required), **_constraints(_flattened(metadata))}
    bare = without_none(annotation)
    optional = is_optional(annotation)
    if get_origin(bare) is Literal:
        return _literal_type(get_args(bare), optional)
    if bare is list or bare == List[Any]:
        return {"type": "optional[list]" if optional else "list"}
    if get_origin(bare) is list:
        return _list_type(get_args(bare)[0], optional)
    for name, known in TYPES.items():
        if bare == known.annotation:
            return {"type": f"optional[{name}]" if optional else name}
    imported = {"import": _import_name(bare)}
    if optional and required:
        raise NotExported(f"a file cannot say that {imported['import']} may be null but not be left out")
    return {**imported, "optional": True} if optional else imported


def _literal_type(values: Tuple[Any, ...], optional: bool) -> Fields:
    kinds = {type(value).__name__ for value in values}
    if len(kinds) != 1:
        if optional or len(kinds - {"NoneType"}) != 1:
            raise NotExported("its values are of several types")
        return {"enum": list(values)}
    kind = kinds.pop()
    if kind not in ("str", "int", "bool"):
        raise NotExported(f"its values are of the type {kind}")
    return {"type": f"optional[{kind}]" if optional else kind, "enum": list(values)}


def _list_type(item: Any, optional: bool) -> Fields:
    items = _type(item)
    if set(items) != {"type"}:
        return {"type": "optional[list]" if optional else "list", "items": items}
    name = f"list[{items['type']}]"
    return {"type": f"optional[{name}]" if optional else name}


def _import_name(found: Any) -> str:
    module, name = getattr(found, "__module__", None), getattr(found, "__qualname__", None)
    if module is None or name is None or "<" in name or get_args(found):
        raise NotExported(f"the type {found} has no name to be imported by")
    imported = f"{module}.{name}"
    try:
        if import_object(imported) is not found:
            raise NotExported(f"{imported} is something else")
    except NotExported:
        raise
    except Exception:
        raise NotExported(f"{imported} cannot be imported") from None
    return imported


def _flattened(metadata: Iterable[Any]) -> Iterator[Any]:
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from item.metadata
        else:
            yield item


def _constraints(metadata: Iterable[Any]) -> Fields:
    fields: Fields = {}
    for item in metadata:
        known = _METADATA.get(type(item))
        if isinstance(item, (annotated_doc.Doc, Doc)):
            continue  # it is for people, and Pydantic does not read it
        if known is not None:
            fields[known[0]] = _plain_value(known[0], getattr(item, known[1]))
        elif type(item).__name__ in ("Strict", "FailFast"):
            fields["strict" if type(item).__name__ == "Strict" else "fail_fast"] = next(iter(vars(item).values()))
        elif type(item).__name__ == "_PydanticGeneralMetadata" or _is_general(item):
            fields.update(_general(item))
        else:
            raise NotExported(f"{item!r} checks it")
    return fields


def _is_general(item: Any) -> bool:
    """Pydantic keeps some constraints together in an object without a public class."""
    return bool(getattr(item, "__dict__", None)) and set(vars(item)) <= set(BY_NAME)


def _general(item: Any) -> Fields:
    found: Fields = {}
    for name, value in vars(item).items():
        if name not in BY_NAME:
            raise NotExported(f"{name} has no place in a file")
        if value is not None:
            found[name] = _plain_value(name, getattr(value, "pattern", value) if name == "pattern" else value)
    return found


def _default(info: FieldInfo) -> Iterator[Tuple[str, Any]]:
    if info.default_factory is not None:
        yield "default_factory", _import_name(info.default_factory)
    elif info.default is not PydanticUndefined:
        yield "default", _plain_value("default", info.default)


def _plain_value(name: str, value: Any) -> Any:
    """Return a value as JSON has it: dates as text, members of enums as their values."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, float) and not math.isfinite(value):
        return value
    if name == "deprecated" and not isinstance(value, (bool, str)):
        value = getattr(value, "message", True)
    if callable(value):
        raise NotExported(f"{name} is a function")
    try:
        plain = to_jsonable(value)
        return json.loads(json.dumps(plain))
    except Exception:
        raise NotExported(f"{name} is no plain value: {value!r}") from None
