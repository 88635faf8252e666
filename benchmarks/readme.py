"""Put the tables of the newest file of results into the README: `python3 benchmarks/readme.py`.

A test compares them, so the README shows the newest results, including the rows below their reach.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from report import Verdict, middle, number, server_cpu
from workloads import BY_NAME

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BEGIN, END = "<!-- The tables of benchmarks/results: python3 benchmarks/readme.py -->\n", "<!-- end -->\n"
PEERS = {
    "blacksheep": "BlackSheep",
    "falcon": "Falcon",
    "litestar": "Litestar",
    "starlette": "Starlette",
    "raw": "ASGI",
}


def newest() -> Path:
    """Return the newest file of results."""
    return max((ROOT / "benchmarks" / "results").glob("*.json"))


def tables(results: dict[str, Any]) -> str:
    """Return the tables in Markdown."""
    facts = [{key: value for key, value in each.items() if key != "missed"} for each in results["verdicts"]]
    verdicts = {each["row"]: Verdict(**each) for each in facts}
    machine, python = results["machine"], results["environments"]["real"]["python"]
    clock = "on the wall" if results["clock"] == "wall" else "of CPU time"
    lines = [
        f"Medians of `scripts/bench` on {results['date']}: {machine['cores']} cores ({machine['processor']}), "
        f"CPython {python}. In process, `await app(scope, receive, send)`, microseconds {clock} per request:",
        "",
        *_requests(results["requests"], verdicts),
        "",
        "Behind uvicorn (one worker), microseconds of CPU time of the server per request:",
        "",
        *_server(results.get("uvicorn", {}), verdicts),
        "",
        "Other figures with an aim:",
        "",
        *_others(verdicts, {*results["requests"], *(f"uvicorn:{name}" for name in results.get("uvicorn", {}))}),
    ]
    return "\n".join(lines) + "\n"


def _requests(requests: dict[str, Any], verdicts: dict[str, Verdict]) -> list[str]:
    peers = [peer for peer in PEERS if any(peer in times for times in requests.values())]
    lines = [_row(["request", "fastapi", "fastapi-rs", "result", "aim", *(PEERS[peer] for peer in peers)])]
    lines.append(_row(["---"] * (5 + len(peers))))
    for name, times in requests.items():
        if "ours" not in times:
            continue
        real, ours = middle(times["real"]), middle(times["ours"])
        others = [number(middle(times[peer])) if peer in times else "" for peer in peers]
        result = _result(verdicts.get(name)) or [f"{real / ours:.1f} x", ""]
        lines.append(_row([BY_NAME[name].title, number(real), number(ours), *result, *others]))
    return lines


def _server(rows: dict[str, Any], verdicts: dict[str, Verdict]) -> list[str]:
    peers = [peer for peer in PEERS if any(peer in subjects for subjects in rows.values())]
    lines = [_row(["request", "fastapi", "fastapi-rs", "result", "aim", *(PEERS[peer] for peer in peers)])]
    lines.append(_row(["---"] * (5 + len(peers))))
    for name, subjects in rows.items():
        cpu = {subject: server_cpu(records) for subject, records in subjects.items()}
        shown = ["" if cpu.get(subject) is None else number(cpu[subject]) for subject in ("real", "ours", *peers)]
        result = _result(verdicts.get(f"uvicorn:{name}")) or ["", ""]
        lines.append(_row([BY_NAME[name].title, *shown[:2], *result, *shown[2:]]))
    return lines


def _others(verdicts: dict[str, Verdict], shown: set[str]) -> list[str]:
    lines = [_row(["measure", "result", "aim"]), _row(["---"] * 3)]
    lines += [_row([name, *_result(verdict)]) for name, verdict in verdicts.items() if name not in shown]
    return lines


def _result(verdict: Verdict | None) -> list[str]:
    if verdict is None:
        return []
    aim = f"{'at most ' if verdict.at_most else ''}{verdict.aim:.3g}"
    return [f"{verdict.value:.1f} {verdict.text}", f"{aim}, **missed**" if verdict.missed else aim]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def shown_in(readme: str) -> str:
    """Return the part of a README that is written here."""
    return readme.partition(BEGIN)[2].partition(END)[0]


def main() -> int:
    text = README.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        sys.exit(f"{README}: the marks around the tables are missing: {BEGIN.strip()} and {END.strip()}")
    found = tables(json.loads(newest().read_text(encoding="utf-8")))
    README.write_text(text.replace(BEGIN + shown_in(text) + END, BEGIN + found + END), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
