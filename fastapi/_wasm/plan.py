"""A plan that loads itself into the instance of each thread that uses it."""

from __future__ import annotations

import itertools
import logging
from typing import Any, Callable, Optional, Tuple

from fastapi._wasm.core import Core, PlanRefused
from fastapi._wasm.crossing import make_crossing
from fastapi._wasm.instance import REQUEST_VERSION, Instance

Match = Callable[[Tuple[Any, ...]], Optional[Tuple[Any, ...]]]

_serials = itertools.count()
_logger = logging.getLogger("fastapi")


class Plan:
    """A plan known to every thread: it loads itself into a thread's instance when first used there."""

    _refusal: str | None = None

    def __init__(self, core: Core, frame: bytes) -> None:
        self._frame = frame
        self._serial = next(_serials)
        self._core = core

    def matcher(self) -> Match:
        """This thread's `match(request) -> answer`; None means: take the exact way. For the calling thread alone."""
        return make_crossing(self._core, "match_request", REQUEST_VERSION, self)

    def head_matcher(self) -> Callable[[bytes], Optional[Tuple[Any, ...]]]:
        """This thread's `match(bytes) -> answer` for the head of a request; None: it is not simple."""
        return make_crossing(self._core, "match_head", REQUEST_VERSION, self)

    def form_reader(self) -> Match:
        """This thread's `read((index, body, max_fields, max_part_size)) -> answer`; None: Python reads the form."""
        return make_crossing(self._core, "read_form", REQUEST_VERSION, self)

    def number_in(self, instance: Instance) -> int:
        """Return the plan's number in an instance. Raises PlanRefused."""
        try:
            return instance.plans[self._serial]
        except KeyError:
            pass
        if self._refusal is not None:
            raise PlanRefused(self._refusal)
        answer = instance.exchange("load_plan", self._frame)
        if answer.__class__ is not int:
            self._refusal = f"the core refused the plan: {answer!r}"
            _logger.error("fastapi-rs: %s", self._refusal)
            raise PlanRefused(self._refusal)
        instance.plans[self._serial] = answer
        instance.settle()
        return int(answer)

    def __del__(self) -> None:
        core = getattr(self, "_core", None)
        if core is not None:
            # Only noted: the instances belong to other threads, or are in the middle of a crossing.
            for instance in list(core.instances):
                if self._serial in instance.plans:
                    instance.dropped.append(self._serial)
