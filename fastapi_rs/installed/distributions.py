"""The distributions on a search path, read from their folders.

Not `importlib.metadata`: finders of this process would take part, and a damaged folder must not raise.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Optional
from urllib.parse import urlsplit

from fastapi_rs._release import BRIDGE_MARK
from fastapi_rs.installed.record import Entry, parse


class Distribution:
    """One folder `*.dist-info` or `*.egg-info`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = folder.parent
        stem, _, version = folder.stem.partition("-")
        self.name = normalised(stem)
        self.version = version or "unknown"

    @property
    def requires(self) -> List[str]:
        from email.parser import HeaderParser

        headers = HeaderParser().parsestr(self._text("METADATA") or self._text("PKG-INFO") or "")
        return headers.get_all("Requires-Dist") or []

    def __repr__(self) -> str:
        return f"<{self.name} {self.version} in {self.site}>"

    @property
    def installer(self) -> str:
        return (self._text("INSTALLER") or "unknown").strip()

    @property
    def is_bridge(self) -> bool:
        """Whether this is our metadata-only distribution."""
        return BRIDGE_MARK in self.version

    @property
    def has_record(self) -> bool:
        return (self.folder / "RECORD").is_file()

    @property
    def source_tree(self) -> Optional[Path]:
        """The folder that an editable installation uses (PEP 610), or None."""
        from urllib.request import url2pathname  # takes 20 ms to import

        try:
            url = json.loads(self._text("direct_url.json") or "{}")
            is_editable = url.get("dir_info", {}).get("editable", False)
            return Path(url2pathname(urlsplit(url["url"]).path)) if is_editable else None
        except (ValueError, KeyError, AttributeError):
            return None

    def entries(self) -> List[Entry]:
        return parse(self._text("RECORD") or "")

    def digests(self, package: str) -> Dict[str, str]:
        """Return the digests that RECORD gives for the files of a package."""
        return {entry.path: entry.digest for entry in self.entries() if entry.digest and _is_in(entry.path, package)}

    def requirement_on(self, name: str) -> Optional[str]:
        """Return the requirement on a distribution that holds without an extra, or None."""
        for line in self.requires:
            if requirement_name(line) == name and "extra ==" not in line:
                return line
        return None

    def _text(self, name: str) -> Optional[str]:
        try:
            return (self.folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None


def normalised(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_name(line: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", line.strip())
    return normalised(found.group()) if found else ""


def distributions_on(path: Iterable[str]) -> Iterator[Distribution]:
    """Yield all distributions, the folder that is searched first before the others."""
    seen = set()
    for place in path:
        real = os.path.realpath(place)
        if real not in seen:
            seen.add(real)
            yield from _in_folder(Path(place))


def _in_folder(folder: Path) -> Iterator[Distribution]:
    try:
        names = sorted(os.listdir(str(folder)))
    except OSError:
        return
    for name in names:
        if name.endswith((".dist-info", ".egg-info")) and not name.startswith("~"):
            yield Distribution(folder / name)


def _is_in(path: str, package: str) -> bool:
    return path.startswith(package + "/")
