"""Dependencies that yield, `def` dependencies, and the objects that an operation can ask for."""
# No `from __future__ import annotations`: the annotations of endpoints use names of the surrounding function.

from typing import Annotated, Any

from pydantic_core import to_json

from fastapi import BackgroundTasks, Depends, FastAPI, Request, Response
from fastapi.security import OAuth2PasswordBearer

from .declaring import application, direct


@application
def dependencies(app: FastAPI) -> None:
    _yielding(app)
    _yielding_in_threads(app)
    _layered(app)
    _injected(app)

    def common(item_id: int) -> int:
        return item_id + 1

    @app.get("/def-def/{item_id}")
    def def_def(item_id: int, number: Annotated[int, Depends(common)]):
        return {"item_id": item_id, "number": number}

    @direct("def-def")
    def _() -> bytes:
        return to_json(def_def(42, common(42)))


async def session() -> Any:
    yield 7


def session_in_thread() -> Any:
    yield 7


async def entered() -> int:
    """Return the value of the session, entered and left without a framework."""
    opened = session()
    value: int = await opened.__anext__()
    await opened.aclose()
    return value


def entered_in_thread() -> int:
    opened = session_in_thread()
    value: int = next(opened)
    opened.close()
    return value


def _yielding(app: FastAPI) -> None:
    @app.get("/yield-function/{item_id}")
    async def yield_function(item_id: int, number: Annotated[int, Depends(session, scope="function")]):
        return {"item_id": item_id, "number": number}

    @direct("yield-function", "behind-yield")
    async def _() -> bytes:
        return to_json(await yield_function(42, await entered()))


def _yielding_in_threads(app: FastAPI) -> None:
    @app.get("/yield-def/{item_id}")
    async def yield_def(item_id: int, number: Annotated[int, Depends(session_in_thread)]):
        return {"item_id": item_id, "number": number}

    @app.get("/yield-def-function/{item_id}")
    async def yield_def_function(item_id: int, number: Annotated[int, Depends(session_in_thread, scope="function")]):
        return {"item_id": item_id, "number": number}

    @direct("yield-def", "yield-def-function")
    async def _() -> bytes:
        return to_json(await yield_def(42, entered_in_thread()))


def _layered(app: FastAPI) -> None:
    scheme = OAuth2PasswordBearer(tokenUrl="token")

    async def transaction(number: Annotated[int, Depends(session)]) -> Any:
        yield number + 1

    @app.get("/yield-security/{item_id}")
    async def yield_security(
        item_id: int, token: Annotated[str, Depends(scheme)], number: Annotated[int, Depends(session)]
    ):
        return {"item_id": item_id, "number": number, "token": token}

    @app.get("/yield-nested/{item_id}")
    async def yield_nested(item_id: int, number: Annotated[int, Depends(transaction)]):
        return {"item_id": item_id, "number": number}

    @direct("yield-security")
    async def _() -> bytes:
        return to_json(await yield_security(42, "abc.def.ghi", await entered()))

    @direct("yield-nested")
    async def _() -> bytes:
        opened = transaction(await entered())
        found = to_json(await yield_nested(42, await opened.__anext__()))
        await opened.aclose()
        return found


def _injected(app: FastAPI) -> None:
    async def note(item_id: int) -> None:
        return None

    @app.get("/response/{item_id}")
    async def response(response: Response, item_id: int):
        response.headers["x-item"] = str(item_id)
        return {"item_id": item_id}

    @app.get("/tasks/{item_id}")
    async def tasks(tasks: BackgroundTasks, item_id: int):
        return {"item_id": item_id}

    @app.get("/task-added/{item_id}")
    async def task_added(tasks: BackgroundTasks, item_id: int):
        tasks.add_task(note, item_id)
        return {"item_id": item_id}

    @app.get("/injected-all/{item_id}")
    async def injected_all(request: Request, response: Response, tasks: BackgroundTasks, item_id: int):
        response.headers["x-item"] = request.method
        return {"item_id": item_id}

    scope = {"type": "http", "method": "GET", "headers": []}

    @direct("response")
    async def _() -> bytes:
        return to_json(await response(Response(), 42))

    @direct("tasks")
    async def _() -> bytes:
        return to_json(await tasks(BackgroundTasks(), 42))

    @direct("task-added")
    async def _() -> bytes:
        added = BackgroundTasks()
        found = to_json(await task_added(added, 42))
        await added()
        return found

    @direct("injected-all")
    async def _() -> bytes:
        return to_json(await injected_all(Request(scope), Response(), BackgroundTasks(), 42))
