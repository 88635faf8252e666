"""The JSON Schema for editors accepts and refuses the same files as `check`, as far as a schema can say it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from fastapi import load_params_schema
from fastapi._schema_commands import export_application
from fastapi._schema_file.exporting.json_schema import file_format
from tests.schema_file.conftest import WriteFile
from tests.schema_file.json_schema_rules import is_valid
from tests.schema_file.sample import SAMPLE
from tests.schema_file.shown import app as shown_app
from tests.schema_file.test_any_file import GOOD
from tests.schema_file.test_bad_files import BAD

ROOT = Path(__file__).resolve().parents[2]
FORMAT = json.loads(json.dumps(file_format()))


class _Loader(yaml.SafeLoader):
    """Reads dates as text, as YAML 1.2 does."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith("timestamp")]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def accepts(text: str) -> bool:
    return is_valid(yaml.load(text, _Loader), FORMAT, FORMAT)


def test_good_files_are_valid(write: WriteFile) -> None:
    example = (ROOT / "examples" / "schema_first" / "params_schema.yaml").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "params_schema.md").read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    for text in (SAMPLE, example, page, export_application(shown_app), json.dumps(GOOD)):
        load_params_schema(write(text))
        assert accepts(text), text


ROWS = [
    *("in: query, type: 'list[int]', default: [1]", "in: query, enum: [a, b], default: a", "in: header, type: 'str?'"),
    *("in: query, type: int, default: 3, ge: 1, le: '${MOST:-9}'", "in: query, type: int, default: null"),
    *("in: query, type: string, format: date, minimum: 2020-01-01", "in: file", "in: file, type: 'list[file]'"),
    *("in: query, type: decimal, gt: '1.5', default: '2.50'", "in: body, type: object, default: {a: 1}"),
    *("in: query, type: int | str, default: a", "in: query, type: 'set[str]', max_length: 3", "in: body, type: dict"),
    *("in: query, type: int, default: x, default_as_written: true", "in: query, type: [string, 'null']"),
    *("in: query, type: code, ge: 1", "in: query, import: pydantic.UUID4, default: null", "in: path, type: int"),
    *("in: query, type: list, items: {type: int, ge: 1}", "in: query, type: str, default: '${NAME:-x}'"),
    *(
        "in: query, type: float, ge: 1.5",
        "in: query, type: bool, default: true",
        "in: form, type: str, media_type: a/b",
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_good_rows_are_valid(write: WriteFile, row: str) -> None:
    text = f"version: 1\nendpoints: {{e: {{params: {{p: {{{row}}}}}}}}}\n"
    load_params_schema(write(text))
    assert accepts(text)


# No JSON Schema can say these: names of other places, values that Pydantic judges, comparisons of two numbers.
BEYOND = {
    *("a-guess-of-two-lines-stays-in-its-line", "a-text-that-changes-a-terminal", "alias-of-itself"),
    *("bad-pattern", "default-in-list", "default-no-date", "default-not-in-enum", "default-out-of-limits"),
    *("definition-chain", "definition-long-ring", "definition-misspelt", "definition-ring"),
    *("definition-ring-in-a-list", "definition-ring-in-items", "definition-ring-of-an-optional", "dict-of-one"),
    *("empty-lengths", "empty-open-range", "empty-range", "factory-missing", "factory-no-function"),
    *("factory-that-fails-when-asked", "factory-with-arguments", "field-twice", "half-a-character"),
    *("half-a-character-as-key", "header-name", "header-name-of-two-lines", "hexadecimal-too-long"),
    *("import-default", "import-from-a-module-that-fails-when-asked", "import-function", "import-in-a-type"),
    *("import-in-path", "import-module", "import-name", "import-of-any-exception", "import-of-none"),
    *("import-of-text", "import-that-exits", "import-that-fails", "items-unknown", "key-twice"),
    *("limit-beyond-floats", "limit-beyond-floats-of-decimal", "limit-infinite", "limit-nan", "limit-nan-text"),
    *("limit-no-date", "list-of-models-in-header", "many-types"),
    *("merge-of-itself", "no-such-generic", "null-in-text", "number-as-key", "open-list", "param-twice"),
    *("parameter-with-a-number", "parameter-with-null", "parameter-with-true", "path-with-a-hyphen"),
    *("places-over-digits", "ref-missing", "ref-misspelt", "set-of-two", "time-zones", "time-zones-of-time"),
    *("two-commas", "type-misspelt", "type-open", "union-of-nothing", "version-fraction"),
}


def plain(text: str) -> Any:
    try:
        return yaml.load(text, _Loader)
    except Exception:
        return None


REFUSED = [(name, text) for name, text, _ in BAD if isinstance(plain(text), dict)]


def lax() -> list[str]:
    return [name for name, text in REFUSED if accepts(text)]


def test_the_schema_refuses_each_file_that_check_refuses_as_far_as_it_can() -> None:
    assert set(lax()) == BEYOND
    assert len(REFUSED) > 2 * len(BEYOND)
