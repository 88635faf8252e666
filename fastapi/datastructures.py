"""Data structures of requests, and the marker for "not set by the user"."""

from __future__ import annotations

from typing import Any, BinaryIO, Callable, Dict, Mapping, Optional, Type, TypeVar, cast

from annotated_doc import Doc
from pydantic import GetJsonSchemaHandler
from starlette.datastructures import URL as URL
from starlette.datastructures import Address as Address
from starlette.datastructures import FormData as FormData
from starlette.datastructures import Headers as Headers
from starlette.datastructures import QueryParams as QueryParams
from starlette.datastructures import State as State
from starlette.datastructures import UploadFile as StarletteUploadFile
from typing_extensions import Annotated


class UploadFile(StarletteUploadFile):
    """A file sent in a form.

    ```python
    @app.post("/files/")
    async def create_file(data: UploadFile):
        return {"filename": data.filename, "size": len(await data.read())}
    ```
    """

    file: Annotated[BinaryIO, Doc("The file itself; reading it blocks.")]
    filename: Annotated[Optional[str], Doc("The name of the file on the client's computer.")]
    size: Annotated[Optional[int], Doc("The number of bytes in the file.")]
    headers: Annotated[Headers, Doc("The headers of this part of the form.")]
    content_type: Annotated[Optional[str], Doc("The media type of the file, as the client declared it.")]

    async def write(self, data: Annotated[bytes, Doc("The bytes to write.")]) -> None:
        """Write bytes to the file. A file kept on disk is written in a worker thread."""
        return await super().write(data)

    async def read(
        self,
        size: Annotated[int, Doc("How many bytes to read; -1 reads all.")] = -1,
    ) -> bytes:
        """Read bytes from the file. A file kept on disk is read in a worker thread."""
        return await super().read(size)

    async def seek(self, offset: Annotated[int, Doc("The position, in bytes from the start.")]) -> None:
        """Move to a position, so that the next read or write starts there."""
        return await super().seek(offset)

    async def close(self) -> None:
        """Close the file. It is closed without being asked when the response was sent."""
        return await super().close()

    @classmethod
    def _validate(cls, __input_value: Any, _: Any) -> UploadFile:
        # Forms hold Starlette's class, never this one, so every upload of Starlette is accepted as it is.
        if not isinstance(__input_value, StarletteUploadFile):
            raise ValueError(f"Expected UploadFile, received: {type(__input_value)}")
        return cast(UploadFile, __input_value)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: Mapping[str, Any], handler: GetJsonSchemaHandler
    ) -> Dict[str, Any]:
        return {"type": "string", "contentMediaType": "application/octet-stream"}

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Type[Any], handler: Callable[[Any], Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        from pydantic_core.core_schema import with_info_plain_validator_function

        return cast(Mapping[str, Any], with_info_plain_validator_function(cls._validate))


class DefaultPlaceholder:
    """A default that remembers that it is one.

    The user may set an option to the very value that is its default; the placeholder tells the two apart.
    It is as true as the value it holds.
    """

    def __init__(self, value: Any):
        self.value = value

    def __bool__(self) -> bool:
        return bool(self.value)

    def __eq__(self, o: object) -> bool:
        return isinstance(o, DefaultPlaceholder) and bool(o.value == self.value)


DefaultType = TypeVar("DefaultType")


def Default(value: DefaultType) -> DefaultType:
    """Mark `value` as a default, for a type checker still of its own type."""
    return DefaultPlaceholder(value)  # type: ignore[return-value]


# Stands for "this option was not given" where `None` is a meaningful value.
_Unset: Any = Default(None)
