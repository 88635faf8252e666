"""The licenses of the crates in the modules: NOTICE fits Cargo.lock, and wheel and sdist contain all texts."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Dict, Set

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
OTHERS = {"fastapi", "starlette", "rust"}


def noticed() -> Dict[str, str]:
    """Return the crates of NOTICE and their versions."""
    rows = re.findall(r"^- ([\w-]+) (\d\S*) \([\w.-]+\): ", (ROOT / "NOTICE").read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def wanted_files() -> Set[str]:
    return {"LICENSE", "NOTICE", *(f"licenses/{name}.txt" for name in {*noticed(), *OTHERS})}


def test_the_versions_are_those_of_the_lock_file() -> None:
    lock = tomllib.loads((ROOT / "wasm_core" / "Cargo.lock").read_text(encoding="utf-8"))
    locked = {(package["name"], package["version"]) for package in lock["package"]}
    assert len(noticed()) > 40
    assert set(noticed().items()) <= locked


def test_every_crate_that_the_core_names_is_in_the_notice() -> None:
    manifest = tomllib.loads((ROOT / "wasm_core" / "Cargo.toml").read_text(encoding="utf-8"))
    named = set(manifest["dependencies"])
    for target in manifest["target"].values():
        named |= set(target["dependencies"])
    assert named <= set(noticed())


def test_there_is_one_text_for_each() -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "licenses").iterdir()}
    assert set(texts) == {*noticed(), *OTHERS}
    assert all("without restriction" in text or "Redistribution and use" in text for text in texts.values())


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="not installed: the extra `test` has it")
    folder = tmp_path_factory.mktemp("distributions")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(folder)]
    subprocess.run(command, cwd=str(ROOT), check=True, stdout=subprocess.DEVNULL)
    return folder


def test_the_wheel_has_them(distributions: Path) -> None:
    with zipfile.ZipFile(next(distributions.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        metadata = wheel.read(next(name for name in names if name.endswith(".dist-info/METADATA"))).decode()
    found = {name.split(".dist-info/licenses/")[1] for name in names if ".dist-info/licenses/" in name}
    assert found == wanted_files()
    assert "License-Expression: MIT AND BSD-3-Clause\n" in metadata


def test_the_sdist_has_them(distributions: Path) -> None:
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as sdist:
        found = {name.split("/", 1)[1] for name in sdist.getnames()}
    assert wanted_files() <= found
    assert {"CONTRIBUTING.md", "SECURITY.md", "scripts/licenses", "wasm_core/Cargo.lock"} <= found
