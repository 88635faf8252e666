"""The models of requests and answers."""

from typing import List, Optional

from pydantic import BaseModel, Field


class NewItem(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    price: float = Field(gt=0)
    tags: List[str] = []
    in_stock: bool = True


class Item(NewItem):
    id: int
    picture_bytes: Optional[int] = None


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"


class User(BaseModel):
    name: str
