"""The files of a frontend, and the fallbacks for paths without a file.

A file is served as it is, a directory by its "index.html". Any other path gets a fallback:

- "404.html" is sent with that status;
- "index.html" is sent only to a client that accepts HTML by name, because a page must not answer the request for a
  missing script;
- "auto" is the first of the two if that file exists, else the second.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import TYPE_CHECKING, Callable, Dict, Iterator, NamedTuple, Optional, Sequence, Tuple, TypeVar, Union

import anyio.to_thread
from starlette.datastructures import URL, Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from typing_extensions import Literal

from fastapi._routing.described.scope import read_fastapi_scope
from fastapi._scope_keys import FRONTEND_PATH_KEY

if TYPE_CHECKING or sys.version_info >= (3, 9):
    Directory = Union[str, os.PathLike[str]]
else:
    Directory = Union[str, os.PathLike]

Fallback = Optional[Literal["auto", "index.html", "404.html"]]

Found = TypeVar("Found")

METHODS = frozenset({"GET", "HEAD"})

HTML_MEDIA_TYPES = frozenset({"text/html", "application/xhtml+xml"})

FALLBACK_FILES: Dict[Fallback, Sequence[str]] = {
    "auto": ("404.html", "index.html"),
    "404.html": ("404.html",),
    "index.html": ("index.html",),
    None: (),
}


class FrontendFiles(StaticFiles):
    """The files of a frontend, with its fallbacks."""

    def __init__(self, *, directory: Directory, fallback: Fallback) -> None:
        super().__init__(directory=directory, html=True, check_dir=False)
        self.fallback: Fallback = fallback

    def get_path(self, scope: Scope) -> str:
        path = read_fastapi_scope(scope, FRONTEND_PATH_KEY)
        return super().get_path(scope) if path is None else _normalized(path)

    async def get_response(self, path: str, scope: Scope) -> Response:
        if scope["method"] not in METHODS:
            await self._refuse(path)
        file = await _in_thread(self._find_file, path)
        if file is None:
            return await self._respond_by_fallback(scope)
        if file.is_index and not scope["path"].endswith("/"):
            url = URL(scope=scope)
            return RedirectResponse(url=url.replace(path=url.path + "/"))
        return self.file_response(file.path, file.stat_result, scope)

    async def respond(self, path: str, scope: Scope) -> Response:
        """Answer a request for `path`, relative to the frontend."""
        await self._check_once()
        return await self.get_response(_normalized(path), scope)

    async def refuse_method(self, path: str) -> None:
        """Raise HTTPException for a method other than GET and HEAD."""
        await self._check_once()
        await self._refuse(_normalized(path))

    async def _refuse(self, path: str) -> None:
        file = await _in_thread(self._find_file, path)
        raise HTTPException(status_code=404 if file is None else 405)

    async def _check_once(self) -> None:
        if not self.config_checked:
            await self.check_config()
            self.config_checked = True

    def _find_file(self, path: str) -> Optional[FoundFile]:
        """Look up a file, or the index of a directory. To be called in a thread."""
        full_path, stat_result = self.lookup_path(path)
        if stat_result is None:
            return None
        if stat.S_ISREG(stat_result.st_mode):
            return FoundFile(full_path, stat_result, is_index=False)
        if not stat.S_ISDIR(stat_result.st_mode):
            return None
        index = self._find_regular(os.path.join(path, "index.html"))
        return None if index is None else index._replace(is_index=True)

    def _find_regular(self, path: str) -> Optional[FoundFile]:
        full_path, stat_result = self.lookup_path(path)
        if stat_result is None or not stat.S_ISREG(stat_result.st_mode):
            return None
        return FoundFile(full_path, stat_result, is_index=False)

    async def _respond_by_fallback(self, scope: Scope) -> Response:
        accepts_html = _accepts_html(Headers(scope=scope))
        for name in FALLBACK_FILES[self.fallback]:
            if name == "index.html" and not accepts_html:
                continue
            file = await _in_thread(self._find_regular, name)
            if file is not None:
                return self._fallback_response(name, file, scope)
            if self.fallback != "auto":
                assert self.directory is not None
                raise RuntimeError(missing_fallback(name, self.directory))
        raise HTTPException(status_code=404)

    def _fallback_response(self, name: str, file: FoundFile, scope: Scope) -> Response:
        if name == "404.html":
            return FileResponse(file.path, stat_result=file.stat_result, status_code=404)
        return self.file_response(file.path, file.stat_result, scope)


class FoundFile(NamedTuple):
    """A file to serve."""

    path: str
    stat_result: os.stat_result
    is_index: bool


def missing_fallback(name: str, directory: Directory) -> str:
    return (
        f"Frontend fallback file {name!r} does not exist in directory {os.fspath(directory)!r}. "
        f"Resolved absolute directory: {os.path.abspath(directory)!r}"
    )


def _normalized(path: str) -> str:
    """Return a relative URL path as one of the operating system, without "." and "..", where that is possible."""
    return os.path.normpath(os.path.join(*path.split("/")))


def _accepts_html(headers: Headers) -> bool:
    """Return whether the client accepts HTML by name. Requests for scripts and images have only a wildcard."""
    return any(media_type in HTML_MEDIA_TYPES and quality > 0 for media_type, quality in _accepted_media_types(headers))


def _accepted_media_types(headers: Headers) -> Iterator[Tuple[str, float]]:
    """Yield the media ranges of the Accept header with their weights.

    RFC 9110 section 12.5.1: Accept = #( media-range [ weight ] ), weight = OWS ";" OWS "q=" qvalue.
    """
    for item in ",".join(headers.getlist("accept")).split(","):
        media_type, *parameters = (part.strip().lower() for part in item.split(";"))
        if media_type:
            yield media_type, _quality(parameters)


def _quality(parameters: Sequence[str]) -> float:
    """Return the weight among the parameters of a media range; an invalid one counts as 1."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 1.0
    return 1.0


async def _in_thread(look_up: Callable[[str], Found], path: str) -> Found:
    """Look up a path in a worker thread.

    Raises:
        HTTPException: 401 if the process may not look there, 404 if no file can have such a name.
    """
    try:
        return await anyio.to_thread.run_sync(look_up, path)
    except (OSError, ValueError) as error:
        status_code = _status_of(error)
        if status_code is None:
            raise
        raise HTTPException(status_code=status_code) from None


def _status_of(error: Exception) -> Optional[int]:
    """Return the status for an error of a look-up, None for an error of the server."""
    if isinstance(error, PermissionError):
        return 401
    # A name with a null byte, for example, raises ValueError.
    is_impossible_name = not isinstance(error, OSError) or error.errno == errno.ENAMETOOLONG
    return 404 if is_impossible_name else None
