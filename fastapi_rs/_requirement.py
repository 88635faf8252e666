"""`fastapi_rs.require()`: for an application that must not start on any other package."""

from __future__ import annotations

import sys
from typing import Any, Iterable, List, Optional

from fastapi_rs._release import DISTRIBUTION, PACKAGE, REINSTALL, VARIABLES


class RequirementError(ImportError):
    """The package that `import fastapi` finds is not a whole fastapi-rs, or not on one of the demanded rungs."""


def require(*, rungs: Optional[Iterable[str]] = None) -> None:
    """Raise `RequirementError`, with the remedy, unless `import fastapi` finds fastapi-rs with all of its files.

    Call it before the first import of `fastapi`, at the top of the application:

        import fastapi_rs

        fastapi_rs.require()

    With `rungs`, for example `("fast", "public")`, the package is imported, and the rung in use has to be one of them:
    a service that counts on the speed of the core then does not start without it.
    """
    wanted = None if rungs is None else _known(rungs)
    problem = problem_of_files()
    if problem is not None:
        raise RequirementError(problem)
    if wanted is not None:
        _require_rung(wanted)


def problem_of_files() -> Optional[str]:
    """Return the message for a package that is not ours, or None. Imports nothing."""
    from fastapi_rs.doctor.finding import ADOPT
    from fastapi_rs.installed.environment import Environment

    environment = Environment(list(sys.path))
    loaded: Any = sys.modules.get(PACKAGE)
    if loaded is not None and not hasattr(loaded, "__rs_version__"):
        return f"fastapi was imported from {loaded.__file__}, and that is not {DISTRIBUTION}; {ADOPT}"
    file = environment.found_file
    if not environment.imports_expected_folder:
        place = str(file) if file is not None else "nothing"
        expected = f"not the files of {DISTRIBUTION} in {environment.site}"
        return f"import fastapi finds {place}, {expected}; run: fastapi-rs doctor"
    if environment.own_digests() and environment.files.state != "ours":
        remedy = ADOPT if environment.carried is not None else REINSTALL
        found = environment.files
        return f"{found.folder} does not hold all files of {DISTRIBUTION} ({found.summary()}); {remedy}"
    return None


def _known(rungs: Iterable[str]) -> List[str]:
    names, known = list(rungs), VARIABLES["FASTAPI_RS_MODE"]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ValueError(f"{unknown or names!r}: the rungs are {', '.join(known)}")
    return names


def _require_rung(rungs: List[str]) -> None:
    from fastapi import _rust

    mode = _rust.mode()
    if mode not in rungs:
        raise RequirementError(
            f"{DISTRIBUTION} runs on the rung {mode} ({_rust.why()}), and {' or '.join(rungs)} is required; "
            "run: fastapi-rs doctor"
        )
