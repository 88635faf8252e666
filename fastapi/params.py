"""The classes behind `Query()`, `Body()`, `Depends()` and their relatives.

What all parameters accept is described once, in `FieldOptions`; type checkers read it through `Unpack`, people through
`inspect.signature`, which `_shows_options` prepares.
"""

from __future__ import annotations

import importlib
import inspect
import re as re
import warnings
from dataclasses import dataclass, field
from enum import Enum
from types import FunctionType
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    List,
    Mapping,
    Optional,
    Pattern,
    Sequence,
    TypeVar,
    Union,
    cast,
)

from annotated_doc import Doc
from pydantic import AliasChoices, AliasPath, Discriminator
from pydantic.fields import FieldInfo
from typing_extensions import Annotated, Literal, TypedDict, Unpack
from typing_extensions import deprecated as Deprecated
from typing_extensions import deprecated as deprecated

from fastapi._compat import Undefined
from fastapi._facade import takes_over
from fastapi._hints import own_hints
from fastapi.concurrency import _DependencyConcurrency
from fastapi.datastructures import _Unset
from fastapi.exceptions import FastAPIDeprecationWarning

if TYPE_CHECKING:
    from fastapi._schema_file.factory import get_param_schema as get_param_schema
    from fastapi._schema_file.factory import load_params_schema as load_params_schema
    from fastapi._schema_file.factory import param_factory as param_factory
    from fastapi._schema_file.problems import ParamsSchemaError as ParamsSchemaError
    from fastapi._schema_file.reload import reload_params_schema as reload_params_schema
    from fastapi.dependencies._outside import validate_cookie_params as validate_cookie_params
    from fastapi.dependencies._outside import validate_header_params as validate_header_params
    from fastapi.dependencies._outside import validate_path_params as validate_path_params
    from fastapi.dependencies._outside import validate_query_params as validate_query_params
    from fastapi.openapi.models import Example as Example
    from fastapi.openapi.models import Example as _Example
else:
    # The real one is imported when it is asked for.
    _Example = Dict[str, Any]

# Imported on demand: parameters that are declared in a file take Pydantic models and a YAML parser.
_IN_A_FILE = {
    "ParamsSchemaError": "fastapi._schema_file.problems",
    "get_param_schema": "fastapi._schema_file.factory",
    "load_params_schema": "fastapi._schema_file.factory",
    "param_factory": "fastapi._schema_file.factory",
    "reload_params_schema": "fastapi._schema_file.reload",
    "validate_cookie_params": "fastapi.dependencies._outside",
    "validate_header_params": "fastapi.dependencies._outside",
    "validate_path_params": "fastapi.dependencies._outside",
    "validate_query_params": "fastapi.dependencies._outside",
}
_ON_DEMAND = {**_IN_A_FILE, "Example": "fastapi.openapi.models"}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _ON_DEMAND:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_ON_DEMAND[name]), name)

    def __dir__() -> List[str]:
        return sorted({*globals(), "Example"})


_Callable = TypeVar("_Callable", bound=Callable[..., Any])


class FieldOptions(TypedDict, total=False):
    """What every parameter accepts, whatever part of the request it comes from."""

    default_factory: Annotated[
        Optional[Callable[[], Any]],
        Doc("Called for a default whenever the value is missing."),
    ]
    alias: Annotated[Optional[str], Doc("The name in the request and in the documentation.")]
    alias_priority: Annotated[Optional[int], Doc("Which alias wins when an alias generator gives another.")]
    validation_alias: Annotated[
        Union[str, AliasPath, AliasChoices, None],
        Doc("The name in the request, if `alias` does not say it: also a choice."),
    ]
    serialization_alias: Annotated[Optional[str], Doc("The name in the output, if `alias` does not say it.")]
    title: Annotated[Optional[str], Doc("A title for people.")]
    description: Annotated[Optional[str], Doc("A description for people.")]
    gt: Annotated[Optional[float], Doc("Numbers: greater than this.")]
    ge: Annotated[Optional[float], Doc("Numbers: this or greater.")]
    lt: Annotated[Optional[float], Doc("Numbers: less than this.")]
    le: Annotated[Optional[float], Doc("Numbers: this or less.")]
    min_length: Annotated[Optional[int], Doc("Text and lists: at least so long.")]
    max_length: Annotated[Optional[int], Doc("Text and lists: at most so long.")]
    pattern: Annotated[
        Union[str, Pattern[str], None],
        Doc("Text: a regular expression that has to be found in it."),
    ]
    regex: Annotated[
        Optional[str],
        Doc("The old name of `pattern`."),
        Deprecated("Deprecated in FastAPI 0.100.0 and Pydantic v2, use `pattern` instead."),
    ]
    discriminator: Annotated[
        Union[str, Discriminator, None],
        Doc("What tells the members of a union apart: a field, or a function."),
    ]
    strict: Annotated[Optional[bool], Doc("Take values of exactly this type, without conversion.")]
    validate_default: Annotated[Optional[bool], Doc("Validate the default, too.")]
    union_mode: Annotated[
        Optional[Literal["smart", "left_to_right"]],
        Doc("How the member of a union is chosen."),
    ]
    fail_fast: Annotated[Optional[bool], Doc("Lists: stop at the first error.")]
    multiple_of: Annotated[Optional[float], Doc("Numbers: a multiple of this.")]
    allow_inf_nan: Annotated[Optional[bool], Doc("Numbers: whether infinities and NaN are accepted.")]
    max_digits: Annotated[Optional[int], Doc("Decimals: at most so many digits.")]
    decimal_places: Annotated[Optional[int], Doc("Decimals: at most so many digits after the point.")]
    examples: Annotated[Optional[List[Any]], Doc("Example values, as a part of the JSON schema.")]
    example: Annotated[
        Optional[Any],
        Doc("One example, outside of the JSON schema."),
        Deprecated(
            "Deprecated in OpenAPI 3.1.0 that now uses JSON Schema 2020-12, "
            "although still supported. Use examples instead."
        ),
    ]
    openapi_examples: Annotated[
        Optional[Dict[str, _Example]],
        Doc("Named examples with summaries, as OpenAPI has them beside the schema."),
    ]
    deprecated: Annotated[
        Union[Deprecated, str, bool, None],
        Doc("Show the parameter as deprecated, perhaps with a message."),
    ]
    include_in_schema: Annotated[bool, Doc("Whether the parameter appears in the documentation.")]
    json_schema_extra: Annotated[
        Union[Dict[str, Any], Callable[[Dict[str, Any]], None], None],
        Doc("More keys for the JSON schema, or a function that changes it."),
    ]


