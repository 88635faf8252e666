"""How much a form may hold."""

from __future__ import annotations

from typing import Optional, Tuple, Union

from fastapi._wasm import contract

Limit = Union[int, float]

_UNLIMITED = 1 << 62


class FormSizes:
    """How much a form may hold, in the numbers of the caller."""

    __slots__ = ("max_fields", "max_files", "max_part_size")

    def __init__(self, max_files: Limit, max_fields: Limit, max_part_size: int) -> None:
        self.max_files = max_files
        self.max_fields = max_fields
        self.max_part_size = max_part_size

    def numbers(self) -> Optional[Tuple[int, int, int]]:
        """Return the limits for the core, or None when one of them exceeds its 62-bit integers."""
        files, fields = _number(self.max_files), _number(self.max_fields)
        # The size of a part is named in kilobytes when it is exceeded, which infinity cannot be.
        size = None if self.max_part_size.__class__ is float else _number(self.max_part_size)
        return None if files is None or fields is None or size is None else (files, fields, size)

    def message(self, error: int) -> str:
        text = contract.FORM_ERROR_MESSAGES[contract.FORM_ERRORS[error]]
        return text.format(
            max_files=self.max_files, max_fields=self.max_fields, max_part_kib=int(self.max_part_size / 1024)
        )


def _number(limit: Limit) -> Optional[int]:
    if limit.__class__ is int and -_UNLIMITED < limit < _UNLIMITED:
        return int(limit)
    return _UNLIMITED if limit == float("inf") else None
