"""Any file either loads and works, or is refused with its path and changes nothing.

The tests change files in every way: bytes, text, values. An application works with each file that loads, and the
export of that application is the same file. The check leaves no mistake for a route or the documentation to find.
"""

from __future__ import annotations

import inspect
import json
import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fastapi import (
    FastAPI,
    ParamsSchemaError,
    get_param_schema,
    load_params_schema,
    param_factory,
    reload_params_schema,
)
from fastapi._changes import changes
from fastapi._schema_file.exporting.export import export_schema
from fastapi._schema_file.fields import BY_NAME, FIELDS, PLACES, SPELLINGS
from fastapi._schema_file.registry import registry
from fastapi._schema_file.schema import ParamSchema, ParamsSchema
from fastapi._schema_file.types import ALIASES, FORMATS, FromCode
from fastapi._schema_file.types import TYPES as ALL_TYPES
from tests.planned.asgi import call

# FASTAPI_RS_EXAMPLES=5000 looks for longer. With CI=true, Hypothesis draws the same examples each time.
thorough = settings(
    max_examples=int(os.environ.get("FASTAPI_RS_EXAMPLES", "80")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
HERE = "tests.schema_file.sample"
# `code` needs an annotation, and these endpoints have none.
TYPES = {name: type_ for name, type_ in ALL_TYPES.items() if name != "code"}

GOOD: Dict[str, Any] = {
    "version": 1,
    "description": "d",
    "definitions": {
        "Id": {"type": "int", "ge": 1, "description": "The number"},
        "Ids": {"type": "list", "items": "Id", "max_length": 3},
        "Later": {"$ref": "#/definitions/Id", "le": 9},
    },
    "endpoints": {
        "read": {
            "description": "d",
            "params": {
                "item_id": {"in": "path", "type": "Id"},
                "q": {"in": "query", "type": "str", "max_length": 5, "pattern": "^a", "default": None},
                "when": {"in": "query", "type": "date", "ge": "2024-01-01", "default": "2024-02-01"},
                "price": {"in": "query", "type": "decimal", "max_digits": 4, "decimal_places": 2, "default": "1.5"},
                "size": {"in": "query", "enum": ["s", "m"], "default": "s"},
                "ids": {"in": "query", "type": "Ids", "default": [1]},
                "x_token": {"in": "header", "type": "string", "minLength": 2, "alias": "X-Token", "default": "ab"},
                "visits": {"in": "cookie", "type": "integer?", "exclusiveMaximum": 9},
                "color": {"in": "query", "import": f"{HERE}.Color", "default": "red"},
            },
        },
        "create": {
            "params": {
                "item": {"in": "body", "import": f"{HERE}.Item"},
                "count": {"in": "body", "type": "number", "multipleOf": 0.5, "examples": [1.5], "embed": True},
            }
        },
        "upload": {
            "params": {
                "one": {"in": "file", "type": "file"},
                "note": {"in": "form", "type": "str", "optional": True},
            }
        },
    },
}
GOOD_YAML = (
    yaml.safe_dump(GOOD, sort_keys=False, default_flow_style=None)
    + """\
  search:
    params:
      limit: &limit {in: query, type: int, "le": 0x10, default: 5}  # how many
      offset: {<<: *limit, le: 1_0, description: "from\\twhere"}
      'no': {<<: [{title: t}, *limit], le: .5e1, default: ~}
      text:
        in: query
        type: str
        description: >
          folded
          text
        default: |
          a
           b
""".replace("1_0", "1e3")
)
GOOD_JSON = json.dumps(GOOD, indent=1)
EMPTY = "version: 1\nendpoints: {}\n"

WORDS = [
    *(*PLACES, *SPELLINGS, *TYPES, *ALIASES, *FORMATS, *GOOD),
    *("params", "Id", "Ids", "Later", "list[Id]", "optional[Ids]"),
    *("list[list]", "list[optional[int]]", "array", "#/definitions/Id", "#/definitions/", f"{HERE}.Item", f"{HERE}.x"),
    *(f"{HERE}.Color", f"{HERE}.make_list", "os.path", "a.b", "sys.exit", "2024-01-01", "P1D", "12:30", "[", "(?=a)"),
    *("1.5", "NaN", "-1", "\u00e9", "\U0001f600", "\x00", "\x85", "\u2028", "a\nb", " ", "", "X-Token"),
]
PIECES = [
    *('"', "'", ":", ": ", ",", "{", "}", "[", "]", "-", "- ", "\n", "\r\n", "\n  ", "\t", " ", "#", "&a ", "*a"),
    *("!!int ", "!x ", "<<: ", "? ", "|", ">", "%", "@", "`", "~", "null", "true", "no", "on", "0x1", "0o7", "1e999"),
    *(".inf", ".nan", "1_0", "9" * 30, "---\n", "...\n", "\ufeff", "\x00", "\x07", "\x85", "\u2028", "\\ud800"),
    *("\\u0000", "\ud7ff", "\U0001f600"),
]  # fmt: skip
NOISE = [b"\xff", b"\xfe", b"\x00", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xc3", b"\r", b"\x1b", b"\xf4\x90\x80\x80"]
NOISE += [piece.encode("utf-8", "surrogatepass") for piece in PIECES]

leaves = st.one_of(
    st.sampled_from(WORDS),
    st.none(),
    st.booleans(),
    st.integers(-3, 5),
    st.sampled_from([2**31, 2**63, 2**64, -(2**63) - 1, 10**30, 10**400]),
    st.floats(),
    st.text(max_size=3),
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)
texts = st.sampled_from(WORDS) | st.text(max_size=3)
sizes = st.sampled_from([0, 1, 2, 5, 2**31, 2**63, 2**64])
limits = st.one_of(
    st.integers(-3, 5),
    st.floats(-9, 9),
    st.sampled_from([2**31, -(2**63) - 1, 2**64, 10**30, 10**400, 1e308, "2024-01-01", "2024-01-01T00:00:00Z"]),
    st.sampled_from(["P1D", "-P1DT1S", "12:30", "12:30:00.5+01:00", "1.5", "1e3", "Infinity", 0.1, 1e-320, -0.0]),
)
# By the annotation of a field, values of that kind.
KIND_OF_VALUE = {"bool": st.booleans(), "str": texts, "int": sizes}
FITTING = {row.name: KIND_OF_VALUE.get(getattr(row.annotation, "__name__", ""), values) for row in FIELDS}
FITTING.update(dict.fromkeys(["gt", "ge", "lt", "le", "multiple_of"], limits))
FITTING["enum"] = st.lists(st.one_of(texts, st.integers(0, 3), st.booleans(), st.none()), min_size=1, max_size=3)
FITTING["pattern"] = st.text(st.sampled_from("a(|)[]{}*+?^$\\d1,.-:<=P"), max_size=8)
FITTING["default"] = limits | values
FITTING["items"] = st.sampled_from(["int", "Id", "any", "file", "str?"]) | st.fixed_dictionaries(
    {"type": st.sampled_from([*TYPES, "Id"])}, optional={"ge": limits, "min_length": sizes, "enum": FITTING["enum"]}
)
FITTING["examples"] = st.lists(values, max_size=2)
FITTING["json_schema_extra"] = st.dictionaries(texts, values, max_size=2)
FITTING["openapi_examples"] = st.dictionaries(
    texts, st.dictionaries(st.sampled_from(["summary", "value", "externalValue", "description"]), values), max_size=2
)
FITTING["import"] = st.sampled_from([f"{HERE}.Color", f"{HERE}.Item", "datetime.date", "typing.List", "typing.Any"])
# The check refuses two sets of constraints, or one that the type cannot have. The fields left out fit few types.
USUAL = [row.name for row in FIELDS if row.name not in ("in", "type", "format", "import", "$ref", "items")]


@st.composite
def rows(draw: Any) -> Dict[str, Any]:
    """Fields of a parameter that are likely to be good, and now and then one that is not."""
    made: Dict[str, Any] = {"in": draw(st.sampled_from(PLACES))}
    type_ = draw(st.sampled_from(TYPE_NAMES))
    if type_ is not None:
        made["type"] = type_
    family = TYPES[type_.rstrip("?")].family if type_ and type_.rstrip("?") in TYPES else None
    fits = [name for name in USUAL if BY_NAME[name].families is None or family in BY_NAME[name].families]
    for name in draw(st.lists(st.sampled_from(fits), max_size=3)):
        made[name] = draw(FITTING[name])
    if type_ is None or draw(st.integers(0, 9)) == 0:
        name = draw(st.sampled_from([row.name for row in FIELDS]))
        made[name] = draw(FITTING[name])
    if draw(st.integers(0, 9)) == 0:
        made[draw(st.sampled_from(list(SPELLINGS)))] = draw(values)
    return made


TYPE_NAMES = [
    *TYPES,
    *(f"{name}?" for name in TYPES),
    "list[int]",
    "list[Id]",
    "Id",
    "list",
    "list[str?]",
    "set[int]",
    "tuple[int, str]",
    "tuple[Id, ...]",
    "int | str",
    "list[date | int]?",
    "dict[str, Ids]",
    f"list[{HERE}.Color]",
    "list[file]",
    None,
]


def mutated(text: str, pieces: List[str]) -> Any:
    """A text with a few pieces put in, left out or doubled."""
    change = st.tuples(st.integers(0, len(text)), st.sampled_from(pieces), st.integers(0, 9), st.booleans())

    def apply(wanted: List[Tuple[int, str, int, bool]]) -> str:
        result = text
        for place, piece, dropped, doubles in wanted:
            again = result[place : place + dropped] if doubles else ""
            result = result[:place] + again + piece + result[place + (0 if doubles else dropped) :]
        return result

    return st.lists(change, min_size=1, max_size=4).map(apply)


def ways(value: Any, way: Tuple[Any, ...] = ()) -> List[Tuple[Any, ...]]:
    found = [way]
    for key, inner in value.items() if isinstance(value, dict) else ():
        found += ways(inner, (*way, key))
    return found


@st.composite
def structures(draw: Any) -> Any:
    """The good file with other values, keys and rows at some of its places."""
    made = json.loads(GOOD_JSON)
    for _ in range(draw(st.integers(1, 4))):
        way = draw(st.sampled_from(ways(made)))
        if not way:
            continue
        around = made
        for key in way[:-1]:
            around = around[key]
        action = draw(st.sampled_from(["value", "row", "add", "rename", "remove"]))
        if action == "value":
            around[way[-1]] = draw(values)
        elif action == "row":
            around[way[-1]] = draw(rows())
        elif action == "add":
            around[draw(st.sampled_from(WORDS))] = draw(values)
        elif action == "rename":
            around[draw(st.sampled_from(WORDS))] = around.pop(way[-1])
        else:
            del around[way[-1]]
    return made


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def as_yaml(value: Any) -> str:
    return str(yaml.safe_dump(value, allow_unicode=True, sort_keys=False))


def state() -> Tuple[Any, ...]:
    """Everything that a file in force is."""
    schemas = dict(registry._schemas)
    return (schemas, registry._default, len(registry._watchers), changes.declarations, get_param_schema())


def look(content: bytes, name: str, strict: bool = True) -> None:
    """Load a file; it is good to its end, or it changes nothing."""
    path = Path(name)
    for kept in (registry._schemas, registry._watchers, registry._made):
        kept.clear()  # the schemas of the previous example
    Path("before.yaml").write_text(EMPTY)
    load_params_schema("before.yaml")
    path.write_bytes(content)
    before = state()
    try:
        schema = load_params_schema(path.absolute(), strict=strict)
    except ParamsSchemaError as error:
        assert state() == before
        assert error.problems and error.remedy
        assert error.path == str(path.absolute()) and f"{name} (given" in str(error)
        assert all(problem.place is None or problem.place >= (1, 1) for problem in error.problems)
        shown = min(len(error.problems), 50) + (len(error.problems) > 50)
        assert len(str(error).splitlines()) == shown + 2
        return
    assert get_param_schema() is schema
    works(schema)


def works(schema: ParamsSchema) -> None:
    """Each endpoint of the file can be one of an application, documented, and asked."""
    app = declared(schema)
    json.dumps(app.openapi(), allow_nan=False)
    assert all(status in (200, 422) for status, _ in answers(app))
    text = export_schema(schema)
    Path("exported.yaml").write_text(text, encoding="utf-8")
    again = load_params_schema("exported.yaml")
    assert export_schema(again) == text and "# not exported" not in text
    assert declared(again, annotations=schema).openapi() == app.openapi()


def declared(
    schema: ParamsSchema, known: Optional[ParamsSchema] = None, annotations: Optional[ParamsSchema] = None
) -> FastAPI:
    """Return an application with the endpoints of a file, or with those of another that the code was written for.

    The code has the types of `annotations` where the file leaves the type to the code.
    """
    app = FastAPI()
    # An endpoint without parameters says nothing, and is not exported.
    endpoints = [row for row in (known or schema).endpoints.items() if row[1]]
    for number, (endpoint, params) in enumerate(endpoints):
        made = [
            (
                param_factory(endpoint, name, schema=schema),
                inspect.Parameter.empty
                if annotations is None or param.annotation is not FromCode
                else annotations.endpoint(endpoint)[name].annotation,
            )
            for name, param in params.items()
        ]

        def function(**values: Any) -> int:
            return 1

        function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [
                inspect.Parameter(f"p{index}", inspect.Parameter.KEYWORD_ONLY, default=each, annotation=annotation)
                for index, (each, annotation) in enumerate(made)
            ]
        )
        names = [name_of(param) for param in params.values() if param.kind == "path"]
        if len(set(names)) == len(names):
            path = "".join(f"/{{{name}}}" for name in names)
            app.post(f"/{number}{path}", name="made")(function)
    return app


def answers(app: FastAPI) -> List[Any]:
    targets = [route.path for route in app.routes if getattr(route, "name", "") == "made"]  # type: ignore[attr-defined]
    seen = [call(app, target, "POST") for target in targets]
    return [(each.status, each.body) for each in seen]


def name_of(param: ParamSchema) -> str:
    """The name of a parameter in the request."""
    return str(param.options.get("validation_alias") or param.options.get("alias") or param.name)


@pytest.mark.parametrize("text, name", [(GOOD_YAML, "p.yaml"), (GOOD_JSON, "p.json")], ids=["yaml", "json"])
def test_the_unchanged_file_loads(text: str, name: str) -> None:
    look(text.encode(), name)
    assert get_param_schema("read") and len(get_param_schema().endpoints) in (3, 4)


@thorough
@given(mutated(GOOD_YAML, PIECES))
def test_changed_yaml(text: str) -> None:
    look(text.encode("utf-8", "surrogatepass"), "p.yaml")


@thorough
@given(mutated(GOOD_JSON, PIECES))
def test_changed_json(text: str) -> None:
    look(text.encode("utf-8", "surrogatepass"), "p.json")


@thorough
@given(structures(), st.sampled_from(["json", "yaml"]), st.booleans())
def test_changed_values(value: Any, format_: str, strict: bool) -> None:
    text = as_json(value) if format_ == "json" else as_yaml(value)
    look(text.encode("utf-8", "surrogatepass"), f"p.{format_}", strict)


@thorough
@given(
    st.dictionaries(st.sampled_from(["p", "q", "x_y", "\u00e9", "class"]), rows(), min_size=1, max_size=3),
    st.dictionaries(st.sampled_from(["Id", "A"]), rows(), max_size=2),
)
def test_any_fields(params: Any, definitions: Any) -> None:
    for row in definitions.values():
        row.pop("in")
    definitions.setdefault("Id", {"type": "int", "ge": 1})
    content = {"version": 1, "definitions": definitions, "endpoints": {"e": {"params": params}}}
    look(as_json(content).encode("utf-8", "surrogatepass"), "p.json")


@pytest.mark.parametrize("type_", ["tuple[Id, ...]", "set[Id]", "Id | str", "tuple[Id, str]", "list[Id]"])
def test_a_type_around_a_definition_with_checks(type_: str) -> None:
    """The export leaves such a type to the code, except for a list, and the document stays equal with that code."""
    params = {"p": {"in": "query", "type": type_}}
    content = {"version": 1, "definitions": {"Id": {"type": "int", "ge": 1}}, "endpoints": {"e": {"params": params}}}
    look(as_json(content).encode(), "p.json")


@thorough
@given(
    st.binary(max_size=60)
    | st.lists(st.sampled_from([*NOISE, *(piece.encode("utf-8", "surrogatepass") for piece in PIECES)])).map(b"".join),
    st.integers(0, len(GOOD_YAML)),
    st.sampled_from(["p.yaml", "p.yml", "p.json"]),
)
def test_any_bytes(noise: bytes, place: int, name: str) -> None:
    good = (GOOD_JSON if name == "p.json" else GOOD_YAML).encode()
    look(good[:place] + noise + good[place:], name)
    look(noise, name)


@thorough
@given(structures())
def test_a_changed_file_is_put_in_force_as_a_whole_or_not_at_all(value: Any) -> None:
    """A reload: the routes are those of the old file, or those that a new process would make."""
    for kept in (registry._schemas, registry._watchers, registry._made):
        kept.clear()
    path = Path("p.json")
    path.write_text(GOOD_JSON)
    schema = load_params_schema(path)
    app = declared(schema)
    document, before = app.openapi(), state()
    path.write_bytes(as_json(value).encode("utf-8", "surrogatepass"))
    if not reload_params_schema():
        assert state() == before and app.openapi() is document
        return
    new = get_param_schema()
    assert new is not schema and app.openapi() is not document
    fresh = declared(new, schema)
    assert app.openapi() == fresh.openapi()
    assert answers(app) == answers(fresh)
