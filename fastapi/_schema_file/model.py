"""The shape of a file as Pydantic models: its keys, and the kinds of their values.

`resolve` checks the rest: whether a constraint fits the type, whether a default is valid.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Type, Union

from pydantic import BaseModel, ConfigDict, Field, create_model
from typing_extensions import Annotated

from fastapi._schema_file.fields import FIELDS

VERSION = 1


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _row_model() -> Type[BaseModel]:
    """Create the model of a parameter from the table. Some names are keywords of Python, so all are aliases."""
    definitions: Dict[str, Any] = {
        f"field_{number}": (Annotated[row.annotation, Field(alias=row.name)], None) for number, row in enumerate(FIELDS)
    }
    return create_model("ParamRow", __base__=_Shape, **definitions)


ParamRow = _row_model()


class EndpointRow(_Shape):
    """An endpoint: its parameters and a text for people."""

    description: Optional[str] = None
    params: Dict[str, ParamRow]  # type: ignore[valid-type]


class SchemaFile(_Shape):
    """A whole file."""

    # `True` and 1.0 are equal to 1, so a Literal would take them.
    version: Annotated[int, Field(ge=VERSION, le=VERSION)]
    description: Optional[str] = None
    # Other files, by their paths from the folder of this one.
    include: Union[str, List[str]] = []
    definitions: Dict[str, ParamRow] = {}  # type: ignore[valid-type]
    endpoints: Dict[str, EndpointRow] = {}


TOP_FIELDS = tuple(SchemaFile.model_fields)
ENDPOINT_FIELDS = tuple(EndpointRow.model_fields)
