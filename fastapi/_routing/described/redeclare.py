"""Rebuilds routes whose parameters are declared in a file, when the file changes.

The new dependant and the new handler are built while the old ones answer. One step then replaces both, so a request has
either all of the old or all of the new ones.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Iterator

from fastapi._routing.described.description import AttributeValues
from fastapi.dependencies._flat import get_flat_dependant
from fastapi.dependencies._shapes import get_flat_body
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import FastAPIError

if TYPE_CHECKING:
    from fastapi._schema_file.registry import Rebuild


def watch_declarations(owner: object, dependant: Dependant, rebuild: Rebuild, seen: int) -> None:
    """Let `rebuild` renew the attributes of `owner` whenever a file changes that declares one of its parameters.

    `seen` is `changes.declarations` before the owner was built.
    """
    if "fastapi._schema_file.declaration" not in sys.modules:
        return  # PERF: `param_factory` was never used (benchmark: registration).
    # A dependant with parameters of a file is never shared, so it has its own lists.
    found = [] if get_flat_body(dependant) is not None else list(find_declarations(get_flat_dependant(dependant)))
    if found:
        remember_app(vars(owner))
        keys = {declaration.key for declaration in found}
        found[0].watch(owner, lambda owner: remember_app(rebuild(owner)), seen, keys)


def find_declarations(flat_dependant: Dependant) -> Iterator[Any]:
    """Yield the declarations of those parameters that a file declares."""
    for fields in (
        flat_dependant.path_params,
        flat_dependant.query_params,
        flat_dependant.header_params,
        flat_dependant.cookie_params,
        flat_dependant.body_params,
    ):
        for field in fields:
            declaration = getattr(field.field_info, "_declaration", None)
            if declaration is not None:
                yield declaration


def remember_app(attributes: AttributeValues) -> AttributeValues:
    """Note the application that was built here, so that a later replacement is recognised."""
    if "app" in attributes:
        attributes["_declared_app"] = attributes["app"]
    return attributes


def require_own_app(route: Any) -> None:
    """Raise FastAPIError if the application of the route was replaced since the route was built."""
    if route.app is not vars(route).get("_declared_app"):
        raise FastAPIError(
            f"the application of the route {route.path} was replaced by {route.app!r}, "
            "so its parameters can change only when the process starts again"
        )
