"""Files, redirects, HTML and cookies."""
# No `from __future__ import annotations`: the annotations of endpoints use names of the surrounding function.

import os

from fixtures import written_folder
from pydantic_core import to_json

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from .declaring import application, direct, sending


@application
def files(app: FastAPI) -> None:
    _files(app, written_folder())
    _small_answers(app)


def _files(app: FastAPI, folder: str) -> None:
    path, page = os.path.join(folder, "file.bin"), os.path.join(folder, "page.txt")

    @app.get("/file1m")
    async def file1m():
        return FileResponse(path)

    app.mount("/static", StaticFiles(directory=folder))

    @direct("file1m")
    async def _() -> None:
        await (await file1m())(*sending("file1m"))

    @direct("static")
    async def _() -> None:
        await FileResponse(page)(*sending("static"))


def _small_answers(app: FastAPI) -> None:
    @app.get("/redirect/{item_id}")
    async def redirect(item_id: int):
        return RedirectResponse(f"/items/{item_id}")

    @app.get("/html/{item_id}", response_class=HTMLResponse)
    async def html(item_id: int):
        return f"<h1>Item {item_id}</h1>"

    @app.get("/cookies/{item_id}")
    async def cookies(item_id: int, response: Response):
        response.set_cookie("session", "abc123", max_age=3600, httponly=True)
        response.set_cookie("theme", "dark")
        return {"item_id": item_id}

    @direct("redirect")
    async def _() -> None:
        await (await redirect(42))(*sending("redirect"))

    @direct("html")
    async def _() -> None:
        await HTMLResponse(await html(42))(*sending("html"))

    @direct("cookies")
    async def _() -> bytes:
        return to_json(await cookies(42, Response()))
