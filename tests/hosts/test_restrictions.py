"""A host that forbids something: the application gives the same answers, on a rung that the host allows."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest

from tests.hosts.application import ROWS
from tests.hosts.process import (
    NOT_HERE,
    SYSTEM_CALLS,
    address_space,
    install_seccomp_filter,
    refuse_executable_memory,
    run_calls,
    run_code,
    run_in_little_space,
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="a facility of Linux")
TWICE = 2 * len(ROWS)


def rung_without_executable_memory() -> str:
    from fastapi._wasm.native import find_library, major

    return "pulley" if major(find_library()[1]) > 25 else "python"


@linux
def test_no_memory_becomes_executable() -> None:
    ended = run_calls(2, before=refuse_executable_memory)
    if ended.status == NOT_HERE:
        pytest.skip("this kernel has no PR_SET_MDWE")
    assert ended.last == f"{rung_without_executable_memory()} {2 * TWICE} 2", ended.output


@linux
@pytest.mark.skipif(platform.machine() not in SYSTEM_CALLS, reason="no numbers of system calls for this processor")
@pytest.mark.parametrize("cache", ["off", ""], ids=["compiled here", "compiled before"])
def test_seccomp_refuses_executable_pages(cache: str) -> None:
    ended = run_calls(2, before=install_seccomp_filter, FASTAPI_RS_CACHE=cache)
    if ended.status == NOT_HERE:
        pytest.skip("this kernel has no seccomp filters")
    assert ended.last == f"{rung_without_executable_memory()} {2 * TWICE} 2", ended.output


@linux
@pytest.mark.skipif(platform.machine() not in SYSTEM_CALLS, reason="no numbers of system calls for this processor")
def test_the_filter_refuses_executable_pages() -> None:
    """Otherwise the test above would show nothing."""
    ended = run_code(
        """
        import mmap
        for protection in (mmap.PROT_READ, mmap.PROT_READ | mmap.PROT_EXEC):
            try:
                mmap.mmap(-1, 4096, prot=protection)
                print("mapped")
            except PermissionError:
                print("refused")
        """,
        install_seccomp_filter,
    )
    assert ended.status == NOT_HERE or ended.output.split() == ["mapped", "refused"]


# Bytes of address space, and the rung that is chosen in it. Whatever the rung, each answer is right: a thread that
# gets no instance of the core takes the exact way.
SPACES = [(500_000_000, "fast"), (300_000_000, "python"), (200_000_000, "python")]


@linux
@pytest.mark.parametrize("threads", [1, 12])
@pytest.mark.parametrize("limit, wanted", SPACES, ids=[str(limit) for limit, _ in SPACES])
def test_little_address_space(limit: int, wanted: str, threads: int) -> None:
    ended = run_in_little_space(limit, threads)
    rung, answers, begun = ended.last.split()
    assert ended.status == 0 and rung == wanted and int(begun) >= 1, ended.output
    assert int(answers) == int(begun) * 2 * (len(ROWS) - 1)


@linux
def test_one_warning_names_the_reason_for_threads_without_an_instance() -> None:
    """A quarter of the address space is left to the application: a thread takes the exact way before it is used up."""
    ended = run_code(
        """
        import logging, threading
        logging.basicConfig(level=logging.WARNING)
        threading.stack_size(256 << 10)
        from tests.hosts.calls import main
        main(12, 1, 0)
        """,
        address_space(1_000_000_000),
    )
    assert ended.last == f"fast {12 * (len(ROWS) - 1)} 12", ended.output
    assert ended.output.count("a thread goes on without the core") == 1
    assert "of 953 MiB of address space only " in ended.output


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="a facility of POSIX")
@pytest.mark.parametrize("home", ["", "/proc/nonexistent", "relative"])
def test_no_home(home: str, tmp_path: Path) -> None:
    """An account without a home folder: the cache beside the package, or none."""
    ended = run_calls(HOME=home, XDG_CACHE_HOME="", PYTHONDONTWRITEBYTECODE="1")
    assert ended.last == f"fast {TWICE} 1", ended.output
    assert "Traceback" not in ended.output


@pytest.mark.skipif(sys.platform == "win32", reason="the name of a folder that cannot be there")
def test_no_folder_for_the_cache() -> None:
    """As on a read-only file system."""
    ended = run_calls(FASTAPI_RS_CACHE="/proc/self/nowhere")
    assert ended.last == f"fast {TWICE} 1", ended.output
    assert ended.output.count("the compiled core cannot be kept") <= 1
