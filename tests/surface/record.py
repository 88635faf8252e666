"""Write `surface-0.165.0.json`. Run it with the Python of the REAL package, from a folder outside this project.

    python -m venv real && real/bin/pip install "fastapi[all]==0.165.0" orjson ujson
    real/bin/python <project>/tests/surface/record.py

`--check` compares the installed real package with the record instead, because a record of one version of Python must
also match the others. The record has names, kinds and signatures, and never source text or docstrings.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import compare  # noqa: E402
import describe  # noqa: E402


def main() -> int:
    import fastapi

    if hasattr(fastapi, "__rs_version__"):
        print(f"this is not the real package but {fastapi.__file__}; call from another folder")
        return 1
    path = HERE / f"surface-{fastapi.__version__}.json"
    surface = describe.describe()
    if "--check" in sys.argv[1:]:
        recorded = json.loads(path.read_text(encoding="utf-8"))["names"]
        found = compare.differences(recorded, surface)
        print("\n".join(f"{difference.name}: {difference.text}" for difference in found) or "equal")
        return 1 if found else 0
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(facts)}" for name, facts in surface.items())
    made_with = json.dumps(describe.dependency_versions())
    path.write_text(f'{{"made_with": {made_with},\n"names": {{\n{lines}\n}}}}\n', encoding="utf-8")
    print(f"wrote {len(surface)} names to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
