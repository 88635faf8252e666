"""Mark the slow tests, so that `scripts/test --quick` can skip them.

A module is slow when it takes more than about a second: it draws many examples, starts processes, or waits until the
package notices a changed file.
"""

from __future__ import annotations

from pathlib import Path
from typing import List

import pytest

TESTS = Path(__file__).parent

SLOW = (
    "adoption/test_application_commands.py",
    "contract/test_ladder.py",
    "contract/test_reentry.py",
    "docs/test_browser.py",
    "docs/test_servers.py",
    "examples/",
    "framework/test_floor.py",
    "framework/test_registration.py",
    "planned/test_changes.py",
    "planned/test_concurrency.py",
    "planned/test_http_bridge.py",
    "planned/test_overrides.py",
    "planned/test_planned_forms.py",
    "planned/test_random_apps.py",
    "planned/test_readings.py",
    "planned/test_schemes.py",
    "properties/",
    "schema_file/test_any_file.py",
    "schema_file/test_bad_files.py",
    "schema_file/test_finding_the_file.py",
    "schema_file/test_reload.py",
    "schema_file/test_swap.py",
    "schema_file/test_tools.py",
    "security/test_memory.py",
    "security/test_passwords.py",
    "security/test_without_core.py",
    "typing/",
)


def pytest_collection_modifyitems(items: List[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(TESTS).as_posix().startswith(SLOW):
            item.add_marker(pytest.mark.slow)
