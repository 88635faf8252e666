"""The functions that applications call: a parameter of the file, the file, its content."""

from __future__ import annotations

import inspect
from typing import Any, Dict, Mapping, Optional, Tuple, Union

from pydantic.fields import FieldInfo

from fastapi import param_functions, params
from fastapi._schema_file import reload
from fastapi._schema_file.declaration import Declaration, Misused
from fastapi._schema_file.fields import CLASSES, PLACES
from fastapi._schema_file.locate import FilePath
from fastapi._schema_file.problems import ParamsSchemaError, Problem, nearest
from fastapi._schema_file.registry import key_of, registry
from fastapi._schema_file.schema import Endpoint, ParamSchema, ParamsSchema
from fastapi._schema_file.types import ALIASES, TYPES, Type, type_of

_FUNCTIONS = {kind: getattr(param_functions, kind.capitalize()) for kind in PLACES}


def param_factory(
    endpoint: str,
    param: str,
    *,
    param_type: Any = None,
    override: Optional[Mapping[str, Any]] = None,
    schema: Union[ParamsSchema, FilePath, None] = None,
) -> Any:
    """Declare a parameter as the file says.

    `param_type` is another place in the request (`"query"`, or a class such as `params.Query`) or another type (a
    Python type, or a name such as `"list[int]"`); `override` has fields to lay over those of the file; `schema` is the
    file, if it is not the one that was loaded last.

    ```python
    @app.get("/items/{item_id}")
    async def read_item(item_id: int = param_factory("read_item", "item_id")):
        return {"item_id": item_id}
    ```

    Raises:
        ParamsSchemaError: the file cannot be used, or has no such endpoint or parameter.
    """
    current = schema if isinstance(schema, ParamsSchema) else registry.current(schema)
    changes, type_ = _changes(param_type, override)
    declaration = Declaration(key_of(current), endpoint, param, changes, type_)
    made = declaration.make(declaration.current())
    registry.remember(made)
    reload.watch_files()
    return made


param_factory._declaration = Misused(  # type: ignore[attr-defined]
    'param_factory has to be called: write `= param_factory("ENDPOINT", "PARAMETER")`'
)


def load_params_schema(path: Optional[FilePath] = None, *, strict: bool = True) -> ParamsSchema:
    """Read a file, check all of it, and make it the one that `param_factory` uses.

    With `strict=False`, unknown fields are left out and named in a warning.

    Raises:
        ParamsSchemaError: with everything that is wrong; the file in force stays in force.
    """
    schema = registry.load(path, strict)
    reload.watch_files()
    return schema


def get_param_schema(endpoint: Optional[str] = None, param: Optional[str] = None) -> Any:
    """Return one parameter of the file, all parameters of an endpoint, or all endpoints.

    Raises:
        ParamsSchemaError: there is no such endpoint or parameter; it lists those that are.
    """
    schema = registry.current()
    if endpoint is None:
        return schema
    found: Union[Endpoint, ParamSchema] = schema.endpoint(endpoint)
    return found if param is None else schema.param(endpoint, param)


def _refuse_misspelt_place(name: str) -> None:
    """Refuse a text that is nearer to a place of a request than to a type."""
    known = (*PLACES, *TYPES, *ALIASES)
    close = nearest(name, known)
    if name not in known and close in PLACES:
        problem = Problem(f"{name!r} is no place of a request and no type", None, allowed=known, nearest=close)
        raise ParamsSchemaError(None, [problem._replace(origin="param_type")], "Correct it in the code.")


def _changes(param_type: Any, override: Optional[Mapping[str, Any]]) -> Tuple[Dict[str, Any], Optional[Type]]:
    changes = {str(name): value for name, value in dict(override or {}).items()}
    if param_type is None:
        return changes, None
    if isinstance(param_type, str):
        _refuse_misspelt_place(param_type)
        changes["in" if param_type in PLACES else "type"] = param_type
        return changes, None
    if isinstance(param_type, FieldInfo):
        raise TypeError("param_type is a type or a place such as 'query'; fields are given as `override`")
    # `fastapi.Query` is a function, `params.Query` is the class that it makes.
    param_type = next((CLASSES[kind] for kind, made_by in _FUNCTIONS.items() if param_type is made_by), param_type)
    if inspect.isclass(param_type) and issubclass(param_type, (params.Param, params.Body)):
        for kind, class_ in CLASSES.items():
            if issubclass(param_type, class_):
                # File is a Form, which is a Body: the last one that fits is the nearest.
                changes["in"] = kind
        return changes, None
    return changes, type_of(param_type)
