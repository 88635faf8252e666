"""Public names of the package: their kinds, and the attributes that tools read."""

from __future__ import annotations

import json
from pathlib import Path

from tests.differential.bricks.requests import bare
from tests.differential.draw import Draw
from tests.differential.program import Request

RECORDED = Path(__file__).resolve().parents[2] / "surface" / "surface-0.165.0.json"
# No annotations and documentation: their texts are this project's own. tests/surface compares the signatures.
LOOKS = (
    "type(NAME).__name__",
    "type(NAME).__module__",
    "callable(NAME)",
    "getattr(NAME, '__qualname__', None)",
    "getattr(NAME, '__name__', None)",
    "bool(typing.get_type_hints(NAME, include_extras=True)) and None",
    "bool(typing.get_type_hints(NAME.__init__, include_extras=True)) and None",
    "pickle.loads(pickle.dumps(NAME)) is NAME",
    "copy.deepcopy(NAME) is NAME",
    "inspect.iscoroutinefunction(NAME), inspect.isasyncgenfunction(NAME), inspect.isclass(NAME)",
    "bool(hash(NAME)), NAME == NAME",
    "isinstance(NAME, types.UnionType)",
)


def draw(draw: Draw) -> tuple[str, list[Request]]:
    recorded = json.loads(RECORDED.read_text())["names"]
    names = [name for name in recorded if name.startswith("fastapi.") and "()" not in name]
    names = [name for name in names if recorded[name]["kind"] != "module"]
    text = "import inspect, types, typing, pydoc\nFOUND = {}\napp = FastAPI()\n"
    requests: list[Request] = [bare(path="/")]
    for name in draw.some(names, 60, 60):
        draw.kind(name.rpartition(".")[0])
        requests.append({"way": "text", "text": draw.one(LOOKS).replace("NAME", f"pydoc.locate({name!r})")})
    return text, requests
