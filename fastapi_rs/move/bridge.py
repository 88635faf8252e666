"""The metadata-only distribution `fastapi`: it tells pip and importlib.metadata that the interface is here.

It owns no module. Removing it, or replacing it, leaves our files alone.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Dict, Iterator, Optional

from fastapi_rs._release import BRIDGE_VERSION, DISTRIBUTION, EXTRAS, PACKAGE, REAL, SUMMARY, VERSION
from fastapi_rs.installed.distributions import Distribution
from fastapi_rs.installed.record import Entry, entry_of, parse, render
from fastapi_rs.move import kept

FOLDER = f"{REAL}-{BRIDGE_VERSION}.dist-info"
WHEEL_NAME = f"{REAL}-{BRIDGE_VERSION}-py3-none-any.whl"
INSTALLER = "fastapi-rs"
# The earliest time that a zip file can hold: the wheel is the same whenever it is built.
_TIME = (1980, 1, 1, 0, 0, 0)

_DESCRIPTION = f"""
This distribution holds metadata alone. The modules of the package `{PACKAGE}` come from `{DISTRIBUTION}`, an
independent implementation that is not affiliated with FastAPI or its author. `fastapi-rs leave` goes back to the real
package.
"""


def _metadata() -> Iterator[str]:
    yield "Metadata-Version: 2.1"
    yield f"Name: {REAL}"
    yield f"Version: {BRIDGE_VERSION}"
    yield f"Summary: {SUMMARY}"
    yield "License: MIT"
    yield "Requires-Python: >=3.8"
    yield f"Requires-Dist: {DISTRIBUTION}>={VERSION}"
    for extra in EXTRAS:
        yield f"Provides-Extra: {extra}"
        yield f'Requires-Dist: {DISTRIBUTION}[{extra}]>={VERSION}; extra == "{extra}"'
    yield "Description-Content-Type: text/markdown"


def contents() -> Dict[str, str]:
    """Return the files of the distribution's folder, without RECORD and INSTALLER."""
    return {
        "METADATA": "\n".join(_metadata()) + "\n" + _DESCRIPTION,
        "WHEEL": f"Wheel-Version: 1.0\nGenerator: {DISTRIBUTION} {VERSION}\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "entry_points.txt": f"[console_scripts]\n{REAL} = {PACKAGE}.cli:main\n",
        # importlib.metadata.packages_distributions() reads it; no file of the package is owned by that.
        "top_level.txt": f"{PACKAGE}\n",
    }


def _record(files: Dict[str, str]) -> str:
    entries = [entry_of(f"{FOLDER}/{name}", text.encode()) for name, text in files.items()]
    return render([*entries, Entry(f"{FOLDER}/RECORD", "", "")])


def write_folder(parent: Path) -> Path:
    """Write the installed distribution below `parent` and return its folder."""
    folder = parent / FOLDER
    folder.mkdir()
    files = {**contents(), "INSTALLER": f"{INSTALLER}\n"}
    for name, text in {**files, "RECORD": _record(files)}.items():
        (folder / name).write_bytes(text.encode())
    return folder


def write_wheel(parent: Path) -> Path:
    """Write the wheel below `parent` and return its path."""
    files = contents()
    path = parent / WHEEL_NAME
    with zipfile.ZipFile(str(path), "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, text in {**files, "RECORD": _record(files)}.items():
            information = zipfile.ZipInfo(f"{FOLDER}/{name}", _TIME)
            information.external_attr = 0o100644 << 16
            information.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(information, text.encode())
    return path


def keep_wheel(folder: Path, real: Optional[Distribution], earlier: Optional[Path]) -> None:
    """Put the wheel of the real package, or the one that was kept earlier, into the folder of the metadata."""
    place = folder / kept.FOLDER
    place.mkdir()
    if real is not None:
        wheel = kept.write_wheel(real, place)
    else:
        assert earlier is not None
        wheel = place / earlier.name
        wheel.write_bytes(earlier.read_bytes())
    entry = entry_of(f"{folder.name}/{kept.FOLDER}/{wheel.name}", wheel.read_bytes())
    record = folder / "RECORD"
    record.write_text(render([entry, *parse(record.read_text(encoding="utf-8"))]), encoding="utf-8")
