"""The `fastapi` command, which lives in the package fastapi-cli."""

from __future__ import annotations

from typing import Any

try:
    from fastapi_cli import cli as _cli
except ImportError:
    cli_main: Any = None
else:
    cli_main = _cli.main


def main() -> None:
    """Run the command, or say how to get it."""
    if cli_main is None:
        message = (
            'To use the fastapi command, please install "fastapi[standard]":\n\n\tpip install "fastapi[standard]"\n'
        )
        print(message)  # noqa: T201, this is a command's output
        raise RuntimeError(message)
    cli_main()
