"""The table of docs/platforms.md: a row for each platform, how it is tested, and the result of the last run."""

import json
from pathlib import Path
from typing import Dict, List, NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "platforms.md"
# Row -> the result of its last run. `scripts/everywhere` writes the file.
SEEN = ROOT / "scripts" / "_everywhere" / "seen.json"
BEGIN, END = "<!-- scripts/everywhere writes this table: ", "<!-- end of "


class Row(NamedTuple):
    """One platform or restriction, and the place of its test."""

    name: str
    # The name of a step, the path of a test, or the path of a workflow.
    by: str


TABLES: Dict[str, List[Row]] = {
    "interpreters": [
        *(Row(f"CPython 3.{minor}", f"3.{minor}") for minor in range(8, 14)),
        Row("CPython 3.14", "debian"),
        Row("CPython 3.13t, free-threaded", "threaded"),
        Row("CPython 3.14t, free-threaded", ".github/workflows/platforms.yml"),
        Row("PyPy", "pypy"),
        Row("the oldest dependencies", "oldest"),
        Row("the newest dependencies", ".github/workflows/newest.yml"),
        Row("Pyodide on Node.js and in Chromium", "scripts/pyodide"),
        Row("the conformance tables in V8 of Node.js", "tests/conformance/node/test_node.py"),
    ],
    "processors and systems": [
        Row("Linux aarch64, glibc (qemu-user)", "aarch64"),
        Row("Linux s390x, glibc (qemu-user), big-endian", "s390x"),
        Row("Linux aarch64, glibc", ".github/workflows/platforms.yml"),
        Row("Linux x86_64, musl", ".github/workflows/platforms.yml"),
        Row("macOS", ".github/workflows/platforms.yml"),
        Row("Windows", ".github/workflows/platforms.yml"),
    ],
    "restrictions": [
        Row("`ulimit -v` 200000 to 2000000 with 1, 12 and 40 threads", "space"),
        Row("read-only file system, no home directory", "readonly"),
        Row("no executable memory (MDWE), seccomp", "tests/hosts/test_restrictions.py"),
        Row("hostile cache folders, leftovers of dead writers", "tests/contract/test_cache.py"),
        Row("subinterpreters", "tests/hosts/test_subinterpreters.py"),
        Row("faulthandler before and after, many traps", "tests/contract/test_traps.py"),
        Row("fork and compile in parent and child", "tests/contract/test_threads.py"),
        Row("SIGTERM under load, traps under load", "tests/hosts/test_load.py"),
    ],
    "servers": [
        Row(
            "uvicorn (h11, httptools, 2 workers, reload), Gunicorn (`--preload`), Hypercorn (asyncio, trio), Granian, "
            "Daphne, Mangum",
            "tests/integration/servers/test_servers.py",
        ),
        Row("Ray Serve with two replicas, beside the real package", "ray"),
    ],
}


def steps_of_rows() -> List[str]:
    """Return the names of the steps that rows name."""
    return sorted({row.by for rows in TABLES.values() for row in rows if "/" not in row.by})


def rows_of(step: str) -> List[str]:
    return [row.name for rows in TABLES.values() for row in rows if row.by == step]


def keep(step: str, seen: Dict[str, str]) -> None:
    """Write results of a step into the file, and the tables into the page."""
    unknown = set(seen) - set(rows_of(step))
    if unknown:
        raise SystemExit(f"no row of the step {step}: {', '.join(sorted(unknown))}")
    SEEN.write_text(json.dumps({**results(), **seen}, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(rendered(PAGE.read_text("utf-8")), "utf-8")


def results() -> Dict[str, str]:
    found: Dict[str, str] = json.loads(SEEN.read_text("utf-8")) if SEEN.exists() else {}
    return found


def rendered(page: str) -> str:
    """Return the page with its tables made anew from the results."""
    for title, rows in TABLES.items():
        head, _, rest = page.partition(f"{BEGIN}{title} -->\n")
        _, _, tail = rest.partition(f"{END}{title} -->")
        page = f"{head}{BEGIN}{title} -->\n\n{table(rows)}\n{END}{title} -->{tail}"
    return page


def table(rows: List[Row]) -> str:
    lines = ["| platform | test | seen |", "| --- | --- | --- |"]
    seen = results()
    for row in rows:
        lines.append(f"| {row.name} | {test_of(row)} | {seen.get(row.name) or unseen(row)} |")
    return "\n".join(lines) + "\n"


def test_of(row: Row) -> str:
    return f"`{row.by}`" if "/" in row.by else f"`scripts/everywhere {row.by}`"


def unseen(row: Row) -> str:
    """Return the cell of a row without a result."""
    if row.by.startswith(".github/"):
        return "only the workflow shows it"
    return (
        "passes on every change" if row.by.startswith("tests/") else "in the gate" if "/" in row.by else "not run yet"
    )
