"""The classes behind `Query()`, `Body()`, `Depends()` and their relatives.

`fastapi._field_options` describes the keywords that all parameters share.
"""

from __future__ import annotations

import importlib
import re as re
import warnings as warnings
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence
from typing import Callable as Callable

from pydantic import AliasChoices as AliasChoices
from pydantic import AliasPath as AliasPath
from pydantic import Discriminator as Discriminator
from pydantic.fields import FieldInfo
from typing_extensions import Annotated as Annotated
from typing_extensions import Literal, Unpack
from typing_extensions import deprecated as deprecated

from fastapi._compat import Undefined
from fastapi._facade import takes_over
from fastapi._field_options import FieldOptions, set_up, shows_options
from fastapi.concurrency import _DependencyConcurrency
from fastapi.datastructures import _Unset as _Unset
from fastapi.exceptions import FastAPIDeprecationWarning as FastAPIDeprecationWarning
from fastapi.types import AnyCallable

if TYPE_CHECKING:
    from fastapi._schema_file.factory import get_param_schema as get_param_schema
    from fastapi._schema_file.factory import load_params_schema as load_params_schema
    from fastapi._schema_file.factory import param_factory as param_factory
    from fastapi._schema_file.problems import ParamsSchemaError as ParamsSchemaError
    from fastapi._schema_file.reload import reload_params_schema as reload_params_schema
    from fastapi.dependencies._solving.outside import validate_cookie_params as validate_cookie_params
    from fastapi.dependencies._solving.outside import validate_header_params as validate_header_params
    from fastapi.dependencies._solving.outside import validate_path_params as validate_path_params
    from fastapi.dependencies._solving.outside import validate_query_params as validate_query_params
    from fastapi.openapi.models import Example as Example

# Names that are imported on demand: parameters declared in a file need Pydantic models and a YAML parser.
_IN_A_FILE = {
    "ParamsSchemaError": "fastapi._schema_file.problems",
    "get_param_schema": "fastapi._schema_file.factory",
    "load_params_schema": "fastapi._schema_file.factory",
    "param_factory": "fastapi._schema_file.factory",
    "reload_params_schema": "fastapi._schema_file.reload",
    "validate_cookie_params": "fastapi.dependencies._solving.outside",
    "validate_header_params": "fastapi.dependencies._solving.outside",
    "validate_path_params": "fastapi.dependencies._solving.outside",
    "validate_query_params": "fastapi.dependencies._solving.outside",
}
_ON_DEMAND = {**_IN_A_FILE, "Example": "fastapi.openapi.models"}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _ON_DEMAND:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_ON_DEMAND[name]), name)

    def __dir__() -> List[str]:
        return sorted({*globals(), "Example"})


class ParamTypes(Enum):
    """The parts of a request that hold parameters outside of the body."""

    query = "query"
    header = "header"
    path = "path"
    cookie = "cookie"


class Param(FieldInfo):  # type: ignore[misc]
    """A parameter of the path, the query string, the headers or the cookies."""

    in_: ParamTypes
    if TYPE_CHECKING:
        example: object
        include_in_schema: bool
        openapi_examples: Optional[Dict[str, Example]]

    @shows_options
    def __init__(
        self, default: Any = Undefined, *, annotation: Optional[Any] = None, **options: Unpack[FieldOptions]
    ) -> None:
        set_up(self, default, annotation, options)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.default})"


class Path(Param):  # type: ignore[misc]
    """A parameter that the path contains. Every matching path has a value for it, so it has no default."""

    in_ = ParamTypes.path

    @shows_options
    def __init__(
        self, default: Any = ..., *, annotation: Optional[Any] = None, **options: Unpack[FieldOptions]
    ) -> None:
        assert default is ..., "Path parameters cannot have a default value"
        self.in_ = self.in_
        set_up(self, default, annotation, options)


@takes_over(Param, "__init__")
class Query(Param):  # type: ignore[misc]
    """A parameter in the query string."""

    in_ = ParamTypes.query


class Header(Param):  # type: ignore[misc]
    """A parameter in a header.

    With `convert_underscores` the header has hyphens where the name of the parameter has underscores.
    """

    in_ = ParamTypes.header

    @shows_options
    def __init__(
        self,
        default: Any = Undefined,
        *,
        annotation: Optional[Any] = None,
        convert_underscores: bool = True,
        **options: Unpack[FieldOptions],
    ) -> None:
        self.convert_underscores = convert_underscores
        set_up(self, default, annotation, options)


