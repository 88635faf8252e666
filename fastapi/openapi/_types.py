"""Types of the parts of a document."""

from __future__ import annotations

from typing import Union

from fastapi._routing.described.description import Description
from fastapi._routing.tree.inclusion.walk import RouteContext
from fastapi.types import JSONObject as JSONObject

# A path operation to describe.
DescribedRoute = Union[Description, RouteContext]
