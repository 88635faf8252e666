"""Metadata hook of hatchling: the description is README.md with absolute links, as an index shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict

from hatchling.metadata.plugin.interface import MetadataHookInterface

# A link or an image whose target has no scheme and is no place in the page itself.
RELATIVE = re.compile(r"(\]\()(?!\w+:|#)([^)\s]+)(\))")


class AbsoluteLinks(MetadataHookInterface):  # type: ignore[misc]
    def update(self, metadata: Dict[str, Any]) -> None:
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        base = f"{metadata['urls']['Repository']}/blob/v{metadata['version']}/"
        metadata["readme"] = {"content-type": "text/markdown", "text": with_absolute_links(text, base)}


def with_absolute_links(text: str, base: str) -> str:
    return RELATIVE.sub(lambda match: f"{match[1]}{base}{match[2]}{match[3]}", text)
