"""A service of 30 operations: six tables of SQLModel, lists by fastapi-pagination, filters by fastapi-filter.

One model is of fastapi-utils. All three packages require `fastapi`.
"""

import os
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator, Iterator, Optional, Type

from fastapi_filter.contrib.sqlalchemy import Filter
from fastapi_pagination import Page, add_pagination, paginate
from fastapi_utils.api_model import APIMessage
from sqlalchemy.pool import StaticPool
from sqlmodel import Field, Session, SQLModel, create_engine, select

from fastapi import Depends, FastAPI, HTTPException

engine = create_engine(
    os.environ.get("DATABASE", "sqlite://"), connect_args={"check_same_thread": False}, poolclass=StaticPool
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    SQLModel.metadata.create_all(engine)
    yield


app = FastAPI(lifespan=lifespan)


def session() -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


class Base(SQLModel):
    name: str = Field(min_length=1, max_length=50)
    price: float = Field(default=1, ge=0, le=1e9)


class Book(Base, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)


class Author(Base, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)


class Shop(Base, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)


class Order(Base, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)


class Customer(Base, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)


class Review(Base, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)


def register(table: Type[Any]) -> None:
    """Add the five operations of one table."""
    path = f"/{table.__name__.lower()}s"

    class TableFilter(Filter):
        name: Optional[str] = None
        price__gte: Optional[float] = None

        class Constants(Filter.Constants):
            model = table

    def find(item_id: int, opened: Session = Depends(session)) -> Any:
        found = opened.get(table, item_id)
        if found is None:
            raise HTTPException(404, f"no {table.__name__}")
        return found

    @app.get(path, name=f"list {path}")
    def read_all(chosen: TableFilter = Depends(), opened: Session = Depends(session)) -> Page[table]:  # type: ignore[valid-type]
        return paginate(list(opened.exec(chosen.filter(select(table)))))

    @app.post(path, status_code=201, name=f"create {path}")
    def create(item: Base, opened: Session = Depends(session)) -> table:  # type: ignore[valid-type]
        made = table(**item.model_dump())
        opened.add(made)
        opened.commit()
        opened.refresh(made)
        return made

    @app.get(path + "/{item_id}", name=f"read {path}")
    def read(found: Any = Depends(find)) -> table:  # type: ignore[valid-type]
        return found

    @app.put(path + "/{item_id}", name=f"replace {path}")
    def replace(item: Base, found: Any = Depends(find), opened: Session = Depends(session)) -> table:  # type: ignore[valid-type]
        found.sqlmodel_update(item)
        opened.add(found)
        opened.commit()
        opened.refresh(found)
        return found

    @app.delete(path + "/{item_id}", name=f"delete {path}")
    def delete(found: Any = Depends(find), opened: Session = Depends(session)) -> APIMessage:
        opened.delete(found)
        opened.commit()
        return APIMessage(detail="deleted")


for table in (Book, Author, Shop, Order, Customer, Review):
    register(table)
add_pagination(app)
