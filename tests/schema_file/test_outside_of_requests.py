"""`validate_*_params(params, schema)`: the values, or `RequestValidationError` with the errors that a request gets."""

from __future__ import annotations

import json
from typing import Any, Dict

import pytest

from fastapi import (
    FastAPI,
    ParamsSchemaError,
    get_param_schema,
    load_params_schema,
    param_factory,
    utils,
    validate_cookie_params,
    validate_header_params,
    validate_path_params,
    validate_query_params,
)
from fastapi.exceptions import RequestValidationError
from tests.planned.asgi import call
from tests.schema_file.conftest import WriteFile

FILE = """\
version: 1
endpoints:
  read:
    params:
      item_id: {in: path, type: int, ge: 1}
      q: {in: query, type: str, max_length: 3, default: null}
      tags: {in: query, type: 'list[int]', alias: tag, default: []}
      x_token: {in: header, type: str, min_length: 2}
      x_ids: {in: header, type: 'list[int]', default: []}
      visits: {in: cookie, type: int, ge: 0, default: 0}
"""


@pytest.fixture(autouse=True)
def loaded(write: WriteFile) -> None:
    load_params_schema(write(FILE))


def test_values() -> None:
    assert validate_path_params({"item_id": "3"}, "read") == {"item_id": 3}
    assert validate_query_params({"q": "a", "tag": ["1", "2"]}, "read") == {"q": "a", "tags": [1, 2]}
    assert validate_query_params("q=a%20b&tag=1&tag=2", "read") == {"q": "a b", "tags": [1, 2]}
    assert validate_query_params({}, "read") == {"q": None, "tags": []}
    assert validate_header_params({"X-TOKEN": "abc", "x-ids": [1, 2]}, "read") == {"x_token": "abc", "x_ids": [1, 2]}
    assert validate_cookie_params({"visits": "4"}, "read") == {"visits": 4}


def test_the_schema_may_be_given_in_each_form() -> None:
    assert validate_path_params({"item_id": 3}, get_param_schema("read")) == {"item_id": 3}
    rows: Dict[str, Dict[str, Any]] = {
        "limit": {"type": "int", "maximum": 10, "default": 5},
        "q": {"type": "str?", "default": None},
    }
    assert validate_query_params({"limit": "7"}, rows) == {"limit": 7, "q": None}
    with pytest.raises(RequestValidationError):
        validate_query_params({"limit": "11"}, rows)


def test_a_schema_that_is_wrong_is_no_error_of_the_values() -> None:
    with pytest.raises(ParamsSchemaError, match="did you mean maximum"):
        validate_query_params({}, {"limit": {"type": "int", "maximun": 10}})
    with pytest.raises(ParamsSchemaError, match="no such endpoint"):
        validate_query_params({}, "raed")


def errors_of(function: Any, params: Any) -> Any:
    with pytest.raises(RequestValidationError) as caught:
        function(params, "read")
    return json.loads(json.dumps(caught.value.errors()))


def test_the_errors_are_those_of_a_request() -> None:
    app = FastAPI()

    @app.get("/{item_id}")
    async def read(
        item_id: int = param_factory("read", "item_id"),
        q: Any = param_factory("read", "q"),
        tags: Any = param_factory("read", "tags"),
        x_token: Any = param_factory("read", "x_token"),
        visits: Any = param_factory("read", "visits"),
    ) -> None: ...

    seen = call(app, "/0?q=aaaa&tag=1&tag=x", headers=[(b"x-token", b"a"), (b"cookie", b"visits=-1")])
    expected = [
        *errors_of(validate_path_params, {"item_id": "0"}),
        *errors_of(validate_query_params, {"q": "aaaa", "tag": ["1", "x"]}),
        *errors_of(validate_header_params, {"x-token": "a"}),
        *errors_of(validate_cookie_params, {"visits": "-1"}),
    ]
    assert json.loads(seen.body)["detail"] == expected
    assert [error["loc"] for error in expected] == [
        ["path", "item_id"],
        ["query", "q"],
        ["query", "tag", 1],
        ["header", "x-token"],
        ["cookie", "visits"],
    ]


def test_a_missing_value_is_the_error_of_a_missing_parameter() -> None:
    (error,) = errors_of(validate_header_params, {})
    assert error == {"type": "missing", "loc": ["header", "x-token"], "msg": "Field required", "input": None}


def test_utils_has_the_same_functions() -> None:
    assert utils.validate_query_params is validate_query_params  # type: ignore[attr-defined]


def test_one_parameter_is_a_schema() -> None:
    assert validate_query_params({"tag": ["1"]}, get_param_schema("read", "tags")) == {"tags": [1]}
    assert validate_path_params({"item_id": "3"}, get_param_schema("read", "item_id")) == {"item_id": 3}


@pytest.mark.parametrize(
    "function, values, schema, message",
    [
        (validate_query_params, [("q", "1")], "read", "a mapping of names to values, or a query string, not list"),
        (validate_query_params, b"q=1", "read", "not bytes"),
        (validate_query_params, None, "read", "not NoneType"),
        (validate_cookie_params, "c=1", "read", "expected a mapping of names to values, not str"),
        (validate_path_params, [1], "read", "not list"),
        (validate_header_params, 5, "read", "not int"),
        (validate_query_params, {"q": "1"}, {"q": "int"}, "expected a mapping of fields for 'q', not str"),
        (validate_query_params, {"q": "1"}, 7, "expected the name of an endpoint, .* not int"),
        (validate_query_params, {"q": "1"}, None, "expected the name of an endpoint"),
    ],
)
def test_other_values_and_schemas_are_type_errors_that_name_the_expected_type(
    function: Any, values: Any, schema: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        function(values, schema)


def test_a_whole_file_is_no_schema_of_values() -> None:
    with pytest.raises(TypeError, match="schema is a whole file of parameters: name an endpoint"):
        validate_query_params({"q": "1"}, get_param_schema())


def test_a_type_that_is_in_the_code_cannot_validate_outside_of_it(write: WriteFile) -> None:
    load_params_schema(write("version: 1\nendpoints: {e: {params: {q: {in: query, type: code}}}}\n", "code.yaml"))
    with pytest.raises(ParamsSchemaError, match="leaves the type to the code"):
        validate_query_params({"q": "1"}, "e")
