"""Fields that are declared alike share a type adapter; fields that differ in anything do not."""

from typing import Any, List, Optional, Union

import pytest
from pydantic import BaseModel, create_model
from pydantic_core import SchemaValidator

from fastapi import params
from fastapi._compat import ModelField
from fastapi.params import Body, Query


def adapter_of(annotation: Any, kind: Any = Query, **options: Any) -> Any:
    return ModelField(field_info=kind(annotation=annotation, **options), name="n")._type_adapter


class Model(BaseModel):
    a: int


ALIKE = [
    (int, {"default": 1}),
    (Optional[str], {"default": None, "min_length": 2, "title": "T"}),
    (List[int], {"max_length": 3}),
    (float, {"gt": 0.5, "description": "d"}),
    (Model, {"kind": Body}),
]

DIFFERENT = [
    ((int, {"default": 1}), (int, {"default": True})),
    ((int, {"default": 1}), (int, {"default": 1.0})),
    ((int, {"default": 1}), (int, {})),
    ((int, {"ge": 1}), (int, {"gt": 1})),
    ((float, {"ge": 1}), (float, {"ge": 1.0})),
    ((str, {"title": "a"}), (str, {"title": "b"})),
    ((Union[int, str], {}), (Union[str, int], {})),
    ((int, {"strict": True}), (int, {})),
    ((int, {"kind": Query}), (int, {"kind": Body})),
]

NEVER_SHARED = [
    (str, {"pattern": "a+"}),
    (List[int], {"default_factory": list}),
    (int, {"json_schema_extra": {"a": 1}}),
    (int, {"examples": [1]}),
    (List[int], {"default": []}),
]


@pytest.mark.skipif(
    type(adapter_of(int).validator) is not SchemaValidator,
    reason="a plugin of Pydantic's is installed and told of each",
)
@pytest.mark.parametrize(("annotation", "options"), ALIKE, ids=str)
def test_alike(annotation: Any, options: Any) -> None:
    assert adapter_of(annotation, **options) is not None
    first = adapter_of(annotation, **options)
    assert adapter_of(annotation, **options) is first


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=str)
def test_different(one: Any, other: Any) -> None:
    first, second = adapter_of(one[0], **one[1]), adapter_of(other[0], **other[1])
    assert first is not second


@pytest.mark.parametrize(("annotation", "options"), NEVER_SHARED, ids=str)
def test_never_shared(annotation: Any, options: Any) -> None:
    first = adapter_of(annotation, **options)
    assert adapter_of(annotation, **options) is not first


def test_models_of_one_name_are_not_one_model() -> None:
    first, second = create_model("Same", a=(int, 1)), create_model("Same", a=(str, "1"))
    assert adapter_of(first, kind=Body) is not adapter_of(second, kind=Body)


def test_a_rebuilt_model_has_a_new_adapter() -> None:
    class Growing(BaseModel):
        a: int

    before = adapter_of(Growing, kind=Body)
    Growing.model_rebuild(force=True)
    assert adapter_of(Growing, kind=Body) is not before


def test_a_value_is_validated_by_its_own_constraints() -> None:
    field = ModelField(field_info=params.Query(annotation=int, ge=3), name="n")
    other = ModelField(field_info=params.Query(annotation=int, ge=4), name="n")
    assert field.validate("3") == (3, [])
    assert other.validate("3")[1][0]["ctx"] == {"ge": 4}
