"""The OpenAPI document while a file is replaced: wholly the old one, or wholly the new one."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any, Callable, Iterator, List, Set

import pytest
from pydantic import BaseModel

from fastapi import APIRouter, Depends, FastAPI, load_params_schema, param_factory, reload_params_schema
from fastapi._application import documentation
from fastapi._changes import changes
from fastapi._schema_file import registry as registry_module
from fastapi._schema_file.swap import swap
from fastapi.openapi.utils import get_openapi
from tests.planned.asgi import call
from tests.schema_file.conftest import WriteFile

FILE = """\
version: 1
endpoints:
  read:
    params:
      q: {in: query, type: str, max_length: 3, default: ""}
      n: {in: body, type: int, le: 3, embed: true}
"""
LARGER = FILE.replace(": 3", ": 5")
COUNT = 12


@pytest.fixture
def path(write: WriteFile) -> str:
    path = write(FILE)
    load_params_schema(path)
    return path


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def application(model: Any = None) -> FastAPI:
    app = FastAPI()
    router = APIRouter()

    async def shared(q: str = param_factory("read", "q")) -> str:
        return q

    for number in range(COUNT):
        owner: Any = router if number % 3 == 0 else app

        @owner.post(f"/{number}", response_model=model if number == COUNT // 2 else None, name=f"n{number}")
        async def read(n: int = param_factory("read", "n"), q: str = Depends(shared)) -> Any:
            return None

    app.include_router(router, prefix="/v1")
    app.webhooks.post("hook")(read)
    return app


def limits(document: Any) -> Set[int]:
    """Every limit that stands in a document."""
    found: Set[int] = set()

    def look(value: Any) -> None:
        for key, inner in value.items() if isinstance(value, dict) else ():
            if key in ("maxLength", "maximum"):
                found.add(inner)
            look(inner)
        for inner in value if isinstance(value, list) else ():
            look(inner)

    look(document)
    return found


def interrupting(action: Callable[[], Any]) -> Any:
    """A model that does something once, while its schema is made for a document."""

    class Interrupting(BaseModel):
        x: int = 0

        @classmethod
        def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
            if actions:
                actions.pop()()
            return handler(core_schema)

    actions: List[Callable[[], Any]] = []
    Interrupting.model_json_schema()
    actions.append(action)
    return Interrupting


def of_application(app: FastAPI) -> Any:
    return app.openapi()


def of_request(app: FastAPI) -> Any:
    return json.loads(call(app, "/openapi.json").body)


def of_function(app: FastAPI) -> Any:
    """Return the document as a custom `openapi` makes it."""
    return get_openapi(title="t", version="1", routes=app.routes, webhooks=app.webhooks.routes)


@pytest.mark.parametrize("make", [of_application, of_request, of_function])
def test_a_file_replaced_while_the_document_is_made(path: str, write: WriteFile, make: Callable[..., Any]) -> None:
    done: List[bool] = []

    def replace() -> None:
        write(LARGER)
        done.append(reload_params_schema())

    app = application(interrupting(replace))
    assert limits(make(app)) == {5} and done == [True]
    assert limits(app.openapi()) == {5} and app.openapi() is app.openapi()


def test_an_error_that_has_nothing_to_do_with_the_file_comes_out(path: str) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    app = application(interrupting(fail))
    with pytest.raises(ZeroDivisionError):
        app.openapi()
    assert limits(app.openapi()) == {3}


def test_a_document_of_the_old_file_does_not_take_the_place_of_the_new(
    path: str, write: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread has made its document, and is overtaken by a reload and another thread before it can keep it."""
    app = application()
    make = documentation._make_document
    made: List[Any] = []

    def overtaken(app: FastAPI) -> Any:
        document = make(app)
        if not made:
            made.append(document)
            write(LARGER)
            assert reload_params_schema()
            thread = threading.Thread(target=lambda: made.append(app.openapi()))
            thread.start()
            thread.join()
        return document

    monkeypatch.setattr(documentation, "_make_document", overtaken)
    document = app.openapi()
    assert [limits(each) for each in made] == [{3}, {5}]
    assert document is made[1] is app.openapi() is app.openapi_schema


def test_a_document_begun_before_the_step_is_old_or_new_and_one_begun_after_it_is_new(
    path: str, write: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = application()
    seen: List[Any] = []

    def watched(assignments: Any) -> None:
        app.openapi_schema = None
        seen.append(limits(app.openapi()))
        swap(assignments)

    monkeypatch.setattr(registry_module, "swap", watched)
    write(LARGER)
    assert reload_params_schema(path)
    assert seen == [{3}] and limits(app.openapi()) == {5}


@pytest.mark.usefixtures("hasty_threads")
def test_threads_see_whole_documents_and_never_an_old_one_after_a_new_one(path: str, write: WriteFile) -> None:
    app = application()
    errors: List[BaseException] = []
    mixed: List[Any] = []
    backwards: List[Any] = []
    documents: List[int] = []
    stop = threading.Event()

    def look() -> None:
        try:
            last = None, 0
            while not stop.is_set():
                before = changes.declarations
                found = limits(app.openapi())
                documents.append(1)
                if len(found) != 1:
                    mixed.append(found)
                # Between two looks at the same count, nothing was replaced: the document is that of the count.
                if before == changes.declarations and last[1] == before and last[0] != found:
                    backwards.append((last, found))
                last = (found, before) if before == changes.declarations else (None, 0)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for text in [LARGER, FILE] * 4:
        write(text)
        assert reload_params_schema(path)
        wanted = {5} if text is LARGER else {3}
        assert limits(app.openapi()) == wanted
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors and not mixed and not backwards and documents
