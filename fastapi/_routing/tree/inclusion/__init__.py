"""Included routers.

Including a router copies nothing: the parent gets one `_IncludedRouter` node, and the routes stay where they are.

    app.router ── _IncludedRouter(prefix="/v1") ── router ── APIRoute("/items")
               └─ _IncludedRouter(prefix="/v2") ──┘

context   The options that the levels above a router add to its routes.
placed    An effective route context: a route with its whole path, merged options and handler, in one inclusion.
prefix    Copies of plain Starlette routes under a prefix.
node      The node. It computes contexts when they are first needed, and again after the included router changed.
walk      Iterates over all routes of a tree.
show      Makes the classes look as upstream's.
"""
