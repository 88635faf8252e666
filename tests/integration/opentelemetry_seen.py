"""Finished spans and collected metrics of OpenTelemetry as plain values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Sequence

from normalised import frames_of_traceback, thread_kind, without_empty

import fastapi

PACKAGE = str(Path(fastapi.__file__).parent)

# Attributes whose values vary: ids of threads and processes, line numbers, times, and a digest of a traceback, which
# contains the package's own frames and source.
VOLATILE = (
    "thread.id",
    "logfire.exception.fingerprint",
    "code.lineno",
    "code.line.number",
    "network.peer.port",
    "client.port",
)
VOLATILE_ENDS = ("_timestamp", "timestamp", "net.peer.port", "net.host.port", "server.port")


def spans_seen(spans: Sequence[Any]) -> List[Dict[str, Any]]:
    names = {span.context.span_id: span.name for span in spans}
    return [_span(span, names) for span in spans]


def _span(span: Any, names: Dict[int, str]) -> Dict[str, Any]:
    parent = None if span.parent is None else names.get(span.parent.span_id, "(unknown)")
    seen = {
        "name": span.name,
        "parent": parent,
        "kind": span.kind.name,
        "scope": span.instrumentation_scope.name,
        "status": span.status.status_code.name if span.status.description is None else span.status.description,
        "attributes": attributes_seen(span.attributes),
        "events": [[event.name, attributes_seen(event.attributes)] for event in span.events],
        "links": [names.get(link.context.span_id, "(unknown)") for link in span.links],
    }
    return without_empty({key: value for key, value in seen.items() if value not in ("INTERNAL", "UNSET")})


def attributes_seen(attributes: Any) -> Dict[str, Any]:
    seen = {name: _value(name, value) for name, value in sorted((attributes or {}).items())}
    # Logfire names the nearest caller outside site-packages. A package that is tested from source is such a caller.
    if str(seen.get("code.filepath", "")).startswith(PACKAGE):
        seen = {name: value for name, value in seen.items() if not name.startswith("code.")}
    return seen


def _value(name: str, value: Any) -> Any:
    if name in VOLATILE or name.endswith(VOLATILE_ENDS):
        return type(value).__name__
    if name == "thread.name":
        return thread_kind(value)
    if name == "exception.stacktrace":
        return frames_of_traceback(value)
    return value


def metrics_seen(reader: Any) -> List[List[Any]]:
    """Return the points of all metrics: name, unit, attributes, and a count or a sum. Durations are left out."""
    points: List[List[Any]] = []
    data = reader.get_metrics_data()
    for resource in data.resource_metrics if data is not None else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    points.append([scope.scope.name, metric.name, metric.unit, *_point(metric, point)])
    return sorted(points, key=json.dumps)


def _point(metric: Any, point: Any) -> List[Any]:
    attributes = attributes_seen(point.attributes)
    if not hasattr(point, "count"):
        return [attributes, point.value]
    return [attributes, point.count, point.sum if metric.unit == "By" else metric.unit]
