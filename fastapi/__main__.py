"""`python -m fastapi`."""

from __future__ import annotations

from fastapi.cli import main

main()
