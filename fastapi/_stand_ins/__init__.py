"""Shorter ways around parts of Starlette, anyio and python-multipart, and the checks that they behave alike.

http      `BaseHTTPMiddleware` without a second task and a stream.
forms     Forms that the core reads.
"""