# Every option that is not here is `_Unset` when it is left out: then `None` means something.
_DEFAULTS: Dict[str, Any] = {
    "gt": None,
    "ge": None,
    "lt": None,
    "le": None,
    "min_length": None,
    "max_length": None,
    "pattern": None,
    "regex": None,
    "openapi_examples": None,
    "include_in_schema": True,
}
# Where the keywords of a class stand between the options.
_FIRST = (
    "self",
    "default",
    "default_factory",
    "annotation",
    "embed",
    "media_type",
    "alias",
    "alias_priority",
    "validation_alias",
    "serialization_alias",
    "convert_underscores",
)
_OPTIONS: Mapping[str, Any] = own_hints(FieldOptions)


def _shows_options(function: _Callable) -> _Callable:
    """Give `function` a signature that names the options instead of `**options`."""
    signature = inspect.signature(function)
    own = own_hints(function)
    parameters = [
        parameter.replace(annotation=own.get(parameter.name, parameter.empty))
        for parameter in signature.parameters.values()
        if parameter.kind is not parameter.VAR_KEYWORD
    ]
    parameters += [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=_DEFAULTS.get(name, _Unset),
            annotation=annotation,
        )
        for name, annotation in _OPTIONS.items()
    ]
    rank = {name: index for index, name in enumerate(_FIRST)}
    parameters.sort(key=lambda parameter: rank.get(parameter.name, len(rank)))
    show_signature(function, signature.replace(parameters=parameters, return_annotation=own["return"]))
    return function


def show_signature(function: Callable[..., Any], signature: inspect.Signature) -> None:
    """Give `function` a signature, and annotations that say the same."""
    function.__signature__ = signature  # type: ignore[attr-defined]
    shown = signature.parameters.values()
    function.__annotations__ = {each.name: each.annotation for each in shown if each.annotation is not each.empty}
    function.__annotations__["return"] = signature.return_annotation


def signature_of_function(cls: Callable[..., Any]) -> inspect.Signature:
    """Return the signature of the function that creates a `cls`: that of the class, without `annotation`."""
    signature = inspect.signature(cls)
    return signature.replace(
        parameters=[parameter for parameter in signature.parameters.values() if parameter.name != "annotation"],
        return_annotation=Any,
    )


def find_declaration(annotation: Any, value: Any) -> Optional[Any]:
    """Return what a parameter is declared by when that is a row of a file: see `param_factory`."""
    if isinstance(value, FieldInfo):
        return getattr(value, "_declaration", None)
    for item in (value, *getattr(getattr(annotation, "__value__", annotation), "__metadata__", ())):
        # `param_factory` without a call, and a call in `Depends`, are refused by what they have as a declaration.
        if isinstance(item, Depends):
            wrapped = getattr(item.dependency, "_declaration", None) if _is_made_by_file(item.dependency) else None
            if wrapped is not None:
                return wrapped.in_depends()
        elif _is_made_by_file(item) and getattr(item, "_declaration", None) is not None:
            return cast(Any, item)._declaration
    return None


def _is_made_by_file(item: Any) -> bool:
    return isinstance(item, (FieldInfo, FunctionType))


def refuse_unknown(owner: str, options: Mapping[str, Any]) -> None:
    """Raise what Python raises for a keyword that a function does not have."""
    for name in options:
        if name not in _OPTIONS:
            raise TypeError(f"{owner}() got an unexpected keyword argument {name!r}")