@takes_over(Param, "__init__")
class Cookie(Param):  # type: ignore[misc]
    """A parameter in a cookie."""

    in_ = ParamTypes.cookie


class Body(FieldInfo):  # type: ignore[misc]
    """A parameter that is the whole body, or one key of it."""

    if TYPE_CHECKING:
        example: object
        include_in_schema: bool
        openapi_examples: Optional[Dict[str, Example]]

    @shows_options
    def __init__(
        self,
        default: Any = Undefined,
        *,
        annotation: Optional[Any] = None,
        embed: Optional[bool] = None,
        media_type: str = "application/json",
        **options: Unpack[FieldOptions],
    ) -> None:
        self.embed = embed
        self.media_type = media_type
        set_up(self, default, annotation, options)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.default})"


class Form(Body):  # type: ignore[misc]
    """A parameter in a field of a form, or a model of all fields."""

    @shows_options
    def __init__(
        self,
        default: Any = Undefined,
        *,
        annotation: Optional[Any] = None,
        media_type: str = "application/x-www-form-urlencoded",
        **options: Unpack[FieldOptions],
    ) -> None:
        self.embed, self.media_type = None, media_type
        set_up(self, default, annotation, options)


class File(Form):  # type: ignore[misc]
    """A parameter that is a file of a multipart form."""

    @shows_options
    def __init__(
        self,
        default: Any = Undefined,
        *,
        annotation: Optional[Any] = None,
        media_type: str = "multipart/form-data",
        **options: Unpack[FieldOptions],
    ) -> None:
        self.embed, self.media_type = None, media_type
        set_up(self, default, annotation, options)


DependencyScope = Optional[Literal["function", "request"]]


@dataclass(frozen=True, init=False)
class Depends:
    """A dependency: a callable whose result is the value of a parameter.

    Copies with the same `max_concurrency`, as `dataclasses.replace` makes them, share one `_concurrency`: a copy does
    not raise the limit.
    """

    dependency: Optional[AnyCallable] = None
    use_cache: bool = True
    scope: DependencyScope = None
    max_concurrency: Optional[int] = None
    _concurrency: Optional[_DependencyConcurrency] = field(default=None, repr=False)

    def __init__(
        self,
        dependency: Optional[AnyCallable] = None,
        use_cache: bool = True,
        scope: DependencyScope = None,
        *,
        max_concurrency: Optional[int] = None,
        _concurrency: Optional[_DependencyConcurrency] = None,
    ) -> None:
        # A frozen dataclass forbids plain assignment. Dataclasses have keyword-only fields only since Python 3.10, so
        # this one has an `__init__` of its own.
        set_field = object.__setattr__
        set_field(self, "dependency", dependency)
        set_field(self, "use_cache", use_cache)
        set_field(self, "scope", scope)
        set_field(self, "max_concurrency", max_concurrency)
        set_field(self, "_concurrency", _concurrency)
        self.__post_init__()

    def __post_init__(self) -> None:
        limit = self.max_concurrency
        if limit is None:
            object.__setattr__(self, "_concurrency", None)
            return
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            raise ValueError("max_concurrency must be a positive integer or None")
        if self._concurrency is None or self._concurrency.max_concurrency != limit:
            object.__setattr__(self, "_concurrency", _DependencyConcurrency(limit))


@dataclass(frozen=True, init=False)
class Security(Depends):
    """A dependency that declares the OAuth2 scopes it needs."""

    scopes: Optional[Sequence[str]] = None

    def __init__(
        self,
        dependency: Optional[AnyCallable] = None,
        use_cache: bool = True,
        scope: DependencyScope = None,
        scopes: Optional[Sequence[str]] = None,
        *,
        max_concurrency: Optional[int] = None,
        _concurrency: Optional[_DependencyConcurrency] = None,
    ) -> None:
        object.__setattr__(self, "scopes", scopes)
        super().__init__(
            dependency,
            use_cache,
            scope,
            max_concurrency=max_concurrency,
            _concurrency=_concurrency,
        )
