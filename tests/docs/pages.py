"""The pages of the repository, and their parts: links, headings, code blocks, commands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator, List, NamedTuple, Set, Tuple

ROOT = Path(__file__).resolve().parents[2]
PATHS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*/README.md")])
# Lines of older releases stay as they were.
PATHS.remove(ROOT / "CHANGELOG.md")

_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]*)\)")


class Block(NamedTuple):
    page: str
    number: int
    language: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.page}-{self.number}"


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(*languages: str) -> List[Block]:
    """Return the code blocks of all pages in these languages."""
    found = []
    for path in PATHS:
        for number, match in enumerate(_BLOCK.finditer(read(path))):
            indent, language, text = match.groups()
            lines = [line[len(indent) :] for line in text.splitlines()]
            found.append(Block(name_of(path), number, language, "\n".join(lines) + "\n"))
    return [block for block in found if block.language in languages]


def commands() -> Iterator[Tuple[str, str]]:
    """Yield each command of a console block, with its page. Commands that `&&` joins are two."""
    for block in blocks("console"):
        for line in block.text.splitlines():
            if line.startswith("$ "):
                for command in line[2:].split(" && "):
                    yield block.page, re.sub(r"\s+# .*", "", command).strip()


def links(path: Path) -> List[str]:
    return [match.group(1) for match in _LINK.finditer(_BLOCK.sub("", read(path)))]


def anchors(path: Path) -> Set[str]:
    """Return the anchors of the headings of a page, as GitHub and mkdocs make them."""
    headings = re.findall(r"^#+ (.*)$", _BLOCK.sub("", read(path)), re.MULTILINE)
    return {re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}
