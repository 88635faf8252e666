"""The distribution that each file of the folder `fastapi` belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List

from fastapi_rs._release import PACKAGE
from fastapi_rs.installed.record import digests_below


class Ownership:
    """The files of one folder `fastapi`, compared with the digests of both distributions."""

    def __init__(self, site: Path, ours: Dict[str, str], real: Dict[str, str]) -> None:
        self.folder = site / PACKAGE
        self.exists = self.folder.is_dir()
        self.on_disk = digests_below(self.folder, site) if self.exists else {}
        self._ours, self._real = ours, real
        self.own = self._matching(ours)
        self.real = [path for path in self._matching(real) if path not in set(self.own)]
        self.missing = [path for path in ours if path not in self.on_disk]
        # At one of our paths, and neither ours nor the real package's.
        self.changed = [path for path in ours if path in self.on_disk and self._is_foreign(path)]
        self.unknown = [path for path in self.on_disk if path not in ours and path not in real]

    def _matching(self, digests: Dict[str, str]) -> List[str]:
        return [path for path, digest in digests.items() if self.on_disk.get(path) == digest]

    def _is_foreign(self, path: str) -> bool:
        return self.on_disk[path] not in (self._ours[path], self._real.get(path))

    @property
    def overwritten(self) -> List[str]:
        """Our paths that hold the real package's file."""
        return [path for path in self.real if path in self._ours]

    @property
    def left_over(self) -> List[str]:
        """Files of the real package at paths that are not ours."""
        return [path for path in self.real if path not in self._ours]

    @property
    def own_alone(self) -> List[str]:
        """Our files that are here and not of the real package as well."""
        return [path for path in self.own if self._real.get(path) != self.on_disk[path]]

    @property
    def state(self) -> str:
        """Return `ours`, `real`, `absent` (no folder), `empty` (no modules), or `mixed`."""
        if not self.exists:
            return "absent"
        if not any(path.endswith(".py") for path in self.on_disk):
            return "empty"
        if self._ours and len(self.own) == len(self._ours):
            return "ours"
        if self._real and all(self.on_disk.get(path) == digest for path, digest in self._real.items()):
            return "real"
        return "mixed"

    @property
    def real_is_whole(self) -> bool:
        """Whether each file of the real package is here as its RECORD says."""
        return bool(self._real) and all(self.on_disk.get(path) == digest for path, digest in self._real.items())

    def summary(self) -> str:
        """Return how many files belong to which side."""
        parts = [
            (len(self.own), "ours"),
            (len(self.real), "of the distribution fastapi"),
            (len(self.missing), "missing"),
            (len(self.changed), "changed"),
            (len(self.unknown), "of neither"),
        ]
        return ", ".join(f"{count} {text}" for count, text in parts if count) or "no files"
