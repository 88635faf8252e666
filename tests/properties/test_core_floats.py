"""The core writes floats as `repr` does: random floats of each kind, and the neighbours of all special floats.

CPython's `repr` writes the shortest digits that give the same float, of those the nearest, and on a tie the even ones.
The core's printer documents the same rules. `FASTAPI_RS_FLOATS` sets the number of floats of each kind.
"""

from __future__ import annotations

import json
import math
import os
import random
import struct
from typing import Callable, Iterator, List

import pytest

from fastapi import _rust

pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="no core here")

COUNT = int(os.environ.get("FASTAPI_RS_FLOATS", "100000"))
CHUNK = 5000
SEED = None if not os.environ.get("CI") else 6


def check(numbers: List[float]) -> None:
    text = _rust.encode_json(numbers)
    # `json` writes floats with `float.__repr__`.
    if text != json.dumps(numbers, separators=(",", ":")).encode():
        written = text.decode()[1:-1].split(",") if text is not None else []
        assert written == [repr(number) for number in numbers]


def of_bits(bits: int) -> float:
    number: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return number if math.isfinite(number) else 0.5


def any_bits(source: random.Random) -> float:
    return of_bits(source.getrandbits(64))


def unit(source: random.Random) -> float:
    return source.random()


def near_one_digit_exponents(source: random.Random) -> float:
    return 10 ** source.uniform(-10, -3) * source.choice((1, -1))


def tie(source: random.Random) -> float:
    # Between 2**49 and 2**53 a float has few binary decimals, and shortest digits are often equally far away.
    return source.getrandbits(53) / 2 ** source.randint(1, 4)


def short_decimal(source: random.Random) -> float:
    return float(f"{source.getrandbits(source.randint(1, 57))}e{source.randint(-30, 30)}")


def subnormal(source: random.Random) -> float:
    return of_bits(source.getrandbits(source.randint(1, 52)))


def power_of_two(source: random.Random) -> float:
    return of_bits((source.getrandbits(11) << 52) + source.randint(-2, 2) & 0x7FFFFFFFFFFFFFFF)


KINDS = [any_bits, unit, near_one_digit_exponents, tie, short_decimal, subnormal, power_of_two]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_random_floats(kind: Callable[[random.Random], float]) -> None:
    source = random.Random(SEED)
    for _ in range(0, COUNT, CHUNK):
        check([kind(source) for _ in range(CHUNK)])


def neighbours(number: float) -> Iterator[float]:
    bits = struct.unpack("<Q", struct.pack("<d", number))[0]
    for distance in range(-20, 21):
        if bits + distance >= 0:
            yield of_bits(bits + distance)
            yield -of_bits(bits + distance)


def test_neighbours_of_powers() -> None:
    for exponent in range(-324, 309):
        for digit in (1, 2, 5, 9):
            check(list(neighbours(float(f"{digit}e{exponent}"))))
    for exponent in range(-1074, 1024):
        check(list(neighbours(2.0**exponent)))
