"""`fastapi-rs schema`: check a file, show what an application makes of it, write it from an application.

fastapi-rs schema check params_schema.yaml      every problem with file and line; status 1 when there is one
fastapi-rs schema show main:app                 each parameter, what it resolved to, and where it is declared
fastapi-rs schema export main:app               the file that declares what the application declares in its code
fastapi-rs schema format                        the JSON Schema of the file format, for editors
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from typing import Any, Callable, Dict, Iterator, List, Optional, Set

from typing_extensions import get_args

from fastapi._schema_file.export import Parameter, export_parameters
from fastapi._schema_file.fields import table_problems
from fastapi._schema_file.json_schema import file_format
from fastapi._schema_file.problems import ParamsSchemaError
from fastapi._schema_file.types import without_none
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

LoadApplication = Callable[[str], Any]


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
    for name, text in (("show", "what each parameter resolved to"), ("export", "write the file from an application")):
        action = actions.add_parser(name, help=text)
        action.add_argument("application", help="where it is, as module:name")
    actions.add_parser("format", help="the JSON Schema of the file format")


def run(options: argparse.Namespace, load_application: LoadApplication) -> int:
    """Run one command and return its exit status."""
    try:
        if options.action == "check":
            return check(options.file, strict=not options.not_strict)
        if options.action == "format":
            return _write(json.dumps(file_format(), indent=2) + "\n", "utf-8")
        app = load_application(options.application)
        if options.action == "export":
            # Whatever the terminal's encoding is: it is to be a file, and those are UTF-8.
            return _write(export_application(app), "utf-8")
        return _write("".join(f"{line}\n" for line in show(app)))
    except ParamsSchemaError as error:
        print(error, file=sys.stderr)  # noqa: T201, this is a command's output
        return 1


def check(path: Optional[str], strict: bool = True) -> int:
    """Check a file, and the table of fields against what is installed."""
    from fastapi._schema_file.check import read_schema
    from fastapi._schema_file.locate import locate

    schema = read_schema(locate(path), strict)
    count = sum(len(params) for params in schema.endpoints.values())
    print(f"{schema.source}: {len(schema.endpoints)} endpoints, {count} parameters, nothing wrong")  # noqa: T201, this is a command's output
    own = table_problems()
    for problem in own:
        print(f"!! {problem}", file=sys.stderr)  # noqa: T201, this is a command's output
    return 1 if own else 0


def show(app: Any) -> Iterator[str]:
    """Yield what each parameter of an application resolved to, and where it is declared."""
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
    declaration = getattr(info, "_declaration", None)
    if declaration is None:
        origin = f"the code of {_section(dependant)}"
    else:
        param = declaration.current()
        changed = " and the code" if declaration.changes or declaration.type_ else ""
        origin = f"{param.where} {declaration.endpoint}.{declaration.param}{changed}"
    kind = getattr(getattr(info, "in_", None), "value", None) or type(info).__name__.lower()
    need = "required" if info.is_required() else f"default {field.get_default()!r}"
    limits = "".join(f", {item!r}" for item in info.metadata)
    return f"{kind} {field.alias}: {_type_name(info.annotation)}, {need}{limits} ({origin})"


def _type_name(annotation: Any) -> str:
    inner = without_none(annotation)
    if inner is not annotation:
        return f"Optional[{_type_name(inner)}]"
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    return str(annotation).replace("typing_extensions.", "").replace("typing.", "")


def export_application(app: Any) -> str:
    """Return the file that declares the parameters of an application, each endpoint and dependency under its name."""
    return export_parameters(_parameters(app))


def _parameters(app: Any) -> Iterator[Parameter]:
    names: Dict[str, Any] = {}
    done: Set[int] = set()
    for context in iter_route_contexts(app.routes):
        if isinstance(context.route, (APIRoute, APIWebSocketRoute)):
            for dependant in _walk(context.dependant):
                if id(dependant.call) in done or not _fields(dependant):
                    continue
                done.add(id(dependant.call))
                section = _free_name(_section(dependant), dependant.call, names)
                for field in _fields(dependant):
                    yield Parameter(section, _declared_name(field), field.field_info)


def _declared_name(field: Any) -> str:
    declaration = getattr(field.field_info, "_declaration", None)
    return str(declaration.param) if declaration is not None else str(field.name)


def _free_name(name: str, call: Any, names: Dict[str, Any]) -> str:
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
    call: Any = dependant.call
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


def _write(text: str, encoding: Optional[str] = None) -> int:
    """Write all of a text to the standard output, whatever it can show, and return the exit status."""
    stream: Any = sys.stdout
    buffer = getattr(stream, "buffer", None)
    try:
        if buffer is None:
            stream.write(text)
        else:
            stream.flush()
            buffer.write(text.encode(encoding or stream.encoding or "utf-8", "backslashreplace"))
        stream.flush()
    except BrokenPipeError:
        _forget_output()  # as with `| head`: nobody is there to read what is wrong
        return 1
    except OSError as error:
        _forget_output()
        print(f"the output could not be written: {error}", file=sys.stderr)  # noqa: T201, this is a command's output
        return 1
    return 0


def _forget_output() -> None:
    """Keep Python from trying once more to write the rest when it ends, and from complaining again."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
