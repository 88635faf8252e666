"""Run the calls of the application, or other code, in a process that the system restricts."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, Callable, List, NamedTuple, Optional, Tuple

ROOT = Path(__file__).resolve().parents[2]

Preparation = Optional[Callable[[], None]]


class Ended(NamedTuple):
    """The exit status of a process, and the text of both of its streams."""

    status: int
    output: str

    @property
    def last(self) -> str:
        return self.output.strip().splitlines()[-1] if self.output.strip() else ""


def run_python(
    arguments: List[str], before: Preparation = None, python: str = sys.executable, **variables: str
) -> Ended:
    """Return the end of an interpreter; `before` runs in it before Python starts."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("FASTAPI_RS_")}
    path = [str(ROOT), environment.get("PYTHONPATH", "")]
    environment.update(variables, PYTHONPATH=os.pathsep.join(filter(None, path)))
    done: Any = subprocess.run(
        [sys.executable, *arguments],
        cwd=str(ROOT),
        env=environment,
        preexec_fn=before,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
    )
    return Ended(done.returncode, done.stdout.decode("utf-8", "replace"))


def run_calls(threads: int = 1, rounds: int = 2, before: Preparation = None, **variables: str) -> Ended:
    return run_python(["-m", "tests.hosts.calls", str(threads), str(rounds)], before, **variables)


def run_code(code: str, before: Preparation = None, **variables: str) -> Ended:
    return run_python(["-c", textwrap.dedent(code)], before, **variables)


def address_space(limit: int) -> Callable[[], None]:
    """Return a preparation like `ulimit -v`, in bytes."""
    import resource

    return lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def run_in_little_space(limit: int, threads: int) -> Ended:
    """Return the end of calls in threads with small stacks, which need no worker threads.

    One arena: otherwise glibc reserves up to 64 MiB for each thread, and with 40 threads in 400 MB this package and the
    real one end with a MemoryError.
    """
    code = f"""
        import threading
        threading.stack_size(1 << 20)
        from tests.hosts.calls import main
        main({threads}, 2, 0)
    """
    return run_code(code, address_space(limit), MALLOC_ARENA_MAX="1")


# Exit status of a process whose kernel has no such restriction.
NOT_HERE = 77

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _PR_SET_MDWE = 38, 22, 65


def refuse_executable_memory() -> None:
    """Let the kernel refuse memory that becomes executable (Linux 6.3)."""
    if _libc.prctl(_PR_SET_MDWE, 1, 0, 0, 0):
        os._exit(NOT_HERE)


# Processor -> (its name in the kernel, mmap, mprotect, pkey_mprotect).
SYSTEM_CALLS = {"x86_64": (0xC000003E, 9, 10, 329), "aarch64": (0xC00000B7, 222, 226, 288)}

_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001  # The second one answers EPERM.
_NUMBER, _ARCHITECTURE, _PROTECTION, _FLAGS = 0, 4, 32, 40  # Offsets in the record of a system call.
_EXECUTABLE, _ANONYMOUS = 4, 0x20


def install_seccomp_filter() -> None:
    """Let a seccomp filter refuse executable pages, except those of files that the loader maps."""
    program = _seccomp_program(*SYSTEM_CALLS[platform.machine()])
    content = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    kept = ctypes.create_string_buffer(content)
    argument = struct.pack("@HP", len(program), ctypes.addressof(kept))
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or _libc.prctl(_PR_SET_SECCOMP, 2, argument):
        os._exit(NOT_HERE)


def _seccomp_program(name: int, mmap: int, mprotect: int, pkey_mprotect: int) -> List[Tuple[int, int, int, int]]:
    """Return instructions (code, jump if true, jump if false, operand) for the kernel's virtual machine."""
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 0, 8, name),
        (_LOAD, 0, 0, _NUMBER),
        (_EQUAL, 4, 0, mprotect),
        (_EQUAL, 3, 0, pkey_mprotect),
        (_EQUAL, 0, 4, mmap),
        (_LOAD, 0, 0, _FLAGS),
        (_ANY_BIT, 0, 2, _ANONYMOUS),
        (_LOAD, 0, 0, _PROTECTION),
        (_ANY_BIT, 1, 0, _EXECUTABLE),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]


_libc: Any = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
