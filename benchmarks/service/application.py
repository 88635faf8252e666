"""The service: eight operations of one resource, with the features that such a service has.

A bearer token, a session that a dependency yields, settings as a dependency, CORS, one middleware that takes times,
models of bodies and answers. The only import beyond Pydantic and the store is `fastapi`.
"""
# No `from __future__ import annotations`: the annotations of endpoints use names of the surrounding function.

import datetime
import time
from typing import Annotated, Any, AsyncIterator, Callable, Dict, List, Literal, Optional

from pydantic import BaseModel, ConfigDict, Field

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.security import OAuth2PasswordBearer

from .store import Record, Session, Store

Category = Literal["home", "garden", "books", "toys"]


class Settings(BaseModel):
    tokens: Dict[str, str] = {"token-of-jane": "jane", "token-of-joe": "joe"}
    largest_page: int = 50


class Size(BaseModel):
    w: float
    h: float


class ItemIn(BaseModel):
    name: str = Field(min_length=1, max_length=100)
    category: Category
    price: float = Field(ge=0)
    tags: List[str] = []
    size: Optional[Size] = None


class ItemPatch(BaseModel):
    name: Optional[str] = None
    category: Optional[Category] = None
    price: Optional[float] = Field(default=None, ge=0)
    tags: Optional[List[str]] = None


class ItemOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    name: str
    category: Category
    price: float
    tags: List[str]
    size: Optional[Size] = None
    created: datetime.datetime
    owner: str


class ItemPage(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    total: int
    items: List[ItemOut]


class Wanted(BaseModel):
    words: List[str] = []
    tags: List[str] = []
    limit: int = Field(default=10, ge=1, le=50)


STORE = Store()
SETTINGS = Settings()
scheme = OAuth2PasswordBearer(tokenUrl="token")


async def settings() -> Settings:
    return SETTINGS


async def session() -> AsyncIterator[Session]:
    opened = Session(STORE)
    try:
        yield opened
    except Exception:
        opened.rollback()
        raise
    finally:
        opened.close()


CurrentSettings = Annotated[Settings, Depends(settings)]
CurrentSession = Annotated[Session, Depends(session)]


async def user(token: Annotated[str, Depends(scheme)], settings: CurrentSettings) -> str:
    name = settings.tokens.get(token)
    if name is None:
        raise HTTPException(401, "Unknown token", {"www-authenticate": "Bearer"})
    return name


User = Annotated[str, Depends(user)]


class Page(BaseModel):
    skip: int
    limit: int


async def page(
    settings: CurrentSettings, skip: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1)] = 20
) -> Page:
    return Page(skip=skip, limit=min(limit, settings.largest_page))


async def existing(item_id: Annotated[int, Path(ge=1)], session: CurrentSession) -> Record:
    record = session.get(item_id)
    if record is None:
        raise HTTPException(404, f"There is no item {item_id}")
    return record


Existing = Annotated[Record, Depends(existing)]
router = APIRouter(prefix="/items", dependencies=[Depends(user)], tags=["items"])


@router.get("", response_model=ItemPage)
async def list_items(
    session: CurrentSession,
    page: Annotated[Page, Depends(page)],
    q: Optional[str] = None,
    category: Optional[Category] = None,
    min_price: Annotated[float, Query(ge=0)] = 0,
    max_price: Optional[float] = None,
) -> Any:
    found = session.select(
        lambda record: (
            (q is None or q in record.name)
            and (category is None or record.category == category)
            and min_price <= record.price
            and (max_price is None or record.price <= max_price)
        )
    )
    return {"total": len(found), "items": found[page.skip : page.skip + page.limit]}


@router.get("/{item_id}", response_model=ItemOut)
async def get_item(record: Existing) -> Any:
    return record


@router.post("", response_model=ItemOut, status_code=201)
async def create_item(item: ItemIn, session: CurrentSession, user: User) -> Any:
    record = session.add({**item.model_dump(), "owner": user})
    session.commit()
    return record


@router.put("/{item_id}", response_model=ItemOut)
async def replace_item(record: Existing, item: ItemIn, session: CurrentSession) -> Any:
    record = session.save(record.changed(item.model_dump()))
    session.commit()
    return record


@router.patch("/{item_id}", response_model=ItemOut)
async def patch_item(record: Existing, patch: ItemPatch, session: CurrentSession) -> Any:
    record = session.save(record.changed(patch.model_dump(exclude_unset=True)))
    session.commit()
    return record


@router.delete("/{item_id}", status_code=204)
async def delete_item(record: Existing, session: CurrentSession) -> None:
    session.delete(record)
    session.commit()


@router.post("/search", response_model=List[ItemOut])
def search_items(wanted: Wanted, session: CurrentSession) -> Any:
    """Search in a thread, as an operation does that calls a driver without coroutines."""
    found = session.select(
        lambda record: (
            all(word in record.name for word in wanted.words) and all(tag in record.tags for tag in wanted.tags)
        )
    )
    return found[: wanted.limit]


async def take_time(request: Request, call_next: Callable[[Request], Any]) -> Any:
    """Add the time of each request to the figures of its method; a header with it would differ in each answer."""
    started = time.perf_counter()
    response = await call_next(request)
    spent = time.perf_counter() - started
    STORE.timings[request.method] = STORE.timings.get(request.method, 0.0) + spent
    return response


def build() -> FastAPI:
    """Return the service."""
    app = FastAPI(title="Items")
    app.include_router(router)
    app.middleware("http")(take_time)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["https://shop.example"],
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["authorization", "content-type"],
    )
    app.state.restart = STORE.restart
    return app
