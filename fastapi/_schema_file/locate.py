"""Which file declares the parameters.

The first of: the path that was given, `FASTAPI_PARAMS_SCHEMA`, a file of the usual name in the working folder, the
packaged file. The first two are taken at their word: when there is no such file, that is an error.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional, Union

from fastapi._schema_file.problems import Source

ENVIRONMENT_VARIABLE = "FASTAPI_PARAMS_SCHEMA"
NAMES = ("params_schema.yaml", "params_schema.yml", "params_schema.json")

_PACKAGE = Path(__file__).resolve().parents[1]

FilePath = Union[str, "os.PathLike[str]"]


def locate(path: Optional[FilePath] = None) -> Source:
    """Return the file to use; whether it can be read is not looked at."""
    if path is not None:
        return Source(os.fsdecode(path), "given as an argument")
    from_environment = os.environ.get(ENVIRONMENT_VARIABLE, "").strip()
    if from_environment:
        return Source(from_environment, f"from the environment variable {ENVIRONMENT_VARIABLE}")
    for name in NAMES:
        if os.path.exists(name):
            return Source(os.path.abspath(name), "found in the working folder")
    return Source(str(packaged_file()), "the file of the package fastapi-rs")


def packaged_file() -> Path:
    """Return the file that comes with the package: beside the core, or, in a checkout, at the project's root."""
    installed = _PACKAGE / "_wasm" / NAMES[0]
    return installed if installed.exists() else _PACKAGE.parent / NAMES[0]
