"""`typing.get_type_hints` evaluates the annotations of a method by itself, before those of any other function."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import typing_extensions, fastapi
print(len(typing_extensions.get_type_hints(fastapi.{name}, include_extras=True)))
"""


@pytest.mark.skipif(sys.version_info < (3, 10), reason="Pydantic writes `X | Y` in its alias")
@pytest.mark.parametrize(
    ("name", "count"),
    [
        # The number of parameters and the return type.
        ("APIRouter.add_api_route", 30),
        ("APIRouter.api_route", 27),
        ("APIRouter.include_router", 13),
        ("FastAPI.add_api_route", 27),
        ("FastAPI.api_route", 26),
        ("FastAPI.put", 26),
    ],
)
def test_hints_in_a_new_process(name: str, count: int) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(name=name)], stdout=subprocess.PIPE, check=True)
    assert int(done.stdout) == count
