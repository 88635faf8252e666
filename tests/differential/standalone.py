"""Write a program as one file that runs by itself, with either package."""

from __future__ import annotations

import pprint
from pathlib import Path

from tests.differential.compare import Difference
from tests.differential.program import PRELUDE, Program

RUNNER = Path(__file__).parent / "runner.py"


def short_text(program: Program) -> str:
    """Return the application and the requests, without the parts that all programs share."""
    requests = pprint.pformat(list(program.requests), width=118, sort_dicts=False)
    return f"{program.head}\n{program.body.strip()}\n\nREQUESTS = {requests}\n"


def whole_text(program: Program, difference: Difference, verdict: str = "") -> str:
    """Return a file that prints the transcript. Run it with both packages to see the difference."""
    requests = pprint.pformat(list(program.requests), width=118, sort_dicts=False)
    runner = RUNNER.read_text().partition("\nimport asyncio\n")
    return "\n".join(
        [
            f"# family {program.family}, seed {program.seed}, {program.backend}. {verdict}".rstrip(),
            f"# at {'.'.join(map(str, difference.place))}",
            f"# real: {comment(difference.real)}",
            f"# ours: {comment(difference.ours)}",
            program.head,
            PRELUDE,
            "# The application ----------",
            program.body.strip(),
            "",
            "# The requests ----------",
            f"REQUESTS = {requests}",
            "",
            "# The runner, the same for every program ----------",
            f"import asyncio\n{runner[2]}",
            "",
            f"run_by_itself(globals(), {program.backend!r})",
            "",
        ]
    )


def comment(value: object) -> str:
    return " ".join(repr(value).split())[:400]
