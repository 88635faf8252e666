"""One line of the report."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple

GOOD, NOTE, WRONG = "good", "note", "wrong"
_MARKS = {GOOD: "  ", NOTE: "- ", WRONG: "!!"}

ADOPT = "run: fastapi-rs adopt"


class Finding(NamedTuple):
    """One thing that the doctor examined, its state, and the remedy for a fault."""

    title: str
    text: str
    level: str = GOOD
    remedy: str = ""

    def line(self) -> str:
        return f"{_MARKS[self.level]} {self.title}: {self.text}" + (f"; {self.remedy}" if self.remedy else "")

    def as_json(self) -> Dict[str, Any]:
        return dict(self._asdict())
