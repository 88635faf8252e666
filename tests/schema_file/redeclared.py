"""An application whose functions take their parameters from a file instead of from their own declarations."""

from __future__ import annotations

import inspect
from typing import Any, Dict

from typing_extensions import Annotated

from fastapi import FastAPI, get_param_schema, param_factory
from fastapi._changes import changes
from fastapi._routing.tree.inclusion.walk import iter_route_contexts
from fastapi._routing.tree.route import _redeclared
from fastapi._schema_commands import _declared_name, _fields, _free_name, _section, _walk
from fastapi._schema_file.exporting.export_types import NotExported, constraint_fields
from fastapi._schema_file.metadata import join
from fastapi._schema_file.schema import ParamSchema, ParamsSchema
from fastapi._schema_file.types import FromCode
from fastapi.routing import APIRoute


def redeclare(app: FastAPI, schema: ParamsSchema, annotated: bool = False) -> int:
    """Give each function, as far as the file has its parameters, a signature of that file; return how many it has.

    A parameter keeps its annotation if the file leaves the type to the code, or if all are to be annotated.
    """
    signatures: Dict[Any, inspect.Signature] = {}
    names: Dict[str, Any] = {}
    count = 0
    routes = []
    for context in iter_route_contexts(app.routes):
        if not isinstance(context.route, APIRoute):
            continue
        routes.append(context.route)
        for dependant in _walk(context.dependant):
            call = dependant.call
            if call in signatures or not _fields(dependant):
                continue
            section = _free_name(_section(dependant), call, names)
            parameters = dict(inspect.signature(call).parameters)
            for field in _fields(dependant):
                name = _declared_name(field)
                if name in schema.endpoints.get(section, {}) and name in parameters:
                    parameters[name] = declared_by_file(section, field, annotated)
                    count += 1
            others = [
                parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
                for parameter in parameters.values()
                if parameter.kind not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
            ]
            signatures[call] = inspect.signature(call).replace(parameters=others)
    for call, signature in signatures.items():
        call.__signature__ = signature
    for route in {id(route): route for route in routes}.values():
        vars(route).update(_redeclared_without_check(route))
    changes.declarations += 1
    changes.bump()
    return count


def declared_by_file(section: str, field: Any, annotated: bool) -> inspect.Parameter:
    name, info = _declared_name(field), field.field_info
    row = get_param_schema(section, name)
    has_own_factory = info.default_factory is not None and "default_factory" not in row.options
    override = {"default_factory": info.default_factory} if has_own_factory else None
    made = param_factory(section, name, override=override)
    annotation: Any = inspect.Parameter.empty
    if row.annotation is FromCode or annotated:
        annotation = join(info.annotation, (item for item in info.metadata if _stays_in_the_code(item, row)))
    default_stays = (
        not info.is_required() and not has_own_factory and not {"default", "default_factory"} & set(row.options)
    )
    if not default_stays:
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=made, annotation=annotation)
    whole = Annotated[Any if annotation is inspect.Parameter.empty else annotation, made]
    default = info.get_default(call_default_factory=True)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=whole)


def _stays_in_the_code(item: Any, row: ParamSchema) -> bool:
    """Whether the row does not say a check, so that the annotation has to."""
    try:
        return not set(constraint_fields([item])) <= set(row.options)
    except NotExported:
        return row.annotation is FromCode


def _redeclared_without_check(route: Any) -> Dict[str, Any]:
    vars(route)["_declared_app"] = route.app
    return _redeclared(route)
