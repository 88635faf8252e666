"""Applications of public packages, declared by the files that are exported from them.

Each is exported, checked, loaded and exported again; the application that is declared by the file has the same document
and the same answers to 1000 requests. They bring many packages, so these tests require none of them: install those that
you want beside this package, and run `scripts/integration` or this file.

    pip install titiler.application prefect chainlit mlflow
    python -m pytest tests/integration/test_declared_by_file.py
"""

from __future__ import annotations

from typing import Any

import pytest

from fastapi import FastAPI
from tests.schema_file.mirror import differences

# The module, its application or the function that makes it, and the least number of its path operations.
APPLICATIONS = [
    ("titiler.application.main", "app", 90),
    ("prefect.server.api.server", "create_api_app", 180),
    ("chainlit.server", "app", 20),
    ("mlflow.server.fastapi_app", "app", 50),
]


def application_of(module: str, name: str) -> FastAPI:
    found: Any = getattr(pytest.importorskip(module, reason=f"not installed: {module.partition('.')[0]}"), name)
    app = found if isinstance(found, FastAPI) else found()
    assert isinstance(app, FastAPI)
    return app


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("module, name, least", APPLICATIONS, ids=[row[0] for row in APPLICATIONS])
def test_an_application_declared_by_its_export_is_the_same(module: str, name: str, least: int) -> None:
    app = application_of(module, name)
    assert len(app.routes) >= least
    assert differences(app, requests=1000, seed=module) == []
