"""Problems of a file: each names its line, its parameter, the allowed values and the one that was probably meant."""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import Iterable, NamedTuple, Optional, Sequence, Tuple, Union

from fastapi.exceptions import FastAPIError

Path = Tuple[Union[str, int], ...]

# Of the names that could stand somewhere, in a message; `Problem.allowed` has them all.
_MOST_SHOWN = 50
# A file with more problems is not checked to its end: people correct some and check again.
MOST_PROBLEMS = 200
# Of them in a text; `ParamsSchemaError.problems` has them all.
_MOST_LINES = 50
_LONGEST_LINE = 2000
_LONGEST_SHOWN_NAME = 200


class Place(NamedTuple):
    """A position in a file; both count from 1."""

    line: int
    column: int


class Source(NamedTuple):
    """A file, and how it was found."""

    path: str
    origin: str
    # Where else was looked for a file, in a sentence for messages.
    searched: str = ""

    def __str__(self) -> str:
        return f"{_shown(self.path)} ({self.origin})"


class Problem(NamedTuple):
    """One thing that is wrong."""

    message: str
    place: Optional[Place] = None
    endpoint: Optional[str] = None
    param: Optional[str] = None
    field: Optional[str] = None
    # The values that could stand there, and the one that was probably meant.
    allowed: Tuple[str, ...] = ()
    nearest: Optional[str] = None
    # Where a place is none of the file: a keyword argument.
    origin: Optional[str] = None
    # Where it is not in the file that was named, but in one that it includes.
    file: Optional[str] = None

    def render(self, path: str) -> str:
        """Return one line: `params_schema.yaml:7:12: endpoint read_item, parameter q, field mim_length: ...`."""
        line = _in_one_line(
            f"{self._where(_shown(self.file) if self.file else path)}: {self._what()}{self.message}{self._help()}"
        )
        return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]} ..."

    def _where(self, path: str) -> str:
        if self.origin is not None:
            return self.origin
        return path if self.place is None else f"{path}:{self.place.line}:{self.place.column}"

    def _what(self) -> str:
        named = (("endpoint", self.endpoint), ("parameter", self.param), ("field", self.field))
        parts = [f"{title} {_shown(name)}" for title, name in named if name is not None]
        return f"{', '.join(parts)}: " if parts else ""

    def _help(self) -> str:
        text = f"; did you mean {_shown(self.nearest)}?" if self.nearest else ""
        if self.allowed:
            shown = [_shown(name) for name in self.allowed[:_MOST_SHOWN]]
            if len(self.allowed) > _MOST_SHOWN:
                shown.append(f"... and {len(self.allowed) - _MOST_SHOWN} more")
            text += f"{'' if text else ';'} allowed: {', '.join(shown)}"
        return text


def _shown(name: object) -> str:
    """Return a name as it is, in quotes if it is empty or invisible, cut if it is very long."""
    if isinstance(name, str) and len(name) > _LONGEST_SHOWN_NAME:
        return f"{name[:_LONGEST_SHOWN_NAME]!r} ..."
    return name if isinstance(name, str) and name.strip() and name.isprintable() else repr(name)


def _in_one_line(text: str) -> str:
    """Escape characters that would break a line or change a terminal: a file can have any in names and values."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


class ParamsSchemaError(FastAPIError):
    """Parameters declared in a file cannot be used: all reasons, each with its place."""

    def __init__(self, source: Optional[Source], problems: Sequence[Problem], remedy: str = "") -> None:
        self.source = source
        self.path = None if source is None else source.path
        self.origin = None if source is None else source.origin
        self.problems = tuple(problems)
        self.remedy = remedy
        super().__init__(source, self.problems, remedy)

    def __str__(self) -> str:
        path = "params_schema" if self.path is None else _shown(self.path)
        lines = [problem.render(path) for problem in self.problems[:_MOST_LINES]]
        count = self._count()
        if len(self.problems) > _MOST_LINES:
            lines.append(f"... and {len(self.problems) - _MOST_LINES} more")
        heading = f"{count} with the parameters declared in {self.source}:" if self.source else f"{count}:"
        searched = self.source.searched if self.source else ""
        return "\n".join([heading, *(f"  {line}" for line in lines), *filter(None, (searched, self.remedy))])

    def _count(self) -> str:
        number = len(self.problems)
        if number == 1:
            return "1 problem"
        return f"{'at least ' if number >= MOST_PROBLEMS else ''}{number} problems"


# A public name shows its public path.
ParamsSchemaError.__module__ = "fastapi.params"


def nearest(name: object, known: Iterable[str]) -> Optional[str]:
    """Return the one of `known` that `name` probably means."""
    if not isinstance(name, str) or len(name) > _LONGEST_NAME:
        return None
    return _nearest(name, tuple(known))


# One file often has the same mistake many times.
@lru_cache(maxsize=1024)
def _nearest(name: str, known: Tuple[str, ...]) -> Optional[str]:
    best: Tuple[float, float] = (0.6, 0.0)
    found = None
    matcher: difflib.SequenceMatcher[str] = difflib.SequenceMatcher(None, "", plain(name))
    for each in known[:_MOST_COMPARED]:
        matcher.set_seq1(plain(each))
        # Two bounds that cost little, before the comparison that costs much.
        if matcher.real_quick_ratio() < best[0] or matcher.quick_ratio() < best[0]:
            continue
        # Of two names that are equally near without case and hyphens, the one in the same style was meant.
        near = (matcher.ratio(), difflib.SequenceMatcher(None, name, each).ratio())
        if near > best:
            best, found = near, each
    return found


# Longer names are no misspellings, and a machine wrote a file with more of them.
_LONGEST_NAME = 100
_MOST_COMPARED = 500


def plain(name: str) -> str:
    """Return a name without case, hyphens and underscores, which people mix up."""
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()
