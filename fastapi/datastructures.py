"""Data structures of requests, and the placeholder for options that the caller left out."""

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
    """A file that a client sent in a form.

    An endpoint or a dependency gets it through a parameter of this type. Its methods are for `async def`. A plain `def`
    uses the attribute `file`, which is an ordinary file of Python.

    ```python
    @app.put("/users/{name}/portrait", status_code=204)
    async def set_portrait(name: str, portrait: UploadFile) -> None:
        if portrait.content_type != "image/png":
            raise HTTPException(415, "The portrait must be a PNG")
        portraits[name] = await portrait.read()
    ```
    """

    file: Annotated[BinaryIO, Doc("The file as an ordinary, blocking file object of Python.")]
    filename: Annotated[Optional[str], Doc("The name that the client sent. Do not use it as a path.")]
    size: Annotated[Optional[int], Doc("The size of the file in bytes.")]
    headers: Annotated[Headers, Doc("The headers of this part of the form.")]
    content_type: Annotated[  # pyright: ignore[reportIncompatibleMethodOverride]
        Optional[str], Doc("The media type that the client declared. Nothing has checked it.")
    ]

    async def write(self, data: Annotated[bytes, Doc("The bytes to write.")]) -> None:
        """Write bytes at the current position. A file on disk is written in a worker thread.

        Endpoints seldom write to the files of a request.
        """
        return await super().write(data)

    async def read(
        self,
        size: Annotated[int, Doc("The number of bytes to read; -1 for the rest of the file.")] = -1,
    ) -> bytes:
        """Return bytes from the current position. A file on disk is read in a worker thread."""
        return await super().read(size)

    async def seek(self, offset: Annotated[int, Doc("The position, in bytes from the start.")]) -> None:
        """Move to a position, where the next read or write starts. A file on disk is moved in a worker thread."""
        return await super().seek(offset)

    async def close(self) -> None:
        """Close the file, in a worker thread if it is on disk. After the response the framework closes it anyway."""
        return await super().close()

    @classmethod
    def _validate(cls, __input_value: Any, _: Any) -> UploadFile:
        # The uploads in a form are of Starlette's class, so an upload of that class is valid as it is.
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
    """The default of an option, distinguishable from an equal value that the caller passes.

    Its truth is that of the default.
    """

    def __init__(self, value: Any):
        self.value = value

    def __bool__(self) -> bool:
        return bool(self.value)

    def __eq__(self, o: object) -> bool:
        return isinstance(o, DefaultPlaceholder) and bool(o.value == self.value)


DefaultType = TypeVar("DefaultType")


def Default(value: DefaultType) -> DefaultType:
    """Return a placeholder for the default `value`, which type checkers take for the value."""
    return DefaultPlaceholder(value)  # type: ignore[return-value]


# The value of an option that the caller left out, where `None` has a meaning.
_Unset: Any = Default(None)
