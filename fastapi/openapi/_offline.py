"""The documentation pages without internet: the application itself serves the files of Swagger UI and ReDoc.

The files are those of the package drf-spectacular-sidecar (extra `offline-docs`). A page names them by a query alone,
`?asset=swagger-ui.css`, so the endpoint of the page serves them: no route is added, and a prefix of a proxy or of a
mount does not matter. Neither that package nor Django is imported.

`FASTAPI_RS_DOCS` is `offline` or `cdn`. Without it, the presence of drf-spectacular-sidecar decides, unless
drf-spectacular is there, which requires that package for itself.
"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Dict, Optional

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from fastapi.logger import logger

VARIABLE = "FASTAPI_RS_DOCS"
OFFLINE, CDN = "offline", "cdn"

_FILES = {
    "swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
    "favicon.png": "swagger-ui-dist/favicon-32x32.png",
    "redoc.js": "redoc/bundles/redoc.standalone.js",
}
SWAGGER_UI: Dict[str, str] = {
    "swagger_js_url": "?asset=swagger-ui-bundle.js",
    "swagger_css_url": "?asset=swagger-ui.css",
    "swagger_favicon_url": "?asset=favicon.png",
}
_REDOC_SCRIPT, _REDOC_PICTURE = "redoc.js", b"https://cdn.redoc.ly/redoc/logo-mini.svg"
REDOC: Dict[str, str] = {"redoc_js_url": "?asset=redoc.js", "redoc_favicon_url": "?asset=favicon.png"}
_CACHED = {"Cache-Control": "max-age=3600"}


def asset_folder() -> Optional[Path]:
    """Return the folder of the files if pages use them, and None if pages use the CDN."""
    wanted = os.environ.get(VARIABLE, "")
    if wanted == CDN or (wanted != OFFLINE and _installed("drf_spectacular")):
        return None
    return _files()


def asset(request: Request) -> Optional[Response]:
    """Return the file that a request for a page names, or None if it names none."""
    folder = asset_folder()
    # Pages of the CDN do not look at the query, as in the real package.
    name = None if folder is None else request.query_params.get("asset")
    if folder is None or name not in _FILES:
        return None
    return _redoc_script(folder) if name == _REDOC_SCRIPT else FileResponse(folder / _FILES[name], headers=_CACHED)


def _redoc_script(folder: Path) -> Response:
    """Return the script of ReDoc, without the address of the picture that it loads from its own host.

    The picture stands beside the words "API docs by Redocly". ReDoc shows the words alone when no picture loads.
    """
    script = (folder / _FILES[_REDOC_SCRIPT]).read_bytes().replace(_REDOC_PICTURE, b"data:,")
    return Response(script, headers=_CACHED, media_type="text/javascript")


def warn_of_missing_files() -> None:
    """Log a warning if `FASTAPI_RS_DOCS` has an unknown value, or demands files that are not installed."""
    wanted = os.environ.get(VARIABLE, "")
    if wanted not in ("", OFFLINE, CDN):
        _warn(f"FASTAPI_RS_DOCS={wanted} is not a source of the documentation pages: set it to offline or cdn")
    elif wanted == OFFLINE and _files() is None:
        _warn(
            "FASTAPI_RS_DOCS=offline, and the files of the documentation pages are not installed: "
            "install drf-spectacular-sidecar (the extra offline-docs)"
        )


@lru_cache(maxsize=None)
def _warn(message: str) -> None:
    logger.warning(message)


@lru_cache(maxsize=None)
def _files() -> Optional[Path]:
    spec = find_spec("drf_spectacular_sidecar")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations)), "static", "drf_spectacular_sidecar")
    return folder if all((folder / name).is_file() for name in _FILES.values()) else None


@lru_cache(maxsize=None)
def _installed(name: str) -> bool:
    return find_spec(name) is not None
