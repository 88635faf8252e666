"""Dependencies of every kind, with points where events happen."""

from __future__ import annotations

from dataclasses import dataclass

from tests.differential.bricks.events import Point
from tests.differential.draw import Draw

TEXTS = {
    "async": ('async def NAME(PARAMETERS):\n    await on("NAME", SEEN)\n    return "NAME"\n', ("NAME",), ()),
    "def": ('def NAME(PARAMETERS):\n    at("NAME", SEEN)\n    return "NAME"\n', (), ("NAME",)),
    "async yield": (
        "async def NAME(PARAMETERS):\n"
        '    await on("NAME before", SEEN)\n'
        "    try:\n"
        '        yield "NAME"\n'
        "    except BaseException as error:\n"
        '        note("NAME saw", error)\n'
        '        await on("NAME seeing", SEEN)\n'
        "        raise\n"
        "    finally:\n"
        '        await on("NAME after", SEEN)\n',
        ("NAME before", "NAME after", "NAME seeing"),
        (),
    ),
    "def yield": (
        "def NAME(PARAMETERS):\n"
        '    at("NAME before", SEEN)\n'
        "    try:\n"
        '        yield "NAME"\n'
        "    except BaseException as error:\n"
        '        note("NAME saw", error)\n'
        "        raise\n"
        "    finally:\n"
        '        at("NAME after", SEEN)\n',
        (),
        ("NAME before", "NAME after"),
    ),
    "swallows": (
        "async def NAME(PARAMETERS):\n"
        "    try:\n"
        '        yield "NAME"\n'
        "    except Exception as error:\n"
        '        note("NAME swallowed", error)\n',
        (),
        (),
    ),
    "raises another": (
        "async def NAME(PARAMETERS):\n"
        "    try:\n"
        '        yield "NAME"\n'
        "    except Exception as error:\n"
        '        raise HTTPException(409, "NAME") from error\n',
        (),
        (),
    ),
    "class": (
        'class NAME:\n    def __init__(self, PARAMETERS):\n        at("NAME", SEEN)\n    def __repr__(self):\n        return "NAME"\n',
        (),
        ("NAME",),
    ),
    "callable instance": (
        'class NAMEClass:\n    async def __call__(self, PARAMETERS):\n        await on("NAME", SEEN)\n        return "NAME"\nNAME = NAMEClass()\n',
        ("NAME",),
        (),
    ),
    "partial": (
        'async def NAMEWhole(first, PARAMETERS):\n    await on("NAME", SEEN)\n    return first\nNAME = functools.partial(NAMEWhole, "NAME")\n',
        ("NAME",),
        (),
    ),
    "async call over def": (
        "def NAMEInner(PARAMETERS):\n    return 'NAME'\n"
        "class NAMEWrap:\n"
        "    def __init__(self, inner):\n        functools.update_wrapper(self, inner)\n        self.inner = inner\n"
        "    async def __call__(self, *args, **named):\n        return self.inner(*args, **named)\n"
        "NAME = NAMEWrap(NAMEInner)\n",
        (),
        (),
    ),
}
INJECTED = {
    "request": "request: Request",
    "response": "response: Response",
    "background": "background: BackgroundTasks",
}
PARAMETERS = (
    "",
    "",
    "q: int = 1",
    "x_token: Annotated[str, Header()] = 'none'",
    "c: Annotated[Optional[str], Cookie()] = None",
)


@dataclass(frozen=True)
class Dependency:
    name: str
    kind: str

    @property
    def yields(self) -> bool:
        return "yield" in self.kind or self.kind in ("swallows", "raises another")


def dependencies(draw: Draw, most: int = 4) -> tuple[str, list[Point], list[Dependency]]:
    text = ""
    points: list[Point] = []
    made: list[Dependency] = []
    for _ in range(draw.number(0, most)):
        kind = draw.one([*TEXTS, "async yield", "def yield"])
        draw.kind(f"dependency: {kind}")
        name = draw.name("dep")
        body, awaiting, plain = TEXTS[kind]
        seen = draw.some(list(INJECTED), draw.one((0, 0, 1, 2)))
        nested = [depends(draw, each) for each in draw.some(made, draw.one((0, 0, 1)))]
        parameters = [INJECTED[each] for each in seen]
        parameters += [f"n{i}=NESTED" for i in range(len(nested))]
        parameters += [each for each in [draw.one(PARAMETERS)] if each]
        joined = ", ".join(parameters)
        for each in nested:
            joined = joined.replace("NESTED", each, 1)
        body = body.replace("PARAMETERS", joined).replace("SEEN", ", ".join(f"{each}={each}" for each in seen))
        text += body.replace("NAME", name)
        points += [Point(each.replace("NAME", name), seen=tuple(seen)) for each in awaiting]
        points += [Point(each.replace("NAME", name), False, tuple(seen), in_thread=True) for each in plain]
        made.append(Dependency(name, kind))
    return text, points, made


def depends(draw: Draw, dependency: Dependency) -> str:
    options = ""
    if draw.chance(0.15):
        options += ", use_cache=False"
    if dependency.yields and draw.chance(0.4):
        options += f', scope="{draw.one(("function", "request"))}"'
    kind = "Security" if draw.chance(0.1) and "scope=" not in options else "Depends"
    return f"{kind}({dependency.name}{options})"
