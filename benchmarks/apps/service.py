"""The service of the folder `service/`."""

from __future__ import annotations

from service.application import build

from .declaring import APPS

APPS["service"] = build
