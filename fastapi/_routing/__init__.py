"""The code behind `fastapi.routing`, the public path. Each sub-package imports from those above it in this list only.

described   An operation: its options, its attributes, and the scope keys that a request for it has.
exact       The exact way: body, dependencies, endpoint, response, each step as the real package takes it.
tree        Routes, routers, inclusion, the frontend and the lifespan.
planning    Build time: turns the routes of an application into a plan for the core.
planned     Request time: answers requests by the plan.
"""
