"""What programs are made of: a family is a module here with a function `draw(draw: Draw) -> (text, requests)`.

A new family is a new module and its name in `ALL`. Its text is an application called `app`; imports and the prelude are
added. A request is a dictionary (`bricks/requests.py` says what each key means). Points of the text, `at("endpoint")` and
`await on("endpoint")`, are where requests make something happen. `LOOPS` in the module names the loops that the family can
run on, `ISOLATED = True` asks for a process of its own for each program.
"""

from __future__ import annotations

from importlib import import_module

from tests.differential.draw import Draw
from tests.differential.program import Program

# How often each is drawn.
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
