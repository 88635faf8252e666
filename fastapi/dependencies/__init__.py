"""Dependency injection: the needs of callables, analysed when a route is added and solved for each request."""
