"""An application whose parameters are declared in params_schema.yaml. By hand it would be by_hand.py.

uvicorn examples.schema_first.app:app
"""

from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, UploadFile, load_params_schema, param_factory

from .models import Book

load_params_schema(Path(__file__).with_name("params_schema.yaml"))

app = FastAPI(title="Books")


# Without an annotation the type is that of the file; an annotation has to fit it.
async def reader(x_token: str = param_factory("reader", "x_token")) -> str:
    return x_token


@app.get("/books/{book_id}")
async def read_book(
    book_id: int = param_factory("read_book", "book_id"),
    fields=param_factory("read_book", "fields"),
    if_modified=param_factory("read_book", "if_modified"),
) -> Any:
    return {"book_id": book_id, "fields": fields, "if_modified": if_modified}


@app.get("/books")
async def search_books(
    q=param_factory("search_books", "q"),
    order: str = param_factory("search_books", "order"),
    since=param_factory("search_books", "since"),
    max_price=param_factory("search_books", "max_price"),
    page: int = param_factory("search_books", "page"),
    # This service wants smaller pages than the others.
    size: int = param_factory("search_books", "size", override={"le": 50}),
    session=param_factory("search_books", "session"),
) -> Any:
    return [q, order, since, max_price, page, size, session]


@app.post("/books", status_code=201)
async def create_book(
    book: Book = param_factory("create_book", "book"),
    notify=param_factory("create_book", "notify"),
    who: str = Depends(reader),
) -> Any:
    return {"book": book, "notify": notify, "by": who}


@app.post("/books/{book_id}/cover")
async def upload_cover(
    book_id: int = param_factory("upload_cover", "book_id"),
    cover: UploadFile = param_factory("upload_cover", "cover"),
    caption: str = param_factory("upload_cover", "caption"),
) -> Any:
    return {"book_id": book_id, "bytes": len(await cover.read()), "caption": caption}
