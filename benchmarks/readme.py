"""Put the newest file of results into the README and into RESULTS.md: `python3 benchmarks/readme.py`.

The README has one table, of groups of rows; `RESULTS.md` has every figure. A test compares both with the file, so they
show the newest results, including the rows below their reach.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Iterable

sys.path.insert(0, str(Path(__file__).resolve().parent))

from figures import middle, number, overheads, server_cpu
from judging import OVERHEAD, Verdict
from notes import FASTER, UNANSWERED
from report import group_lines, overhead_cells
from workloads import BY_NAME

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
BEGIN, END = "<!-- The table of benchmarks/results: python3 benchmarks/readme.py -->\n", "<!-- end -->\n"
OTHERS = {
    "blacksheep": "BlackSheep",
    "falcon": "Falcon",
    "litestar": "Litestar",
    "starlette": "Starlette",
    "raw": "ASGI",
}


def newest() -> Path:
    """Return the newest file of results."""
    return max((ROOT / "benchmarks" / "results").glob("*.json"))


# ---- the README ----------------------------------------------------------------------------------------------------


def summary(results: dict[str, Any]) -> str:
    """Return the table of groups in Markdown."""
    verdicts = verdicts_of(results)
    missed = sum(verdict.missed for verdict in verdicts.values())
    lines = [
        f"Medians of `scripts/bench` on {results['date']}, times the real package, in process: {_machine(results)}. "
        f"{missed} of {len(verdicts)} figures with an aim miss it; [benchmarks/RESULTS.md](benchmarks/RESULTS.md) has "
        "every row and marks those.",
        "",
        *_table(["group", "rows", "geometric mean", "worst row", "overhead"], group_lines(results)),
    ]
    return "\n".join(lines) + "\n"


def _machine(results: dict[str, Any]) -> str:
    machine, python = results["machine"], results["environments"]["real"]["python"]
    return f"{machine['cores']} cores ({machine['processor']}), CPython {python}"


def verdicts_of(results: dict[str, Any]) -> dict[str, Verdict]:
    facts = [{key: value for key, value in each.items() if key != "missed"} for each in results["verdicts"]]
    return {each["row"]: Verdict(**each) for each in facts}


def shown_in(readme: str) -> str:
    """Return the part of a README that is written here."""
    return readme.partition(BEGIN)[2].partition(END)[0]


# ---- RESULTS.md ----------------------------------------------------------------------------------------------------


def whole(results: dict[str, Any]) -> str:
    """Return the document of all figures in Markdown."""
    verdicts = verdicts_of(results)
    clock = "on the wall" if results["clock"] == "wall" else "of CPU time"
    shown = {*results["requests"], *(f"uvicorn:{name}" for name in results.get("uvicorn", {}))}
    lines = [
        "# Results",
        "",
        f"Written by `python3 benchmarks/readme.py` from the file of {results['date']}. Medians: {_machine(results)}, "
        f"commit {results['machine']['commit'] or 'unknown'}. [README.md](README.md) has the rules.",
        "",
        f'In process, `await app(scope, receive, send)`, microseconds {clock} per request. "direct" is the validation, '
        'endpoint and serialisation alone; "overhead" is the time beyond it, of fastapi and of fastapi-rs, and their '
        "ratio, whose aim is 6 on each row.",
        "",
        *_requests(results, verdicts),
        "## Groups",
        "",
        *_table(["group", "rows", "geometric mean", "worst row", "overhead"], group_lines(results)),
        "",
        "## Behind uvicorn",
        "",
        "One worker, microseconds of CPU time of the server per request:",
        "",
        *_server(results.get("uvicorn", {}), verdicts),
        "",
        "## Other figures with an aim",
        "",
        *_others(verdicts, shown),
        "",
        *_peers(results["requests"]),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _requests(results: dict[str, Any], verdicts: dict[str, Verdict]) -> Iterable[str]:
    """Yield a section with a table for each group of rows."""
    requests, over = results["requests"], overheads(results)
    for group in dict.fromkeys(BY_NAME[name].group for name in requests):
        names = [name for name in requests if BY_NAME[name].group == group and "ours" in requests[name]]
        others = _present(requests[name] for name in names)
        head = ["row", "request", "fastapi", "fastapi-rs", "result", "aim", "direct", "overhead", "ratio"]
        yield f"## {group[0].upper()}{group[1:]}"
        yield ""
        lines = [_request(name, requests[name], verdicts, over, others) for name in names]
        yield from _table([*head, *(OTHERS[other] for other in others)], lines)
        yield ""


def _request(name: str, times: dict[str, Any], verdicts: dict[str, Verdict], over: Any, others: list[str]) -> list[str]:
    real, ours = middle(times["real"]), middle(times["ours"])
    cells = [name, BY_NAME[name].title, number(real), number(ours)]
    cells += _result(verdicts.get(name)) or [f"{real / ours:.1f} x", ""]
    cells += overhead_cells(over.get(name))
    if OVERHEAD + name in verdicts and verdicts[OVERHEAD + name].missed:
        cells[-1] += ", **missed**"
    return cells + [number(middle(times[other])) if other in times else "" for other in others]


def _present(rows: Iterable[dict[str, Any]]) -> list[str]:
    found = {subject for subjects in rows for subject in subjects}
    return [other for other in OTHERS if other in found]


def _server(rows: dict[str, Any], verdicts: dict[str, Verdict]) -> list[str]:
    others, lines = _present(rows.values()), []
    for name, subjects in rows.items():
        cpu = {subject: server_cpu(records) for subject, records in subjects.items()}
        shown = ["" if cpu.get(subject) is None else number(cpu[subject]) for subject in ("real", "ours", *others)]
        result = _result(verdicts.get(f"uvicorn:{name}")) or ["", ""]
        lines.append([BY_NAME[name].title, *shown[:2], *result, *shown[2:]])
    return _table(["request", "fastapi", "fastapi-rs", "result", "aim", *(OTHERS[other] for other in others)], lines)


def _others(verdicts: dict[str, Verdict], shown: set[str]) -> list[str]:
    rest = {name: each for name, each in verdicts.items() if name not in shown and not name.startswith(OVERHEAD)}
    return _table(["measure", "result", "aim"], [[name, *_result(verdict)] for name, verdict in rest.items()])


def _peers(requests: dict[str, Any]) -> list[str]:
    """Return the rows on which another framework is faster, and the rows that one does not answer, with reasons."""
    faster = [
        f"- `{name}`, {OTHERS[peer]} ({number(middle(times[peer]))} us): {FASTER.get((peer, name), 'no reason known')}"
        for name, times in requests.items()
        for peer in OTHERS
        if peer in times and peer != "raw" and middle(times[peer]) < middle(times["ours"])
    ]
    unanswered = [f"- {group}: {reason}" for group, reason in UNANSWERED.items()]
    return [
        "## Rows on which another framework is faster",
        "",
        *(faster or ["None."]),
        "",
        "## Rows without an answer of another framework",
        "",
        *unanswered,
    ]


def _result(verdict: Verdict | None) -> list[str]:
    if verdict is None:
        return []
    aim = f"{'at most ' if verdict.at_most else ''}{verdict.aim:.3g}"
    return [f"{verdict.value:.1f} {verdict.text}", f"{aim}, **missed**" if verdict.missed else aim]


def _table(head: list[str], lines: list[list[str]]) -> list[str]:
    return [_row(head), _row(["---"] * len(head)), *(_row(line) for line in lines)]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def main() -> int:
    text = README.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        sys.exit(f"{README}: the marks around the table are missing: {BEGIN.strip()} and {END.strip()}")
    results = json.loads(newest().read_text(encoding="utf-8"))
    README.write_text(text.replace(BEGIN + shown_in(text) + END, BEGIN + summary(results) + END), encoding="utf-8")
    RESULTS.write_text(whole(results), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
