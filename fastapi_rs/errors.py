"""Errors that a command prints as one line."""

from __future__ import annotations


class CommandError(Exception):
    """A command has to stop. The message is one line; `remedy` names the next step for the user."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}; {self.remedy}" if self.remedy else message
