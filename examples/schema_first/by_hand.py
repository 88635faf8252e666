"""The application of app.py with its parameters declared in the code: a test compares both."""

import datetime
import decimal
import uuid
from typing import Any, List, Optional

from pydantic import EmailStr, Field
from typing_extensions import Annotated, Literal

from fastapi import Body, Cookie, Depends, FastAPI, File, Form, Header, Path, Query, UploadFile

from .models import Book

app = FastAPI(title="Books")

BookId = Annotated[int, Path(ge=1, description="The number of a book")]


async def reader(x_token: str = Header(alias="X-Token", min_length=8, description="Who is reading")) -> str:
    return x_token


@app.get("/books/{book_id}")
async def read_book(
    book_id: BookId,
    fields: List[Annotated[str, Field(min_length=1)]] = Query(default=[], max_length=5),
    if_modified: Optional[datetime.datetime] = Header(default=None, alias="If-Modified-Since"),
) -> Any:
    return {"book_id": book_id, "fields": fields, "if_modified": if_modified}


@app.get("/books")
async def search_books(
    q: Optional[str] = Query(default=None, min_length=2, max_length=50, description="Words of the title"),
    order: Literal["title", "year"] = "title",
    since: Optional[datetime.date] = Query(default=None, ge=datetime.date(1450, 1, 1)),
    max_price: Optional[decimal.Decimal] = Query(default=None, gt=0, decimal_places=2),
    page: int = Query(default=0, ge=0, description="Counted from 0"),
    size: int = Query(default=20, ge=1, le=50),
    session: Optional[uuid.UUID] = Cookie(default=None),
) -> Any:
    return [q, order, since, max_price, page, size, session]


@app.post("/books", status_code=201)
async def create_book(
    book: Book = Body(),
    notify: Optional[EmailStr] = Body(default=None),
    who: str = Depends(reader),
) -> Any:
    return {"book": book, "notify": notify, "by": who}


@app.post("/books/{book_id}/cover")
async def upload_cover(
    book_id: BookId,
    cover: UploadFile = File(description="Any image"),
    caption: str = Form(default="", max_length=80),
) -> Any:
    return {"book_id": book_id, "bytes": len(await cover.read()), "caption": caption}
