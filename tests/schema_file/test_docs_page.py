"""docs/params_schema.md: what it shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict, List

import pytest

from fastapi import ParamsSchemaError, load_params_schema, param_factory
from fastapi._schema_file.fields import BY_NAME, FIELDS, KINDS, NAMES
from fastapi._schema_file.types import ALIASES, FORMATS, TYPES
from tests.planned.asgi import call
from tests.schema_file.conftest import WriteFile

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "params_schema.md").read_text(encoding="utf-8")


def blocks(language: str) -> List[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_first_example_runs(write: WriteFile) -> None:
    (file,) = blocks("yaml")
    write(file)
    scope: Dict[str, Any] = {}
    exec(blocks("python")[0], scope)
    headers = [(b"x-token", b"t")]
    assert call(scope["app"], "/items/3?q=a", headers=headers).body == b'{"item_id":3,"q":"a"}'
    assert call(scope["app"], "/items/0", headers=headers).status == 422
    assert call(scope["app"], "/items/3?q=" + "a" * 51, headers=headers).status == 422


def test_validation_outside_of_requests_runs(write: WriteFile) -> None:
    import fastapi

    load_params_schema(
        write(
            "version: 1\nendpoints: {read_items: {params: {limit: {in: query, type: int}, "
            "tag: {in: query, type: 'list[str]'}}}}\n"
        )
    )
    first, second = blocks("python")[1].strip().splitlines()
    scope = {"validate_query_params": fastapi.validate_query_params}
    assert eval(first, scope) == {"limit": 10, "tag": ["a", "b"]}
    assert eval(second, scope) == {"limit": 10}


def test_the_error_shown_is_the_one_that_comes(write: WriteFile, tmp_path: Path) -> None:
    (file,) = blocks("yaml")
    # Two mistakes; the page has its first line, a comment, left out of what it counts.
    write(file.replace("max_length", "max_lenght").replace("in: header", "in: haeder"))
    with pytest.raises(ParamsSchemaError) as caught:
        load_params_schema()
    (shown,) = [block for block in blocks("") if block.startswith("2 problems")]
    message = str(caught.value).replace(f"{tmp_path}/", "")
    wanted = re.sub(r"in, type, \.\.\.", ", ".join(BY_NAME), shown.strip())
    assert without_numbers(message) == without_numbers(wanted)


def without_numbers(text: str) -> str:
    return re.sub(r"\.yaml:\d+:\d+:", ".yaml:", text)


def test_the_code_in_sentences_runs(write: WriteFile) -> None:
    (file,) = blocks("yaml")
    write(file)
    calls = [text for text in re.findall(r"`(param_factory\(.*?\))`", PAGE) if "..." not in text]
    assert len(calls) >= 2
    for text in calls:
        override = ", override={'max_length': None}" if "int" in text else ""
        assert eval(text[:-1] + override + ")", {"param_factory": param_factory}) is not None


def test_every_field_type_and_place_is_on_the_page() -> None:
    words = set(re.findall(r"[\w$-]+", PAGE))
    assert not set(NAMES) - words - {"min_items", "max_items"}
    assert not {*TYPES, *ALIASES, *FORMATS, *KINDS} - words


@pytest.mark.parametrize("name", [name for name in TYPES if name not in ("any", "file", "code")])
def test_the_constraints_of_each_type_are_those_on_the_page(name: str) -> None:
    inherited = {"float": ["int"], "decimal": ["int", "float"]}
    shown = constraints_shown(name)
    for other in inherited.get(name, ()):
        shown |= constraints_shown(other)
    assert shown == {row.name for row in FIELDS if row.families is not None and TYPES[name].family in row.families}


def constraints_shown(name: str) -> set[str]:
    row = next(
        cells
        for cells in (line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| `"))
        if len(cells) == 3 and re.search(rf"`{name}`", cells[0])
    )
    return {word for word in re.findall(r"`(\w+)`", row[2]) if word in BY_NAME}
