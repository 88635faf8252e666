"""docs/troubleshooting.md names each message: its words that stay the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Dict, Iterator, List, Optional

import pytest

import fastapi_rs

ROOT = Path(fastapi_rs.__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
PHRASES = [
    phrase
    for line in PAGE.splitlines()
    if line.startswith("| `")
    for phrase in re.findall(r"`([^`]+)`", line.split(" | ")[0])
]
# The message is the argument at this place.
RAISED = {"CommandError": 0, "RequirementError": 0, "RustExtensionError": 0, "mismatch": 0}


def template(node: ast.AST, names: Dict[str, ast.AST]) -> Optional[str]:
    """Return a text with `{}` for each value in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.Name) and node.id in names:
        return template(names[node.id], {})
    return None


def messages_of(path: Path) -> Iterator[str]:
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        names: Dict[str, ast.AST] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                names.setdefault(node.targets[0].id, node.value)
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
                found = message_of(node, names)
                if found:
                    yield found


def message_of(call: ast.Call, names: Dict[str, ast.AST]) -> Optional[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr  # type: ignore[attr-defined]
    if name in RAISED and call.args:
        return template(call.args[0], names)
    if name == "Finding" and len(call.args) > 2 and isinstance(call.args[2], ast.Name) and call.args[2].id == "WRONG":
        title = template(call.args[0], names)
        return f"{title}: {template(call.args[1], names)}"
    return None


def all_messages() -> List[str]:
    paths = sorted((ROOT / "fastapi_rs").rglob("*.py")) + sorted((ROOT / "fastapi" / "_wasm").glob("*.py"))
    return sorted({message for path in paths for message in messages_of(path)})


# A message that repeats that of another place, or that no user sees.
OTHERS = {
    # Texts that another function makes.
    "None: None",
    "command fastapi: None",
    "files of {}/: None",
    "the core has no function {}; it has {}",
    "the core cannot be asked for {}: {}",
    "the core's {} trapped: {}",
}


def test_there_are_messages() -> None:
    assert len(all_messages()) > 30


@pytest.mark.parametrize("message", all_messages())
def test_each_message_is_on_the_page(message: str) -> None:
    if message not in OTHERS and not message.startswith("{}: {}\n  expected"):
        assert any(phrase in message for phrase in PHRASES), f"docs/troubleshooting.md does not name: {message}"


def test_each_phrase_of_the_page_is_in_a_message() -> None:
    paths = [*(ROOT / "fastapi_rs").rglob("*.py"), *(ROOT / "fastapi").rglob("*.py")]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    plain = re.sub(r"\{DISTRIBUTION\}", "fastapi-rs", re.sub(r'"\n\s+f?"', "", sources))
    known = "\n".join([plain, *all_messages()])
    assert [phrase for phrase in PHRASES if phrase not in known] == []
