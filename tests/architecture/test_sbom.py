"""The bill of materials: it names every module, every crate and every required package, and two builds are equal."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Dict

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ["starlette>=1.6.0; python_version >= '3.11'", "typing_extensions>=4.8.0"]


@pytest.fixture
def document(monkeypatch: pytest.MonkeyPatch) -> Dict[str, Any]:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import _sbom

    made: Dict[str, Any] = _sbom.document("0.1.0", REQUIREMENTS)
    assert made == _sbom.document("0.1.0", REQUIREMENTS)
    return made


def test_every_module_has_its_digest(document: Dict[str, Any]) -> None:
    manifest = json.loads((ROOT / "fastapi" / "_wasm" / "manifest.json").read_text(encoding="utf-8"))
    files = {each["name"]: each["hashes"][0]["content"] for each in document["components"] if each["type"] == "file"}
    assert set(files) == {path.relative_to(ROOT).as_posix() for path in (ROOT / "fastapi" / "_wasm").rglob("*.wasm")}
    assert set(files.values()) <= set(manifest.values())


def test_every_crate_of_the_notice_has_its_checksum(document: Dict[str, Any]) -> None:
    rows = re.findall(r"^- ([\w-]+) (\d\S*) \([\w.-]+\): ", (ROOT / "NOTICE").read_text(encoding="utf-8"), re.MULTILINE)
    crates = {each["purl"]: each for each in document["components"] if each.get("purl", "").startswith("pkg:cargo/")}
    assert set(crates) == {f"pkg:cargo/{name}@{version}" for name, version in rows}
    assert all(re.fullmatch("[0-9a-f]{64}", crate["hashes"][0]["content"]) for crate in crates.values())


def test_requirements_are_ranges(document: Dict[str, Any]) -> None:
    packages = [each for each in document["components"] if each.get("purl", "").startswith("pkg:pypi/")]
    assert [each["purl"] for each in packages] == ["pkg:pypi/starlette", "pkg:pypi/typing-extensions"]
    assert packages[0]["properties"] == [{"name": "requirement", "value": REQUIREMENTS[0]}]


def test_dependencies_name_components(document: Dict[str, Any]) -> None:
    known = {each["bom-ref"] for each in document["components"]}
    known.add(document["metadata"]["component"]["bom-ref"])
    for row in document["dependencies"]:
        assert {row["ref"], *row["dependsOn"]} <= known
    core = next(row for row in document["dependencies"] if row["ref"] == "module:core")
    assert any(part.startswith("pkg:cargo/memchr@") for part in core["dependsOn"])
