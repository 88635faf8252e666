"""Annotations that are strings, with names that exist later, elsewhere, for type checkers only, or nowhere."""

from __future__ import annotations

from tests.differential.bricks.guarded import guarded
from tests.differential.bricks.requests import bare, varied, with_json
from tests.differential.draw import Draw
from tests.differential.program import Request

NAMES = (
    "Decimal",
    "Enum",
    "Sequence",
    "Mapping",
    "Any",
    "Optional",
    "Union",
    "List",
    "Dict",
    "Set",
    "Literal",
    "Path",
    "UUID",
    "date",
    "datetime",
    "time",
    "timedelta",
    "BaseModel",
    "Annotated",
    "Callable",
    "Iterable",
    "Pattern",
    "IPv4Address",
    "deque",
    "Color",
    "SecretStr",
    "AnyUrl",
    "Request",
    "Response",
    "FieldInfo",
    "ModelField",
    "UploadFile",
    "Nowhere",
    "Later",
    "Later2",
    "Known",
    "np.ndarray",
    "elsewhere.Thing",
    "int",
    "str",
    "inspect",
    "params",
    "logger",
    "Dependant",
    "copy",
    "re",
    "sys",
    "typing.List[int]",
    "List[Later]",
    "Optional[Known]",
    "'Known'",
    "Optional['Later']",
    "dict[str, Known]",
    "Known | None",
)
BEGINNING = """
import typing
if typing.TYPE_CHECKING:
    from elsewhere import Thing
class Known(BaseModel):
    v: int = 1
class Holder(BaseModel):
    inner: "Optional[Later]" = None
app = FastAPI()
@app.get("/good/{i}")
async def good(i: int, q: int = 1):
    return [i, q]
"""
LATER = "class Later(BaseModel):\n    v: int = 2\nclass Later2(Known):\n    pass\n"
TEXTS = (
    "@app.get('/NAME')\nasync def NAME(a: 'TYPE' = None):\n    return repr(a)\n",
    "@app.get('/NAME')\ndef NAME(a: 'TYPE'):\n    return repr(a)\n",
    "@app.get('/NAME')\ndef NAME() -> 'TYPE':\n    return None\n",
    "@app.post('/NAME')\nasync def NAME(a: 'Annotated[TYPE, Body()]'):\n    return repr(a)\n",
    "def NAME_needs(a: 'TYPE' = None):\n    return repr(a)\n@app.get('/NAME')\nasync def NAME(d=Depends(NAME_needs)):\n    return d\n",
    "class NAMENeeds:\n    def __init__(self, a: 'TYPE' = 1):\n        self.a = a\n@app.get('/NAME')\nasync def NAME(d: 'Annotated[NAMENeeds, Depends()]'):\n    return repr(d.a)\n",
    "@app.post('/NAME')\nasync def NAME(h: 'Holder'):\n    return h\n",
    "def NAME_make():\n    class Local(BaseModel):\n        v: int = 3\n    @app.post('/NAME')\n    def NAME(a: 'Local' = None):\n        return repr(a)\nNAME_make()\n",
    "@functools.wraps(good)\nasync def NAME_wrapped(*args, **named):\n    return await good(*args, **named)\napp.get('/NAME/{i}')(NAME_wrapped)\n",
)


def draw(draw: Draw) -> tuple[str, list[Request]]:
    draw.future = draw.chance(0.5)
    text, requests = BEGINNING, [bare(path="/good/1"), bare(path="/good/x")]
    made = [draw.name("endpoint") for _ in range(draw.number(2, 5))]
    for name in made:
        type_ = draw.one(NAMES)
        draw.kind(f"annotation {type_}")
        text += guarded(draw.one(TEXTS).replace("TYPE", type_).replace("NAME", name))
    text += LATER if draw.chance(0.6) else ""
    for name in made * 2:
        path = f"/{name}" + draw.one(("", "?a=1", "/1"))
        request = draw.one(
            (bare(path=path), bare(path=path), with_json(draw.one(({"v": 5}, 1, None, {"inner": {"v": 1}})), path=path))
        )
        requests.append(varied(draw, request, [], 0))
    requests += [bare(path="/good/2?q=3"), {"way": "text", "text": "app.openapi()"}]
    requests.append({"way": "text", "text": "[(r.path, repr(getattr(r, 'response_field', None))) for r in app.routes]"})
    return text, requests
