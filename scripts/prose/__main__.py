"""Count vague words: `python3 scripts/check --prose [PATH ...]`.

Without a path: the figures of all areas, and the lines with the most hits. With paths: every hit in these files and
folders, with advice.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Tuple

from scripts.prose.areas import AREAS, ROOT, files_of
from scripts.prose.rules import Hit, search
from scripts.prose.texts import passages

WORST = 20


class Figure(NamedTuple):
    """The words and the hits of some files."""

    words: int
    hits: List[Hit]

    @property
    def rate(self) -> float:
        """Vague words per 1000 words."""
        return 1000 * len(self.hits) / max(self.words, 1)


def count(paths: Iterable[Path], root: Path = ROOT) -> Figure:
    """Return the figure of some files."""
    found = [passage for path in paths for passage in passages(path, path.relative_to(root).as_posix())]
    return Figure(sum(passage.words for passage in found), [hit for passage in found for hit in search(passage)])


def main(arguments: List[str]) -> int:
    """Print the figures; return 1 if an area exceeds its limit."""
    if arguments:
        return show(arguments)
    figures = {name: count(files_of(area)) for name, area in AREAS.items()}
    failed = [name for name, figure in figures.items() if exceeds(name, figure)]
    for name, figure in figures.items():
        print(line_of(name, figure))
    for line in worst_lines(hit for name in failed or figures for hit in figures[name].hits):
        print(line)
    if failed:
        print(f"FAILED: too many vague words in {', '.join(failed)}; `scripts/check --prose PATH` has advice")
    return 1 if failed else 0


def exceeds(name: str, figure: Figure) -> bool:
    """Return whether the area has a limit and more vague words than that."""
    limit = AREAS[name].limit
    return limit is not None and figure.rate > limit


def line_of(name: str, figure: Figure) -> str:
    """Return the line of the table for one area."""
    limit = AREAS[name].limit
    allowed = "no limit yet" if limit is None else f"limit {limit:g}"
    return f"{name:10} {figure.words:7} words {len(figure.hits):5} vague {figure.rate:6.2f} per 1000 ({allowed})"


def worst_lines(hits: Iterable[Hit]) -> List[str]:
    """Return the lines with the most hits, as `path:line: the words`."""
    words: Dict[Tuple[str, int], List[str]] = {}
    for hit in hits:
        words.setdefault((hit.path, hit.line), []).append(hit.words)
    most = sorted(words, key=lambda place: (-len(words[place]), place))[:WORST]
    return [f"{path}:{line}: {', '.join(words[path, line])}" for path, line in most]


def show(arguments: List[str]) -> int:
    """Print each hit in the given files and folders, then the total; return 2 if there are no such files."""
    paths = chosen(arguments)
    if not paths:
        print(f"no file of an area at {', '.join(arguments)}")
        return 2
    figure = count(paths)
    for hit in sorted(figure.hits):
        print(f"{hit.path}:{hit.line}: {hit.words}: {hit.advice}")
    for words, times in Counter(hit.words.lower() for hit in figure.hits).most_common(5):
        print(f"{times:5} {words}")
    print(f"{len(figure.hits)} vague words in {figure.words}: {figure.rate:.2f} per 1000")
    return 0


def chosen(arguments: List[str]) -> List[Path]:
    """Return the files of the areas that the arguments name."""
    roots = [Path(argument).resolve() for argument in arguments]
    every = sorted({path for area in AREAS.values() for path in files_of(area)})
    return [path for path in every if any(path == root or root in path.parents for root in roots)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
