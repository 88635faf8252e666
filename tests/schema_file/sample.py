"""The objects that the files of these tests import, and the file that most of the tests start from."""

from __future__ import annotations

from enum import Enum
from typing import List, NewType, Optional

from pydantic import AfterValidator, BaseModel, Field
from typing_extensions import Annotated

SAMPLE = """\
version: 1
definitions:
  ItemId: {type: int, ge: 1, description: The number of an item}
endpoints:
  read_item:
    params:
      item_id: {in: path, type: ItemId, description: The item to read}
      q: {in: query, type: str, max_length: 50, default: null}
      x_token: {in: header, type: str, alias: X-Token}
"""


class Color(Enum):
    red = "red"
    blue = "blue"


class Item(BaseModel):
    name: str
    price: float = 1.5


def make_list() -> List[int]:
    return [1]


NOT_CALLABLE = 5
HERE = "here"
NONE = None


def doubled(value: int) -> int:
    return 2 * value


Number = NewType("Number", int)


def even(value: int) -> int:
    if value % 2:
        raise ValueError("odd")
    return value


Small = Annotated[int, Field(lt=10)]
Even = Annotated[int, AfterValidator(even)]
Many = List[Small]
MaybeSmall = Optional[Small]