def _set_up(parameter: Any, default: Any, annotation: Optional[Any], options: FieldOptions) -> None:
    """Initialise a parameter. Called by the initialisers alone, for the warnings count the frames."""
    refuse_unknown(type(parameter).__name__, options)
    given: Dict[str, Any] = {name: value for name, value in options.items() if value is not _Unset}
    if "example" in given:
        # Level 4 is whoever called the function that called the class.
        warnings.warn(
            "`example` has been deprecated, please use `examples` instead",
            category=FastAPIDeprecationWarning,
            stacklevel=4,
        )
    regex = given.pop("regex", None)
    if regex is not None:
        warnings.warn(
            "`regex` has been deprecated, please use `pattern` instead",
            category=FastAPIDeprecationWarning,
            stacklevel=4,
        )
        given["pattern"] = given.get("pattern") or regex
    parameter.example = given.pop("example", _Unset)
    parameter.include_in_schema = given.pop("include_in_schema", True)
    parameter.openapi_examples = given.pop("openapi_examples", None)
    _fill_aliases(given)
    FieldInfo.__init__(parameter, default=default, annotation=annotation, **given)


def _fill_aliases(given: Dict[str, Any]) -> None:
    alias = given.get("alias")
    if "alias" in given and given.get("validation_alias") is None:
        given["validation_alias"] = alias
    if alias is not None and given.get("serialization_alias") is None:
        given["serialization_alias"] = alias


class ParamTypes(Enum):
    """The parts of a request, beside its body, that hold parameters."""

    query = "query"
    header = "header"
    path = "path"
    cookie = "cookie"


class Param(FieldInfo):  # type: ignore[misc]
    """A parameter outside of the body."""

    in_: ParamTypes

    @_shows_options
    def __init__(
        self,
        default: Any = Undefined,
        *,
        annotation: Optional[Any] = None,
        **options: Unpack[FieldOptions],
    ) -> None:
        _set_up(self, default, annotation, options)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.default})"


class Path(Param):  # type: ignore[misc]
    """A part of the path. It is always there, so it has no default."""

    in_ = ParamTypes.path

    @_shows_options
    def __init__(
        self,
        default: Any = ...,
        *,
        annotation: Optional[Any] = None,
        **options: Unpack[FieldOptions],
    ) -> None:
        assert default is ..., "Path parameters cannot have a default value"
        self.in_ = self.in_
        _set_up(self, default, annotation, options)


@takes_over(Param, "__init__")
class Query(Param):  # type: ignore[misc]
    """A value of the query string."""

    in_ = ParamTypes.query


class Header(Param):  # type: ignore[misc]
    """A header. Its name has hyphens where the parameter has underscores, unless that is turned off."""

    in_ = ParamTypes.header

    @_shows_options
    def __init__(
        self,
        default: Any = Undefined,
        *,
        annotation: Optional[Any] = None,
        convert_underscores: bool = True,
        **options: Unpack[FieldOptions],
    ) -> None:
        self.convert_underscores = convert_underscores
        _set_up(self, default, annotation, options)


@takes_over(Param, "__init__")
class Cookie(Param):  # type: ignore[misc]
    """A cookie."""

    in_ = ParamTypes.cookie


class Body(FieldInfo):  # type: ignore[misc]
    """The body, or a key of it."""

    @_shows_options
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
        _set_up(self, default, annotation, options)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.default})"


class Form(Body):  # type: ignore[misc]
    """A field of a form."""

    @_shows_options
    def __init__(
        self,
        default: Any = Undefined,
        *,
        annotation: Optional[Any] = None,
        media_type: str = "application/x-www-form-urlencoded",
        **options: Unpack[FieldOptions],
    ) -> None:
        self.embed = None
        self.media_type = media_type
        _set_up(self, default, annotation, options)


class File(Form):  # type: ignore[misc]
    """A file in a form."""

    @_shows_options
    def __init__(
        self,
        default: Any = Undefined,
        *,
        annotation: Optional[Any] = None,
        media_type: str = "multipart/form-data",
        **options: Unpack[FieldOptions],
    ) -> None:
        self.embed = None
        self.media_type = media_type
        _set_up(self, default, annotation, options)


DependencyScope = Optional[Literal["function", "request"]]


@dataclass(frozen=True, init=False)
class Depends:
    """A dependency: something to call for a value.

    `_concurrency` is what copies with the same limit share, so that `dataclasses.replace` does not give more slots.
    """

    dependency: Optional[Callable[..., Any]] = None
    use_cache: bool = True
    scope: DependencyScope = None
    max_concurrency: Optional[int] = None
    _concurrency: Optional[_DependencyConcurrency] = field(default=None, repr=False)

    def __init__(
        self,
        dependency: Optional[Callable[..., Any]] = None,
        use_cache: bool = True,
        scope: DependencyScope = None,
        *,
        max_concurrency: Optional[int] = None,
        _concurrency: Optional[_DependencyConcurrency] = None,
    ) -> None:
        # The dataclass is frozen, and before Python 3.10 it cannot have keyword-only fields of its own.
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
    """A dependency that needs OAuth2 scopes."""

    scopes: Optional[Sequence[str]] = None

    def __init__(
        self,
        dependency: Optional[Callable[..., Any]] = None,
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
