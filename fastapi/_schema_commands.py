"""`fastapi-rs schema`: check a file, show the parameters of an application, write a file from an application.

fastapi-rs schema check params_schema.yaml                   every problem with file and line; status 1 if there is one
fastapi-rs schema check --no-import params_schema.yaml       the same without running any code that the file names
fastapi-rs schema show main:app                              each parameter, its type, and where it is declared
fastapi-rs schema export main:app --output params_schema.yaml    the file that declares the same parameters
fastapi-rs schema format                                     the JSON Schema of the file format, for editors
"""

from __future__ import annotations

import argparse
import json
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from typing_extensions import get_args

from fastapi._schema_file.checking.check import read_schema
from fastapi._schema_file.exporting.export import Parameter, export_parameters
from fastapi._schema_file.exporting.json_schema import file_format
from fastapi._schema_file.fields import table_problems
from fastapi._schema_file.locate import locate
from fastapi._schema_file.problems import ParamsSchemaError
from fastapi._schema_file.registry import registry
from fastapi._schema_file.trust import untrusted
from fastapi._schema_file.types import without_none
from fastapi._schema_output import complain, is_output, replace_file, write_output
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

LoadApplication = Callable[[str], object]


def add_commands(commands: Any) -> None:
    """Add `schema` and its commands to the parser of the command line."""
    schema = commands.add_parser(
        "schema",
        help="parameters declared in a file",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = schema.add_subparsers(dest="action", required=True)
    check = actions.add_parser("check", help="check a file")
    check.add_argument("file", nargs="?", help="the file; left out, the one that an application would find")
    check.add_argument("--not-strict", action="store_true", help="leave unknown fields out, with a warning")
    check.add_argument(
        "--no-import", action="store_true", help="import nothing that the file names, for files of strangers"
    )
    shown = "each parameter, its type and where it is declared"
    for name, text in (("show", shown), ("export", "write the file from an application")):
        action = actions.add_parser(name, help=text)
        action.add_argument("application", help="where it is, as module:name")
        if name == "export":
            action.add_argument("--output", metavar="FILE", help="replace this file, only if all of it can be written")
    actions.add_parser("format", help="the JSON Schema of the file format")


def run(options: argparse.Namespace, load_application: LoadApplication) -> int:
    """Run one command and return its exit status."""
    try:
        if options.action == "check":
            return check(options.file, strict=not options.not_strict, imports=not options.no_import)
        if options.action == "format":
            return write_output(json.dumps(file_format(), indent=2) + "\n", "utf-8")
        app = load_application(options.application)
        if options.action == "export":
            return export(app, options.output)
        return write_output("".join(f"{line}\n" for line in show(app)))
    except ParamsSchemaError as error:
        complain(str(error))
        if is_output([error.path]):
            complain(_EMPTIED)
        return 1


_EMPTIED = (
    "The standard output is this file: the shell emptied it before the command began. Restore it, and write "
    "`fastapi-rs schema export ... --output FILE`, which replaces a file only after the export."
)


def check(path: Optional[str], strict: bool = True, imports: bool = True) -> int:
    """Check a file, and compare the table of fields with the installed packages."""
    source = locate(path)
    if imports:
        schema = read_schema(source, strict)
    else:
        with untrusted():
            schema = read_schema(source, strict)
    count = sum(len(params) for params in schema.endpoints.values())
    summary = f"{_counted(len(schema.endpoints), 'endpoint')}, {_counted(count, 'parameter')}, nothing wrong"
    print(f"{schema.source}: {summary}")  # noqa: T201, this is a command's output
    own = table_problems()
    for problem in own:
        complain(f"!! {problem}")
    return 1 if own else 0


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def export(app: Any, output: Optional[str]) -> int:
    """Write the file that declares the parameters of an application."""
    text = export_application(app)
    if output is not None:
        return replace_file(output, text)
    used = is_output(path for schema in registry.all() for path in (schema.source.path, *schema.included))
    if used is not None:
        complain(f"!! the application reads {used}, which this output overwrites: write --output {used} instead")
    # Whatever the terminal's encoding is: it is to be a file, and those are UTF-8.
    return write_output(text, "utf-8")


def show(app: Any) -> Iterator[str]:
    """Yield each parameter of an application with its type and the place of its declaration."""
    for context in iter_route_contexts(app.routes):
        if not isinstance(context.route, (APIRoute, APIWebSocketRoute)):
            continue
        methods = ",".join(sorted(context.methods or ())) or "WS"
        yield f"{methods} {context.path}"
        for dependant in _walk(context.dependant):
            for field in _fields(dependant):
                yield f"    {_shown(dependant, field)}"


def _shown(dependant: Dependant, field: Any) -> str:
    info = field.field_info
    kind = getattr(getattr(info, "in_", None), "value", None) or type(info).__name__.lower()
    need = "required" if info.is_required() else f"default {field.get_default()!r}"
    limits = "".join(f", {item!r}" for item in info.metadata)
    return f"{kind} {field.alias}: {_type_name(info.annotation)}, {need}{limits} ({_origin(dependant, info)})"


def _origin(dependant: Dependant, info: object) -> str:
    declaration = getattr(info, "_declaration", None)
    if declaration is None:
        return f"the code of {_section(dependant)}"
    param = declaration.current()
    changed = " and the code" if declaration.changes or declaration.type_ else ""
    variables = "".join(f"; {field} from ${name}" for field, name in param.environment.items())
    return f"{param.where} {declaration.endpoint}.{declaration.param}{changed}{variables}"


def _type_name(annotation: object) -> str:
    inner = without_none(annotation)
    if inner is not annotation:
        return f"Optional[{_type_name(inner)}]"
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    return str(annotation).replace("typing_extensions.", "").replace("typing.", "")


def export_application(app: object) -> str:
    """Return the file that declares the parameters of an application, each endpoint and dependency under its name."""
    return export_parameters(_parameters(app))


def _parameters(app: Any) -> List[Parameter]:
    """Return the parameters of each function once, in the order of the routes."""
    names: Dict[str, object] = {}
    found: Dict[Tuple[int, str], Parameter] = {}
    routes: Dict[Tuple[int, str], str] = {}
    for context in iter_route_contexts(app.routes):
        if isinstance(context.route, (APIRoute, APIWebSocketRoute)):
            for dependant in _walk(context.dependant):
                for parameter in _parameters_of(dependant, names):
                    key = (id(dependant.call), parameter.name)
                    first = found.setdefault(key, parameter)
                    path = str(context.path)
                    if routes.setdefault(key, path) != path and not first.elsewhere:
                        elsewhere = _difference(first, routes[key], parameter, path)
                        found[key] = first._replace(elsewhere=elsewhere)
    return list(found.values())


def _parameters_of(dependant: Dependant, names: Dict[str, object]) -> Iterator[Parameter]:
    fields = _fields(dependant)
    if fields:
        section = _free_name(_section(dependant), dependant.call, names)
        for field in fields:
            yield Parameter(section, _declared_name(field), field.field_info, dependant.call)


def _difference(first: Parameter, route: str, second: Parameter, other: str) -> str:
    """Return why one row cannot declare a parameter for two routes, empty if it can."""
    if type(first.info) is type(second.info):
        return ""
    one, two = (type(each.info).__name__.lower() for each in (first, second))
    return f"it is read from the {one} in {route} and from the {two} in {other}, and a file says one place"


def _declared_name(field: Any) -> str:
    declaration = getattr(field.field_info, "_declaration", None)
    return str(declaration.param) if declaration is not None else str(field.name)


def _free_name(name: str, call: object, names: Dict[str, object]) -> str:
    """Two functions of one name get a number behind it."""
    number, free = 1, name
    while names.setdefault(free, call) is not call:
        number += 1
        free = f"{name}_{number}"
    return free


def _section(dependant: Dependant) -> str:
    """The name of an endpoint in the file: that which its parameters are declared under already, or its own."""
    for field in _fields(dependant):
        declaration = getattr(field.field_info, "_declaration", None)
        if declaration is not None:
            return str(declaration.endpoint)
    call: object = dependant.call
    return str(getattr(call, "__name__", None) or type(call).__name__)


def _walk(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for sub in dependant.dependencies:
        yield from _walk(sub)


def _fields(dependant: Dependant) -> List[Any]:
    return [
        *dependant.path_params,
        *dependant.query_params,
        *dependant.header_params,
        *dependant.cookie_params,
        *dependant.body_params,
    ]
