"""The copy of the package `fastapi` that this package carries, to restore files that another distribution overwrote.

The build of the wheel writes it (`scripts/build_hook.py`). A source tree has none: there the files are the originals.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Dict, Optional

from fastapi_rs._release import REINSTALL
from fastapi_rs.errors import CommandError
from fastapi_rs.installed.record import digest_of

FOLDER = Path(__file__).resolve().parent.parent / "_carried"
ARCHIVE = "package.zip"
DIGESTS = "package.json"


def digests() -> Optional[Dict[str, str]]:
    """Return the digest of each of our files, by its path (`fastapi/...`), or None where nothing is carried."""
    try:
        found: Dict[str, str] = json.loads((FOLDER / DIGESTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise damaged(FOLDER / DIGESTS, error) from error
    return found


def unpack(target: Path) -> None:
    """Write our files below `target`, each compared with its digest."""
    expected = digests() or {}
    try:
        with zipfile.ZipFile(str(FOLDER / ARCHIVE)) as archive:
            for path, digest in expected.items():
                content = archive.read(path)
                if digest_of(content) != digest:
                    raise damaged(FOLDER / ARCHIVE, path)
                place = target / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise damaged(FOLDER / ARCHIVE, error) from error


def damaged(path: Path, reason: object) -> CommandError:
    return CommandError(f"{path} is damaged ({reason})", REINSTALL)
