"""The parts that all security schemes share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, List, Optional, Tuple

from annotated_doc import Doc
from typing_extensions import Annotated, Protocol

from fastapi._facade import LazyModule, lazy_names

# The parameters of every scheme.
SchemeName = Annotated[
    Optional[str], Doc("The name of the scheme in the OpenAPI document. Without it, the name of the class.")
]
SchemeDescription = Annotated[
    Optional[str], Doc("A description of the scheme in the OpenAPI document, where the documentation pages show it.")
]
AutoError = Annotated[
    bool,
    Doc(
        "Whether a request without these credentials is answered with status 401. With `False` the value of the "
        "dependency is `None` instead: for operations that do not require authentication, or that accept the "
        "credentials of another scheme."
    ),
]


def lazy_models(name: str, **models: str) -> Tuple[Any, Callable[[str], Any], Callable[[], List[str]]]:
    """Return the lazy module of the OpenAPI models, and `__getattr__` and `__dir__` for the scheme module `name`.

    `models` are the names of models that other packages import from that module. Only schemes need the models, so an
    application without schemes does not import them.
    """
    homes = {alias: f"fastapi.openapi.models.{model}" for alias, model in models.items()}
    return (LazyModule("fastapi.openapi.models"), *lazy_names(name, homes))


if TYPE_CHECKING:
    from fastapi.openapi import models as _models
    from fastapi.openapi.models import SecurityBase as SecurityBaseModel  # noqa: F401
else:
    _models, __getattr__, __dir__ = lazy_models(__name__, SecurityBaseModel="SecurityBase")


class SecurityBase:
    """A security scheme: a dependency that takes credentials from a request and describes itself in OpenAPI."""

    model: _models.SecurityBase
    scheme_name: str


class Refusing(Protocol):
    """A scheme that may answer requests without credentials with an error."""

    auto_error: bool

    def make_not_authenticated_error(self) -> Exception: ...


def refuse(scheme: Refusing) -> None:
    """Raise the error for a request without credentials, unless the errors of the scheme are turned off."""
    if scheme.auto_error:
        raise scheme.make_not_authenticated_error()
