from __future__ import annotations

from typing import Set

METHODS_WITH_BODY: Set[str] = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"}
REF_PREFIX = "#/components/schemas/"
REF_TEMPLATE = REF_PREFIX + "{model}"
