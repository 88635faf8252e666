"""Parameters of all kinds and types, requests with valid and unusual values for them, and their `openapi()`."""

from __future__ import annotations

from urllib.parse import quote

from tests.differential.bricks.guarded import guarded
from tests.differential.bricks.requests import bare, varied, with_body, with_form, with_json, with_parts
from tests.differential.draw import Draw
from tests.differential.program import Request

KINDS = """
class Color(Enum):
    red = "red"
    blue = "blue"
class Level(IntEnum):
    low = 1
    high = 2
class Item(BaseModel):
    a: int
    b: Optional[str] = None
class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    n: int = 1
    names: List[str] = []
    key_name: Annotated[str, Field(alias="keyName")] = "d"
class Copied:
    def __deepcopy__(self, memo):
        note("deep copy")
        return self
    def __copy__(self):
        note("copy")
        return self
def doubled(value):
    return value * 2
def fresh():
    note("factory")
    return 7
"""
# Type -> values, first a valid one, then unusual ones.
TYPES: dict[str, tuple[str, ...]] = {
    "int": ("1", "-0", " 7 ", "1_000", "1.0", "9" * 30),
    "float": ("1.5", "1e400", "nan", "-inf", "1_0.5", " 2 "),
    "str": ("text", "", "é\x00", " padded "),
    "bool": ("true", "1", "off", "YES", "2"),
    "bytes": ("raw", "é"),
    "Optional[int]": ("1", "", "None", "null"),
    "Union[int, str]": ("1", "x", "1.0"),
    "Color": ("red", "RED", "green"),
    "Level": ("1", "2", "3", "low"),
    'Literal["a", 1]': ("a", "1", "b"),
    "UUID": ("12345678-1234-5678-1234-567812345678", "{12345678-1234-5678-1234-567812345678}", "x"),
    "datetime": ("2020-01-02T03:04:05Z", "1577934245", "2020-13-01"),
    "date": ("2020-01-02", "2020-01-02T00:00:00", "0"),
    "timedelta": ("P1D", "00:01:00", "60"),
    "Decimal": ("1.50", "NaN", "1e3", "x"),
    "PurePosixPath": ("a/b", ""),
    "List[int]": ("1", "x"),
    "List[str]": ("a", "a,b"),
    "Set[int]": ("1", "1"),
    "Tuple[int, str]": ("1", "x"),
    "Optional[List[Color]]": ("red", "x"),
    "List[Literal[1, 2]]": ("1", "2", "3"),
    "Any": ("1", "x"),
    "Annotated[int, Gt(3)]": ("4", "3"),
    "Annotated[int, AfterValidator(doubled)]": ("4", "x"),
}
DEFAULTS = ("", "", "", "= None", "= None", "= ...", "= 1", "= 'd'", "= []", "= Copied()", "= Color.red")
OPTIONS = {
    "number": ("ge=1", "gt=0, lt=10", "le=3", "multiple_of=2"),
    "text": ("min_length=2", "max_length=3", "pattern='^[a-z]+$'", "regex='^a'"),
    "list": ("min_length=1", "max_length=1"),
    "any": (
        "alias='other'",
        "title='T'",
        "description='D'",
        "deprecated=True",
        "include_in_schema=False",
        "examples=[1]",
        "validation_alias='val'",
        "alias='al', validation_alias='val'",
        "serialization_alias='ser'",
        "strict=True",
        "default_factory=fresh",
        "json_schema_extra={'x': 1}",
        "openapi_examples={'a': {'value': 1}}",
        "example=3",
        "",
    ),
}
MODELS = {"Query": "Strict", "Header": "Strict", "Cookie": "Strict", "Form": "Strict"}
BODIES = (
    "Item",
    "Optional[Item]",
    "List[Item]",
    "Dict[str, int]",
    "Union[Item, int]",
    "Any",
    "int",
    "bytes",
    "Item | None",
    "Annotated[Item, Body(embed=True)]",
)


