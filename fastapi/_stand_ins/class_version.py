"""The word of memory in which CPython keeps the version of a class.

CPython numbers the state of each class for its method caches. Any change of an attribute of the class or of one of its
bases gives the class another number. A class below several others has one number for all of them, so comparing one word
tells whether any of them changed. CPython documents neither the word nor its place, so `find_word` looks for a word
that behaves like that number.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any, Iterable, List, Optional, Sequence

from fastapi._stand_ins.accelerators import NotUsed

# PyPy's classes have no such attribute, and no such word.
_CLASS_SIZE: int = getattr(type, "__basicsize__", 0)


def words_of(kind: type) -> Sequence[int]:
    """Return a view of the memory of a class, in words of four bytes."""
    import ctypes

    words: Any = ctypes.c_uint32 * (_CLASS_SIZE // 4)
    view: Sequence[int] = words.from_address(id(kind))
    return view


def find_word(*, after_look_up: bool = False) -> Optional[int]:
    """Return the index of the word that holds the version of a class, or None when no word behaves like it.

    Before CPython 3.10 a class that changed gets its new number from the next look-up: `after_look_up`.
    """
    if sys.implementation.name != "cpython" or find_spec("_ctypes") is None:
        return None
    base = type("Base", (), {"mark": 0})
    leaf = type("Leaf", (base,), {})
    words = words_of(leaf)
    candidates = set(range(len(words)))
    numbers: List[List[int]] = []
    for step in range(3):
        # A look-up gives a class its number.
        getattr(leaf, "mark")  # noqa: B009
        before = list(words)
        getattr(leaf, "mark")  # noqa: B009
        kept = list(words)
        base.mark = step  # type: ignore[attr-defined]
        if after_look_up:
            getattr(leaf, "mark")  # noqa: B009
        changed = list(words)
        candidates = {each for each in candidates if 0 != before[each] == kept[each] != changed[each]}
        numbers.append(before)
    return _only(each for each in candidates if len({words[each] for words in numbers}) == len(numbers))


def _only(found: Iterable[int]) -> Optional[int]:
    candidates = set(found)
    return candidates.pop() if len(candidates) == 1 else None


WORD = find_word()
WORD_AFTER_LOOK_UP = find_word(after_look_up=True) if WORD is None else None


def why_off() -> Optional[str]:
    """Return why single methods are compared, or None."""
    if sys.implementation.name != "cpython":
        raise NotUsed("only CPython has such a word")
    return "no word of a class behaves like its version" if WORD is None and WORD_AFTER_LOOK_UP is None else None
