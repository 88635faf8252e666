"""Return values of endpoints: many types, with and without a response model, and their `jsonable_encoder`."""

from __future__ import annotations

from tests.differential.bricks.guarded import guarded
from tests.differential.bricks.requests import bare, varied
from tests.differential.draw import Draw
from tests.differential.program import Request

BEGINNING = """
import typing_extensions
class Color(Enum):
    red = "red"
class Level(IntEnum):
    low = 1
class Item(BaseModel):
    a: int = 1
    b: Optional[str] = None
class Sub(Item):
    secret: str = "s"
class Aliased(BaseModel):
    key_name: Annotated[int, Field(alias="keyName")] = 1
    when: datetime = datetime(2020, 1, 2)
    @field_serializer("when")
    def shown(self, value):
        return "shown"
class Odd(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True, extra="allow", ser_json_inf_nan="strings")
    f: float = float("inf")
@dataclass
class Data:
    x: int = 1
    y: Tuple[int, ...] = (1, 2)
class Named(NamedTuple):
    p: int = 1
class Typed(typing_extensions.TypedDict, total=False):
    k: int
class Slots:
    __slots__ = ("s",)
class Plain:
    def __init__(self):
        self.v = 1
        self._sa_state = 2
class DictLike(dict):
    pass
class Text(str):
    pass
class Number(int):
    def __repr__(self):
        return "Number"
class Iterates:
    def __iter__(self):
        return iter([("a", 1)])
class Refuses:
    def __iter__(self):
        raise ValueError("refuses")
    @property
    def __dict__(self):
        raise KeyError("no dict")
def generated():
    yield 1
    yield 2
app = FastAPI()
"""
VALUES = (
    "1",
    "True",
    "1.5",
    "-0.0",
    "1e22",
    "10**30",
    "'text \\u2028 \\ud83d\\ude00'",
    "'\\ud800'",
    "b'bytes'",
    "b'\\xff'",
    "None",
    "[]",
    "{}",
    "[1, [2, [3, None]]]",
    "{'a': {'b': [1.0, 'x']}}",
    "{1: 'a', None: 'b', True: 'c', 1.5: 'd'}",
    "{(1, 2): 3}",
    "{'_sa_x': 1, 'y': 2}",
    "(1, 2)",
    "{1}",
    "frozenset({1})",
    "Color.red",
    "Level.low",
    "{Color.red: 1}",
    "Item()",
    "Item(b='x')",
    "Sub()",
    "[Sub(), Item(a=2)]",
    "Aliased()",
    "Odd()",
    "Odd(extra=object())",
    "Data()",
    "Data",
    "Named()",
    "{'k': 1, 'j': 2}",
    "Plain()",
    "Slots()",
    "DictLike(a=1)",
    "Text('t')",
    "Number(3)",
    "[Number(3), Text('t')]",
    "{Text('k'): 1}",
    "Iterates()",
    "Refuses()",
    "generated()",
    "iter([1])",
    "range(3)",
    "datetime(2020, 1, 2, 3)",
    "date(2020, 1, 2)",
    "time(1, 2)",
    "timedelta(seconds=1.5)",
    "Decimal('1.0')",
    "Decimal('NaN')",
    "UUID(int=1)",
    "PurePosixPath('/a')",
    "float('nan')",
    "float('inf')",
    "[float('nan')]",
    "complex(1, 2)",
    "object()",
    "lambda: 1",
    "Item",
    "ValueError('v')",
    "HTTPException(418)",
    "{'a': Item(), 'd': [Data()]}",
    "bytearray(b'x')",
    "memoryview(b'x')",
    "Ellipsis",
    "NotImplemented",
    "{'n': {'deep': {'d': datetime(2020, 1, 1)}}}",
    "type('T', (), {})()",
    "collections_deque",
    "re_pattern",
    "Response('r')",
    "PlainTextResponse('p', 203)",
    "JSONResponse({'j': 1}, headers={'x': '1'})",
    "StreamingResponse(iter(['a', 'b']))",
    "HTMLResponse('<p>')",
    "RedirectResponse('/r')",
    "cyclic",
)
MORE = "import collections, re\ncollections_deque = collections.deque([1, 2])\nre_pattern = re.compile('x')\ncyclic = []\ncyclic.append(cyclic)\n"
MODELS = (
    "Item",
    "Optional[Item]",
    "List[Item]",
    "Dict[str, Item]",
    "Sub",
    "Aliased",
    "Odd",
    "Data",
    "Named",
    "Typed",
    "int",
    "str",
    "float",
    "bool",
    "bytes",
    "Any",
    "Union[int, Item]",
    "Color",
    "Level",
    "List[int]",
    "Tuple[int, str]",
    "Set[int]",
    "datetime",
    "Decimal",
    "None",
    "dict",
    "list",
    "Response",
    "JSONResponse",
    "Iterable[int]",
    "Union[Item, Response]",
    "Iterator[int]",
    "Literal['a']",
)
FITTING = (
    ("Item", "Sub()"),
    ("Item", "{'a': 2}"),
    ("List[Item]", "[Sub(), {'b': 'x'}]"),
    ("Optional[Item]", "None"),
    ("Aliased", "Aliased()"),
    ("Aliased", "{'keyName': 3}"),
    ("Odd", "Odd(extra=1)"),
    ("Data", "Data()"),
    ("Data", "{'x': 3}"),
    ("Named", "Named()"),
    ("Typed", "{'k': 1}"),
    ("int", "1"),
    ("int", "'1'"),
    ("str", "'t'"),
    ("float", "1"),
    ("bytes", "b'x'"),
    ("Any", "Plain()"),
    ("Union[int, Item]", "Item()"),
    ("Color", "Color.red"),
    ("Color", "'red'"),
    ("Dict[str, Item]", "{'i': Item()}"),
    ("List[int]", "range(3)"),
    ("Decimal", "Decimal('1.50')"),
    ("datetime", "datetime(2020, 1, 2)"),
    ("dict", "{1: 2}"),
    ("Response", "Response('r', 202)"),
    ("JSONResponse", "JSONResponse(1)"),
    ("None", "None"),
)
OPTIONS = (
    "response_model_exclude_unset=True",
    "response_model_exclude_defaults=True",
    "response_model_exclude_none=True",
    "response_model_by_alias=False",
    "response_model_include={'a'}",
    "response_model_exclude={'a'}",
    "response_class=JSONResponse",
    "response_class=PlainTextResponse",
    "response_class=HTMLResponse",
    "response_class=Response",
    "response_class=RedirectResponse",
    "response_class=StreamingResponse",
    "response_class=ORJSONResponse",
    "status_code=201",
    "status_code=204",
    "status_code=304",
    "status_code=None",
    "status_code=418",
    "response_description='d'",
)
ENCODERS = (
    "",
    ", by_alias=False",
    ", exclude_none=True",
    ", include={'a'}",
    ", exclude={'a'}",
    ", custom_encoder={int: str}",
    ", sqlalchemy_safe=False",
    ", exclude_unset=True",
    ", exclude_defaults=True",
)
BODIES = (
    "    return value()\n",
    "    response.status_code = STATUS\n    return value()\n",
    "    response.headers['x-a'] = '1'\n    response.set_cookie('c', '1')\n    return value()\n",
    "    tasks.add_task(note, 'task')\n    return value()\n",
)


