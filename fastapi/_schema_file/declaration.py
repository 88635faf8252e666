"""The link from a parameter of a function to a row of a file.

An object made by `param_factory` has one, and so does every copy of it. The analysis of a signature asks it for the
parameter as the file declares it at that time.
"""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, Iterable, Mapping, NamedTuple, NoReturn, Optional, Sequence, Tuple

from pydantic.fields import FieldInfo
from typing_extensions import Annotated

from fastapi._schema_file.agreement import agreed_annotation
from fastapi._schema_file.checking.check import changed_param
from fastapi._schema_file.metadata import parts_of
from fastapi._schema_file.problems import ParamsSchemaError, Problem, nearest
from fastapi._schema_file.registry import registry
from fastapi._schema_file.schema import ParamSchema
from fastapi._schema_file.types import Type

_EMPTY = inspect.Signature.empty


class Declaration(NamedTuple):
    """A parameter of a file, with the fields that the code changes."""

    key: str
    endpoint: str
    param: str
    changes: Mapping[str, object]
    type_: Optional[Type]

    def current(self) -> ParamSchema:
        """Return the parameter as it is now."""
        schema = registry.of_key(self.key)
        param = schema.param(self.endpoint, self.param)
        if not self.changes and self.type_ is None:
            return param
        origin = f"param_factory({self.endpoint!r}, {self.param!r}, ...)"
        return changed_param(schema, param, self.changes, self.type_, origin)

    def make(self, param: ParamSchema) -> Any:
        made = param.make()
        made._declaration = self
        return made

    def resolve(self, param_name: str, annotation: object, value: object) -> Tuple[object, object]:
        """Return the annotation and the default that the parameter `param_name` of a function has by the file."""
        param = _with_name(self.current(), param_name)
        if value is not _EMPTY and not isinstance(value, FieldInfo):
            # A default in the code is nearer than that of the file.
            param = param.with_default(value)
        written = _without_markers(annotation)
        agreed = parts_of(agreed_annotation(param, written.annotation))
        before = (*agreed.metadata, *written.before)
        if not before and not written.after:
            return agreed.bare, self._make_with_default(param)
        # FastAPI applies the checks of an annotation if the marker is in it, and drops them if it is the default.
        # Of a default, that of the parameter counts then, not that of the marker.
        made = self.make(param.with_default(_EMPTY))
        return Annotated[(agreed.bare, *before, made, *written.after)], param.options.get("default", _EMPTY)

    def _make_with_default(self, param: ParamSchema) -> Any:
        if param.options.get("default") is not Ellipsis:
            return self.make(param)
        # As the default of a function it is a value; the constructor would take it for none.
        made = self.make(param.with_default(_EMPTY))
        made.default = Ellipsis
        return made

    def in_depends(self) -> Misused:
        """Return a declaration that refuses `Depends(param_factory(...))`."""
        call = f"param_factory({self.endpoint!r}, {self.param!r})"
        return Misused(f"Depends({call}) declares no dependency: write `= {call}`")

    def refuse_path(self, name: str, path: str, names: Sequence[str]) -> NoReturn:
        """Refuse a route whose path lacks a parameter that the file reads from the path.

        Raises:
            ParamsSchemaError: always.
        """
        param = self.current()
        message = f"the file reads {name!r} from the path, and the path {path!r} has no {{{name}}}"
        close = nearest(name, names)
        problem = Problem(message, param.place, param.endpoint, param.name, "in", tuple(names), close)
        raise ParamsSchemaError(
            param.source, [problem], "Correct the path of the route, or `in` or `alias` in the file."
        )

    def watch(self, owner: Any, rebuild: Callable[[Any], Dict[str, Any]], seen: int, keys: Iterable[str]) -> None:
        """Have `owner` rebuilt when one of the files changes that its parameters are declared in."""
        registry.watch(owner, rebuild, seen, keys)


class Misused(NamedTuple):
    """Refuses a parameter that is declared in a way that cannot work, when its route is declared."""

    message: str

    def resolve(self, param_name: str, annotation: object, value: object) -> NoReturn:
        raise ParamsSchemaError(None, [Problem(self.message, param=param_name)], "Correct it in the code.")

    def in_depends(self) -> Misused:
        return self


class _Written(NamedTuple):
    """An annotation without the marker of `param_factory`, and the metadata on both sides of the marker."""

    annotation: object
    before: Tuple[object, ...] = ()
    after: Tuple[object, ...] = ()


def _without_markers(annotation: object) -> _Written:
    bare, metadata = parts_of(annotation)
    places = [index for index, item in enumerate(metadata) if getattr(item, "_declaration", None) is not None]
    if not places:
        return _Written(annotation)
    others = [item for index, item in enumerate(metadata) if index not in places]
    return _Written(bare, tuple(others[: places[0]]), tuple(others[places[0] :]))


def _with_name(param: ParamSchema, param_name: str) -> ParamSchema:
    """The name in the request is that of the file, whatever the function calls its parameter."""
    if param_name == param.name or param.options.keys() & {"alias", "validation_alias"}:
        return param
    converted = param.kind == "header" and param.options.get("convert_underscores", True)
    alias = param.name.replace("_", "-") if converted else param.name
    return param._replace(options={**param.options, "alias": alias})
