"""The first start on a machine: a thread compiles the core beside the imports of the package.

The children begin with a stub of the package, so that a test can change something before the real import.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from tests.contract.child import ROOT, child

# Prints the names of the threads that were started during the import, and the rung.
THREADS = """
    import threading
    started = []
    start = threading.Thread.start
    def recording_start(thread):
        started.append(thread.name)
        {during_start}
        start(thread)
    threading.Thread.start = recording_start
    del sys.modules["fastapi"]
    import fastapi
    from fastapi import _rust
    print(started, _rust.mode(), threading.active_count())
    assert _rust.encode_json([1, "a"]) == (b'[1,"a"]' if _rust.mode() != "python" else None)
"""
STARTED = "['fastapi-rs compiles the core']"


def run(folder: Path, during_start: str = "pass", **variables: str) -> str:
    return child(THREADS.format(during_start=during_start), FASTAPI_RS_CACHE=str(folder), **variables).strip()


def test_a_thread_compiles_the_core_and_has_ended_after_the_import(tmp_path: Path) -> None:
    assert run(tmp_path) == f"{STARTED} fast 1"
    assert [path.suffix for path in tmp_path.iterdir()] == [".cwasm"]


def test_the_next_start_has_no_thread(tmp_path: Path) -> None:
    run(tmp_path)
    assert run(tmp_path) == "[] fast 1"


def test_without_a_cache_each_start_has_a_thread() -> None:
    for _ in range(2):
        assert child(THREADS.format(during_start="pass"), FASTAPI_RS_CACHE="off").strip() == f"{STARTED} fast 1"


def test_a_process_that_may_start_no_thread_compiles_in_the_main_thread(tmp_path: Path) -> None:
    refused = 'raise RuntimeError("can\'t start new thread")'
    assert run(tmp_path, refused) == f"{STARTED} fast 1"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("module", ["library", "native", "public"])
def test_a_module_of_the_core_can_be_the_first_import(tmp_path: Path, module: str) -> None:
    """The import system locks the module while it imports the package, and the thread needs the same module."""
    code = f"""
        import faulthandler
        faulthandler.dump_traceback_later(60, exit=True)
        del sys.modules["fastapi"]
        import fastapi._wasm.{module}
        faulthandler.cancel_dump_traceback_later()
        print(fastapi._rust.mode())
    """
    assert child(code, FASTAPI_RS_CACHE=str(tmp_path)).strip() == "fast"


@pytest.mark.parametrize("mode, threads", [("python", "[]"), ("public", "[]"), ("fast", STARTED)])
def test_the_forced_rung_decides_whether_there_is_a_thread(tmp_path: Path, mode: str, threads: str) -> None:
    assert run(tmp_path, FASTAPI_RS_MODE=mode) == f"{threads} {mode} 1"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a facility of POSIX")
def test_a_child_that_is_forked_beside_the_thread_opens_the_core_itself(tmp_path: Path) -> None:
    told = child(
        """
        import os, sys
        from fastapi._wasm import early
        begin = early.open_early
        def fork_after(rung, open_core):
            begin(rung, open_core)
            global pid
            pid = os.fork()
        early.open_early = fork_after
        del sys.modules["fastapi"]
        import fastapi
        from fastapi import _rust
        assert _rust.encode_json([1]) == b"[1]", _rust.why()
        if pid == 0:
            os._exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if sys.version_info >= (3, 9) else 7, _rust.mode())
        """,
        FASTAPI_RS_CACHE=str(tmp_path),
    )
    assert told.split() == ["7", "fast"]


def test_an_error_of_the_thread_is_reported_by_the_import(tmp_path: Path) -> None:
    told = child(
        """
        from fastapi._wasm import artifact
        artifact.MODULE += ".missing"
        artifact.read.__defaults__ = (artifact.MODULE, artifact.MANIFEST)
        del sys.modules["fastapi"]
        import fastapi
        """,
        expect=1,
        FASTAPI_RS_CACHE=str(tmp_path),
    )
    assert "RustExtensionError" in told and "core.wasm.missing" in told


@pytest.mark.parametrize("name", ["library", "native", "public"])
def test_the_thread_imports_no_module_that_waits_for_the_package(name: str) -> None:
    """CPython 3.14 lets the first import of `fastapi.x` in a thread wait for the end of `import fastapi`."""
    tree = ast.parse((ROOT / "fastapi" / "_wasm" / f"{name}.py").read_text(encoding="utf-8"))
    imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    own = [module for module in imported if module.split(".")[0] == "fastapi"]
    assert own and [module for module in own if not module.startswith("fastapi._wasm.")] == []
