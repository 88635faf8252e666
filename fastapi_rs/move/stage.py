"""The folder in which a move keeps files until it ends: beside the package, so that renaming is enough.

It is also the lock: one move at a time. A folder that a dead process left is taken over.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Optional, Type

from fastapi_rs.errors import CommandError
from fastapi_rs.installed.environment import STAGE

_OWNER = "pid"


class Stage:
    """A context manager; the folder and all that was discarded in it are removed at its end."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self.folder = site / STAGE
        self._discarded = 0

    def __enter__(self) -> Stage:
        try:
            if self.folder.exists():
                self._take_over()
            self.folder.mkdir()
            (self.folder / _OWNER).write_text(str(os.getpid()), encoding="utf-8")
        except FileExistsError:
            raise CommandError(f"another fastapi-rs works in {self.site}", "wait until it ends") from None
        except OSError as error:
            raise CommandError(f"{self.site} cannot be written ({error.strerror})", "run as its owner") from error
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        # Windows does not remove a program that runs; the next move removes the rest.
        shutil.rmtree(str(self.folder), ignore_errors=True)

    def _take_over(self) -> None:
        try:
            owner = int((self.folder / _OWNER).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            owner = 0
        if owner and owner != os.getpid() and _is_alive(owner):
            raise CommandError(f"another fastapi-rs works in {self.site}, process {owner}", "wait until it ends")
        shutil.rmtree(str(self.folder))

    def new_folder(self, name: str) -> Path:
        folder = self.folder / name
        if folder.exists():
            shutil.rmtree(str(folder))
        folder.mkdir()
        return folder

    def discard(self, path: Path) -> Optional[Path]:
        """Move a file or folder out of the environment, in one step; return where it is until the move ends."""
        if not os.path.lexists(str(path)):
            return None
        self._discarded += 1
        place = self.folder / f"discarded-{self._discarded}-{path.name}"
        os.rename(str(path), str(place))
        return place

    def put(self, new: Path, place: Path) -> None:
        """Move a staged file or folder to its place; on an error the one that was there comes back."""
        old = self.discard(place)
        try:
            os.rename(str(new), str(place))
        except BaseException:
            if old is not None:
                os.rename(str(old), str(place))
            raise


def _is_alive(process: int) -> bool:
    if os.name == "nt":
        return False  # os.kill would end it there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
