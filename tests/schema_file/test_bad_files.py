"""The check of a file reports all problems at once, each with its place, the allowed values and "did you mean".

A bad file gives a `ParamsSchemaError` and nothing else: no traceback of a parser, no half-loaded state.
"""

from __future__ import annotations

import json
import re
from typing import Any, Iterator

import pytest

from fastapi import ParamsSchemaError, get_param_schema, load_params_schema
from fastapi._schema_file.fields import BY_NAME, FIELDS, SPELLINGS
from fastapi._schema_file.reading import yaml_nodes
from fastapi._schema_file.types import TYPES
from tests.schema_file.conftest import WriteFile
from tests.schema_file.sample import SAMPLE

HERE = "tests.schema_file.sample"


def param(fields: str) -> str:
    """A file with one parameter; its fields are in line 5."""
    return f"version: 1\nendpoints:\n  read:\n    params:\n      p: {{{fields}}}\n"


# (the mistake, the file, a part of the message)
BAD = [
    ("empty", "", "the file is empty"),
    ("comment-only", "# nothing\n", "the file is empty"),
    ("a-list", "- 1\n- 2\n", "a file is a mapping with `version` and `endpoints`, this is a list"),
    ("a-text", "hello", "this is the text 'hello'"),
    ("a-number", "3", "this is the number 3"),
    ("null", "null", "this is null"),
    ("two-documents", "version: 1\n---\nversion: 1\n", ":2:1: this is not valid YAML"),
    ("tab", "version: 1\nendpoints:\n\ta: 1\n", ":3:1: this is not valid YAML"),
    ("unclosed-quote", 'version: "1\n', ":1:10: this is not valid YAML"),
    ("unclosed-brace", "version: 1\nendpoints: {a: 1\n", "this is not valid YAML"),
    ("bad-indentation", "version: 1\n  endpoints: {}\n", ":2:12: this is not valid YAML"),
    ("unknown-anchor", "version: 1\nendpoints: *a\n", ":2:12: this is not valid YAML"),
    ("control-character", "version: 1\nendpoints: {}\n# \x07\n", ":3:3: the character U\\+0007 is not allowed"),
    ("python-object", "version: 1\nendpoints: !!python/object/apply:os.getcwd []\n", ":2:12: .*the tag !!python/object/apply:os.getcwd is not allowed here: tags make objects"),
    ("tag-of-the-file", "!mine {version: 1, endpoints: {}}\n", ":1:1: the tag !mine is not allowed"),
    ("tag-of-a-mapping", param("in: query, type: object").replace("{in", "!!python/object:subprocess.Popen {in"), ":5:10: .*the tag !!python/object:subprocess.Popen is not"),
    ("tag-of-a-list", param("in: query, enum: !!set [a, b]"), ":5:28: .*field enum: the tag !!set is not"),
    ("tag-of-an-ordered-mapping", "version: 1\nendpoints: !!omap []\n", ":2:12: .*the tag !!omap is not"),
    ("map-tag-of-a-list", param("in: query, enum: !!map [a, b]"), ":5:28: .*field enum: the tag !!map is not"),
    ("list-tag-of-a-mapping", param("in: query").replace("{in", "!!seq {in"), ":5:10: .*the tag !!seq is not"),
    ("tag-of-a-merged-mapping", param("<<: !foo {a: 1}, in: query, type: str"), "`<<` takes mappings"),
    ("tag-of-a-key", param("!foo in: query, type: str"), "the tag !foo is not allowed here"),
    ("python-name", param("in: query, type: !!python/name:os.system ''"), ":5:28: .*tag .*python/name:os.system"),
    ("local-tag", param("in: query, type: !mine str"), ":5:28: .*the tag !mine is not allowed"),
    ("timestamp-tag", param("in: query, type: date, default: !!timestamp 2020-01-01"), "the tag !!timestamp"),
    ("bad-explicit-int", param("in: query, type: int, default: !!int x"), ":5:42: .*'x' is no int"),
    ("key-twice", "version: 1\nendpoints: {}\nversion: 1\n", ":3:1: .*the key 'version' is there twice: also in line 1"),
    ("param-twice", SAMPLE + "      q: {in: query, type: int}\n", ":10:7: endpoint read_item, parameter q: the key 'q' is"),
    ("field-twice", param("in: query, type: str, type: int"), ":5:33: .*parameter p, field type: the key 'type' is"),
    ("number-as-key", "version: 1\nendpoints:\n  7: {params: {}}\n", ":3:3: .*the key 7 has to be text"),
    ("null-as-key", param("~: 1, in: query, type: str"), "the key ~ has to be text"),
    ("list-as-key", "version: 1\nendpoints:\n  ? [a, b]\n  : {params: {}}\n", "a key has to be text, not a list"),
    ("merge-of-text", param("<<: text, in: query, type: str"), "`<<` takes mappings"),
    ("no-version", "endpoints: {}\n", "field version: the file has to say `version: 1`"),
    ("version-2", "version: 2\nendpoints: {}\n", ":1:1: field version: this release reads version 1, not the number 2"),
    ("version-text", 'version: "1"\nendpoints: {}\n', "reads version 1, not the text '1'"),
    ("no-endpoints", "version: 1\n", "`endpoints` is missing"),
    ("endpoints-misspelt", "version: 1\nendpoint: {}\n", "field endpoint: this field is unknown; did you mean endpoints"),
    ("endpoints-list", "version: 1\nendpoints: []\n", ":2:1: .*has to be a mapping of names, not a list"),
    ("endpoints-null", "version: 1\nendpoints:\n", "has to be a mapping of names, not null"),
    ("endpoint-text", "version: 1\nendpoints: {read: x}\n", "endpoint read: this has to be a mapping, not the text 'x'"),
    ("endpoint-without-params", "version: 1\nendpoints: {read: {}}\n", "endpoint read, field params: `params` is missing"),
    ("params-misspelt", "version: 1\nendpoints: {read: {parms: {}}}\n", "endpoint read, field parms: .*did you mean params"),
    ("params-list", "version: 1\nendpoints: {read: {params: [a]}}\n", "has to be a mapping of parameters, not a list"),
    ("param-text", "version: 1\nendpoints: {read: {params: {p: str}}}\n", "parameter p: this has to be a mapping of fields"),
    ("param-null", "version: 1\nendpoints: {read: {params: {p: }}}\n", "parameter p: .*not null"),
    ("definitions-list", "version: 1\ndefinitions: []\nendpoints: {}\n", ":2:1: field definitions: this has to be a mapping"),
    ("no-in", param("type: str"), ":5:7: endpoint read, parameter p, field in: `in` is missing: .*allowed: path, query"),
    ("in-misspelt", param("in: qurey, type: str"), ":5:11: .*field in: the text 'qurey'.*did you mean query.*allowed: path"),
    ("in-number", param("in: 3, type: str"), "field in: the number 3 is no place"),
    ("no-type", param("in: query"), "field type: `type` is missing; allowed: str, int"),
    ("type-misspelt", param("in: query, type: flaot"), "there is no type 'flaot'; did you mean float.*allowed: str"),
    ("type-number", param("in: query, type: 3"), "field type: this has to be the name of a type, not the number 3"),
    ("type-open", param("in: query, type: 'list[int'"), "there is no type"),
    ("list-of-lists", param("in: query, type: 'list[list[int]]'"), "the items of a list that is read from the query have to be single values"),
    ("null-alone", param("in: query, type: ['null']"), "field type: null alone is no type"),
    ("null-in-text", param("in: query, type: 'null | None'"), "null alone is no type"),
    ("no-types", param("in: query, type: []"), "null alone is no type"),
    ("union-with-a-limit", param("in: query, type: int | str, ge: 1"), "the type union cannot have this constraint"),
    ("union-of-nothing", param("in: query, type: 'int |'"), "it ends too early"),
    ("two-commas", param("in: query, type: 'tuple[int,,str]'"), "there is no type 'tuple.int,,str.': ',str.' is not expected"),
    ("no-such-generic", param("in: query, type: 'lst[int]'"), r"there is no type lst\[...\] in 'lst\[int\]'; did you mean list"),
    ("dict-of-one", param("in: body, type: 'dict[str]'"), "takes two types: of the keys and of the values"),
    ("set-of-two", param("in: query, type: 'set[int, str]'"), "takes one type"),
    ("open-list", param("in: query, type: 'list[int, ...]'"), "takes one type"),
    ("dict-in-query", param("in: query, type: 'dict[str, int]'"), "an object cannot be read from the query"),
    ("tuple-of-lists", param("in: query, type: 'tuple[list[int], int]'"), "the items of a tuple that is read from the query have"),
    ("many-types", param(f"in: body, type: {'a'}").replace("endpoints:", "definitions:\n  a: {type: 'tuple[b, b, b, b, b, b, b, b, b, b, b, b, b, b, b]'}\n  b: {type: 'tuple[c, c, c, c, c, c, c, c, c, c, c, c, c, c, c]'}\n  c: {type: int}\nendpoints:"), "more than 200 others"),
    ("import-in-a-type", param(f"in: query, type: 'list[{HERE}.Colour]'"), "field type: .*has no name 'Colour'; did you mean Color"),
    ("unknown-field", param("in: query, type: str, min_lenght: 3"), "field min_lenght: .*did you mean min_length.*allowed: in"),
    ("json-field-misspelt", param("in: query, type: str, maxLenght: 3"), "did you mean maxLength"),
    ("two-names", param("in: query, type: str, min_length: 1, minLength: 2"), "min_length and minLength are two names of the same"),
    ("regex", param("in: query, type: str, regex: a"), "field regex: .*write `pattern`"),
    ("example", param("in: query, type: str, example: a"), "write `examples`"),
    ("annotation", param("in: query, type: str, annotation: a"), "write `type`"),
    ("length-text", param("in: query, type: str, min_length: five"), "this has to be a whole number, 0 or more, not the text 'five'"),
    ("length-number-as-text", param("in: query, type: str, min_length: '5'"), "field min_length: this has to be a whole number"),
    ("length-negative", param("in: query, type: str, max_length: -1"), "this has to be 0 or more, not -1"),
    ("length-fraction", param("in: query, type: str, max_length: 1.5"), "this has to be a whole number"),
    ("length-of-int", param("in: query, type: int, min_length: 1"), "the type int cannot have this constraint.*allowed: bytes, list, mapping, object, set, str, tuple"),
    ("ge-of-str", param("in: query, type: str, ge: 1"), "field ge: the type str cannot have.*allowed: date"),
    ("minimum-of-bool", param("in: query, type: bool, minimum: 1"), "field minimum: the type bool cannot"),
    ("pattern-of-uuid", param("in: query, type: uuid, pattern: a"), "the type uuid cannot have"),
    ("ge-of-list", param("in: query, type: 'list[int]', ge: 1"), "the type list cannot have this constraint .write it under `items`"),
    ("ge-of-enum", param("in: query, type: int, enum: [1, 2], ge: 1"), "the type enum cannot have"),
    ("limit-text", param("in: query, type: int, ge: many"), "the limit of a number has to be a number, not the text 'many'"),
    ("limit-fraction", param("in: query, type: int, ge: 1.5"), "the limit of a whole number has to be one, not 1.5"),
    ("limit-nan", param("in: query, type: float, ge: .nan"), "a limit has to be finite"),
    ("limit-bool", param("in: query, type: int, ge: true"), "field ge: this has to be a number"),
    ("limit-no-date", param("in: query, type: date, ge: soon"), "'soon' is no date"),
    ("limit-of-date-number", param("in: query, type: date, ge: 5"), "has to be text in ISO 8601, not 5"),
    ("multiple-of-zero", param("in: query, type: int, multiple_of: 0"), "this has to be above 0"),
    ("multiple-of-nan", param("in: query, type: float, multiple_of: .nan"), "a limit has to be finite"),
    ("empty-range", param("in: query, type: int, ge: 5, le: 4"), "no value is ge 5 and le 4"),
    ("empty-open-range", param("in: query, type: int, gt: 4, lt: 4"), "no value is gt 4 and lt 4"),
    ("empty-lengths", param("in: query, type: str, min_length: 5, max_length: 4"), "no value has at least 5 and at most 4"),
    ("places-over-digits", param("in: query, type: decimal, max_digits: 1, decimal_places: 2"), "more than max_digits, 1"),
    ("bad-pattern", param("in: query, type: str, pattern: '['"), "field pattern: Pydantic cannot use this regular expression"),
    ("bad-default", param("in: query, type: int, default: x"), "field default: the default 'x' is not valid: Input should be a valid integer"),
    ("default-of-another-type", param("in: query, type: int, default: '5'"), "the default '5' is not valid"),
    ("default-out-of-limits", param("in: query, type: int, ge: 3, default: 2"), "the default 2 is not valid: .*greater than or equal to 3"),
    ("default-no-date", param("in: query, type: date, default: 2020-02-31"), "the default '2020-02-31' is not valid"),
    ("default-not-in-enum", param("in: query, enum: [a, b], default: c"), "the default 'c' is not valid"),
    ("default-in-list", param("in: query, type: 'list[int]', default: [1, x]"), r"not valid at \[1\]"),
    ("default-of-path", param("in: path, type: int, default: 1"), "a part of the path is always there: it has no default"),
    ("null-of-path", param("in: path, type: int, default: null"), "it has no default"),
    ("optional-path", param("in: path, type: int, optional: true"), "it cannot be optional"),
    ("list-in-path", param("in: path, type: 'list[int]'"), "a part of the path is a single value"),
    ("object-in-query", param("in: query, type: object"), "an object cannot be read from the query"),
    ("file-in-query", param("in: query, type: file"), "a file cannot be read from the query: write `in: file`"),
    ("int-as-file", param("in: file, type: int"), "a file is of the type file or bytes"),
    ("file-with-default", param("in: file, type: file, default: x"), "a file can have no default but null"),
    ("two-defaults", param(f"in: query, type: 'list[int]', default: [], default_factory: {HERE}.make_list"), "cannot both say the default"),
    ("factory-missing", param(f"in: query, type: 'list[int]', default_factory: {HERE}.mke_list"), "has no name 'mke_list'; did you mean make_list"),
    ("factory-no-function", param(f"in: query, type: int, default_factory: {HERE}.NOT_CALLABLE"), "cannot be called"),
    ("embed-in-query", param("in: query, type: str, embed: true"), "read from the query cannot have this.*allowed: body"),
    ("underscores-in-query", param("in: query, type: str, convert_underscores: true"), "cannot have this.*allowed: header"),
    ("media-type-in-header", param("in: header, type: str, media_type: a/b"), "allowed: body, file, form"),
    ("enum-empty", param("in: query, enum: []"), "`enum` needs at least one value"),
    ("enum-null", param("in: query, enum: [null]"), "`enum` needs at least one value beside null"),
    ("a-guess-of-two-lines-stays-in-its-line", SAMPLE.replace("  ItemId:", '  "ItemId\\r\\u2028":'), r"did you mean 'ItemId\\r\\u2028'[?]"),
    ("a-text-that-changes-a-terminal", param(r'in: query, type: "\e[31mx\x85y"'), r"there is no type '\\x1b\[31mx\\x85y': it ends too early|there is no type \\x1b"),
    ("enum-twice", param("in: query, enum: [a, a]"), "`enum` has a value twice"),
    ("enum-of-another-type", param("in: query, type: int, enum: [1, b]"), "`enum` has the value 'b', which is no int"),
    ("enum-mixed", param("in: query, enum: [1, b]"), "`enum` has the value 1, which is no str"),
    ("enum-of-fractions", param("in: query, enum: [1.5]"), "not fractions"),
    ("enum-of-dates", param("in: query, type: date, enum: ['2020-01-01']"), "the type date cannot have this constraint"),
    ("enum-text", param("in: query, enum: abc"), "this has to be a list of the values allowed"),
    ("format-unknown", param("in: query, type: string, format: datetime"), "there is no format 'datetime'; did you mean date-time"),
    ("format-of-int", param("in: query, type: integer, format: date"), "`format` belongs to `type: string`"),
    ("items-of-str", param("in: query, type: str, items: int"), "only the type list has `items`"),
    ("items-unknown", param("in: query, type: list, items: itn"), "field items: there is no type 'itn'; did you mean int"),
    ("items-field", param("in: query, type: list, items: {type: int, gee: 1}"), "field items.gee: this field is unknown"),
    ("items-constraint", param("in: query, type: list, items: {type: int, min_length: 1}"), "the type int cannot have"),
    ("items-kind", param("in: query, type: list, items: {type: int, ge: [1]}"), "field items.ge: this has to be a number"),
    ("import-form", param("in: query, import: Color"), "is not of the form package.module.Name"),
    ("import-module", param("in: query, import: no_such_package.module.Type"), "there is no module 'no_such_package'"),
    ("import-name", param(f"in: query, import: {HERE}.Colour"), "has no name 'Colour'; did you mean Color"),
    ("import-and-type", param(f"in: query, type: str, import: {HERE}.Color"), "cannot both say the type"),
    ("import-function", param("in: query, import: os.path.join"), "os.path.join is a function, not a type"),
    ("import-default", param(f"in: query, import: {HERE}.Color, default: green"), "the default 'green' is not valid"),
    ("import-in-path", param(f"in: path, import: {HERE}.Item"), "a part of the path is a single value"),
    ("ref-missing", param("in: query, $ref: '#/definitions/Itme'"), "there is no '#/definitions/Itme'"),
    ("description-number", param("in: query, type: str, description: 5"), "field description: this has to be text, not the number 5"),
    ("examples-text", param("in: query, type: str, examples: a"), "field examples: this has to be a list"),
    ("fail-fast-of-str", param("in: query, type: str, fail_fast: true"), "the type str cannot have"),
    ("include-text", param("in: query, type: str, include_in_schema: 'no'"), "this has to be true or false, not the text 'no'"),
    ("ref-misspelt", SAMPLE.replace("type: ItemId", "$ref: '#/definitions/ItemID'"), "did you mean #/definitions/ItemId"),
    ("definition-misspelt", SAMPLE.replace("type: ItemId", "type: ItmeId"), "did you mean ItemId"),
    ("ref-and-type", SAMPLE.replace("type: ItemId", "type: int, $ref: '#/definitions/ItemId'"), "leave out `type` and `import`"),
    ("definition-in-two-places", SAMPLE.replace("{type: int", "{in: body, convert_underscores: true, type: int"), ":3:22: parameter definitions.ItemId, field convert_under"),
    ("definition-ring", SAMPLE.replace("{type: int, ge: 1", "{type: ItemId"), "definitions refer to each other: ItemId -> ItemId"),
    ("definition-long-ring", SAMPLE.replace("  ItemId: {type: int, ge: 1", "  A: {type: ItemId}\n  ItemId: {type: A"), "refer to each other"),
    ("definition-ring-in-a-list", SAMPLE.replace("{type: int, ge: 1", "{type: 'list[ItemId]'"), ":3:12: .*definitions refer to each other: ItemId -> ItemId"),
    ("definition-ring-of-an-optional", SAMPLE.replace("{type: int, ge: 1", "{type: 'ItemId?'"), "definitions refer to each other"),
    ("definition-ring-in-items", SAMPLE.replace("  ItemId: {type: int, ge: 1", "  A: {type: list, items: {type: ItemId}}\n  ItemId: {type: list, items: A"), "refer to each other: A -> ItemId -> A"),
    ("definition-chain", "version: 1\nendpoints: {}\ndefinitions:\n" + "".join(f"  A{n}: {{type: A{n + 1}}}\n" for n in range(2000)) + "  A2000: {type: int}\n", "or to more than 30 one after the other"),
    ("definition-of-a-type", SAMPLE.replace("  ItemId:", "  int: {type: str}\n  ItemId:"), ":3:3: .*'int' is the name of a type already"),
    ("definition-without-name", SAMPLE.replace("  ItemId:", "  '': {type: str}\n  ItemId:"), "a name has to have letters"),
    ("definition-without-name-in-a-list", "version: 1\ndefinitions: []\nendpoints: {' ': {params: {}}}\n", "(?s):2:1: .*:3:13: endpoint ' ': a name has to have"),
    ("path-with-a-hyphen", SAMPLE.replace("item_id: {", "item-id: {"), ":7:7: .*parameter item-id: in a path stands a name of letters.*'item-id'"),
    ("path-alias", SAMPLE.replace("in: path,", "in: path, alias: 'id:int',"), ":7:27: .*field alias: in a path .*'id:int'"),
    ("header-alias", SAMPLE.replace("alias: X-Token", "alias: X Token"), ":9:40: .*field alias: the name of a header .*'X Token'"),
    ("header-name", SAMPLE.replace("x_token: ", "jeton\u00e9: ").replace("alias: X-Token", "title: t"), ":9:7: .*the name of a header"),
    ("header-name-of-two-lines", SAMPLE.replace("alias: X-Token", 'alias: "X-Token\\n"'), "the name of a header"),
    ("cookie-name", param("in: cookie, type: str, alias: a=b"), ":5:34: .*field alias: the name of a cookie.*'a=b'"),
    ("cookie-name-with-a-space", param("in: cookie, type: str, validation_alias: ' a'"), "field validation_alias: the name of a cookie"),
    ("alias-of-nothing", param("in: query, type: str, alias: ''"), "field alias: a name has letters, so no request has ''"),
    ("endpoint-without-name", SAMPLE.replace("  read_item:", "  '':"), ":5:3: endpoint '': a name has to have letters"),
    ("endpoint-with-a-blank-name", SAMPLE.replace("  read_item:", "  ' \t':"), r":5:3: endpoint ' \\t': a name has to have letters"),
    ("endpoint-without-name-that-is-no-mapping", "version: 1\nendpoints: {'': 5}\n", "(?s)2 problems.*endpoint '': a name .*has to be a mapping, not the number 5"),
    ("parameter-without-name", param("in: query, type: str").replace("p:", "'':", 1), "(?s):5:7: endpoint read, parameter '': a name has to have letters"),
    ("parameter-with-a-blank-name", SAMPLE.replace("      q:", "      '  ':"), ":8:7: endpoint read_item, parameter '  ': a name has to have letters"),
    ("parameter-with-a-number", SAMPLE.replace("      q:", "      5:"), ":8:7: endpoint read_item.*: the key 5 has to be text"),
    ("parameter-with-null", SAMPLE.replace("      q:", "      null:"), ":8:7: endpoint read_item.*: the key null has to be text"),
    ("parameter-with-true", SAMPLE.replace("      q:", "      true:"), ":8:7: endpoint read_item.*: the key true has to be text"),
    ("a-name-of-two-lines-stays-in-its-line", param('in: query, "a\\nb": 1, type: str'), r"field 'a\\nb': this field is unknown"),
    ("length-beyond-64-bits", param("in: query, type: str, min_length: 18446744073709551616"), ":5:33: .*field min_length: Pydantic cannot use this value"),
    ("digits-beyond-64-bits", param("in: query, type: decimal, max_digits: 99999999999999999999"), "field max_digits: Pydantic cannot use this value"),
    ("items-beyond-64-bits", param("in: query, type: 'list[int]', ge: 1, max_length: 99999999999999999999"), "field ge: the type list"),
    ("limit-beyond-floats", param("in: query, type: float, ge: " + "9" * 350), "a limit has to be below 1.8e[+]308, this has 350 digits"),
    ("limit-beyond-floats-of-decimal", param("in: query, type: decimal, le: -" + "9" * 350), "a limit has to be below 1.8e[+]308"),
    ("number-too-long", param("in: query, type: int, default: " + "9" * 5000), ":5:42: .*a number has too many digits: 5000"),
    ("hexadecimal-too-long", param("in: query, type: int, default: 0x" + "f" * 6000), "a number has too many digits"),
    ("infinite-default-of-int", param("in: query, type: int, default: .inf"), "the default inf is not valid"),
    ("limit-infinite", param("in: query, type: decimal, ge: -.inf"), "a limit has to be finite"),
    ("limit-nan-text", param("in: query, type: decimal, ge: NaN"), "has to be a number, not the text 'NaN'"),
    ("time-zones", param("in: query, type: datetime, ge: 2024-01-01T00:00:00Z, le: 2024-01-02T00:00:00"), ":5:64: .*this has a time zone and ge has none"),
    ("time-zones-of-time", param("in: query, type: time, gt: '12:00:00', lt: '13:00:00Z'"), "time zone"),
    ("type-nested-deeply", param("in: query, type: '" + "optional[" * 3000 + "int" + "]" * 3000 + "'"), "the name of a type has at most 200 characters"),
    ("type-questioned-deeply", param("in: query, type: 'int" + "?" * 3000 + "'"), "at most 200 characters"),
    ("list-of-objects-in-query", param("in: query, type: 'list[object]'"), "the items of a list that is read from the query have to be single values"),
    ("list-of-models-in-header", param(f"in: header, type: list, items: {{import: {HERE}.Item}}"), "the items of a list that is read from the header have to be"),
    ("import-that-exits", param(f"in: query, import: {HERE}_that_exits.Type"), "importing .*sample_that_exits fails: SystemExit: 3"),
    ("import-that-fails", param(f"in: query, import: {HERE}_that_fails.Type"), "importing .*sample_that_fails fails: ZeroDivisionError"),
    ("half-a-character", param(r'in: query, type: str, description: "\ud800"'), ":5:46: .*half of a character"),
    ("half-a-character-as-key", 'version: 1\nendpoints: {"\\ud800": {params: {}}}\n', ":2:13: .*half of a character"),
    ("import-of-any-exception", param(f"in: query, import: {HERE}_that_ends.Type"), "importing .*sample_that_ends fails: End: of the tests"),
    ("import-from-a-module-that-fails-when-asked", param(f"in: query, import: {HERE}_that_answers.Type"), "asking .*sample_that_answers for 'Type' fails: RuntimeError: not Type"),
    ("factory-that-fails-when-asked", param(f"in: query, type: int, default_factory: {HERE}_that_answers.f"), "field default_factory: asking .* fails: RuntimeError"),
    ("factory-with-arguments", param(f"in: query, type: int, default_factory: {HERE}.doubled"), "doubled cannot be called without arguments"),
    ("import-of-text", param(f"in: query, import: {HERE}.HERE"), "sample.HERE is 'here', not a type"),
    ("import-of-none", param(f"in: query, import: {HERE}.NONE"), "sample.NONE is None, not a type"),
    ("tag-of-a-key", "version: 1\nendpoints:\n  !x y: {params: {}}\n", ":3:3: .*the tag !x is not allowed here"),
    ("merge-of-itself", param("in: query, type: str, <<: *p").replace("p: {", "p: &p {"), ":5:7: the values are nested without end: an alias stands in what it refers to"),
    ("alias-of-itself", param("in: query, type: str, examples: &e [1, *e]"), ":5:43: the values are nested without end"),
    ("version-true", "version: true\nendpoints: {}\n", ":1:1: field version: this release reads version 1, not true"),
    ("version-fraction", "version: 1.0\nendpoints: {}\n", "this release reads version 1, not the number 1.0"),
    ("yaml-2", "%YAML 2.0\n---\nversion: 1\nendpoints: {}\n", ":1:1: this is not valid YAML"),
    ("reference-elsewhere", param("in: query, $ref: 'other.yaml#/definitions/A'"), "field [$]ref: there is no 'other.yaml#"),
    ("format-alone", param("in: query, format: date"), "`type` is missing"),
    ("enum-of-fractions", param("in: query, enum: [1.5]"), "not fractions"),
    ("embed-of-query", param("in: query, type: str, embed: true"), "a parameter that is read from the query cannot have this.*allowed: body"),
    ("convert-of-cookie", param("in: cookie, type: str, convert_underscores: false"), "read from the cookie cannot have this.*allowed: header"),
    ("definition-constraint", SAMPLE.replace("ge: 1", "min_length: 1"), ":3:23: parameter definitions.ItemId, field min_length"),
]  # fmt: skip


