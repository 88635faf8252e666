"""The metadata of the distribution that dependents ask for.

`importlib.metadata.version("fastapi")` is how libraries and health endpoints ask which FastAPI runs, and how the
instrumentor of OpenTelemetry decides whether it may work. This project is installed as `fastapi-rs`, so the question
would find nothing. Once `fastapi` is imported, a finder answers it with the API level. A distribution that really is
called `fastapi` is found before.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Iterator, List

from fastapi._version import __rs_version__, __version__

if TYPE_CHECKING:
    from importlib.metadata import Distribution

NAME = "fastapi"
PROVIDER = "fastapi-rs"


class ProvidedDistributionFinder:
    """Finds one distribution and no module. Nothing of `importlib.metadata` is imported before somebody asks."""

    @staticmethod
    def find_spec(*_: Any, **__: Any) -> None:
        return None

    @staticmethod
    def find_distributions(context: Any = None) -> Iterator[Distribution]:
        """Yield the distribution, when it is the one that is asked for.

        Not for a list of all distributions: tools that walk those look for files to own, and this one owns none.
        """
        name = getattr(context, "name", None)
        if name is not None and name.lower() == NAME and not is_installed():
            yield _provided_distribution()


def _provided_distribution() -> Distribution:
    from importlib.metadata import Distribution

    class ProvidedDistribution(Distribution):
        def read_text(self, filename: str) -> Any:
            if filename not in ("METADATA", "PKG-INFO"):
                return None
            summary = f"The API of FastAPI {__version__}, provided by {PROVIDER} {__rs_version__}"
            return f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {__version__}\nSummary: {summary}\n"

        def locate_file(self, path: Any) -> Any:
            from pathlib import Path

            return Path(__file__).parent.parent / path

    return ProvidedDistribution()


def is_installed() -> bool:
    """Whether another finder knows a distribution of that name."""
    from importlib.metadata import DistributionFinder

    context = DistributionFinder.Context(name=NAME)
    finders: List[Any] = [finder for finder in sys.meta_path if finder is not ProvidedDistributionFinder]
    found = (getattr(finder, "find_distributions", lambda _: ())(context) for finder in finders)
    return any(True for distributions in found for _ in distributions)


def install() -> None:
    """Let the finder take part, after all others."""
    if ProvidedDistributionFinder not in sys.meta_path:
        sys.meta_path.append(ProvidedDistributionFinder)
