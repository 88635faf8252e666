"""fastapi-rs beside the package `fastapi`: doctor, adopt, leave, and a requirement for applications.

It needs the standard library alone and does not import `fastapi` unless a command is about an application.
"""

from __future__ import annotations

from fastapi_rs._prepared import prepare as prepare
from fastapi_rs._release import API_LEVEL as API_LEVEL
from fastapi_rs._release import VERSION as __version__
from fastapi_rs._requirement import RequirementError as RequirementError
from fastapi_rs._requirement import require as require

__all__ = ["API_LEVEL", "RequirementError", "__version__", "prepare", "require"]
