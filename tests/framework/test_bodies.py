"""JSON bodies, forms and files."""

from dataclasses import dataclass
from typing import Dict, List, Optional, Union

import pytest
from pydantic import BaseModel, Field
from typing_extensions import Annotated, TypedDict

from fastapi import Body, Depends, FastAPI, File, Form, Query, Request, UploadFile
from tests.framework.support import client, errors_of


class Item(BaseModel):
    name: str = Field(min_length=1)
    price: float
    tags: List[str] = []


class User(BaseModel):
    id: int


@dataclass
class Point:
    x: int
    y: int = 0


class Movie(TypedDict):
    title: str


class Login(BaseModel):
    username: str
    keep: bool = False
    notes: List[str] = []


app = FastAPI()


@app.post("/model")
def model(item: Item):
    return item


@app.post("/optional")
def optional(item: Optional[Item] = None):
    return item


@app.post("/embedded")
def embedded(item: Item = Body(embed=True)):
    return item


@app.post("/several")
def several(item: Item, user: User, importance: int = Body(gt=0)):
    return [item.name, user.id, importance]


@app.post("/scalar")
def scalar(value: int = Body()):
    return value


@app.post("/list")
def listed(items: List[User]):
    return [user.id for user in items]


@app.post("/dict")
def mapping(weights: Dict[int, float]):
    return weights


@app.post("/any")
def anything(value: object = Body()):
    return value


@app.post("/dataclass")
def point(point: Point):
    return point


@app.post("/typed-dict")
def movie(movie: Movie):
    return movie


@app.post("/union")
def union(value: Union[Item, User]):
    return type(value).__name__


@app.post("/bytes")
async def raw(request: Request):
    return len(await request.body())


@app.post("/both/{n}")
def both(n: int, user: User, q: int = Query(default=0)):
    return [n, user.id, q]


@app.post("/vendor")
def vendor(item: Item = Body(media_type="application/vnd.item+json")):
    return item.name


ITEM = {"name": "a", "price": 1.5, "tags": []}


@pytest.mark.parametrize(
    "path, body, expected",
    [
        ("/model", {"name": "a", "price": 1.5}, ITEM),
        ("/model", {"name": "a", "price": "1.5", "other": 1}, ITEM),
        ("/optional", ITEM, ITEM),
        ("/optional", None, None),
        ("/embedded", {"item": ITEM}, ITEM),
        ("/several", {"item": ITEM, "user": {"id": 1}, "importance": 2}, ["a", 1, 2]),
        ("/scalar", 5, 5),
        ("/list", [{"id": 1}, {"id": 2}], [1, 2]),
        ("/dict", {"1": 2}, {"1": 2.0}),
        ("/any", {"a": [1, None, "é"]}, {"a": [1, None, "é"]}),
        ("/dataclass", {"x": 1}, {"x": 1, "y": 0}),
        ("/typed-dict", {"title": "x"}, {"title": "x"}),
        ("/union", {"id": 1}, "User"),
        ("/union", ITEM, "Item"),
        ("/both/1?q=3", {"id": 2}, [1, 2, 3]),
        ("/vendor", ITEM, "a"),
    ],
)
def test_json_bodies(path, body, expected):
    response = client(app).post(path, json=body)
    assert (response.status_code, response.json()) == (200, expected)


@pytest.mark.parametrize(
    "path, body, errors",
    [
        ("/model", {"price": "x"}, [("missing", ["body", "name"]), ("float_parsing", ["body", "price"])]),
        ("/model", {"name": "", "price": 1}, [("string_too_short", ["body", "name"])]),
        ("/model", {"name": "a", "price": 1, "tags": [1]}, [("string_type", ["body", "tags", 0])]),
        ("/model", [], [("model_attributes_type", ["body"])]),
        ("/embedded", ITEM, [("missing", ["body", "item"])]),
        (
            "/several",
            {"item": ITEM, "importance": 0},
            [("missing", ["body", "user"]), ("greater_than", ["body", "importance"])],
        ),
        ("/scalar", "x", [("int_parsing", ["body"])]),
        ("/scalar", None, [("missing", ["body"])]),
        ("/scalar", {}, [("int_type", ["body"])]),
        ("/list", [{"id": 1}, {}], [("missing", ["body", 1, "id"])]),
        ("/typed-dict", {}, [("missing", ["body", "title"])]),
        ("/both/x", {"id": "y"}, [("int_parsing", ["path", "n"]), ("int_parsing", ["body", "id"])]),
    ],
)
def test_json_bodies_that_do_not_fit(path, body, errors):
    assert [error[:2] for error in errors_of(client(app).post(path, json=body))] == errors


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "content, headers, status, told",
    [
        (b'{"name": "a", "price": 1}', JSON, 200, None),
        (b'{"name": "a", "price": 1}', {"content-type": "application/problem+json; charset=utf-8"}, 200, None),
        (b'{"name": "a", "price": 1}', {"content-type": "text/plain"}, 422, "model_attributes_type"),
        (b'{"name": "a", "price": 1}', {}, 422, "model_attributes_type"),
        (b"", JSON, 422, "missing"),
        (b'{"name": ', JSON, 422, "json_invalid"),
        (b"\xff\xfe\x00", JSON, 400, None),
        (b'{"name": "a", "price": 1, "name": "b"}', JSON, 200, None),
        ('{"name": "é", "price": 1}'.encode("utf-16"), JSON, 200, None),
        (b"null", JSON, 422, "model_attributes_type"),
    ],
)
def test_bytes_of_json_bodies(content, headers, status, told):
    response = client(app).post("/model", content=content, headers=headers)
    assert response.status_code == status, response.text
    if told:
        assert response.json()["detail"][0]["type"] == told
    if status == 400:
        assert response.json() == {"detail": "There was an error parsing the body"}