def draw(draw: Draw) -> tuple[str, list[Request]]:
    draw.future = draw.chance(0.1)
    text, requests = BEGINNING + MORE, []
    for _ in range(draw.number(5, 9)):
        name, value, model = draw.name("endpoint"), draw.one(VALUES), draw.one(MODELS)
        if draw.chance(0.5):
            model, value = draw.one(FITTING)
        options = draw.some(OPTIONS, draw.one((0, 0, 1, 2)))
        declared = draw.one(("no", "no", "annotation", "option", "both", "off"))
        draw.kind(f"model: {model if declared in ('annotation', 'option', 'both') else 'undeclared'}")
        if declared in ("option", "both"):
            options.append(f"response_model={model}")
        if declared == "off":
            options.append("response_model=None")
        returns = (
            f" -> {model if declared == 'annotation' else draw.one(MODELS)}"
            if declared in ("annotation", "both")
            else ""
        )
        body = draw.one(BODIES).replace("STATUS", draw.one(("0", "202", "204", "304", "100", "'201'", "None")))
        injected = ", ".join(
            each
            for each in ("response: Response" * ("response." in body), "tasks: BackgroundTasks" * ("tasks." in body))
            if each
        )
        options = list({each.partition("=")[0]: each for each in options}.values())
        text += guarded(
            f"@app.get('/{name}'{''.join(', ' + each for each in options)})\n{draw.one(('async def', 'def'))} {name}({injected}){returns}:\n{body.replace('value()', value)}"
        )
        requests += [
            varied(draw, bare(path=f"/{name}", method=draw.one(("GET",) * 15 + ("HEAD",))), [], 0) for _ in range(2)
        ]
        requests.append({"way": "text", "text": f"jsonable_encoder({draw.one(VALUES)}{draw.one(ENCODERS)})"})
    return text, [*requests, {"way": "text", "text": "app.openapi()"}]
