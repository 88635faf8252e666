"""Replace the parts of observations that vary between runs: folders, ports, ids, times, versions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

HERE = str(Path(__file__).resolve().parent)
APPLICATION = "application"

_REPLACEMENTS = (
    (re.compile(re.escape(HERE + "/")), ""),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\bline \d+"), "line N"),
    (re.compile(r"0x[0-9a-f]{6,}"), "0xID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?"), "TIME"),
    (re.compile(r"errors\.pydantic\.dev/[\d.]+/"), "errors.pydantic.dev/VERSION/"),
)
_FRAME = re.compile(r'File "([^"]*)", line \d+, in (\S+)')


def normalised(value: Any) -> Any:
    """Return the value as `json.loads(json.dumps(value))` would, with its texts normalised."""
    if isinstance(value, str):
        for pattern, text in _REPLACEMENTS:
            value = pattern.sub(text, value)
        return value
    if isinstance(value, Mapping):
        return {normalised(str(key)): normalised(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [normalised(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return normalised(repr(value))


def pick(values: Mapping[str, Any], keys: Iterable[str]) -> Dict[str, Any]:
    return without_empty({key: values.get(key) for key in keys})


def without_empty(values: Mapping[str, Any]) -> Dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None and value not in ({}, [], "")}


def thread_kind(name: str) -> str:
    return "worker" if name == "AnyIO worker thread" else "loop"


def frames_of_application(frames: Iterable[Tuple[Optional[str], Optional[str]]]) -> List[Optional[str]]:
    """Return the functions of the application among pairs (module, function). Frames of the package may differ."""
    return [function for module, function in frames if module == APPLICATION]


def frames_of_traceback(text: str) -> List[str]:
    return [function for file, function in _FRAME.findall(text) if file == f"{HERE}/{APPLICATION}.py"]
