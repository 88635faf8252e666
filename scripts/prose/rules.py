"""The vague words: one table, and the search for them in a piece of prose.

A rule hits a word that leaves its actor or its thing without a name, or a mannerism that slows a reader down. Quoted
text and code are not prose: `Passage.prose` blanks them before the search.
"""

from __future__ import annotations

import re
from typing import Iterator, List, NamedTuple, Pattern

from scripts.prose.texts import Passage


class Rule(NamedTuple):
    """A pattern, and the advice that is printed with each hit."""

    pattern: Pattern[str]
    advice: str


class Hit(NamedTuple):
    """One vague word, at one line of one file."""

    path: str
    line: int
    words: str
    advice: str


def rule(pattern: str, advice: str, flags: int = re.IGNORECASE) -> Rule:
    # A phrase may continue on the next line.
    return Rule(re.compile(re.sub(r" (?!\))", r"\\s+", pattern), flags), advice)


# The first word of a sentence: at the start of the passage, after a full stop, or as the only thing before a colon.
START = r"(?:\A\s*|(?<=[.!:])\s+|\n\s*\n\s*|\n\s*[-*]\s+)"

RULES = [
    # "What is a plan?" and "no matter what" are good English.
    rule(r"(?<!matter\s)\b(?:what|whatever(?! the\b))\b(?! to do\b)(?![^.?!]*\?)", "name the thing instead of `what`"),
    rule(r"\b(?:for|of|by|to|from|with|tells|asks|knows|decides|names|says|those|all|each) who\b", "name the actor"),
    rule(START + r"whom?\b(?![^.?!]*\?)", "name the actor"),
    rule(START + r"which\b(?![^.?!]*\?)", "start with the noun"),
    rule(r"\b(?:some|no|any|every)(?:body|one)(?:'s)?\b", "name the actor: the caller, the client, the endpoint, ..."),
    # `There is none` and `None` are good English.
    rule(r"(?<!there\s)\b(?:is|are|was|were|be|been) none\b(?! of\b)", "say `is not a ...`", 0),
    rule(r"\b(?:come|comes|came|coming) to\b", "say `result in`, `reach` or `total`"),
    rule(r"\b(?:is|are|was|were|be|request|answer|everything|that|which) in order\b(?! (?:to|of)\b)", "say `succeeds`"),
    rule(r"\bin order to\b", "say `to`"),
    rule(r"\bin the (?:place|stead) of\b", "say `instead of`, or `replaces`"),
    rule(r"\bas (?:ever|it were)\b", "leave it out"),
    rule(r"\btoo(?=[.,;:)]|\s*\Z)", "say `also`, before the verb"),
    rule(r"\b(?:is|are|was|were|be|been|being)(?: ever| not)? (?:asked|told)\b", "active voice: name the caller"),
    rule(r"\bnothing but\b", "say `only`"),
    rule(r"\bof (?:ours|theirs|one's own)\b", "say `our ...`, or name the package"),
    rule(r"\bof (?:[A-Z]?[a-z]+)'s(?=\s*[.,;:)]|\s*\Z| own\b)", "say `X's ...`"),
    rule(r"\b(?:no matter|the one) of the\b", "name the thing again"),
    rule(r"\b(?:goes|go|went|going) on\b", "say `continues`"),
]


def search(passage: Passage) -> Iterator[Hit]:
    """Yield the hits in one passage; of two rules that hit the same word, the first counts."""
    taken: List[range] = []
    for pattern, advice in RULES:
        for match in pattern.finditer(passage.prose):
            if any(match.start() < other.stop and other.start < match.end() for other in taken):
                continue
            taken.append(range(match.start(), match.end()))
            words = match.group()
            before = passage.prose.count("\n", 0, match.end() - len(words.lstrip()))
            yield Hit(passage.path, passage.line + before, " ".join(words.split()), advice)
