"""An application whose functions take their parameters from a file instead of from their own declarations."""

from __future__ import annotations

import inspect
from typing import Any, Dict

from fastapi import FastAPI, param_factory
from fastapi._changes import changes
from fastapi._routing.tree.inclusion.walk import iter_route_contexts
from fastapi._routing.tree.route import _redeclared
from fastapi._schema_commands import _declared_name, _fields, _free_name, _section, _walk
from fastapi._schema_file.schema import ParamsSchema
from fastapi.routing import APIRoute


def redeclare(app: FastAPI, schema: ParamsSchema) -> int:
    """Give each function, as far as the file has its parameters, a signature of that file; return how many it has."""
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
                    made = param_factory(section, name)
                    parameters[name] = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=made)
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


def _redeclared_without_check(route: Any) -> Dict[str, Any]:
    vars(route)["_declared_app"] = route.app
    return _redeclared(route)
