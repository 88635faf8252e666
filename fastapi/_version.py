"""The FastAPI release whose API is implemented, and this package's own version."""

__version__ = "0.165.0"
__rs_version__ = "0.1.0"
