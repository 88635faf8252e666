"""Profiles of Hypothesis: `pytest tests/planned --hypothesis-profile=long` looks for ten minutes instead of seconds."""

from hypothesis import settings

settings.register_profile("long", max_examples=5000, deadline=None)
