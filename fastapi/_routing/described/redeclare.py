"""Rebuilds routes whose parameters are declared in a file, when the file changes.

The new dependant and the new handler are built while the old ones answer. One step then replaces both, so a request has
either all of the old or all of the new ones.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Iterator, Optional

from fastapi._routing.described.description import AttributeValues
from fastapi.dependencies._declared.fields import get_validation_alias
from fastapi.dependencies._declared.flat import get_flat_dependant
from fastapi.dependencies._declared.shapes import get_flat_body
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import FastAPIError
from fastapi.utils import get_path_param_names

if TYPE_CHECKING:
    from fastapi._schema_file.registry import Rebuild


def watch_declarations(
    owner: object, dependant: Dependant, rebuild: Rebuild, seen: int, whole_path: Optional[str] = None
) -> None:
    """Let `rebuild` renew the attributes of `owner` whenever a file changes that declares one of its parameters.

    `seen` is `changes.declarations` before the owner was built; `whole_path` is the path of requests, if it is known.
    """
    if not uses_files():
        return  # PERF: `param_factory` was never used (benchmark: registration)
    # A dependant with parameters of a file is never shared, so it has its own lists.
    found = [] if get_flat_body(dependant) is not None else list(find_declarations(get_flat_dependant(dependant)))
    if not found:
        return

    def rebuild_and_check(owner: object) -> AttributeValues:
        attributes = remember_app(rebuild(owner))
        if whole_path is not None and "dependant" in attributes:
            require_path_names(whole_path, attributes["dependant"])
        return attributes

    if whole_path is not None:
        require_path_names(whole_path, dependant)
    remember_app(vars(owner))
    found[0].watch(owner, rebuild_and_check, seen, {declaration.key for declaration in found})


def uses_files() -> bool:
    """Whether `param_factory` was used."""
    return "fastapi._schema_file.declaration" in sys.modules


def require_path_names(path: str, dependant: Dependant) -> None:
    """Refuse a path parameter of a file that the path does not have, because no request has it.

    Raises:
        ParamsSchemaError: The message names the path and the place in the file.
    """
    if get_flat_body(dependant) is not None:
        return  # It has a shape, and dependants with parameters of files have none.
    names = get_path_param_names(path)
    for field in get_flat_dependant(dependant).path_params:
        declaration = getattr(field.field_info, "_declaration", None)
        if declaration is not None and get_validation_alias(field) not in names:
            declaration.refuse_path(get_validation_alias(field), path, sorted(names))


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
