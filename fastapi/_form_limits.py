"""Limits for the forms that the framework reads by itself."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Optional, cast

from annotated_doc import Doc
from pydantic import ConfigDict, NonNegativeInt
from typing_extensions import Annotated, TypedDict


class _FormLimits(TypedDict, total=False):
    max_fields: Annotated[NonNegativeInt, Doc("How many fields, files not counted.")]
    max_files: Annotated[NonNegativeInt, Doc("How many files.")]
    max_part_size: Annotated[NonNegativeInt, Doc("How many bytes a field may have, files not counted.")]


# What `pydantic.with_config` does, which only Pydantic 2.11 and later allow for a class without a base.
_FormLimits.__pydantic_config__ = ConfigDict(strict=True, extra="forbid")  # type: ignore[attr-defined]


def _validate_form_limits(limits: Optional[_FormLimits]) -> _FormLimits:
    """Return a checked copy of the limits; a ValueError names what is wrong."""
    if limits is None:
        return {}
    return cast(_FormLimits, _form_limits_adapter().validate_python(limits))


@lru_cache(maxsize=None)
def _form_limits_adapter() -> Any:
    # PERF: most applications set no limits, and the adapter takes a while to build.
    from pydantic import TypeAdapter

    return TypeAdapter(_FormLimits)
