"""Metadata for a distribution called `fastapi`.

Libraries and health endpoints call `importlib.metadata.version("fastapi")`, and the instrumentor of OpenTelemetry
decides by it whether it supports the application. This project is installed as `fastapi-rs`, so no such distribution
exists. A finder, installed when `fastapi` is imported, provides one with the API level as its version. An installed
distribution called `fastapi` takes precedence.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Iterator, List, Optional

from fastapi._version import __rs_version__, __version__

if TYPE_CHECKING:
    from importlib.metadata import Distribution, DistributionFinder

NAME = "fastapi"
PROVIDER = "fastapi-rs"


class ProvidedDistributionFinder:
    """Finds one distribution and no module. It imports `importlib.metadata` only when a caller looks for one."""

    @staticmethod
    def find_spec(*_: object, **__: object) -> None:
        return None

    @staticmethod
    def find_distributions(context: Optional[DistributionFinder.Context] = None) -> Iterator[Distribution]:
        """Yield the distribution if the caller looks for it by name.

        A list of all distributions does not contain it: tools use such lists to find installed files, and it has none.
        """
        name = getattr(context, "name", None)
        if name is not None and name.lower() == NAME and not is_installed():
            yield _provided_distribution()


def _provided_distribution() -> Distribution:
    from importlib.metadata import Distribution

    class ProvidedDistribution(Distribution):
        def read_text(self, filename: str) -> Optional[str]:
            if filename not in ("METADATA", "PKG-INFO"):
                return None
            summary = f"The API of FastAPI {__version__}, provided by {PROVIDER} {__rs_version__}"
            return f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {__version__}\nSummary: {summary}\n"

        def locate_file(self, path: Any) -> Any:
            from pathlib import Path

            return Path(__file__).parent.parent / path

    return ProvidedDistribution()


def is_installed() -> bool:
    """Return whether another finder has a distribution with that name."""
    from importlib.metadata import DistributionFinder

    context = DistributionFinder.Context(name=NAME)
    finders: List[Any] = [finder for finder in sys.meta_path if finder is not ProvidedDistributionFinder]
    found = (getattr(finder, "find_distributions", lambda _: ())(context) for finder in finders)
    return any(True for distributions in found for _ in distributions)


def install_finder() -> None:
    """Add the finder after all others."""
    if ProvidedDistributionFinder not in sys.meta_path:
        sys.meta_path.append(ProvidedDistributionFinder)
