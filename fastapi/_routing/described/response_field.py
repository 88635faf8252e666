"""The fields that validate and serialise responses.

Response models that are declared alike share one field; an operation gets a field of its own when its attributes are
read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from fastapi._compat import ModelField
from fastapi._compat.adapters import annotation_key
from fastapi.dependencies._declared.shared_fields import SharedField, find_shared, share
from fastapi.utils import create_model_field

if TYPE_CHECKING:
    from fastapi._routing.described.operation import ResolvedOperation


def make_output_field(name: str, type_: object) -> ModelField:
    return create_model_field(name=name, type_=type_, mode="serialization")


def share_response(model: object) -> Optional[SharedField]:
    """Return the field that equal declarations of a response share, None if declarations cannot be compared."""
    annotation = annotation_key(model)
    if annotation is None:
        return None
    key = ("response", annotation)
    shared = find_shared(key) or share(key, "response", make_output_field("response", model))
    return shared if shared.is_shared else None


def make_response_field(operation: ResolvedOperation) -> ModelField:
    field = make_output_field(f"Response_{operation.unique_id}", operation.response_model)
    assert operation._shared_response is not None
    field._remember_alike(operation._shared_response.field)
    return field
