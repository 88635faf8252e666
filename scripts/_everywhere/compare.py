"""Compare the modules of a folder with those of the package: `python scripts/_everywhere/compare.py DIR`."""

import hashlib
import sys
from pathlib import Path
from typing import List

PACKAGE = Path(__file__).resolve().parent.parent.parent / "fastapi" / "_wasm"


def main(folder: Path) -> int:
    names = modules_of(PACKAGE)
    if names != modules_of(folder):
        print(f"FAILED: {folder} has other modules")
        return 1
    sums = dict(line.split()[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    for name in names:
        found = {digest(PACKAGE / name), digest(folder / name), sums[name]}
        print(f"{name}: {' '.join(sorted(found))}")
        if len(found) != 1:
            print(f"FAILED: {name} differs")
            return 1
    return 0


def modules_of(folder: Path) -> List[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.wasm"))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
