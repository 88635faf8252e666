"""Tasks that run after the response was sent."""

from __future__ import annotations

import sys
from typing import Any, Callable

from annotated_doc import Doc
from starlette.background import BackgroundTasks as StarletteBackgroundTasks
from typing_extensions import Annotated, ParamSpec

P = ParamSpec("P")


class BackgroundTasks(StarletteBackgroundTasks):
    """Tasks to run, one after the other, when the response was sent.

    ```python
    @app.post("/send-notification/{email}")
    async def send_notification(email: str, background_tasks: BackgroundTasks):
        background_tasks.add_task(write_notification, email, message="some notification")
        return {"message": "Notification sent in the background"}
    ```
    """

    def add_task(
        self,
        func: Annotated[
            Callable[P, Any],
            Doc("What to call, `def` or `async def`; the first runs in a worker thread."),
        ],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Add a call to the end of the list."""
        super().add_task(func, *args, **kwargs)

    async def __call__(self) -> None:
        """Run the tasks. The first that raises is the last that runs."""
        # Only an application with telemetry imports it, and OpenTelemetry with it.
        telemetry = sys.modules.get("fastapi.telemetry._api")
        if telemetry is None:
            return await super().__call__()
        for task in self.tasks:
            with telemetry._operation(name="background_task", function=task.func):
                await task()
