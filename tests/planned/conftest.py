"""Profiles of Hypothesis: `pytest tests/planned --hypothesis-profile=long` searches for ten minutes instead of seconds.

It also ignores the streams that older releases of Starlette leave open.
"""

import pytest
import starlette
from hypothesis import settings

settings.register_profile("long", max_examples=5000, deadline=None)

# Before 0.46, `BaseHTTPMiddleware` leaves streams open when the application below it fails, or when it stops reading
# its messages.
_LEAVES_STREAMS_OPEN = tuple(int(part) for part in starlette.__version__.split(".")[:2]) < (0, 46)


def pytest_configure(config: pytest.Config) -> None:
    if _LEAVES_STREAMS_OPEN:
        config.addinivalue_line(
            "filterwarnings",
            "ignore:Exception ignored in. <function MemoryObject:pytest.PytestUnraisableExceptionWarning",
        )
