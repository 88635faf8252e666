"""What all security schemes have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi._facade import LazyModule, lazy_names

if TYPE_CHECKING:
    from fastapi.openapi import models as _models
    from fastapi.openapi.models import SecurityBase as SecurityBaseModel  # noqa: F401
else:
    _models = LazyModule("fastapi.openapi.models")
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "SecurityBaseModel": "fastapi.openapi.models.SecurityBase",
        },
    )


class SecurityBase:
    """A security scheme.

    Only schemes need the models of OpenAPI, so these are imported when the first scheme is made: an application without
    any does not pay for them.
    """

    model: _models.SecurityBase
    scheme_name: str
