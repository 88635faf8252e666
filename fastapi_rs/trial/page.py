"""The page for colleagues: one HTML file that needs nothing else."""

from __future__ import annotations

from html import escape
from typing import Iterator

from fastapi_rs._release import VERSION
from fastapi_rs.trial.comparison import Row
from fastapi_rs.trial.report import Result, cells, titles

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #1d2430 }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #d9dee6; vertical-align: top }
td:nth-last-child(-n+3), th:nth-last-child(-n+3) { text-align: right; white-space: nowrap }
.wrong { background: #fdeaea } .why { color: #5b6675; font-size: .85em }
pre { background: #f4f6f9; padding: .6rem; overflow-x: auto; white-space: pre-wrap }
"""


def page(result: Result) -> str:
    return "\n".join(_parts(result))


def _parts(result: Result) -> Iterator[str]:
    title = f"{result.application} on fastapi {result.real_version} and fastapi-rs {VERSION}"
    yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    yield f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>"
    yield f"<p><strong>{escape(result.summary())}</strong></p>"
    yield f"<p>Python {escape(result.python)}. Requests from {escape(result.source)}. Times are those of the call of"
    yield "the application in one process, without a server and a network.</p>"
    if result.notes:
        yield "<ul>" + "".join(f"<li>{escape(note)}</li>" for note in result.notes) + "</ul>"
    yield "<table><thead><tr>" + "".join(f"<th>{escape(name)}</th>" for name in titles(result)) + "</tr></thead><tbody>"
    for row in result.rows:
        yield _row(row, result.compared)
    yield "</tbody></table>"
    for row in result.rows:
        yield from _differences(row)
    yield "</body></html>"


def _row(row: Row, compared: bool) -> str:
    first, second, *rest = cells(row, compared)
    why = f'<div class="why">{escape(row.why)}</div>' if row.why else ""
    kind = ' class="wrong"' if row.differences else ""
    columns = "".join(f"<td>{escape(cell)}</td>" for cell in rest)
    return f"<tr{kind}><td><code>{escape(first)}</code></td><td>{escape(second)}{why}</td>{columns}</tr>"


def _differences(row: Row) -> Iterator[str]:
    for found in row.differences:
        yield f"<h2>{escape(row.operation)}: another {escape(found.part)}</h2>"
        answers = f"fastapi:    {escape(found.real)}\nfastapi-rs: {escape(found.ours)}"
        yield f"<pre>{answers}\n\n{escape(found.request.curl())}</pre>"
