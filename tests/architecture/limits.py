"""Limits of sizes and names: each table and each figure here only shrinks. Read by test_limits.py."""

from __future__ import annotations

from typing import Set

# Lines of a function with its signature and without its docstring: median, 90th and 99th percentile.
FUNCTION_LINES = (6, 17, 35)

# The longest file, for code of the package, the crate, the scripts and the benchmarks.
FILE_LINES = 450

# Modules of one folder of the package. `fastapi/` itself has the public paths.
FOLDER_MODULES = 16

# Files that are longer for good, because they are one table or one algorithm.
TABLES: Set[str] = set()

# Files that are still to be divided.
LONG_FILES: Set[str] = set()

# `Any` in the syntax of the package, per 1000 lines.
ANY_PER_1000_LINES = 25

# Places of the package where six lines in a row repeat those of another place.
REPEATED_LINES = 9

# Names that upstream gives to two things: a function and the class behind it, a model of OpenAPI and a scheme.
UPSTREAM_NAMES = {
    *("Body", "Cookie", "Depends", "File", "Form", "HTTPBase", "HTTPBearer", "Header", "OAuth2"),
    *("OpenIdConnect", "Parameter", "Path", "Query", "REF_TEMPLATE", "Security"),
    "SecurityBase",
}

# Names that are one thing at several places: a module that may be missing, a command, the check of a stand-in.
SAME_THING = {"formparsers", "main", "requests", "why_off"}

# Names of two different things that are still to be renamed; of private names only classes count.
DOUBLE_NAMES: Set[str] = set()
