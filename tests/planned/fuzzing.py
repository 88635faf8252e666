"""The number of examples for tests with Hypothesis: a share of the number in the active profile."""

import os

from hypothesis import HealthCheck, settings


def examples(share: float) -> settings:
    """Return settings for `share` times the examples of the profile; with CI set, each run tries the same ones."""
    return settings(
        max_examples=max(1, int(settings.default.max_examples * share)),
        deadline=None,
        derandomize="CI" in os.environ,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        print_blob=False,
    )
