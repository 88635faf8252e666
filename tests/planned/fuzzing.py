"""How many examples the tests with Hypothesis try: a share of what the profile in use says."""

import os

from hypothesis import HealthCheck, settings


def examples(share: float) -> settings:
    """Return settings for `share` times the examples of the profile; the same ones each time where CI is set."""
    return settings(
        max_examples=max(1, int(settings.default.max_examples * share)),
        deadline=None,
        derandomize="CI" in os.environ,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        print_blob=False,
    )
