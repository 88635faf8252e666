"""The schema of a form with models and plain fields side by side, as the real package documents it."""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, Optional

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from typing_extensions import Annotated

from fastapi import FastAPI, File, Form, UploadFile

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="older releases of Pydantic describe models otherwise"
)


class Address(BaseModel):
    street: str
    city: Optional[str] = None


class Person(BaseModel):
    name: str = Field(validation_alias=AliasChoices("first", "name"))
    age: int = Field(1, alias="years")
    note: str = Field("", validation_alias="remark")


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int = 1


class Empty(BaseModel):
    pass


class Upload(BaseModel):
    file: UploadFile


def two(address: Annotated[Address, Form()], person: Annotated[Person, Form()]) -> None: ...


def equal_names(
    address: Annotated[Address, Form()],
    street: Annotated[str, Form()],
    n: Annotated[int, Form(alias="N")] = 1,
    other: Annotated[str, Form(alias="street")] = "x",
) -> None: ...


def optional(
    address: Annotated[Optional[Address], Form()] = None,
    loose: Annotated[Optional[Loose], Form()] = None,
    k: Annotated[str, Form()] = "",
) -> None: ...


def required(
    address: Annotated[Optional[Address], Form()], empty: Annotated[Optional[Empty], Form()], k: Annotated[str, Form()]
) -> None: ...


def files(upload: Annotated[Upload, File()], address: Annotated[Address, Form()]) -> None: ...


def multipart(
    address: Annotated[Address, Form(media_type="multipart/form-data")], k: Annotated[str, Form()]
) -> None: ...


def of(name: str) -> Dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


ANY_OF_ADDRESS = {"anyOf": [{"required": ["city"]}, {"required": ["street"]}]}
K = {"title": "K", "type": "string"}
CASES = [
    (
        two,
        {
            "allOf": [
                of("Address"),
                {
                    "title": "Person",
                    "type": "object",
                    "properties": {
                        "first": {"title": "First", "type": "string"},
                        "years": {"default": 1, "title": "Years", "type": "integer"},
                        "remark": {"default": "", "title": "Remark", "type": "string"},
                    },
                    "required": [],
                    "allOf": [{"anyOf": [{"required": ["first"]}, {"required": ["name"]}]}],
                },
            ]
        },
    ),
    (
        equal_names,
        {
            "properties": {
                "street": {"title": "Street", "type": "string"},
                "N": {"default": 1, "title": "N", "type": "integer"},
            },
            "required": ["street"],
            "allOf": [
                of("Address"),
                {"properties": {"street": {"default": "x", "title": "Other", "type": "string"}}},
            ],
        },
    ),
    (
        optional,
        {
            "properties": {"k": {"default": "", **K}},
            "allOf": [
                {"anyOf": [{"not": ANY_OF_ADDRESS}, {"anyOf": [of("Address")], "title": "Address"}]},
                {"anyOf": [{"maxProperties": 0}, {"anyOf": [of("Loose")], "title": "Loose"}]},
            ],
        },
    ),
    (
        required,
        {
            "properties": {"k": K},
            "required": ["k"],
            "allOf": [
                {"not": {"not": ANY_OF_ADDRESS}},
                {"anyOf": [of("Address")], "title": "Address"},
                {"not": {}},
                {"anyOf": [of("Empty")], "title": "Empty"},
            ],
        },
    ),
    (files, {"allOf": [of("Upload"), of("Address")]}),
    (multipart, {"properties": {"k": K}, "required": ["k"], "allOf": [of("Address")]}),
]


@pytest.mark.parametrize("endpoint, expected", CASES, ids=[endpoint.__name__ for endpoint, _ in CASES])
def test_the_schema_of_the_form(endpoint: Callable[..., None], expected: Dict[str, Any]) -> None:
    app = FastAPI()
    app.post("/form")(endpoint)
    document = app.openapi()
    (media_type,) = document["paths"]["/form"]["post"]["requestBody"]["content"]
    is_multipart = endpoint in (files, multipart)
    assert media_type == ("multipart/form-data" if is_multipart else "application/x-www-form-urlencoded")
    found = document["components"]["schemas"][f"Body_{endpoint.__name__}_form_post"]
    assert found == {"title": f"Body_{endpoint.__name__}_form_post", "type": "object", **expected}
