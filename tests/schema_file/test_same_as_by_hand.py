"""An app declared by file has the OpenAPI and the answers of the same app declared by hand: generated, row by row."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest
from pydantic import Field
from typing_extensions import Annotated

from fastapi import FastAPI, load_params_schema, param_factory, params
from fastapi._routing.planning.explain import explain
from fastapi._schema_file.fields import CLASSES, SPELLINGS
from tests.conformance.rows import files, rows
from tests.planned.asgi import call, exactly
from tests.schema_file.conftest import WriteFile

CASES = [case.values[0] for case in rows(*files("generated_"))]
# Each declaration once, with all texts that there are for it.
DECLARATIONS: Dict[str, Dict[str, Any]] = {}
for _case in CASES:
    _row = DECLARATIONS.setdefault(repr(_case["declared"]), {"declared": _case["declared"], "texts": []})
    _row["texts"].append(_case["input"] if isinstance(_case["input"], list) else [_case["input"]])


def by_file(write: WriteFile, kind: str, declared: Dict[str, Any]) -> FastAPI:
    import json

    content = {"version": 1, "endpoints": {"read": {"params": {"p": {"in": kind, **declared}}}}}
    load_params_schema(write(json.dumps(content), "params.json"))
    app = FastAPI()

    @app.get("/x/{p}" if kind == "path" else "/x")
    async def read(p=param_factory("read", "p")) -> Any:
        return repr(p)

    return app


def by_hand(kind: str, declared: Dict[str, Any], annotation: Any) -> FastAPI:
    """The same, with Pydantic's own names and without the package that is tested."""
    options = {SPELLINGS[name]: value for name, value in declared.items() if name not in ("type", "items", "enum")}
    for name in ("gt", "ge", "lt", "le"):
        if name in options and isinstance(options[name], str):
            from pydantic import TypeAdapter

            options[name] = TypeAdapter(annotation).validate_strings(options[name])
    app = FastAPI()
    default = CLASSES[kind](**options)

    async def read(p=default) -> Any:
        return repr(p)

    read.__annotations__["p"] = annotation
    app.get("/x/{p}" if kind == "path" else "/x")(read)
    return app


def annotation_of(declared: Dict[str, Any]) -> Any:
    from fastapi._schema_file.types import TYPES

    if "enum" in declared:
        from typing_extensions import Literal

        return Literal[tuple(declared["enum"])]  # type: ignore[misc]
    if "items" in declared:
        item = dict(declared["items"])
        inner = TYPES[item.pop("type")].annotation
        return List[Annotated[inner, Field(**item)]]  # type: ignore[valid-type]
    name = declared["type"]
    if name.startswith("list["):
        return List[TYPES[name[5:-1]].annotation]  # type: ignore[misc]
    return TYPES[name].annotation


@pytest.mark.parametrize("row", DECLARATIONS.values(), ids=list(DECLARATIONS))
@pytest.mark.parametrize("kind", ["path", "query", "header", "cookie"])
def test_row(write: WriteFile, kind: str, row: Dict[str, Any]) -> None:
    declared = row["declared"]
    if declared["type"].startswith("list") and kind in ("path", "cookie"):
        pytest.skip("no lists there")
    file_app, hand_app = by_file(write, kind, declared), by_hand(kind, declared, annotation_of(declared))
    assert file_app.openapi() == hand_app.openapi()
    plan = [line.replace("by_file.", "by_hand.") for line in explain(file_app)]
    assert plan == list(explain(hand_app))
    # Each of these types can take the planned way, which includes the values that the core leaves to Pydantic.
    assert "GET /x/{p}: planned" in plan or "GET /x: planned" in plan
    requests = [request_of(kind, texts) for texts in row["texts"] if is_sendable(kind, texts)]
    planned = [call(file_app, **request).outcome()[0] for request in requests]
    assert planned == [call(hand_app, **request).outcome()[0] for request in requests]
    assert planned == [call(exactly(file_app), **request).outcome()[0] for request in requests]


def is_sendable(kind: str, texts: List[str]) -> bool:
    if kind == "query":
        return True
    return all(
        text and text.isascii() and text == text.strip() and (kind == "header" or text.isalnum()) for text in texts
    )


def request_of(kind: str, texts: List[str]) -> Dict[str, Any]:
    from urllib.parse import quote

    if kind == "path":
        return {"target": f"/x/{quote(texts[0])}"}
    if kind == "query":
        return {"target": "/x?" + "&".join(f"p={quote(text)}" for text in texts)}
    if kind == "header":
        return {"target": "/x", "headers": [(b"p", text.encode()) for text in texts]}
    return {"target": "/x", "headers": [(b"cookie", f"p={texts[0]}".encode())]}


def test_the_files_class_is_the_constructors_class() -> None:
    assert set(CLASSES.values()) == {getattr(params, kind.capitalize()) for kind in CLASSES}