def test_the_whole_error_of_broken_json():
    response = client(app).post("/model", content=b'{"name": x}', headers=JSON)
    assert response.json() == {
        "detail": [
            {
                "type": "json_invalid",
                "loc": ["body", 9],
                "msg": "JSON decode error",
                "input": {},
                "ctx": {"error": "Expecting value"},
            }
        ]
    }


@pytest.mark.parametrize(
    "of_app, of_router, status", [(True, None, 422), (False, None, 200), (False, True, 422), (True, False, 200)]
)
def test_the_nearest_strict_content_type_counts(of_app, of_router, status):
    from fastapi import APIRouter

    lenient = FastAPI(strict_content_type=of_app)
    router = APIRouter() if of_router is None else APIRouter(strict_content_type=of_router)
    router.post("/model")(model)
    lenient.include_router(router)
    response = client(lenient).post("/model", content=b'{"name": "a", "price": 1}')
    assert response.status_code == status


@app.post("/form/fields")
def fields(username: str = Form(), age: Optional[int] = Form(default=None), tags: List[str] = Form(default=[])):
    return [username, age, tags]


@app.post("/form/model")
def form_model(login: Annotated[Login, Form()]):
    return login


@app.post("/form/alias")
def form_alias(value: str = Form(alias="the-value", min_length=2)):
    return value


@app.post("/file/bytes")
def file_bytes(file: bytes = File()):
    return file.decode()


@app.post("/file/upload")
async def upload(file: UploadFile, note: str = Form(default="none")):
    return [file.filename, file.content_type, file.size, (await file.read()).decode(), note]


@app.post("/file/many")
async def many(files: List[UploadFile]):
    return [[file.filename, (await file.read()).decode()] for file in files]


@app.post("/file/many-bytes")
def many_bytes(files: List[bytes] = File()):
    return [content.decode() for content in files]


@app.post("/file/optional")
def optional_file(file: Optional[UploadFile] = None):
    return file and file.filename


def twice(file: UploadFile):
    return file.file.read(1).decode()


@app.post("/file/dependency")
def shared(file: UploadFile, first: str = Depends(twice)):
    return [first, file.file.read().decode()]


@pytest.mark.parametrize(
    "path, form, expected",
    [
        ("/form/fields", {"username": "a"}, ["a", None, []]),
        ("/form/fields", {"username": "a b&c", "age": "3", "tags": ["x", "y"]}, ["a b&c", 3, ["x", "y"]]),
        ("/form/fields", {"username": "a", "age": ""}, ["a", None, []]),
        ("/form/model", {"username": "a", "keep": "on", "notes": ["1", "2"]}, None),
        ("/form/model", {"username": "a"}, {"username": "a", "keep": False, "notes": []}),
        ("/form/alias", {"the-value": "xy"}, "xy"),
    ],
)
def test_forms(path, form, expected):
    if expected is None:
        expected = {"username": "a", "keep": True, "notes": ["1", "2"]}
    response = client(app).post(path, data=form)
    assert (response.status_code, response.json()) == (200, expected)


@pytest.mark.parametrize(
    "path, form, errors",
    [
        ("/form/fields", {}, [("missing", ["body", "username"])]),
        ("/form/fields", {"username": ""}, [("missing", ["body", "username"])]),
        ("/form/fields", {"username": "a", "age": "x"}, [("int_parsing", ["body", "age"])]),
        ("/form/model", {"keep": "x"}, [("missing", ["body", "username"]), ("bool_parsing", ["body", "keep"])]),
        ("/form/alias", {"the-value": "x"}, [("string_too_short", ["body", "the-value"])]),
    ],
)
def test_forms_that_do_not_fit(path, form, errors):
    assert [error[:2] for error in errors_of(client(app).post(path, data=form))] == errors


A, B = ("a.txt", b"aaa", "text/plain"), ("b.txt", b"bb", "text/x-b")


@pytest.mark.parametrize(
    "path, files, form, expected",
    [
        ("/file/bytes", [("file", A)], None, "aaa"),
        ("/file/upload", [("file", A)], None, ["a.txt", "text/plain", 3, "aaa", "none"]),
        ("/file/upload", [("file", B)], {"note": "hi"}, ["b.txt", "text/x-b", 2, "bb", "hi"]),
        ("/file/many", [("files", A), ("files", B)], None, [["a.txt", "aaa"], ["b.txt", "bb"]]),
        ("/file/many-bytes", [("files", A), ("files", B)], None, ["aaa", "bb"]),
        ("/file/optional", [("file", A)], None, "a.txt"),
        ("/file/optional", [("other", A)], None, None),
        ("/file/dependency", [("file", A)], None, ["a", "aa"]),
    ],
)
def test_files(path, files, form, expected):
    response = client(app).post(path, files=files, data=form)
    assert (response.status_code, response.json()) == (200, expected)


def test_files_that_do_not_fit():
    calls = client(app)
    assert [error[:2] for error in errors_of(calls.post("/file/upload"))] == [("missing", ["body", "file"])]
    response = calls.post("/file/upload", files={"other": A}, data={"file": "text"})
    assert [error[1:] for error in errors_of(response)] == [
        (["body", "file"], "Value error, Expected UploadFile, received: <class 'str'>")
    ]


def test_uploads_are_closed_after_the_request():
    kept = []
    closing = FastAPI()

    @closing.post("/")
    def endpoint(file: UploadFile):
        kept.append(file)
        return file.file.closed

    assert client(closing).post("/", files={"file": A}).json() is False
    assert kept[0].file.closed is True