def draw(draw: Draw) -> tuple[str, list[Request]]:
    draw.future = draw.chance(0.2)
    text = KINDS + "app = FastAPI()\n"
    requests: list[Request] = []
    for _ in range(draw.number(3, 6)):
        body, asked = endpoint(draw)
        text += guarded(body)
        requests += [varied(draw, request, [], eventful=0) for request in asked]
    for path in ("openapi", "routes"):
        requests.append({"way": "text", "text": ROUTES if path == "routes" else "app.openapi()"})
    return text, requests


ROUTES = (
    "[(r.path, sorted(r.methods), r.name, [(p.name, p.alias, p.mode, repr(p.field_info.annotation), repr(p.default), p.field_info.is_required()) "
    "for p in r.dependant.path_params + r.dependant.query_params + r.dependant.header_params + r.dependant.cookie_params "
    "+ r.dependant.body_params]) for r in app.routes if isinstance(r, APIRoute)]"
)


def endpoint(draw: Draw) -> tuple[str, list[Request]]:
    """Draw one path operation and its requests."""
    name = draw.name("endpoint")
    declared, places = [], []
    path = f"/{name}"
    for _ in range(draw.number(1, 4)):
        kind = draw.one(("Path", "Query", "Query", "Query", "Header", "Cookie", "Form", "none", "none", "model"))
        own = draw.name("x_p")
        if kind == "model":
            kind = draw.one(list(MODELS))
            declared.append(f"{own}: Annotated[{MODELS[kind]}, {kind}()]")
            places += [(kind, "n", "int"), (kind, "names", "List[str]"), (kind, "keyName", "str")]
            draw.kind(f"model of {kind}")
            continue
        type_ = draw.one(list(TYPES))
        draw.kind(f"{kind} of {type_}")
        if kind == "Path":
            path += f"/{{{own}}}"
        declared.append(parameter(draw, kind, own, type_))
        places.append((kind, own, type_))
    if draw.chance(0.25):
        declared.append(
            f"body: {draw.one(BODIES)}" + draw.one(("", "", " = None", " = ...", " = Body(...)", " = Body()"))
        )
        places.append(("body", "body", ""))
    declared.sort(key=has_default)
    if draw.chance(0.3):
        return through_dependency(draw, name, path, declared), [request_for(draw, path, places) for _ in range(10)]
    awaits = draw.one(("async def", "def"))
    text = f"@app.{method_for(places)}({path!r})\n{awaits} {name}({', '.join(declared)}):\n    note(sorted(locals().items()))\n    return 1\n"
    return text, [request_for(draw, path, places) for _ in range(10)]


def through_dependency(draw: Draw, name: str, path: str, declared: list[str]) -> str:
    """Return an endpoint whose dependency, a function or a class, declares the parameters."""
    method = "post" if any("Form" in each or "body:" in each for each in declared) else "get"
    if draw.chance(0.5):
        text = f"def {name}_needs({', '.join(declared)}):\n    return sorted(locals().items())\n"
    else:
        text = f"class {name}_needs:\n    def __init__(self, {', '.join(declared)}):\n        note(sorted((k, v) for k, v in locals().items() if k != 'self'))\n"
    depends = f"Depends({name}_needs)" if draw.chance(0.8) else f"Security({name}_needs, scopes=['s'])"
    return (
        text
        + f"@app.{method}({path!r})\nasync def {name}(needed={depends}):\n    note(needed if isinstance(needed, list) else type(needed).__name__)\n    return 1\n"
    )


def has_default(declared: str) -> bool:
    """Return whether a parameter has a default, which is an equals sign outside all brackets."""
    depth = 0
    for character in declared:
        depth += (character in "([") - (character in ")]")
        if character == "=" and not depth:
            return True
    return False


