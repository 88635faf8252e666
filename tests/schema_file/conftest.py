"""Each test starts without a file in force, in an empty folder, and without the environment variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

import examples.schema_first.app  # noqa: F401
from fastapi._schema_file import reload
from fastapi._schema_file.registry import registry
from tests.schema_file.sample import SAMPLE

WriteFile = Callable[..., str]


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.delenv("FASTAPI_PARAMS_SCHEMA", raising=False)
    monkeypatch.delenv("FASTAPI_PARAMS_SCHEMA_RELOAD", raising=False)
    monkeypatch.chdir(tmp_path)
    # The file of the example stays, for its application is imported once.
    state: dict[str, Any] = {"_schemas": dict(registry._schemas), "_default": None, "_watchers": [], "_made": []}
    for name, value in state.items():
        monkeypatch.setattr(registry, name, value)
    yield
    reload.stop_watching()


@pytest.fixture
def write(tmp_path: Path) -> WriteFile:
    def write_file(text: str, name: str = "params_schema.yaml") -> str:
        path = tmp_path / name
        # As the page says: a file that grows shorter in its place is doubted.
        beside = path.with_name(f"{path.name}.new")
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
        return str(path)

    return write_file


@pytest.fixture
def sample(write: WriteFile) -> str:
    return write(SAMPLE)
