"""The checks that run on each platform: calls of one application in threads, and the conformance tables."""

import hashlib
import os
import re
import subprocess
from pathlib import Path
from typing import Dict, List, Sequence

ROOT = Path(__file__).resolve().parent.parent.parent
MODULE = "fastapi/_wasm/core.wasm"
# Not the test of the repository's own generated files, which needs its scripts.
TABLES = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/conformance", "--ignore=tests/conformance/node"]
TABLES += ["--deselect=tests/conformance/test_generated.py::test_the_files_are_up_to_date"]
DIGEST = f"import hashlib; print(hashlib.sha256(open('{MODULE}', 'rb').read()).hexdigest())"


def probe(python: Sequence[str], threads: int = 40, folder: Path = ROOT, variables: Dict[str, str] = {}) -> str:  # noqa: B006
    """Return a sentence about one interpreter; end the script if anything is wrong there.

    `python` is the start of the command, for example `["chroot", "DIR", "python3"]`.
    """
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables}

    def output(*arguments: str) -> str:
        command = [*python, *arguments]
        done = subprocess.run(
            command, cwd=str(folder), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=1800
        )
        text = done.stdout.decode("utf-8", "replace")
        if done.returncode:
            raise SystemExit(f"{text[-4000:]}\nfailed with exit status {done.returncode}: {' '.join(command)}")
        return text

    if output("-c", DIGEST).split()[-1] != digest():
        raise SystemExit(f"another {MODULE}")
    rung, answers, begun = last_line(output("-m", "tests.hosts.calls", str(threads), "2")).split()
    passed = re.findall(r"(\d+) passed", output(*TABLES))[-1]
    return f"rung `{rung}`, {answers} right answers in {begun} threads, {passed} rows of the conformance tables"


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


def digest() -> str:
    return hashlib.sha256((ROOT / MODULE).read_bytes()).hexdigest()


def version_of(python: Sequence[str]) -> List[str]:
    """Return the words of `python --version`."""
    done = subprocess.run([*python, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode().split()
