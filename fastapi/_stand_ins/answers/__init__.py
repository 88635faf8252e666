"""Sends Starlette's streams and files in fewer steps."""
