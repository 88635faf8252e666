"""The state of solving the dependencies of one request."""

from __future__ import annotations

from typing import Dict, Optional, Union

from starlette.background import BackgroundTasks as StarletteBackgroundTasks
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from fastapi.dependencies._solving.begun import Begun
from fastapi.types import DependencyCacheKey

Connection = Union[Request, WebSocket]
Cache = Dict[DependencyCacheKey, object]


class Solution:
    """The request and everything that its dependants share."""

    __slots__ = (
        "background_tasks",
        "body",
        "cache",
        "completed",
        "embedded",
        "overrides_provider",
        "read",
        "request",
        "response",
    )

    def __init__(
        self,
        request: Connection,
        body: object,
        background_tasks: Optional[StarletteBackgroundTasks],
        response: Response,
        overrides_provider: Optional[object],
        cache: Cache,
        embedded: bool,
        begun: Begun,
    ) -> None:
        self.request = request
        self.body = body
        self.background_tasks = background_tasks
        self.response = response
        self.overrides_provider = overrides_provider
        self.cache = cache
        self.embedded = embedded
        self.read = begun.read
        # The number of dependencies that ran earlier and that the solver has still to skip.
        self.completed = begun.completed
