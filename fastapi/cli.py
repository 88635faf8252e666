"""The `fastapi` command, which lives in the package fastapi-cli."""

from __future__ import annotations

from typing import Any

try:
    from fastapi_cli import cli as _cli
except ImportError:
    cli_main: Any = None
else:
    cli_main = _cli.main

# Upstream's advice would install the real package over this one.
_MISSING = (
    'To use the fastapi command, please install "fastapi-rs[standard]":\n\n\tpip install "fastapi-rs[standard]"\n'
)


def main() -> None:
    """Run the command of fastapi-cli, or raise the advice to install it."""
    if cli_main is None:
        print(_MISSING)  # noqa: T201, this is a command's output
        raise RuntimeError(_MISSING)
    cli_main()
