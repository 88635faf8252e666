"""adopt and leave: metadata, no network, interruptions, damaged files, refusals."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import List

import pytest

from tests.adoption.installed.test_orders import in_order, is_as_if_never_here
from tests.adoption.installed.venv import Venv

pytestmark = pytest.mark.timeout(300)

# Ends the process at the n-th renaming of a file: each point at which a move can be interrupted.
INTERRUPTED = """
import os, pathlib, sys
left = int(sys.argv[1])
def count(function):
    def counted(*arguments, **options):
        global left
        left -= 1
        if left < 0:
            os._exit(99)
        return function(*arguments, **options)
    return counted
os.rename, os.replace = count(os.rename), count(os.replace)
sys.argv[1:] = sys.argv[2:]
from fastapi_rs.cli import main
sys.exit(main())
"""


def interrupted(venv: Venv, renamings: int, *arguments: str) -> bool:
    """Run a command until so many files were renamed; return whether it was interrupted."""
    command = [str(venv.python), "-c", INTERRUPTED, str(renamings), *arguments]
    done = subprocess.run(command, cwd=str(venv.folder.parent), capture_output=True, text=True)
    assert done.returncode in (0, 99), done.stderr
    return done.returncode == 99


def test_metadata_after_adopt(any_venv: Venv) -> None:
    in_order(any_venv, "real ours").fastapi_rs("adopt", "--yes")
    assert any_venv.ask("metadata.version('fastapi')") == "0.165.0+rs.1"
    assert any_venv.ask("metadata.requires('fastapi')")[0] == "fastapi-rs>=0.1.0"
    assert "fastapi-0.165.0+rs.1.dist-info/METADATA" in any_venv.ask("[str(f) for f in metadata.files('fastapi')]")
    entry_points = "[e.value for e in metadata.distribution('fastapi').entry_points]"
    assert any_venv.ask(entry_points) == ["fastapi.cli:main"]
    if sys.version_info >= (3, 10):
        assert sorted(any_venv.ask("metadata.packages_distributions()['fastapi']")) == ["fastapi", "fastapi-rs"]


def test_a_package_that_requires_fastapi_is_satisfied(any_venv: Venv) -> None:
    in_order(any_venv, "ours").fastapi_rs("adopt", "--yes")
    # The resolver runs: the folder of wheels has the real package, and it is not taken.
    any_venv.install("fastapi-pagination", "starlette", "pydantic")
    assert any_venv.what_runs() == "ours"
    assert any_venv.check() == ""
    assert any_venv.ask("metadata.version('fastapi')") == "0.165.0+rs.1"
    assert any_venv.doctor().of("packages that require fastapi")["level"] == "good"


def test_one_command_that_installs_us_and_a_dependent(any_venv: Venv) -> None:
    any_venv.install(str(any_venv.wheels.ours), "fastapi-pagination")
    report = any_venv.doctor()
    assert report.status == 1
    any_venv.fastapi_rs("adopt", "--yes")
    assert any_venv.what_runs() == "ours"
    assert any_venv.doctor().status == 0
    assert any_venv.check() == ""


def test_one_command_with_the_metadata_wheel_needs_no_adopt(any_venv: Venv) -> None:
    wheels = any_venv.wheels
    any_venv.install(str(wheels.ours), str(wheels.bridge), "fastapi-pagination")
    assert any_venv.what_runs() == "ours"
    assert any_venv.doctor().status == 0
    assert any_venv.check() == ""


def test_there_and_back_without_a_network(any_venv: Venv) -> None:
    in_order(any_venv, "real")
    before = snapshot(any_venv)
    any_venv.do("ours!")
    # `real ours` overwrote files of the real package: it cannot be kept. Start from a whole one.
    any_venv.fastapi_rs("leave", "--yes", "--wheel", str(any_venv.wheels.real))
    assert snapshot(any_venv) == before


def test_the_real_package_is_kept_while_it_is_whole(any_venv: Venv) -> None:
    in_order(any_venv, "ours real")
    output = any_venv.fastapi_rs("adopt", "--yes")
    assert "keep fastapi 0.165.0 in them as a wheel" in output
    offline = {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1", "PATH": "/usr/bin:/bin"}
    any_venv.fastapi_rs("leave", "--yes", **offline)
    assert is_as_if_never_here(any_venv)


def snapshot(venv: Venv) -> List[str]:
    """Return the paths and contents of the real package, without byte code."""
    paths = sorted(path for path in (venv.site / "fastapi").rglob("*") if path.suffix != ".pyc" and path.is_file())
    return [f"{path.relative_to(venv.site)} {path.read_bytes()!r}" for path in paths]


def test_adopt_is_repeated_after_any_interruption(venv: Venv) -> None:
    renamings = 0
    while True:
        in_order(venv, "ours real!")
        if not interrupted(venv, renamings, "adopt", "--yes"):
            break
        assert venv.doctor().status == 1
        venv.fastapi_rs("adopt", "--yes")
        assert venv.doctor().wrong == []
        assert venv.check() == ""
        assert list(venv.site.glob("fastapi-*/kept/fastapi-0.165.0-*.whl"))
        renamings += 1
    assert renamings >= 4


def test_leave_is_repeated_or_ended_by_an_uninstaller_after_any_interruption(venv: Venv) -> None:
    renamings, leave = 0, ["leave", "--yes", "--wheel", str(venv.wheels.real)]
    while True:
        in_order(venv, "ours! bridge!")
        if not interrupted(venv, renamings, *leave):
            break
        if (venv.site / "fastapi_rs").exists():
            venv.call(str(venv.python), "-m", "fastapi_rs", *leave)
        else:
            venv.uninstall("fastapi-rs")
        assert venv.what_runs() == "real"
        assert venv.check() == ""
        venv.uninstall("fastapi")
        renamings += 1
    assert renamings >= 6
    assert is_as_if_never_here(venv)


@pytest.mark.parametrize(
    ("path", "title"),
    [("routing.py", "damaged modules"), ("_wasm/core.wasm", "damaged modules"), ("cli.py", "damaged modules")],
)
def test_a_damaged_file(venv: Venv, path: str, title: str) -> None:
    in_order(venv, "ours")
    place = venv.site / "fastapi" / path
    place.write_bytes(place.read_bytes()[:-20] + b"1 / 0\n")
    report = venv.doctor()
    assert report.of(title)["text"] == f"fastapi/{path}"
    venv.fastapi_rs("adopt", "--yes")
    assert venv.doctor().wrong == []


@pytest.mark.parametrize("path", ["routing.py", "_wasm/core.wasm", "_wasm/manifest.json", "__init__.py"])
def test_a_missing_file(venv: Venv, path: str) -> None:
    in_order(venv, "ours")
    (venv.site / "fastapi" / path).unlink()
    assert venv.doctor().of("missing modules")["text"] == f"fastapi/{path}"
    venv.fastapi_rs("adopt", "--yes")
    assert venv.doctor().wrong == []


def test_files_of_the_user_inside_of_the_package_stay(venv: Venv) -> None:
    in_order(venv, "ours real")
    own = venv.site / "fastapi" / "company" / "settings.py"
    own.parent.mkdir()
    own.write_text("NAME = 1\n", encoding="utf-8")
    venv.fastapi_rs("adopt", "--yes")
    assert own.read_text(encoding="utf-8") == "NAME = 1\n"
    venv.fastapi_rs("leave", "--yes", "--wheel", str(venv.wheels.real))
    assert own.read_text(encoding="utf-8") == "NAME = 1\n"


def test_our_record_is_missing(venv: Venv) -> None:
    in_order(venv, "ours")
    next(venv.site.glob("fastapi_rs-*.dist-info/RECORD")).unlink()
    report = venv.doctor()
    assert "fastapi-rs" in report.wrong
    message = venv.fastapi_rs("adopt", "--yes", status=1)
    assert message.endswith("run: pip install --force-reinstall --no-deps fastapi_rs-0.1.0-py3-none-any.whl\n")


def test_a_module_in_the_way_and_an_import_that_fails(venv: Venv) -> None:
    in_order(venv, "ours")
    folder = venv.folder.parent / "shadow"
    folder.mkdir()
    (folder / "fastapi.py").write_text("1 / 0\n", encoding="utf-8")
    output = venv.fastapi_rs("doctor", status=1, PYTHONPATH=str(folder))
    assert f"!! import fastapi: finds {folder / 'fastapi.py'}; remove it from the search path" in output
    assert "!! import and self-test: ZeroDivisionError: division by zero" in output


def test_wrong_values_of_variables(venv: Venv) -> None:
    in_order(venv, "ours")
    output = venv.fastapi_rs("doctor", status=1, FASTAPI_RS_MODE="quick")
    assert (
        "!! FASTAPI_RS_MODE: 'quick' is not a value of it; choose one of fast, public, pulley, javascript, python"
        in output
    )
    output = venv.fastapi_rs("doctor", FASTAPI_RS_MODE="python", FASTAPI_RS_CACHE="off")
    assert "rung: python (FASTAPI_RS_MODE demands it)" in output
    assert "cache: off" in output


def test_it_asks_and_shows_its_steps(venv: Venv) -> None:
    in_order(venv, "ours real")
    output = venv.fastapi_rs("adopt", "--dry-run")
    assert "  1. install the metadata fastapi 0.165.0+rs.1" in output
    assert "3. remove the distribution fastapi 0.165.0" in output
    assert venv.what_runs() == "real"
    message = venv.fastapi_rs("adopt", status=1)
    assert message.endswith("add --yes to go on, or --dry-run to see the steps alone\n")


def test_a_folder_that_cannot_be_written(venv: Venv) -> None:
    in_order(venv, "ours real")
    (venv.site / ".fastapi-rs-moving").write_text("", encoding="utf-8")
    message = venv.fastapi_rs("adopt", "--yes", status=1)
    assert message.splitlines()[-1].startswith("fastapi-rs: ")
    assert venv.what_runs() == "real"


def test_two_moves_at_once(venv: Venv) -> None:
    in_order(venv, "ours real")
    stage = venv.site / ".fastapi-rs-moving"
    stage.mkdir()
    (stage / "pid").write_text(str(os.getpid()), encoding="utf-8")
    message = venv.fastapi_rs("adopt", "--yes", status=1)
    assert message.endswith("wait until it ends\n")


@pytest.mark.parametrize(
    ("wheel", "message"),
    [
        ("/nowhere/fastapi-0.165.0-py3-none-any.whl", "does not exist"),
        ("starlette", "is not a wheel of fastapi"),
        ("bridge", "is not a wheel of fastapi"),
        ("damaged", "cannot be read"),
    ],
)
def test_a_wheel_that_is_of_no_use(venv: Venv, wheel: str, message: str) -> None:
    in_order(venv, "ours")
    if wheel == "damaged":
        path = venv.folder.parent / "fastapi-0.165.0-py3-none-any.whl"
        path.write_bytes(b"no zip file")
    elif wheel == "starlette":
        path = next(venv.wheels.index.glob("starlette-*.whl"))
    else:
        path = venv.wheels.bridge if wheel == "bridge" else Path(wheel)
    assert message in venv.fastapi_rs("leave", "--yes", "--wheel", str(path), status=1)
    assert venv.what_runs() == "ours"
    assert venv.doctor().wrong == []


def test_require(venv: Venv) -> None:
    in_order(venv, "ours")
    code = "import fastapi_rs; fastapi_rs.require(); import fastapi; fastapi_rs.require()"
    venv.call(str(venv.python), "-c", code)
    venv.do("real")
    message = venv.call(str(venv.python), "-c", code, status=1)
    assert "RequirementError" in message
    assert message.strip().endswith("run: fastapi-rs adopt")
    message = venv.call(str(venv.python), "-c", "import fastapi, fastapi_rs; fastapi_rs.require()", status=1)
    assert "that is not fastapi-rs; run: fastapi-rs adopt" in message


def test_an_editable_installation(venv: Venv) -> None:
    from tests.adoption.installed.venv import ROOT

    in_order(venv, "real")
    venv.install("--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    assert venv.what_runs() == "real"
    assert "distribution fastapi" in venv.doctor().wrong
    venv.fastapi_rs("adopt", "--yes")
    assert venv.what_runs() == "ours"
    assert venv.doctor().wrong == []
    venv.fastapi_rs("leave", "--yes")
    assert venv.what_runs() == "real"
    assert (ROOT / "fastapi_rs" / "cli.py").exists()


def test_a_requirement_that_is_missing(venv: Venv) -> None:
    in_order(venv, "ours")
    (venv.site / "shared.pth").unlink()
    report = venv.doctor()
    assert report.of("pydantic")["remedy"] == 'run: pip install "pydantic>=2.9.0"'
    assert report.of("wasmtime")["level"] == "note"
    assert report.of("import and self-test")["remedy"].startswith("install the package that has the module ")


def test_leave_fetches_the_real_package_and_names_needless_ones(venv: Venv) -> None:
    """From the package index, with the uv beside this interpreter: the environment has no pip."""
    in_order(venv, "ours")
    nothing = {"PATH": "/usr/bin:/bin"}
    message = venv.fastapi_rs("leave", "--yes", status=1, **nothing)
    assert message.endswith("neither pip nor uv is here to fetch the real package; give its wheel: --wheel PATH\n")
    assert venv.what_runs() == "ours"
    uv = {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    output = venv.fastapi_rs("leave", "--yes", **uv)
    assert "No other package requires these any more: wasmtime\n" in output
    assert is_as_if_never_here(venv)
