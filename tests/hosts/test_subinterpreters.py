"""Interpreters beside the main one of a process: each has its own state of the package, and the core is loaded in each.

One extension module sets a limit: `pydantic_core` can be imported by one interpreter of a process alone.
"""

from __future__ import annotations

import sys
import textwrap

import pytest

from tests.hosts.application import ROWS
from tests.hosts.process import ROOT, run_code

pytestmark = pytest.mark.skipif(sys.version_info < (3, 9), reason="interpreters are isolated from Python 3.9 on")

# Defines `run`, which runs code in a new interpreter that shares the lock of this one, and raises its error.
RUN = textwrap.dedent("""
    import sys
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
    def run(code):
        has_exec = hasattr(interpreters, "exec")
        made = interpreters.create("legacy") if has_exec else interpreters.create(isolated=False)
        error = (interpreters.exec if has_exec else interpreters.run_string)(made, code)
        if error is not None:
            sys.exit(error.formatted + str(getattr(error, "errdisplay", "")))
        interpreters.destroy(made)
""")


@pytest.mark.skipif(sys.version_info[:2] == (3, 12), reason="its module for interpreters isolates each one")
def test_requests_in_a_subinterpreter() -> None:
    code = """
        run('''if True:
            import asyncio
            from fastapi import _rust
            from tests.hosts.calls import answer_all
            print(_rust.mode(), asyncio.run(answer_all(2)))
        ''')
    """
    ended = run_code(RUN + textwrap.dedent(code))
    assert (ended.status, ended.last) == (0, f"fast {2 * len(ROWS)}"), ended.output


@pytest.mark.skipif(sys.version_info[:2] == (3, 12), reason="its ctypes refuses the interpreters of its module")
def test_the_core_in_several_subinterpreters() -> None:
    """The core alone: it stands below Pydantic."""
    code = f"""
        for number in range(3):
            run('''if True:
                import sys, types
                sys.modules["fastapi"] = types.ModuleType("fastapi")
                sys.modules["fastapi"].__path__ = [{str(ROOT / "fastapi")!r}]
                from fastapi import _rust
                print(_rust.mode(), _rust.encode_json(["a", 1.5]))
            ''')
    """
    ended = run_code(RUN + textwrap.dedent(code))
    assert (ended.status, ended.output) == (0, "fast b'[\"a\",1.5]'\n" * 3), ended.output
