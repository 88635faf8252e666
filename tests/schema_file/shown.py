"""An application for the command line: every kind of parameter, half of them declared in the code."""

from __future__ import annotations

import datetime
import decimal
import uuid
from enum import Enum
from typing import Any, Dict, List, Optional

from pydantic import AfterValidator, BaseModel, EmailStr, Field
from typing_extensions import Annotated, Literal

from fastapi import APIRouter, Body, Cookie, Depends, FastAPI, File, Form, Header, Path, Query, UploadFile, WebSocket


class Size(Enum):
    small = "small"
    large = "large"


class Thing(BaseModel):
    name: str


def no_things() -> List[int]:
    return []


app = FastAPI()
router = APIRouter()


def page(
    number: Annotated[int, Query(ge=0, description="Counted from 0")] = 0,
    no: str = "no",
    octal: str = "0o17",
    when: str = "2024-01-01",
) -> Any:
    return number, no, octal, when


@app.get("/things/{thing_id}")
async def read_thing(
    thing_id: Annotated[int, Path(ge=1, title="Thing")],
    q: Annotated[Optional[str], Query(max_length=3, pattern="^a", examples=["a"])] = None,
    size: Size = Size.small,
    order: Literal["up", "down"] = "up",
    must: Optional[Literal["x"]] = Query(),
    since: datetime.date = Query(default=datetime.date(2020, 1, 1), ge=datetime.date(2019, 1, 1)),
    ids: Annotated[List[Annotated[int, Field(ge=1)]], Query(min_length=1, alias="id")] = [1],  # noqa: B006
    more: List[int] = Query(default_factory=no_things),
    x_token: Optional[str] = Header(default=None, deprecated=True),
    y_z: str = Header(default="a", convert_underscores=False, include_in_schema=False),
    price: decimal.Decimal = Query(default=decimal.Decimal("2.50"), gt=decimal.Decimal("1.5"), max_digits=4),
    key: uuid.UUID = Cookie(default=uuid.UUID(int=5), alias="k"),
    ratio: float = Query(default=1.0, allow_inf_nan=False),
    exact: int = Query(default=1, strict=True, json_schema_extra={"x-exact": True}),
    wait: datetime.timedelta = datetime.timedelta(seconds=90),
    on: datetime.time = datetime.time(12, 30),
    even: Annotated[int, AfterValidator(lambda value: value)] = 2,
    where: Any = Depends(page),
) -> Any: ...


@router.post("/things")
async def create_thing(
    thing: Thing,
    count: Annotated[int, Body(embed=True, multiple_of=2)],
    extra: Dict[str, Any],
    where: Any = Depends(page),
) -> Any: ...


@router.post("/files")
async def upload(
    one: UploadFile,
    raw: Annotated[bytes, File(description="As bytes")],
    many: List[UploadFile],
    note: Annotated[str, Form(max_length=9)] = "",
    to: Annotated[Optional[EmailStr], Form()] = None,
) -> Any: ...


app.include_router(router, prefix="/v1")


@app.get("/again")
def page_again(number: int = 1) -> Any: ...


page_again.__name__ = "page"
app.get("/again/page")(page_again)


@app.websocket("/ws")
async def listen(websocket: WebSocket, channel: int) -> None: ...
