"""Types of the parts of a document."""

from __future__ import annotations

from typing import Any, Dict, Union

from fastapi._routing.described.description import Description
from fastapi._routing.tree.inclusion.walk import RouteContext

# An object of the document, as `json` writes it.
JSONObject = Dict[str, Any]
# A path operation to describe.
DescribedRoute = Union[Description, RouteContext]
