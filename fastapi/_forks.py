"""Renews locks in a child of os.fork: a thread of the parent may hold them for ever."""

from __future__ import annotations

import os
from typing import Callable


def in_children(renew: Callable[[], None]) -> None:
    """Call `renew` in each child of os.fork, where the system has that call."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=renew)
