"""A service that was written for the real package: nothing in it knows of fastapi-rs."""

from datetime import date
from typing import Dict, Iterator, List, Optional

from pydantic import BaseModel, Field
from typing_extensions import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response


class Book(BaseModel):
    title: str = Field(min_length=1, max_length=100)
    published: Optional[date] = None


class Shelf:
    def __init__(self) -> None:
        self.books: Dict[int, Book] = {1: Book(title="Emma", published=date(1815, 12, 23))}

    def add(self, book: Book) -> int:
        number = max(self.books, default=0) + 1
        self.books[number] = book
        return number


app = FastAPI(title="Library")
the_shelf = Shelf()


def open_shelf() -> Iterator[Shelf]:
    yield the_shelf


OpenShelf = Annotated[Shelf, Depends(open_shelf)]


@app.middleware("http")
async def name_the_service(request: Request, call_next):  # type: ignore[no-untyped-def]
    response = await call_next(request)
    response.headers["X-Service"] = "library"
    return response


@app.get("/books")
def list_books(shelf: OpenShelf, before: Optional[date] = None, limit: Annotated[int, Query(le=50)] = 10) -> List[Book]:
    found = [book for book in shelf.books.values() if before is None or (book.published or date.max) < before]
    return found[:limit]


@app.get("/books/{number}")
async def read_book(number: int, shelf: OpenShelf) -> Book:
    if number not in shelf.books:
        raise HTTPException(404, f"There is no book {number}")
    return shelf.books[number]


@app.post("/books", status_code=201)
async def add_book(book: Book, response: Response, shelf: OpenShelf) -> Book:
    response.headers["Location"] = f"/books/{shelf.add(book)}"
    return book
