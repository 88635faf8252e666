"""The tree of routers: routes, inclusion, the frontend, the lifespan, and the decorators that add operations."""
