"""Dependency injection: what a callable needs, found out when a route is added, and brought together per request."""
