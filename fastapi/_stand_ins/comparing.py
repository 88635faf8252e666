"""Runs the checks of stand-ins that need an event loop, in a thread and on a loop of their own."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import Any, Callable, Coroutine, List, Optional

# Adds the differences that it finds to a list.
Compare = Callable[[List[str]], None]


def find_difference(compare: Compare) -> Optional[str]:
    """Run `compare` in a thread of its own; return the differences in one text, or None."""
    different: List[str] = []
    thread = Thread(target=_run, args=(compare, different), name="fastapi-rs: comparing")
    try:
        thread.start()
        thread.join()
    except RuntimeError as error:
        # The process may not have another thread.
        different.append(repr(error))
    return "differences: " + "; ".join(different) if different else None


def _run(compare: Compare, different: List[str]) -> None:
    try:
        compare(different)
    except BaseException as error:
        different.append(repr(error))


def run_on_new_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on a new event loop, outside of debug mode."""
    loop = asyncio.new_event_loop()
    try:
        loop.set_debug(False)
        loop.run_until_complete(main)
    finally:
        loop.close()
