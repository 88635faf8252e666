"""The source of random choices that families draw their programs with. A seed determines every choice."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draw:
    def __init__(self, seed: str) -> None:
        self.random = Random(seed)
        self.counted: list[str] = []
        self.backend = "asyncio"
        self.future = False  # whether the program begins with `from __future__ import annotations`
        self._names: dict[str, int] = {}

    def one(self, options: Sequence[T]) -> T:
        return self.random.choice(options)

    def some(self, options: Sequence[T], most: int, least: int = 0) -> list[T]:
        most = min(most, len(options))
        return self.random.sample(options, self.random.randint(min(least, most), most))

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def number(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def name(self, prefix: str) -> str:
        """Return a name that is not in the program yet."""
        self._names[prefix] = self._names.get(prefix, 0) + 1
        return f"{prefix}{self._names[prefix]}"

    def kind(self, what: str) -> None:
        """Count a kind of brick for the summary."""
        self.counted.append(what)
