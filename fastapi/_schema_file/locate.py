"""Choose the file that declares the parameters.

The first of: the path that was given, `FASTAPI_PARAMS_SCHEMA`, a file of the usual name in the working folder, the
packaged file. A path or variable that names a missing file is an error.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional, Union

from fastapi._schema_file.problems import Source

FILE_VARIABLE = "FASTAPI_PARAMS_SCHEMA"
FILE_NAMES = ("params_schema.yaml", "params_schema.yml", "params_schema.json")

_PACKAGE = Path(__file__).resolve().parents[1]

FilePath = Union[str, "os.PathLike[str]"]


def locate(path: Optional[FilePath] = None) -> Source:
    """Return the file to use, by its absolute path: a process may change its working folder later.

    The file may be missing or unreadable.
    """
    folder = _working_folder()
    if path is not None:
        return _named(os.fsdecode(path), "given as an argument", folder)
    from_environment = os.environ.get(FILE_VARIABLE, "").strip()
    if from_environment:
        return _named(from_environment, f"from the environment variable {FILE_VARIABLE}", folder)
    for name in FILE_NAMES:
        if os.path.exists(name):
            return Source(os.path.join(folder, name), "found in the working folder")
    return Source(str(packaged_file()), "the file of the package fastapi-rs", _searched(folder))


def _working_folder() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return os.curdir  # it was deleted


def _named(path: str, origin: str, folder: str) -> Source:
    if not path or os.path.isabs(path):
        return Source(path, origin)
    return Source(
        os.path.abspath(path), f"{origin}, {path!r} in the working folder", f"The working folder is {folder}."
    )


def _searched(folder: str) -> str:
    return (
        f"Looked for, in this order: the path given to load_params_schema (none), the environment variable "
        f"{FILE_VARIABLE} (not set), and in the working folder {folder} the names {', '.join(FILE_NAMES)} "
        "(not there). So the file of the package is used, which declares nothing."
    )


def packaged_file() -> Path:
    """Return the file that comes with the package: beside the core, or, in a checkout, at the project's root."""
    installed = _PACKAGE / "_wasm" / FILE_NAMES[0]
    return installed if installed.exists() else _PACKAGE.parent / FILE_NAMES[0]
