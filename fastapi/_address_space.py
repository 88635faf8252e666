"""The address space that this process may still take: `ulimit -v` limits it, for example on hosts with many tenants."""

from __future__ import annotations

import sys
from typing import Optional


def limit() -> Optional[int]:
    """Return the limit of the address space in bytes, or None if the system enforces none."""
    if sys.platform != "linux":
        return None
    from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit

    most = getrlimit(RLIMIT_AS)[0]
    return None if most == RLIM_INFINITY else most


def room() -> Optional[int]:
    """Return the bytes that are left below the limit, or None if there is no limit, or the system does not tell."""
    most = limit()
    if most is None:
        return None
    from resource import getpagesize

    try:
        with open("/proc/self/statm", "rb") as file:
            return most - int(file.read().split()[0]) * getpagesize()
    except (OSError, ValueError, IndexError):
        return None
