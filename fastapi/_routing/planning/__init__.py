"""Build time: reads routes and dependants, and makes the plan that the core and the runners follow."""
