"""The package for JavaScript fits the other parts of the project."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Dict

from fastapi._version import __rs_version__

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
CRATE = ROOT / "wasm_core" / "js"


def locked() -> Dict[str, str]:
    """Return the crates of the lock file and their versions."""
    lock = tomllib.loads((CRATE / "Cargo.lock").read_text(encoding="utf-8"))
    return {package["name"]: package["version"] for package in lock["package"]}


def test_its_version_is_that_of_the_project() -> None:
    # A plan names the release that exported it, and the package refuses the plan of another one.
    assert locked()["fastapi-rs-edge"] == __rs_version__


def test_the_tools_fit_the_lock_file() -> None:
    script = (ROOT / "scripts" / "edge").read_text(encoding="utf-8")
    assert f'"wasm-bindgen": "{locked()["wasm-bindgen"]}"' in script


def test_its_notice_names_the_locked_versions() -> None:
    notice = (CRATE / "NOTICE").read_text(encoding="utf-8")
    noticed = dict(re.findall(r"^- ([\w-]+) (\d\S*) \(.*\): edge$", notice, re.MULTILINE))
    assert {"js-sys", "wasm-bindgen", "memchr"} <= set(noticed)
    assert noticed.items() <= locked().items()
    texts = {path.stem for path in (CRATE / "licenses").iterdir()}
    assert texts == {*noticed, "fastapi", "starlette", "rust"}
