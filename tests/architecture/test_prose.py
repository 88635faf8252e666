"""The prose check (`scripts/prose`): the text that it reads, the words that it hits, and the limits of the areas."""

from __future__ import annotations

from pathlib import Path
from typing import List, Set, Tuple

import pytest

from scripts.prose.__main__ import count, exceeds, line_of, main, worst_lines
from scripts.prose.areas import AREAS, ROOT, Area
from scripts.prose.rules import Hit, search
from scripts.prose.texts import Passage, passages


def hits_in(text: str) -> List[Tuple[int, str]]:
    return [(hit.line, hit.words) for hit in search(Passage("file", 1, text))]


VAGUE = [
    ("Whether what no route answers is answered as every router does.", ["what"]),
    ("Whether a request in order can go from `layer` to the router at once.", ["request in order"]),
    ("For who takes an answer only whole.", ["For who"]),
    ("What is not answered here returns None from `select`.", ["What"]),
    ("Return a runner, where the request has not come to the one of the middleware.", ["come to", "the one of the"]),
    ("What the dependants of an operation come to.", ["What", "come to"]),
    ("A mapping of another type may answer for what is no key of it.", ["what"]),
    ("Give a message away: for who has nothing else to do before the next one.", ["for who"]),
    ("Who has a way of reading forms keeps it.", ["Who"]),
    ("Its other attributes are nobody's.", ["nobody's"]),
    ("Raise an error when the hash is none.", ["is none"]),
    ("`none` is none.", ["is none"]),
    ("Which release of upstream this is like.", ["Which"]),
    ("From JSON, or from bytes that are none.", ["are none"]),
    ("No parameter of any file was ever asked for.", ["was ever asked"]),
    ("The application calls nothing but functions of ours.", ["nothing but", "of ours"]),
    ("In its own way, this one is made so, too, and begins.", ["too"]),
    ("Where somebody may notice, all is made at once.", ["somebody"]),
    ("The new plan is put in the place of the old.", ["in the place of"]),
    ("An ordinary request is answered as ever.", ["as ever"]),
    ("The caller reads the body in order to parse it.", ["in order to"]),
    ("The names of anyio's, from where they are defined, and those of Starlette's.", ["of anyio's", "of Starlette's"]),
    ("The exact way goes on there.", ["goes on"]),
]

CLEAR = [
    "Whether the router still uses Starlette's default 404 handler.",
    "Whether every layer from `layer` to the router is a no-op for a request that succeeds.",
    "`select` returns None, before reading or sending anything, when the request must take the exact way.",
    "None when a limit exceeds the core's 62-bit integers.",
    "A dict subclass may define `__missing__`, so its keys alone do not tell.",
    "The algorithm `none` is never accepted.",
    "The FastAPI release whose API is implemented, and this package's own version.",
    "The field is None, the list has none, and there is none of them.",
    "Dependencies run in order of their declaration, and in the order in which they were declared.",
    "What does the core do?",
    "The message says what to do.",
    'Pydantic answers "what is missing here" and `nobody`.',
    "A route that the client asked for is too long.",
    "The client's own name and the users' names.",
    "A user who declares a model gets one.",
]


@pytest.mark.parametrize("sentence, words", VAGUE, ids=[sentence[:30] for sentence, _ in VAGUE])
def test_a_vague_word_is_hit(sentence: str, words: List[str]) -> None:
    assert sorted(found for _, found in hits_in(sentence)) == sorted(words)


@pytest.mark.parametrize("sentence", CLEAR, ids=[sentence[:30] for sentence in CLEAR])
def test_clear_english_is_not_hit(sentence: str) -> None:
    assert hits_in(sentence) == []


def test_a_phrase_may_continue_on_the_next_line() -> None:
    assert hits_in("A route comes\nto an end.\nA good line.\nFor\nwho looks.") == [(4, "For who"), (1, "comes to")]


PYTHON = '''#!/usr/bin/env python3
"""A docstring."""
import os  # a remark  # noqa: F401

# The first line of a comment,
# and its second one.
TEXT = "not prose: what"
"""An attribute."""


async def test_two_words(name: Annotated[str, Doc("A description.")] = "what"):
    # One alone.
    """not a docstring, but a statement"""
    return """what"""


class Thing:
    r"""A thing."""
'''

