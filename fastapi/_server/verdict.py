"""Whether the protocol may be used with the installed uvicorn. This module does not need uvicorn."""

from __future__ import annotations

from typing import List, Optional

from fastapi import _rust
from fastapi._stand_ins.accelerators import NotUsed, OlderRelease, installed_version

# The first release whose interface is known.
_FIRST_KNOWN = "0.30"


def why_off() -> Optional[str]:
    """Return the difference between the protocol and uvicorn's own one, or None."""
    if not _rust.rust_available():
        raise NotUsed("the core is not in use")
    version = installed_version("uvicorn")
    if version is None:
        raise NotUsed("uvicorn is not installed")
    if _numbers(version) < _numbers(_FIRST_KNOWN):
        raise OlderRelease(f"uvicorn {version} is older than {_FIRST_KNOWN}")
    from fastapi._server.agreement import find_difference_from_uvicorn

    return find_difference_from_uvicorn()


def _numbers(version: str) -> List[int]:
    return [int(part) for part in version.split(".")[:2]]
