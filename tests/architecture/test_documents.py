"""Every path that a document names exists, and every link between documents has a target."""

from __future__ import annotations

import re
from pathlib import Path
from typing import List

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md"), *ROOT.glob("tests/*/*.md")]
)
# The changelog names files of the release that a line is about.
DOCUMENTS.remove(ROOT / "CHANGELOG.md")

# `folder/file.py`, `folder/` or `FILE.md` in code marks; not a request's path, a media type or a pattern.
NAMED = re.compile(
    r"`(?:sh |python3? |bash )?((?:[.\w-]+/)+[.\w-]*|[A-Z]+(?:\.md)?|[\w-]+\.(?:md|toml|yaml|py|rs|lock))[^`]*`"
)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)")
TOP = {path.name for path in ROOT.iterdir()}
# Folders that commands create, and the folder in which a document explains its own files.
CREATED = (".cache/", ".venv/", "wasm_core/js/pkg")


def named_paths(text: str) -> List[str]:
    """Return the paths in code marks whose first part is at the top of the repository."""
    without_blocks = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    found = [match.group(1) for match in NAMED.finditer(without_blocks)]
    return [path for path in found if path.split("/")[0] in TOP and not path.startswith(CREATED)]


def missing(paths: List[str], folder: Path) -> List[str]:
    return [path for path in paths if not (folder / path.rstrip("/")).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=[path.relative_to(ROOT).as_posix() for path in DOCUMENTS])
def test_the_paths_of_a_document_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert missing(named_paths(text), ROOT) == []
    assert missing(LINK.findall(text), document.parent) == []


def test_a_missing_path_is_found() -> None:
    text = "`fastapi/gone.py`, `fastapi/_rust.py`, `docs/`, `GET /items/7`, `text/html`, `python3 scripts/gone --all`"
    assert named_paths(text) == ["fastapi/gone.py", "fastapi/_rust.py", "docs/", "scripts/gone"]
    assert missing(named_paths(text), ROOT) == ["fastapi/gone.py", "scripts/gone"]
    assert missing(LINK.findall("[a](docs/gone.md) [b](docs/security.md#a) [c](https://example.org)"), ROOT) == [
        "docs/gone.md"
    ]


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_short_names_of_files_exist(name: str) -> None:
    """`ops/` and `abi.rs` are short for a place in the package or in the crate."""
    text = (ROOT / name).read_text(encoding="utf-8")
    short = re.findall(r"`((?:\w+/)*\w+(?:/|\.py|\.rs))`", text)
    files = {
        f"/{path.relative_to(ROOT).as_posix()}" for top in ("fastapi", "wasm_core/src") for path in all_in(ROOT / top)
    }
    for path in short:
        assert (ROOT / path).exists() or any(f"/{path}" in file for file in files), path


def all_in(folder: Path) -> List[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (".py", ".rs")]


def test_the_map_names_every_folder_of_the_package_and_of_the_tests() -> None:
    named = set(named_paths((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")))
    folders = {f"fastapi/{path.parent.name}/" for path in (ROOT / "fastapi").glob("*/__init__.py")}
    assert folders - named == {"fastapi/middleware/"}
    assert {f"tests/{path.name}/" for path in (ROOT / "tests").iterdir() if any(path.glob("*.py"))} <= named
