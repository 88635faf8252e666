"""Export: the file says all that the application says, so that the application declared by it is the same one."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator, List

import pytest
from pydantic import AfterValidator, BaseModel, BeforeValidator
from typing_extensions import Annotated, Doc

from fastapi import Cookie, FastAPI, Form, Header, ParamsSchemaError, Query, load_params_schema, param_factory
from fastapi._routing.tree.inclusion.walk import iter_route_contexts
from fastapi._schema_commands import _fields, _walk, export_application
from fastapi._schema_file.exporting.export import export_schema
from tests.planned.asgi import call
from tests.schema_file.conftest import WriteFile
from tests.schema_file.redeclared import redeclare

ROOT = Path(__file__).resolve().parents[2]


def without_comments(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith("#"))


@pytest.fixture
def fresh(request: pytest.FixtureRequest) -> Iterator[FastAPI]:
    """An application of a module that is imported once more, for its functions are changed here."""
    package, name = request.param.rsplit(".", 1)
    path = ROOT.joinpath(*package.split("."), f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"{package}.{name}_once_more", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module.app
    del sys.modules[spec.name]


@pytest.mark.parametrize("fresh", ["tests.schema_file.shown", "examples.schema_first.by_hand"], indirect=True)
def test_the_application_declared_by_the_exported_file_is_the_same(fresh: FastAPI, write: WriteFile) -> None:
    document, text = fresh.openapi(), export_application(fresh)
    schema = load_params_schema(write(text, "exported.yaml"))
    assert redeclare(fresh, schema) > 10
    assert len(declared_by_file(fresh)) > 10
    fresh.openapi_schema = None
    assert fresh.openapi() == document
    assert without_comments(export_application(fresh)) == without_comments(text) == export_schema(schema)


def declared_by_file(app: FastAPI) -> List[Any]:
    return [
        field
        for context in iter_route_contexts(app.routes)
        if hasattr(context, "dependant")
        for dependant in _walk(context.dependant)
        for field in _fields(dependant)
        if hasattr(field.field_info, "_declaration")
    ]


def doubled(value: int) -> int:
    return 2 * value


def test_the_export_names_and_leaves_out_parts_that_a_file_cannot_say(write: WriteFile) -> None:
    app = FastAPI()

    class Local(BaseModel):
        name: str

    @app.post("/")
    async def create(
        doubled_after: Annotated[int, AfterValidator(doubled)],
        doubled_before: Annotated[int, BeforeValidator(doubled)],
        choice: Annotated[float, Query(default_factory=lambda: 1.5)],
        local: Local,
    ) -> None: ...

    text = export_application(app)
    comments = [line[2:].split(": ") for line in text.splitlines() if line.startswith("#")]
    assert [(name, what) for name, what, *_ in comments] == [
        ("create.doubled_after", "its type stays in the code"),
        ("create.doubled_before", "its type stays in the code"),
        ("create.choice", "its default stays in the code"),
        ("create.local", "its type stays in the code"),
    ]
    schema = load_params_schema(write(text))
    assert export_schema(schema) == without_comments(text)
    assert [row.family for row in schema.endpoints["create"].values()] == ["code", "code", "float", "code"]


def test_the_code_declares_the_parts_that_a_file_leaves_to_it(write: WriteFile) -> None:
    load_params_schema(
        write("version: 1\nendpoints: {e: {params: {p: {in: query, type: code, ge: 1, description: d, default: 4}}}}\n")
    )
    app, hand = FastAPI(), FastAPI()

    @app.get("/")
    async def read(p: Annotated[int, AfterValidator(doubled)] = param_factory("e", "p")) -> Any:
        return p

    async def by_hand(p: Annotated[int, AfterValidator(doubled), Query(ge=1, description="d")] = 4) -> Any:
        return p

    hand.get("/", name="read", operation_id="read__get")(by_hand)

    assert app.openapi() == hand.openapi()
    for target in ("/", "/?p=3", "/?p=0", "/?p=x"):
        assert call(app, target).outcome()[0] == call(hand, target).outcome()[0]
    with pytest.raises(ParamsSchemaError, match="leaves the type to the code, and the parameter has no annotation"):

        @app.get("/none")
        async def read_none(p=param_factory("e", "p")) -> None: ...


def test_names_that_no_request_has_are_not_exported(write: WriteFile) -> None:
    app = FastAPI()

    @app.get("/{good}")
    async def read(
        good: int,
        none: str = Query(default="", alias=""),
        spaced: str = Header(default="", alias="X Y"),
        equal: str = Cookie(default="", alias="a=b"),
        choice: str = Query(default="", alias="the choice"),
    ) -> None: ...

    text = export_application(app)
    left_out = [line.split(": ")[1] for line in text.splitlines() if line.startswith("# not exported: ")]
    assert left_out == ["read.none", "read.spaced", "read.equal"]
    assert list(load_params_schema(write(text)).endpoints["read"]) == ["good", "choice"]


def test_documentation_in_an_annotation_is_no_check() -> None:
    app = FastAPI()

    @app.post("/")
    async def log_in(user: Annotated[str, Form(), Doc("The user")]) -> None: ...

    assert "#" not in export_application(app) and "user:" in export_application(app)


def test_lists_of_anything_have_one_name(write: WriteFile) -> None:
    app = FastAPI()

    @app.get("/")
    async def read(a: list = Query(default=[]), b: List[Any] = Query(default=[])) -> None: ...  # type: ignore[type-arg]

    text = export_application(app)
    assert text.count("type: list\n") == 2
    assert export_schema(load_params_schema(write(text))) == text


@pytest.mark.filterwarnings("ignore:.*example")
def test_a_deprecated_example_stays_in_the_code() -> None:
    app = FastAPI()

    @app.get("/a")
    async def read(q: int = Query(default=1, example=3), r: int = 2) -> None: ...

    text = export_application(app)
    assert "      r:\n" in text and "      q:\n" not in text
    assert "# not exported: read.q: a file has no field for `example`, which is deprecated: write `examples`" in text


def test_the_examples_of_upstreams_documentation(tmp_path: Path) -> None:
    """Export, load and declare by file each of the hundreds of example applications of upstream."""
    from tests.upstream.places import CACHE, VERSION

    folders = [CACHE / f"suite-{VERSION}", Path(os.environ.get("FASTAPI_RS_SUITE", "/nowhere"))]
    folder = next((each for each in folders if (each / "docs_src").is_dir()), None)
    if folder is None:
        pytest.skip("scripts/test has not fetched upstream's suite here")
    (tmp_path / "docs_src").symlink_to(folder / "docs_src")
    code = "from tests.schema_file.docs_examples import main; main()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["applications"] > 250 and found["declared"] > 300
    assert found["unstable"] == found["different"] == []
    # Validators, types without a name of their own.
    assert len(found["left out"]) < 20


TEXTS = [
    *(
        "a\x85b",
        "a\u2028b",
        "\u2029",
        "a\rb",
        "a\r\nb",
        "a\nb",
        " a",
        "a ",
        "a\n",
        "\ta",
        "a: b",
        "# a",
        "- a",
        "\ufeffa",
    ),
    *("\u00e9\U0001f600", "x" * 300, "x " * 300, "\x00", "\x1b", "\x7f", "\xa0", "'", '"', "\\", "%", "", " ", "\n"),
]


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_is_exported_as_it_is(write: WriteFile, text: str) -> None:
    app = FastAPI()

    @app.get("/")
    async def read(q: str = Query(default=text, description=text, examples=[text, {text: text}])) -> None: ...

    options = load_params_schema(write(export_application(app))).param("read", "q").options
    assert options["description"] == text
