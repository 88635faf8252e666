"""Limits for the forms that the framework reads."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Optional

from annotated_doc import Doc
from pydantic import ConfigDict, NonNegativeInt
from typing_extensions import Annotated, TypedDict

if TYPE_CHECKING:
    from pydantic import TypeAdapter


class _FormLimits(TypedDict, total=False):
    max_fields: Annotated[NonNegativeInt, Doc("The greatest number of fields, without files.")]
    max_files: Annotated[NonNegativeInt, Doc("The greatest number of files.")]
    max_part_size: Annotated[NonNegativeInt, Doc("The greatest size of a field in bytes. Files have no limit.")]


# As `pydantic.with_config` does, which accepts a TypedDict only since Pydantic 2.11.
_FormLimits.__pydantic_config__ = ConfigDict(strict=True, extra="forbid")  # type: ignore[attr-defined]


def _validate_form_limits(limits: Optional[_FormLimits]) -> _FormLimits:
    """Return a valid copy of the limits; a ValueError describes a wrong limit."""
    if limits is None:
        return {}
    return _form_limits_adapter().validate_python(limits)


@lru_cache(maxsize=None)
def _form_limits_adapter() -> TypeAdapter[_FormLimits]:
    # PERF: building the adapter takes time, and most applications set no limits.
    from pydantic import TypeAdapter

    return TypeAdapter(_FormLimits)
