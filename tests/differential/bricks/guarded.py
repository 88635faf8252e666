"""Statements that may be refused, without the rest of the program."""

from __future__ import annotations

import textwrap


def guarded(text: str) -> str:
    """Let a declaration that is refused not take the others with it."""
    return "try:\n" + textwrap.indent(text, "    ") + "except Exception as error:\n    note(error)\n"
