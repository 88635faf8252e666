"""Build hook of hatchling: the wheel carries a copy of the package `fastapi` and the metadata-only wheel.

`fastapi-rs adopt` restores files from that copy without a network. Nothing is written into the source tree.
"""

from __future__ import annotations

import json
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Dict

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TIME = (1980, 1, 1, 0, 0, 0)
LEFT_OUT = ("__pycache__",)


class CarriedPackage(BuildHookInterface):  # type: ignore[misc]
    def initialize(self, version: str, build_data: Dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root))
        self._folder = tempfile.TemporaryDirectory()
        for path in write_carried(root, Path(self._folder.name)):
            build_data["force_include"][str(path)] = f"fastapi_rs/_carried/{path.name}"

    def finalize(self, version: str, build_data: Dict[str, Any], artifact_path: str) -> None:
        folder = getattr(self, "_folder", None)
        if folder is not None:
            folder.cleanup()


def write_carried(root: Path, folder: Path) -> list[Path]:
    """Write the archive, its digests and the metadata-only wheel; the same bytes from the same sources."""
    from fastapi_rs.installed.record import digest_of
    from fastapi_rs.move.bridge import write_wheel

    contents = package_contents(root)
    archive, digests = folder / "package.zip", folder / "package.json"
    with zipfile.ZipFile(str(archive), "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in contents.items():
            information = zipfile.ZipInfo(name, TIME)
            information.external_attr = 0o100644 << 16
            information.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(information, content)
    table = {name: digest_of(content) for name, content in contents.items()}
    digests.write_text(json.dumps(table, indent=0) + "\n", encoding="utf-8")
    return [archive, digests, write_wheel(folder)]


def package_contents(root: Path) -> Dict[str, bytes]:
    """Return the files of `fastapi/` as the wheel has them."""
    paths = {path.relative_to(root).as_posix(): path for path in (root / "fastapi").rglob("*") if path.is_file()}
    paths["fastapi/_wasm/params_schema.yaml"] = root / "params_schema.yaml"
    kept = (name for name in sorted(paths) if not set(LEFT_OUT) & set(name.split("/")) and not name.endswith(".pyc"))
    return {name: paths[name].read_bytes() for name in kept}
