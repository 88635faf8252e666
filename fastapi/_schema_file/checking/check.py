"""From a source to a schema: everything that is wrong with the file is found before any of it is used."""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Tuple

from fastapi._schema_file.checking.includes import Includes
from fastapi._schema_file.checking.resolve import Resolver
from fastapi._schema_file.checking.rings import without_rings
from fastapi._schema_file.checking.shape import Row, check_row, check_shape, each_row
from fastapi._schema_file.fields import SPELLINGS
from fastapi._schema_file.problems import MOST_PROBLEMS, ParamsSchemaError, Path, Place, Problem, Source
from fastapi._schema_file.reading.document import Document
from fastapi._schema_file.reading.load import Identity, load, load_text
from fastapi._schema_file.schema import ParamSchema, ParamsSchema, Postponed
from fastapi._schema_file.types import Type

_IN_THE_CODE = "Correct what is given in the code."
_REMEDY = "Correct the file; `fastapi-rs schema check FILE` tells when it is right."


def read_schema(source: Source, strict: bool = True) -> ParamsSchema:
    """Read and check a file.

    Raises:
        ParamsSchemaError: with all problems of the file, in the order of its lines.
    """
    document, identity = load(source)
    return _checked(document, identity, strict)


def schema_of_text(source: Source, text: str) -> ParamsSchema:
    """Check a text that is in no file yet.

    Raises:
        ParamsSchemaError: with all problems of the text.
    """
    return _checked(load_text(source, text), Identity(0, 0, 0, 0, 0), True)


def _checked(document: Document, identity: Identity, strict: bool) -> ParamsSchema:
    shape = check_shape(document, strict)
    included = Includes(document, shape, strict).read() if shape.includes else {}
    resolver = Resolver(document, without_rings(document, shape.definitions))
    most = MOST_PROBLEMS - len(document.problems)
    for row in shape.definitions.values():
        if len(resolver.problems) < most:
            resolver.definition(row)
    endpoints: Dict[str, Dict[str, ParamSchema]] = {name: {} for name in shape.endpoints}
    for endpoint, name, row in each_row(shape):
        param = resolver.param(endpoint, name, row) if len(resolver.problems) < most else None
        if param is not None:
            endpoints[endpoint][name] = param
    problems = [*document.problems, *resolver.problems]
    if problems:
        raise ParamsSchemaError(document.source, sorted(_without_echoes(problems), key=_line), _REMEDY)
    return ParamsSchema(document.source, identity, strict, endpoints, shape.definitions, _complete, included)


def _without_echoes(problems: List[Problem]) -> List[Problem]:
    """Drop repeated problems: each parameter that refers to a wrong definition finds its problem again."""
    first: Dict[object, Problem] = {}
    for problem in problems:
        first.setdefault((problem.file, problem.place, problem.message), problem)
    return list(first.values())


def _line(problem: Problem) -> Tuple[str, Place]:
    return problem.file or "", problem.place or Place(0, 0)


def _complete(schema: ParamsSchema, param: ParamSchema) -> ParamSchema:
    """Return a parameter whose type could not be imported when the file was read.

    Raises:
        ParamsSchemaError: it still cannot, or something else is wrong with it.
    """
    document = Document(schema.source, "")
    path: Path = ("endpoints", param.endpoint, "params", param.name)
    if param.place is not None:
        document.places[path] = param.place
    resolver = Resolver(document, schema.definitions)
    written: Dict[str, Path] = {name: (*path, name) for name in param.fields}
    found = resolver.param(param.endpoint, param.name, Row(path, dict(param.fields), written, dict(param.environment)))
    if found is not None and isinstance(found.annotation, Postponed):
        resolver.problems.append(Problem(found.annotation.reason, param.place, param.endpoint, param.name, "import"))
    if found is None or resolver.problems:
        raise ParamsSchemaError(param.source, resolver.problems, _UNFINISHED)
    return found._replace(source=param.source)


_UNFINISHED = "Declare the parameter below the class, or move the class to a module of its own."


def changed_param(
    schema: ParamsSchema, param: ParamSchema, changes: Mapping[str, object], type_: Optional[Type], origin: str
) -> ParamSchema:
    """Return a parameter with other fields, and perhaps another type, laid over those of the file.

    A field that is None is taken away; None as a default is one, so a default is taken away by `...`. A default factory
    may be the function itself, which a file could not name.

    Raises:
        ParamsSchemaError: they do not fit, with all reasons.
    """
    document = Document(schema.source, "")
    path = ("endpoints", param.endpoint, "params", param.name)
    factory = changes.get("default_factory")
    if callable(factory):
        changes = {name: value for name, value in changes.items() if name != "default_factory"}
    removed = {SPELLINGS.get(name, name) for name, value in changes.items() if value is None} - {"default"}
    if changes.get("default") is ...:
        removed.add("default")
    own = check_row(
        document, path, {name: value for name, value in changes.items() if SPELLINGS.get(name, name) not in removed}
    )
    kept = {name: value for name, value in param.fields.items() if name not in removed}
    values = _laid_over(kept, own.values, type_)
    written = {name: own.written.get(name, (*path, name)) for name in values}
    resolver = Resolver(document, schema.definitions)
    changed = None
    if not document.problems:
        changed = resolver.param(param.endpoint, param.name, own._replace(values=values, written=written))
    problems = [*document.problems, *resolver.problems]
    if problems or changed is None:
        raise ParamsSchemaError(schema.source, [problem._replace(origin=origin) for problem in problems], _IN_THE_CODE)
    changed = changed._replace(place=param.place)
    return changed.with_factory(factory) if callable(factory) else changed


# Fields of which each says the type in its own way: a new one replaces the others.
_TYPE_FIELDS = ("type", "import", "items", "format", "$ref")


def _laid_over(values: Dict[str, object], changes: Mapping[str, object], type_: Optional[Type]) -> Dict[str, object]:
    own = {**changes} if type_ is None else {**changes, "type": type_}
    if any(name in own for name in ("type", "import", "$ref")):
        values = {name: value for name, value in values.items() if name not in _TYPE_FIELDS}
    return {**values, **own}


def rows_to_params(rows: Mapping[str, Mapping[str, object]]) -> Dict[str, ParamSchema]:
    """Return parameters whose fields are given in the code.

    Raises:
        ParamsSchemaError: they are wrong, with all reasons.
    """
    document = Document(Source("the call", "given as an argument"), "")
    resolver = Resolver(document, {})
    found: Dict[str, ParamSchema] = {}
    for name, fields in rows.items():
        row = check_row(document, ("endpoints", "", "params", name), fields)
        param = None if document.problems else resolver.param("", name, row)
        if param is not None:
            found[name] = param
    problems = [*document.problems, *resolver.problems]
    if problems:
        raise ParamsSchemaError(
            document.source, [problem._replace(endpoint=None) for problem in problems], _IN_THE_CODE
        )
    return found