def refusal(path: str) -> ParamsSchemaError:
    """Load a bad file: it raises only this exception, and the file in force stays."""
    before = load_params_schema("good.yaml")
    with pytest.raises(ParamsSchemaError) as caught:
        load_params_schema(path)
    assert get_param_schema() is before and list(before.endpoints) == ["read_item"]
    assert caught.value.__cause__ is None
    assert caught.value.problems and path in str(caught.value)
    assert str(caught.value.origin).startswith("given as an argument") and str(caught.value.origin) in str(caught.value)
    assert caught.value.remedy and str(caught.value).endswith(caught.value.remedy)
    assert all(problem.place is not None and problem.place >= (1, 1) for problem in caught.value.problems)
    return caught.value


@pytest.fixture(autouse=True)
def good(write: WriteFile) -> None:
    write(SAMPLE, "good.yaml")


@pytest.mark.parametrize("text, message", [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_file_gives_its_clear_error(write: WriteFile, text: str, message: str) -> None:
    assert re.search(message, str(refusal(write(text, "bad.yaml")))), str(refusal("bad.yaml"))


BAD_JSON = [
    ("empty", "", "the file is empty"),
    ("comment", "// no", ":1:1: this is not valid JSON"),
    ("comma", '{"version": 1,}', ":1:15: this is not valid JSON"),
    ("quote", '{"version: 1}', "this is not valid JSON: Unterminated string"),
    ("single-quotes", "{'version': 1}", ":1:2: this is not valid JSON"),
    ("nan", '{"version": NaN}', ":1:13: this is not valid JSON"),
    ("leading-zero", '{"version": 01}', "this is not valid JSON"),
    ("extra", '{"version": 1} {}', ":1:16: this is not valid JSON: Extra data"),
    ("control", '{"a\tb": 1}', "this is not valid JSON"),
    ("colon", '{"version" 1}', "Expecting ':'"),
    ("array", '[1 2]', "Expecting ','"),
    ("word", '{"version": nul}', "Expecting value"),
    ("twice", '{"version": 1,\n "version": 1, "endpoints": {}}', ":2:2: .*the key 'version' is there twice: also in line 1"),
    ("a-list", "[]", "a file is a mapping"),
    ("unknown", '{"version": 1, "endpoints": {"e": {"params": {"p":\n {"in": "query", "type": "str", "minLenght": 1}}}}}',
     ":2:33: endpoint e, parameter p, field minLenght: .*did you mean minLength"),
    ("endpoint-without-name", '{"version": 1, "endpoints":\n {"": {"params": {}}}}', ":2:3: endpoint '': a name has to have letters"),
    ("parameter-without-name", '{"version": 1, "endpoints": {"e": {"params":\n {"": {"in": "query", "type": "str"}}}}}', ":2:3: endpoint e, parameter '': a name has"),
    ("version-true", '{"version": true, "endpoints": {}}', "reads version 1, not true"),
    ("half-a-character", '{"version": 1, "endpoints": {"\\ud83d": {"params": {}}}}', ":1:30: .*half of a character"),
    ("infinity", '{"version": 1, "endpoints": -Infinity}', "this is not valid JSON"),
    ("hash-comment", '{"version": 1, # one\n "endpoints": {}}', ":1:16: this is not valid JSON"),
    ("inner-comma", '{"version": 1, "endpoints": {"a": {"params": {},}}}', "this is not valid JSON"),
    ("digits", '{"version": ' + "1" * 5000 + "}", "too many digits|reads version 1"),
]  # fmt: skip


@pytest.mark.parametrize("text, message", [row[1:] for row in BAD_JSON], ids=[row[0] for row in BAD_JSON])
def test_a_bad_json_file_gives_its_clear_error(write: WriteFile, text: str, message: str) -> None:
    assert re.search(message, str(refusal(write(text, "bad.json")))), str(refusal("bad.json"))


def test_all_problems_are_reported_at_once_in_the_order_of_the_file(write: WriteFile) -> None:
    text = """\
version: 1
definitions:
  Id: {type: int, ge: x}
endpoints:
  one:
    params:
      a: {in: path, type: Id, defualt: 1}
      b: {in: haeder, type: str}
  two:
    parms: {}
  three:
    params:
      c: {in: query, type: str, ge: 1, multiple_of: 2, default: 5}
      d: {type: dat}
      e: text
"""
    error = refusal(write(text, "bad.yaml"))
    lines = [problem.place.line for problem in error.problems if problem.place]
    assert lines == sorted(lines) and set(lines) == {3, 7, 8, 9, 10, 13, 14, 15}
    assert len(error.problems) == 10
    assert str(error).startswith("10 problems with the parameters declared in ")
    third = [(problem.param, problem.field) for problem in error.problems if problem.endpoint == "three"]
    assert third == [("c", "ge"), ("c", "multiple_of"), ("d", "in"), ("d", "type"), ("e", None)]


def test_a_problem_has_its_parts(write: WriteFile) -> None:
    (problem,) = refusal(write(param("in: query, type: str, max_lenght: 5"), "bad.yaml")).problems
    assert (problem.endpoint, problem.param, problem.field) == ("read", "p", "max_lenght")
    assert problem.place == (5, 33) and problem.nearest == "max_length" and "max_length" in problem.allowed


def test_without_strict_an_unknown_field_is_left_out_and_named(
    write: WriteFile, caplog: pytest.LogCaptureFixture
) -> None:
    path = write("owner: me\n" + param("in: query, type: str, colour: red, max_length: 5"), "p.yaml")
    schema = load_params_schema(path, strict=False)
    assert schema.param("read", "p").options == {"max_length": 5}
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 2 and "p.yaml:1:1: field owner" in warnings[0]
    assert "p.yaml:6:33: endpoint read, parameter p, field colour: this field is unknown and left out" in warnings[1]


def test_without_strict_everything_else_is_still_an_error(write: WriteFile) -> None:
    with pytest.raises(ParamsSchemaError, match="cannot have this constraint"):
        load_params_schema(write(param("in: query, type: int, colour: red, max_length: 5"), "p.yaml"), strict=False)


# Generated files; those that are drawn at random are in `test_any_file`.


def wrong_kinds() -> Iterator[Any]:
    for row in FIELDS:
        for value in ({"a": 1}, [[1]], 1.25, "§", None, True):
            yield pytest.param(row.name, value, id=f"{row.name}-{value}")


def is_accepted(name: str, value: Any) -> bool:
    from pydantic import TypeAdapter, ValidationError

    try:
        TypeAdapter(BY_NAME[name].annotation).validate_python(value, strict=True)
    except ValidationError:
        return value is None
    return True


@pytest.mark.parametrize("name, value", list(wrong_kinds()))
def test_a_value_of_the_wrong_kind_names_the_right_kind(write: WriteFile, name: str, value: Any) -> None:
    fields = {"in": "query", "type": "str", name: value}
    content = {"version": 1, "endpoints": {"read": {"params": {"p": fields}}}}
    path = write(json.dumps(content), "bad.json")
    if is_accepted(name, value):
        try:
            load_params_schema(path)
        except ParamsSchemaError as error:
            assert str(error)
        return
    assert any(problem.field == name for problem in refusal(path).problems)


@pytest.mark.parametrize("name", [name for name in SPELLINGS if len(name) > 5])
def test_a_misspelt_field_is_recognised(write: WriteFile, name: str) -> None:
    wrong = name[:2] + name[3] + name[2] + name[4:] if name[2] != name[3] else name[:-1]
    (problem,) = refusal(write(param(f"in: query, type: str, {wrong}: 1"), "bad.yaml")).problems
    assert SPELLINGS[str(problem.nearest)] == SPELLINGS[name]


@pytest.mark.parametrize("type_", [name for name in TYPES if name not in ("file", "code")])
def test_a_constraint_that_the_type_cannot_have_is_an_error(write: WriteFile, type_: str) -> None:
    family = TYPES[type_].family
    values = {
        "pattern": "a",
        "strict": True,
        "allow_inf_nan": True,
        "fail_fast": True,
        "union_mode": "smart",
        "discriminator": "kind",
    }
    for row in FIELDS:
        if row.families is not None and family not in row.families:
            value = json.dumps(values.get(row.name, 2))
            error = refusal(write(param(f"in: body, type: {type_}, {row.name}: {value}"), "bad.yaml"))
            (problem,) = error.problems
            assert problem.field == row.name and set(problem.allowed) == row.families


def test_files_with_thousands_of_mistakes_are_read_in_seconds(write: WriteFile) -> None:
    """Each mistake is compared with all names; nothing is compared with all other mistakes."""
    import time

    count = 15_000
    rows = {
        "misspelt": {f"p{n}": {"in": "query", "type": "str", f"max_lenght{n}": 5} for n in range(count)},
        "kinds": {f"p{n}": {"in": 3, "type": 5, "ge": []} for n in range(count)},
        "types": {f"p{n}": {"in": "query", "type": f"strr{n}"} for n in range(count)},
    }
    for name, params in rows.items():
        content = {"version": 1, "endpoints": {"e": {"params": params}}}
        began = time.process_time()
        error = refusal(write(json.dumps(content), "bad.json"))
        assert len(error.problems) == 200 and len(str(error)) < 100_000, name
        assert str(error).startswith("at least 200 problems") and "\n  ... and 150 more\n" in str(error)
        # It takes half a second; comparing each with each took minutes.
        assert time.process_time() - began < 15, name


def test_a_name_of_a_megabyte_is_cut_in_messages(write: WriteFile) -> None:
    name = "x" * 1_000_000
    assert len(str(refusal(write(param(f'in: query, type: "{name}", {name}: {name}'))))) < 10_000


@pytest.mark.parametrize("text", [text for _, text, _ in BAD], ids=[name for name, _, _ in BAD])
def test_both_parsers_of_yaml_find_the_same_in_the_same_places(
    write: WriteFile, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    found = str(refusal(write(text)))
    monkeypatch.setattr(yaml_nodes, "_FAST_PARSER", None)
    assert str(refusal(write(text))) == found


def test_both_parsers_of_yaml_find_the_same_places_in_a_good_file(
    write: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        SAMPLE
        + """\
      \u00e9:
        in: query
        type: str
        description: "a\\u2028\u00e9\u4e2d" # \u4e2d
        title: >-
          folded
          text
        default: 'it''s'
"""
    )
    schemas = [load_params_schema(write(text))]
    monkeypatch.setattr(yaml_nodes, "_FAST_PARSER", None)
    schemas.append(load_params_schema(write(text)))
    first, second = [
        [(param.place, param.options) for param in schema.endpoints["read_item"].values()] for schema in schemas
    ]
    assert first == second


def test_merges_that_multiply_end(write: WriteFile) -> None:
    merges = ", ".join(["*a"] * 30_000)
    text = f"version: 1\nendpoints: {{}}\na: &a {{}}\nb: {{{', '.join(f'k{n}: 1' for n in range(3000))}, <<: [{merges}]}}\n"
    nested = "version: 1\nendpoints: {}\na0: &a0 {x: 1}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 9)
    )
    assert "field a: this field is unknown" in str(refusal(write(text, "bad.yaml")))
    assert "aliases counted as often as used" in str(refusal(write(nested, "bad.yaml")))


def test_a_key_of_ones_own_wins_over_a_merged_one_and_keeps_its_place(write: WriteFile) -> None:
    text = "version: 1\ndefinitions:\n  Id: &id {type: int, ge: 1}\nendpoints:\n  e:\n    params:\n      p: {in: query, <<: *id, ge: x}\n"
    (problem,) = refusal(write(text, "bad.yaml")).problems
    assert problem.place == (7, 31) and problem.field == "ge"
    schema = load_params_schema(write(text.replace("ge: x", "ge: 3"), "p.yaml"))
    assert schema.param("e", "p").options == {"ge": 3} and schema.param("e", "p").annotation is int


def test_a_message_shortens_a_long_list_of_allowed_names(write: WriteFile) -> None:
    definitions = {f"D{n}": {"type": "int"} for n in range(500)}
    rows = {"p": {"in": "query", "$ref": "#/definitions/None"}}
    content = {"version": 1, "definitions": definitions, "endpoints": {"e": {"params": rows}}}
    (problem,) = refusal(write(json.dumps(content), "bad.json")).problems
    assert len(problem.allowed) == 500 and "... and 450 more" in problem.render("bad.json")
