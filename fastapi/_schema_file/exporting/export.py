"""Writing the file from parameters that exist.

Loading the text and writing it again gives the same text. Comments at the end name the parts that stay in
the code, with the reasons.
"""

from __future__ import annotations

import re
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple

import yaml
from pydantic.fields import FieldInfo

from fastapi._schema_file.checking.check import schema_of_text
from fastapi._schema_file.checking.environment import with_escape
from fastapi._schema_file.exporting.describe import describe
from fastapi._schema_file.exporting.export_types import Fields, NamedChecks, NotExported, names_around, names_in
from fastapi._schema_file.model import VERSION
from fastapi._schema_file.problems import ParamsSchemaError, Problem, Source
from fastapi._schema_file.reading.yaml_nodes import CORE_SCHEMA
from fastapi._schema_file.schema import ParamsSchema


class Parameter(NamedTuple):
    """A parameter of a function: its section in the file, its name and its analysed declaration."""

    section: str
    name: str
    info: FieldInfo
    # The function that has it.
    call: Any = None
    # Where else it is read from, in words, if it is not read from one place alone.
    elsewhere: str = ""


def export_parameters(parameters: Iterable[Parameter]) -> str:
    """Return the text of a file that declares these parameters.

    Raises:
        ParamsSchemaError: the text cannot be read again as it was meant, which is an error of this package.
    """
    endpoints: Dict[str, Dict[str, Fields]] = {}
    comments: List[str] = []
    for parameter in parameters:
        where = f"{parameter.section}.{parameter.name}"
        try:
            if parameter.elsewhere:
                raise NotExported(parameter.elsewhere)
            described = describe(parameter.name, parameter.info, _names(parameter))
        except NotExported as why:
            comments.append(_comment(f"not exported: {where}", str(why)))
        else:
            comments.extend(_comment(where, remark) for remark in described.remarks)
            endpoints.setdefault(parameter.section, {})[parameter.name] = described.fields
    text = write(endpoints)
    _require_stable(text)
    return text + "".join(comments)


def export_schema(schema: ParamsSchema) -> str:
    """Return the text of a file that declares the same as a loaded file."""
    return write(_described(schema))


def write(endpoints: Mapping[str, Mapping[str, Fields]]) -> str:
    """Return endpoints as YAML, one line for each field."""
    content = {
        "version": VERSION,
        "endpoints": {
            name: {"params": {param: _escaped(row) for param, row in params.items()}}
            for name, params in endpoints.items()
        },
    }
    text: str = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text


def _escaped(row: Fields) -> Fields:
    return {name: with_escape(value) if isinstance(value, str) else value for name, value in row.items()}


def _names(parameter: Parameter) -> List[NamedChecks]:
    declaration = getattr(parameter.info, "_declaration", None)
    own = [] if declaration is None else names_in(declaration.current().fields)
    return [*own, *names_around(parameter.call)]


def _described(schema: ParamsSchema) -> Dict[str, Dict[str, Fields]]:
    return {
        section: {
            name: describe(name, param.make(), names_in(param.fields)).fields
            for name, param in schema.endpoint(section).items()
        }
        for section in schema.endpoints
        if schema.endpoints[section]
    }


def _require_stable(text: str) -> None:
    """Read a text as `schema check` does, and write it a second time, before anything is written to a file."""
    schema = schema_of_text(Source("exported.yaml", "the exported text"), text)
    if write(_described(schema)) != text:
        message = "the text, read and written again, is another one"
        raise ParamsSchemaError(schema.source, [Problem(message)], "Please report it, with the application.")


def _comment(subject: str, text: str) -> str:
    line = f"{subject}: {' '.join(text.split())}"
    return f"# {line.encode('utf-8', 'backslashreplace').decode('utf-8')}\n"


class _Dumper(yaml.SafeDumper):
    """Quotes text that either YAML 1.1 or 1.2 would read as something else, and writes every value in full."""

    yaml_implicit_resolvers = {key: list(found) for key, found in yaml.SafeDumper.yaml_implicit_resolvers.items()}

    def ignore_aliases(self, data: object) -> bool:
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