def parameter(draw: Draw, kind: str, name: str, type_: str) -> str:
    """Draw the declaration of one parameter, in one of the forms that the package accepts."""
    options = draw.some([*option_kind(type_), *OPTIONS["any"], *OPTIONS["any"]], 2)
    given = ", ".join({each.partition("=")[0]: each for each in options if each}.values())
    default = draw.one(DEFAULTS)
    if kind == "Path":
        default = draw.one(("", "", "= ...", "= 1") if draw.chance(0.1) else ("",))
    if kind == "none":
        return f"{name}: {type_} {default}" if draw.chance(0.9) else f"{name}{default.replace('= ', '=')}"
    if draw.chance(0.7):
        if "default_factory" in given and draw.chance(0.9):
            default = ""
        return f"{name}: Annotated[{type_}, {kind}({given})] {default}"
    inner = default.replace("= ", "")
    if "default_factory" in given and draw.chance(0.9):
        inner = ""
    return f"{name}: {type_} = {kind}({', '.join(each for each in (inner, given) if each)})"


def option_kind(type_: str) -> tuple[str, ...]:
    if type_ in ("int", "float", "Decimal", "Optional[int]"):
        return OPTIONS["number"]
    if type_ in ("str", "bytes"):
        return OPTIONS["text"]
    return OPTIONS["list"] if "List" in type_ or "Set" in type_ else ()


def method_for(places: list[tuple[str, str, str]]) -> str:
    return "post" if any(kind in ("Form", "body") for kind, _, _ in places) else "get"


def request_for(draw: Draw, path: str, places: list[tuple[str, str, str]]) -> Request:
    """Draw a request that has values for most of the parameters."""
    query, headers, cookies, form = [], [], [], []
    for kind, name, type_ in places:
        values = TYPES.get(type_, ("1", "x"))
        value = values[0] if draw.chance(0.85) else draw.one(values)
        if kind == "Path":
            path = path.replace(f"{{{name}}}", quote(value, safe="") or "0")
        name = draw.one((name,) * 9 + ("other", "val", "al", name.upper()))
        times = draw.one((1, 1, 1, 1, 1, 1, 0, 2))
        for _ in range(times):
            if kind in ("Query", "none"):
                query.append(f"{name}={quote(value)}")
            elif kind == "Header":
                headers.append(
                    [
                        draw.one((name, name.replace("_", "-"), name.replace("_", "-").title())),
                        value.encode().decode("latin-1"),
                    ]
                )
            elif kind == "Cookie":
                cookies.append(f"{name}={value}".encode().decode("latin-1"))
            elif kind == "Form":
                form.append((name, value))
    if cookies:
        headers.append(["cookie", "; ".join(cookies)])
    path += "?" + "&".join(query) if query else ""
    return (
        {**body_for(draw, places, form), "path": path.replace("{", "0").replace("}", "")}
        if not headers
        else with_headers(body_for(draw, places, form), headers, path)
    )


def with_headers(request: Request, headers: list[list[str]], path: str) -> Request:
    return {
        **request,
        "headers": [*request.get("headers", []), *headers],
        "path": path.replace("{", "0").replace("}", ""),
    }


def body_for(draw: Draw, places: list[tuple[str, str, str]], form: list[tuple[str, str]]) -> Request:
    kinds = {kind for kind, _, _ in places}
    if "Form" in kinds:
        if draw.chance(0.3):
            return with_parts(
                [
                    (name, draw.one((None, None, None, "f.txt")), value.encode().decode("latin-1"))
                    for name, value in form
                ]
            )
        return with_form(dict(form))
    if "body" in kinds:
        if draw.chance(0.15):
            return with_body(
                draw.one(("", "{", "null", "\xff", "1", '{"a": NaN}')), [("content-type", "application/json")]
            )
        return with_json(draw.one(({"a": 1}, {"a": "x"}, None, [], [{"a": 1}], {"body": {"a": 1}}, 1, {"k": 2}, "s")))
    return bare()
