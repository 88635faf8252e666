"""The core and Pydantic convert any text for a declared parameter to the same value, or find the same errors.

`tests/properties` compares rows of scalars and constraints. Here, the rows come from declarations as users write them,
with any combination of constraints, under Optional and list, in each place.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import Field
from typing_extensions import Annotated

from fastapi import Cookie, Header, Path, Query, _rust
from fastapi._routing.planning.reading import Reading, reading_of
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant
from tests.conformance.rows import DECLINED, extract, same
from tests.conformance.test_coerce import same_errors
from tests.planned.fuzzing import examples
from tests.properties.test_core_requests import numbers, texts

pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="FASTAPI_RS_MODE=python has no core")

PLACES: Dict[str, Any] = {"query": Query, "header": Header, "cookie": Cookie, "path": Path}

small = st.integers(-20, 20)
halves = st.integers(-40, 40).map(lambda number: number / 2)
odd_numbers = st.sampled_from([0.1, 1e-3, 1e300, 2**53, 2**53 + 1, 2**70, -(2**60), 1.0, 0])
limits = {name: st.one_of(small, odd_numbers) for name in ("ge", "gt", "le", "lt")}
CONSTRAINTS: Dict[Any, Dict[str, Any]] = {
    str: {
        "min_length": st.integers(0, 4),
        "max_length": st.integers(0, 6),
        "pattern": st.sampled_from(["^[a-z]*$", "1"]),
    },
    int: {
        **{name: values.map(int) for name, values in limits.items()},
        "multiple_of": st.sampled_from([1, 2, 3, 7, 10**6, 2**60]),
        "strict": st.just(True),
    },
    float: {
        **{name: st.one_of(values, halves) for name, values in limits.items()},
        "multiple_of": st.sampled_from([0.5, 0.1, 3, 0.01, 1e-5, 2.5]),
        "allow_inf_nan": st.booleans(),
        "strict": st.just(True),
    },
    bool: {"strict": st.just(True)},
}
# Constraints of parameters that the core leaves to Pydantic.
LEFT = frozenset({"pattern", "strict"})


class Declared(NamedTuple):
    annotation: Any
    place: str
    constraints: Dict[str, Any]
    is_list: bool
    # None if it depends on the release of Pydantic.
    is_left: Optional[bool]


@st.composite
def declarations(draw: Any) -> Declared:
    """Return one parameter: constraints on the scalar and on the list around it, and Optional at any depth."""
    scalar = draw(st.sampled_from([int, int, float, float, str, bool]))
    place = draw(st.sampled_from(list(PLACES)))
    constraints = draw(st.fixed_dictionaries({}, optional=CONSTRAINTS[scalar]))
    if draw(st.integers(0, 3)):
        constraints = {name: value for name, value in constraints.items() if name not in LEFT}
    make = PLACES[place]
    is_left: Any = bool(LEFT & set(constraints))
    if any(type(value) is int and abs(value) >= 2**53 for value in constraints.values()):
        # Older releases of Pydantic convert the limits of a float to floats.
        is_left = True if is_left or scalar is int else None
    if place in ("query", "header") and draw(st.booleans()):
        lengths = draw(
            st.fixed_dictionaries({}, optional={"min_length": st.integers(0, 3), "max_length": st.integers(0, 3)})
        )
        annotation = List[Annotated[scalar, Field(**constraints)]]  # type: ignore[valid-type]
        if draw(st.booleans()):
            annotation = Optional[annotation]  # type: ignore[assignment]
        return Declared(Annotated[annotation, make(**lengths)], place, {**constraints, **lengths}, True, is_left)
    shape = draw(st.sampled_from(["plain", "outside", "inside"])) if place != "path" else "plain"
    if shape == "inside":
        annotation = Annotated[Optional[Annotated[scalar, Field(**constraints)]], make()]
    else:
        inner = scalar if shape == "plain" else Optional[scalar]
        annotation = Annotated[inner, make(**constraints)]
    return Declared(annotation, place, constraints, False, is_left)


def reading(declared: Declared) -> Reading:
    async def endpoint(p: Any) -> None:
        pass

    endpoint.__annotations__["p"] = declared.annotation
    dependant: Dependant = get_dependant(path="/{p}" if declared.place == "path" else "/", call=endpoint)
    (field,) = getattr(dependant, f"{declared.place}_params")
    return reading_of(field, declared.place, "p", declared.is_list)


def ask_core(row: Any, place: str, received: Sequence[str]) -> Any:
    """Return the value that the core reads from these texts in that place."""
    if place == "query":
        return extract([row], query="&".join("p=" + quote(text, safe="") for text in received).encode())
    return extract([row], headers=[(b"p", text.encode("latin-1")) for text in received])


@examples(6)
@given(declarations(), st.lists(st.one_of(numbers, texts), min_size=1, max_size=4))
def test_values_and_errors_are_pydantics(declared: Declared, received: List[str]) -> None:
    made = reading(declared)
    assert declared.is_left in (None, made.is_raw)
    if declared.place in ("path", "cookie"):
        # `tests/properties` tests how the core finds their texts. It converts them like those of a query.
        place = "query"
        row = (1, *made.row[1:])
    else:
        place, row = declared.place, made.row
    assume(all(can_be_sent(text, place) for text in received))
    answer = ask_core(row, place, received)
    if answer is DECLINED:
        return
    sent: Any = received if declared.is_list else received[-1 if place == "query" else 0]
    if made.is_raw:
        assert same(answer, (sent,))
        return
    assert made.field is not None
    value, errors = made.field.validate(sent, {}, loc=(place, "p"))
    if errors:
        assert same_errors(answer, errors)
    else:
        assert same(answer, (value,))


def can_be_sent(text: str, place: str) -> bool:
    try:
        text.encode("utf-8" if place == "query" else "latin-1")
    except UnicodeEncodeError:
        return False
    return True


# Every pair of constraints on one parameter, with texts at and around each limit.
EDGES = ["-1", "0", "1", "2", "2.0", "2.5", "3", "4", "nan", "inf", "-inf", "x", "", "12345", "1e400"]
# The core may leave texts of non-finite numbers, and negative ones with `multiple_of`, to the exact way.
DOUBTFUL = frozenset(["nan", "inf", "-inf", "1e400", "-1"])
SAMPLES: Dict[Any, Tuple[Tuple[str, Any], ...]] = {
    int: (("ge", 2), ("gt", 2), ("le", 3), ("lt", 3), ("multiple_of", 2)),
    float: (("ge", 2), ("gt", 2.5), ("le", 3), ("lt", 2.5), ("multiple_of", 0.5), ("allow_inf_nan", False)),
    str: (("min_length", 2), ("max_length", 1)),
}
PAIRS = [
    (scalar, dict([first, second])) for scalar, samples in SAMPLES.items() for first in samples for second in samples
]


@pytest.mark.parametrize(("scalar", "constraints"), PAIRS)
@pytest.mark.parametrize("shape", ["plain", "optional", "list"])
def test_every_pair_of_constraints(scalar: Any, constraints: Dict[str, Any], shape: str) -> None:
    if shape == "list":
        annotation: Any = Annotated[List[Annotated[scalar, Field(**constraints)]], Query(min_length=2, max_length=3)]
    else:
        inner = Optional[scalar] if shape == "optional" else scalar
        annotation = Annotated[inner, Query(**constraints)]
    made = reading(Declared(annotation, "query", constraints, shape == "list", False))
    assert not made.is_raw and made.field is not None
    for first in EDGES:
        for received in [[first], [first, "3"], [first, "3", "x", "2"]] if shape == "list" else [[first]]:
            sent: Any = received if shape == "list" else first
            value, errors = made.field.validate(sent, {}, loc=("query", "p"))
            answer = ask_core(made.row, "query", received)
            if answer is DECLINED:
                assert DOUBTFUL.intersection(received)
            else:
                assert same_errors(answer, errors) if errors else same(answer, (value,))
