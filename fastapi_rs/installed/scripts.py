"""The command `fastapi`, which both distributions install."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional

from fastapi_rs._release import PACKAGE
from fastapi_rs.installed.distributions import Distribution

_OWN_NAMES = ("fastapi-rs", "fastapi-rs.exe")


def script_of(distribution: Distribution, name: str) -> Optional[Path]:
    """Return the place of an installed command, as RECORD names it, whether the file is there or not."""
    for entry in distribution.entries():
        if entry.path.rpartition("/")[2] in (name, f"{name}.exe") and entry.path.startswith(("..", "bin/", "Scripts/")):
            return Path(os.path.normpath(str(distribution.site / entry.path)))
    return None


def command_problem(ours: Distribution) -> Optional[str]:
    """Return how the command differs from the one that we install, or None."""
    place = script_of(ours, PACKAGE)
    if place is None:
        return None
    if not place.exists():
        return f"{place} is missing"
    if place.suffix != ".exe" and "fastapi.cli" not in place.read_text(encoding="utf-8", errors="replace"):
        return f"{place} runs another program"
    return None


def restore_command(ours: Distribution) -> None:
    """Write the command again, as a copy of `fastapi-rs` that runs the other module."""
    place, model = script_of(ours, PACKAGE), script_of(ours, "fastapi-rs")
    if place is None or model is None or model.suffix == ".exe" or not model.exists():
        return
    text = model.read_text(encoding="utf-8").replace("fastapi_rs.cli", "fastapi.cli")
    new = place.with_name(place.name + ".new")
    new.write_text(text, encoding="utf-8")
    new.chmod(model.stat().st_mode)
    new.replace(place)
