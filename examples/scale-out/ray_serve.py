"""Two replicas behind Ray Serve: `serve run ray_serve:deployment`, on one machine or on a cluster."""

import os
from typing import Dict, Union

from ray import serve

from fastapi import FastAPI

app = FastAPI(title="Scale out")


@serve.deployment(num_replicas=2, ray_actor_options={"num_cpus": 0.2})
@serve.ingress(app)
class Items:
    """A replica: one object in one process."""

    def __init__(self) -> None:
        self.answered = 0

    @app.get("/items/{item_id}")
    async def read_item(self, item_id: int) -> Dict[str, Union[int, str]]:
        self.answered += 1
        return {"item_id": item_id, "process": os.getpid(), "answered": self.answered}

    @app.get("/health", status_code=204)
    async def health(self) -> None:
        """Answer a probe."""


deployment = Items.bind()