RUST = """//! A module.
/// Does it.
fn it() { "http://what"; r#"// what " what"#; '"' } // A remark.
/* A
 * block. */
"""

TOML = '''# A comment.
value = "# what"  # A remark.
text = """
# what
"""
reason = "It differs."
reason = """
It is another."""
other = '# what'
'''

LANGUAGES = [
    (
        "module.py",
        PYTHON,
        {
            (2, "A docstring."),
            (3, "a remark  # noqa: F401"),
            (5, "The first line of a comment,\nand its second one."),
            (8, "An attribute."),
            (11, "two words"),
            (11, "A description."),
            (12, "One alone."),
            (13, "not a docstring, but a statement"),
            (18, "A thing."),
        },
    ),
    ("module.rs", RUST, {(1, "A module.\nDoes it.\nA remark.\nA\nblock. ")}),
    ("table.toml", TOML, {(1, "A comment.\nA remark."), (6, "It differs.\n\nIt is another.")}),
    ("flow.yml", "# One.\nkey: 'it # what'\nurl: a#what\nother: 1 # Two.\n", {(1, "One."), (4, "Two.")}),
    ("run", "#!/bin/sh\n# A comment.\necho '# what' # A remark.\n", {(2, "A comment.\nA remark.")}),
    ("tool", "#!/usr/bin/env python3\n# A comment.\n", {(2, "A comment.")}),
    ("page.md", "# Title\n\nA text.\n", {(1, "# Title\n\nA text.\n")}),
    ("data.json", '{"what": "what"}', set()),
]


@pytest.mark.parametrize("name, content, expected", LANGUAGES, ids=[name for name, _, _ in LANGUAGES])
def test_the_prose_of_a_language(tmp_path: Path, name: str, content: str, expected: Set[Tuple[int, str]]) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert {(found.line, found.text) for found in passages(tmp_path / name, name)} == expected


def test_code_and_quotations_are_not_prose() -> None:
    text = 'A `what` and "what\nwhat".\n\n```\nwhat\n```\nwhat [a link](what) https://example.org/what'
    assert hits_in(text) == [(7, "what")]
    assert Passage("file", 1, text).prose == "A X and X\n.\n\nX\n\n\nwhat [a linkX X"


def test_a_figure_and_its_lines(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Nobody knows what.\nwhat\n" + "word " * 96, encoding="utf-8")
    figure = count([tmp_path / "a.md"], tmp_path)
    assert (figure.words, len(figure.hits), figure.rate) == (100, 3, 30.0)
    assert worst_lines(figure.hits) == ["a.md:1: what, Nobody", "a.md:2: what"]


def test_an_area_above_its_limit_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    hit = Hit("a.md", 1, "what", "name the thing")
    monkeypatch.setattr("scripts.prose.__main__.AREAS", {"bad": Area([], 2.0), "free": Area([])})
    from scripts.prose.__main__ import Figure

    figures = {"bad": Figure(400, [hit]), "free": Figure(400, [hit])}
    assert [name for name in figures if exceeds(name, figures[name])] == ["bad"]
    assert line_of("bad", figures["bad"]) == "bad            400 words     1 vague   2.50 per 1000 (limit 2)"
    assert line_of("free", figures["free"]).endswith("(no limit yet)")
    monkeypatch.setattr("scripts.prose.__main__.count", lambda paths: Figure(400, [hit]))
    assert main([]) == 1
    assert "FAILED: too many vague words in bad;" in capsys.readouterr().out


def test_paths_are_shown_with_advice(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["scripts/prose/rules.py"]) == 0
    assert "vague words in" in capsys.readouterr().out
    assert main(["scripts/gone.py"]) == 2
    assert capsys.readouterr().out == "no file of an area at scripts/gone.py\n"


def test_each_area_has_files_and_no_file_is_in_two() -> None:
    from scripts.prose.areas import files_of

    files = {name: list(files_of(area)) for name, area in AREAS.items()}
    assert all(files.values())
    every = [path for paths in files.values() for path in paths]
    assert len(every) == len(set(every))
