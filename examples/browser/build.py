"""Build the static site of this example: `python examples/browser/build.py SITE PYODIDE PACKAGES...`.

PYODIDE is the folder of the npm package `pyodide`, PACKAGES are folders with unpacked wheels: `python3
scripts/pyodide` makes them below `.cache/pyodide`. Any server for static files, such as GitHub Pages, delivers SITE.
"""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Iterator, Sequence, Tuple

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
PAGES = ("index.html", "page.js", "python.js", "service.js")
RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
OWN = ("fastapi", "fastapi_rs", "examples/__init__.py", "examples/browser")
# Tools of the tests.
LEFT_OUT = ("_pytest", "pytest", "pygments", "iniconfig", "pluggy")


def build(site: Path, pyodide: Path, *packages: Path) -> None:
    """Write the pages, Pyodide and one archive with all packages into a folder."""
    (site / "pyodide").mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        shutil.copy(str(HERE / name), str(site / name))
    for name in RUNTIME:
        shutil.copy(str(pyodide / name), str(site / "pyodide" / name))
    with zipfile.ZipFile(str(site / "packages.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for path, name in sources(packages):
            archive.write(str(path), name)


def sources(packages: Sequence[Path]) -> Iterator[Tuple[Path, str]]:
    """Yield each file of the packages, of this project and of the example, with its name in the archive."""
    for root, names in (*((each, sorted(os.listdir(str(each)))) for each in packages), (PROJECT, OWN)):
        for folder in (root / name for name in names if name not in LEFT_OUT):
            for path in [folder] if folder.is_file() else sorted(folder.rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    yield path, path.relative_to(root).as_posix()


if __name__ == "__main__":
    build(*(Path(argument).resolve() for argument in sys.argv[1:]))
