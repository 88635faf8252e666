"""Why another framework is faster on a row, and why it does not answer some rows. `RESULTS.md` shows both."""

from __future__ import annotations

# (framework, row) -> the reason.
FASTER: dict[tuple[str, str], str] = {}

# Group of rows -> the reason.
UNANSWERED: dict[str, str] = {}
