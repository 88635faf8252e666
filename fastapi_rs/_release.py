"""The names and releases that this package compares an environment with.

`tests/adoption/test_release.py` holds them against `pyproject.toml` and `fastapi/_version.py`.
"""

from __future__ import annotations

from typing import Dict, Tuple

DISTRIBUTION = "fastapi-rs"
REAL = "fastapi"
PACKAGE = "fastapi"
VERSION = "0.1.0"
# The release of FastAPI whose interface the package implements.
API_LEVEL = "0.165.0"
# Named in remedies: the project is on no package index yet.
WHEEL = f"fastapi_rs-{VERSION}-py3-none-any.whl"
INSTALL = f"run: pip install {WHEEL}"
REINSTALL = f"run: pip install --force-reinstall --no-deps {WHEEL}"
# The metadata-only distribution; the number grows when its metadata change.
BRIDGE_MARK = "+rs."
BRIDGE_VERSION = f"{API_LEVEL}{BRIDGE_MARK}1"
EXTRAS = ("all", "opentelemetry", "standard", "standard-no-fastapi-cloud-cli")
SUMMARY = f"The interface of FastAPI {API_LEVEL}, provided by {DISTRIBUTION}: metadata alone"

# Environment variables of the package, with the values allowed; an empty tuple stands for any text.
VARIABLES: Dict[str, Tuple[str, ...]] = {
    "FASTAPI_RS_MODE": ("fast", "public", "pulley", "javascript", "python"),
    "FASTAPI_RS_CACHE": (),
    "FASTAPI_RS_DOCS": ("offline", "cdn"),
}
