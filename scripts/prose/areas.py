"""The areas of the repository, and how many vague words each may have."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional

ROOT = Path(__file__).resolve().parents[2]


class Area(NamedTuple):
    """Some files, and their limit: vague words per 1000 words, or None where the figure is a report so far."""

    patterns: List[str]
    limit: Optional[float] = None


# A limit only ever goes down. The first area that lists a file has it.
AREAS: Dict[str, Area] = {
    "documents": Area(["*.md", "docs/**/*.md"], 2.0),
    "fastapi": Area(["fastapi/**/*.py"], 2.0),
    "fastapi_rs": Area(["fastapi_rs/**/*.py"], 2.0),
    "wasm_core": Area(
        [
            *("wasm_core/src/**/*", "wasm_core/fuzz/**/*.rs", "wasm_core/tests/**/*.rs", "wasm_core/*.toml"),
            *("wasm_core/js/src/*.rs", "wasm_core/js/tests/*.rs", "wasm_core/js/*.toml", "wasm_core/js/README.md"),
        ],
        2.0,
    ),
    "tests": Area(["tests/**/*"], 2.0),
    "scripts": Area(["scripts/**/*", ".ci/*", ".github/**/*"], 2.0),
    "benchmarks": Area(["benchmarks/**/*"], 2.0),
    "examples": Area(["examples/**/*"], 2.0),
    "settings": Area(["*.toml", "*.yaml", ".*.yaml"], 2.0),
}
# Folders with texts of others, or with nothing that is written by hand.
SKIPPED = {"__pycache__", "target", "results", "recorded", "corpus", "licenses", ".cache", ".venv"}


def files_of(area: Area, root: Path = ROOT) -> Iterator[Path]:
    """Yield the files of an area, in the order of their names."""
    found = {path for pattern in area.patterns for path in root.glob(pattern) if path.is_file()}
    return (path for path in sorted(found) if not SKIPPED.intersection(path.relative_to(root).parts))
