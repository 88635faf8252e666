"""Which release of upstream this is like, and which release of its own it is."""

__version__ = "0.165.0"
__rs_version__ = "0.1.0"
