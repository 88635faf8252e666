"""Routing, one noun per module; `fastapi.routing` is the public path.

operation        `OperationOptions` -> `Operation`: what a path operation is, decided when it is added
path_operation   the eight verbs of `APIRouter` and `FastAPI`, written once
route            `APIRoute`, `APIWebSocketRoute` and the ASGI shells around their handlers
handler          body -> dependencies -> endpoint -> response
body, response, streaming, websocket    one step each; endpoint: where the endpoint is, for errors
router, include, frontend, lifespan     the tree of routers
plan, dispatch   the planned way
"""
