"""Tasks that run after the response is sent."""

from __future__ import annotations

import sys
from typing import Any, Callable

from annotated_doc import Doc
from starlette.background import BackgroundTasks as StarletteBackgroundTasks
from typing_extensions import Annotated, ParamSpec

P = ParamSpec("P")


class BackgroundTasks(StarletteBackgroundTasks):
    """Tasks that run one after the other when the response has been sent.

    An endpoint or a dependency gets the object through a parameter of this type, and adds calls to it.

    ```python
    def render_invoice(order_id: int, language: str = "en") -> None:
        invoices.store(order_id, make_pdf(order_id, language))

    @app.post("/orders/{order_id}/invoice", status_code=202)
    def request_invoice(order_id: int, tasks: BackgroundTasks) -> None:
        tasks.add_task(render_invoice, order_id, language="de")
    ```
    """

    def add_task(
        self,
        func: Annotated[
            Callable[P, Any],
            Doc("The function to call after the response: `async def`, or `def`, which runs in a worker thread."),
        ],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Add a call of `func` with these arguments to the end of the list."""
        super().add_task(func, *args, **kwargs)

    async def __call__(self) -> None:
        """Run the tasks. After a task that raises, no other task runs."""
        # Only applications with telemetry import that module, which imports OpenTelemetry.
        telemetry = sys.modules.get("fastapi.telemetry._api")
        if telemetry is None:
            return await super().__call__()
        for task in self.tasks:
            with telemetry._operation(name="background_task", function=task.func):
                await task()
