"""Statements that may raise without ending the program."""

from __future__ import annotations

import textwrap


def guarded(text: str) -> str:
    """Return a statement that runs a declaration and notes its exception, so that the next declarations run."""
    return "try:\n" + textwrap.indent(text, "    ") + "except Exception as error:\n    note(error)\n"
