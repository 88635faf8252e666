"""Exports every application below `docs_src` in the working folder, loads the file, and declares the application by it.

Runs in a process of its own, for it imports hundreds of modules and changes their functions.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
from pathlib import Path
from typing import Any, Dict, Optional

from fastapi import FastAPI, load_params_schema
from fastapi._schema_commands import export_application
from fastapi._schema_file.exporting.export import export_schema
from tests.schema_file.redeclared import redeclare


def main() -> None:
    found: Dict[str, Any] = {"applications": 0, "declared": 0, "unstable": [], "different": [], "left out": []}
    for path in sorted(Path("docs_src").rglob("*.py")):
        module = ".".join(path.with_suffix("").parts)
        app = None if path.name == "__init__.py" else import_application(module)
        if app is not None:
            found["applications"] += 1
            look(module, app, found)
    print(json.dumps(found))  # noqa: T201, what the test reads


def import_application(module: str) -> Optional[FastAPI]:
    """Return the application of a module, None where there is none or it needs packages that are not installed."""
    for name in [name for name in sys.modules if name.startswith("docs_src")]:
        del sys.modules[name]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            app = getattr(importlib.import_module(module), "app", None)
    except Exception:
        return None
    return app if isinstance(app, FastAPI) else None


def look(module: str, app: FastAPI, found: Dict[str, Any]) -> None:
    text = export_application(app)
    lines = text.splitlines(True)
    found["left out"].extend(f"{module}: {line}" for line in lines if line.startswith("#"))
    plain = "".join(line for line in lines if not line.startswith("#"))
    path = Path(f"{module}.yaml")
    path.write_text(text, encoding="utf-8")
    schema = load_params_schema(path)
    document = app.openapi()
    found["declared"] += redeclare(app, schema)
    app.openapi_schema = None
    if app.openapi() != document:
        found["different"].append(module)
    again = "".join(line for line in export_application(app).splitlines(True) if not line.startswith("#"))
    if not plain == export_schema(schema) == again:
        found["unstable"].append(module)
