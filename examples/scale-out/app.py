"""An application for several workers and several hosts: no state, a probe, and the process that answered."""

import os
from typing import Dict, Union

from fastapi import FastAPI, Response

app = FastAPI(title="Scale out")


@app.get("/items/{item_id}")
async def read_item(item_id: int) -> Dict[str, Union[int, str]]:
    return {"item_id": item_id, "process": os.getpid()}


@app.get("/health")
async def health() -> Response:
    """Answer a probe: the process runs, and the event loop is free."""
    return Response(status_code=204)
