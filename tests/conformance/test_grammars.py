"""The core and Starlette read query strings, headers, cookies and Authorization alike."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.datastructures import Headers, QueryParams
from starlette.requests import cookie_parser

from fastapi.security.utils import get_authorization_scheme_param
from tests.conformance.rows import DECLINED, data, extract, files, parameter, rows, without_declined

QUERY, COOKIE, HEADER = rows(*files("query")), rows(*files("cookie")), rows(*files("header"))
AUTHORIZATION = rows(*files("authorization"))


@pytest.mark.parametrize("case", QUERY)
def test_query_core(case: dict[str, Any]) -> None:
    wanted = case.get("value", {})
    parameters = [parameter("query", key, list=True) for key in wanted] + [parameter("query", key) for key in wanted]
    answer = extract(parameters or [parameter("query", "none")], query=data(case))
    if case.get("declined"):
        assert answer is DECLINED
    elif wanted:
        assert answer == (*wanted.values(), *(values[-1] for values in wanted.values()))
    else:
        assert answer == (...,)


@pytest.mark.parametrize("case", without_declined(QUERY))
def test_query_starlette(case: dict[str, Any]) -> None:
    params = QueryParams(data(case))
    assert {key: params.getlist(key) for key in params} == case["value"]


def cookie_headers(case: dict[str, Any]) -> list[bytes]:
    if "headers_hex" in case:
        return [bytes.fromhex(value) for value in case["headers_hex"]]
    return [value.encode("latin-1") for value in case["headers"]]


@pytest.mark.parametrize("case", COOKIE)
def test_cookie_core(case: dict[str, Any]) -> None:
    wanted = case.get("value", {})
    headers = [(b"cookie", value) for value in cookie_headers(case)]
    parameters = [parameter("cookie", name) for name in wanted] or [parameter("cookie", "none")]
    answer = extract(parameters, headers=headers, every_header=case.get("every_header", True))
    if case.get("declined"):
        assert answer is DECLINED
    else:
        assert answer == (tuple(wanted.values()) or (...,))


@pytest.mark.parametrize("case", without_declined(COOKIE))
def test_cookie_starlette(case: dict[str, Any]) -> None:
    headers = [value.decode("latin-1") for value in cookie_headers(case)]
    cookies: dict[str, str] = {}
    for header in headers if case.get("every_header", True) else headers[:1]:
        cookies.update(cookie_parser(header))
    assert cookies == case["value"]


def header_list(case: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    if "headers_hex" in case:
        return [(bytes.fromhex(name), bytes.fromhex(value)) for name, value in case["headers_hex"]]
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in case["headers"]]


@pytest.mark.parametrize("case", HEADER)
def test_header_core(case: dict[str, Any]) -> None:
    wanted = case.get("value", {})
    parameters = [parameter("header", name, list=True) for name in wanted] + [
        parameter("header", name) for name in wanted
    ]
    answer = extract(parameters or [parameter("header", "none")], headers=header_list(case))
    if case.get("declined"):
        assert answer is DECLINED
    elif wanted:
        assert answer == (*wanted.values(), *(values[0] for values in wanted.values()))
    else:
        assert answer == (...,)


@pytest.mark.parametrize("case", without_declined(HEADER))
def test_header_starlette(case: dict[str, Any]) -> None:
    headers = Headers(raw=header_list(case))
    for name, values in case["value"].items():
        assert headers.getlist(name) == values


def authorization(case: dict[str, Any]) -> bytes | None:
    if "input_hex" in case:
        return bytes.fromhex(case["input_hex"])
    return case["input"].encode("latin-1") if "input" in case else None


@pytest.mark.parametrize("case", AUTHORIZATION)
def test_authorization_core(case: dict[str, Any]) -> None:
    value = authorization(case)
    headers = [] if value is None else [(b"authorization", value)]
    answer = extract([parameter("header", "authorization", "authorization")], headers=headers)
    if case.get("declined"):
        assert answer is DECLINED
    else:
        assert answer == ((tuple(case["value"]) if "value" in case else None),)


@pytest.mark.parametrize("case", without_declined(AUTHORIZATION))
def test_authorization_python(case: dict[str, Any]) -> None:
    value = authorization(case)
    read = get_authorization_scheme_param(None if value is None else value.decode("latin-1"))
    assert read == (tuple(case["value"]) if "value" in case else ("", ""))
