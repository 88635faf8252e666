"""Families of programs. A family is a module here with a function `draw(draw: Draw) -> (text, requests)`.

A new family needs a module and its name in `ALL`. Its text defines an application called `app`; `Program` adds the imports
and the prelude. A request is a dictionary (`bricks/requests.py` describes the keys). At a point of the text,
`at("endpoint")` or `await on("endpoint")`, a request can run a text of its own. A module may set `LOOPS`, the event loops that the
family supports, and `ISOLATED = True`, if each of its programs needs new processes.

    def draw(draw: Draw) -> tuple[str, list[Request]]:
        number = draw.number(1, 9)
        return f"app = FastAPI()\\n@app.get('/')\\ndef root():\\n    return {number}\\n", [bare(path="/")]
"""

from __future__ import annotations

from importlib import import_module

from tests.differential.draw import Draw
from tests.differential.program import Program

# Family -> the weight with which the driver draws it.
ALL = {
    "layers": 13,
    "parameters": 3,
    "copies": 1.5,
    "replaced": 7,
    "routers": 3,
    "sockets": 1.5,
    "results": 3,
    "security": 3,
    "annotations": 1.5,
    "reentry": 1,
    "surface": 0.4,
    "anew": 0.2,
}


def draw(family: str, seed: str, backend: str) -> Program:
    module = import_module(f"tests.differential.families.{family}")
    loops = getattr(module, "LOOPS", (backend,))
    backend = backend if backend in loops else loops[0]
    chance = Draw(seed)
    chance.backend = backend
    text, requests = module.draw(chance)
    return Program(
        family=family,
        seed=seed,
        body=text,
        requests=tuple(requests),
        counted=tuple(chance.counted),
        backend=backend,
        isolated=getattr(module, "ISOLATED", False),
        future=chance.future,
    )
