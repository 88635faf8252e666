"""The options that every parameter accepts, described once.

Type checkers read them through `Unpack[FieldOptions]`; `inspect.signature` shows them on functions that `shows_options`
decorates.
"""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Pattern, TypeVar, Union

from annotated_doc import Doc
from pydantic import AliasChoices, AliasPath, Discriminator
from pydantic.fields import FieldInfo
from typing_extensions import Annotated, Literal, TypedDict
from typing_extensions import deprecated as Deprecated

from fastapi._hints import own_hints, show_signature
from fastapi.datastructures import _Unset
from fastapi.exceptions import FastAPIDeprecationWarning
from fastapi.types import AnyCallable

if TYPE_CHECKING:
    from fastapi.openapi.models import Example as _Example
    from fastapi.params import Body, Param
else:
    # The models of OpenAPI are imported when an application uses them.
    _Example = Dict[str, Any]

_Callable = TypeVar("_Callable", bound=AnyCallable)


class FieldOptions(TypedDict, total=False):
    """The keywords of every parameter, of whichever part of the request."""

    default_factory: Annotated[
        Optional[Callable[[], Any]],
        Doc("A function that makes the default of each request that lacks the value. Not for path parameters."),
    ]
    alias: Annotated[
        Optional[str],
        Doc(
            "The name in the request and in OpenAPI, instead of the name of the Python parameter: for names that are "
            "keywords of Python, such as `from`, or no identifiers."
        ),
    ]
    alias_priority: Annotated[
        Optional[int],
        Doc("The priority of the alias: decides whether the alias generator of a model may replace it."),
    ]
    validation_alias: Annotated[
        Union[str, AliasPath, AliasChoices, None],
        Doc(
            "The name in the request alone, where it differs from `alias`; `AliasChoices` gives several names, tried "
            "in their order."
        ),
    ]
    serialization_alias: Annotated[
        Optional[str],
        Doc("The name in serialized data alone, where it differs from `alias`."),
    ]
    title: Annotated[Optional[str], Doc("A short title for readers of the documentation.")]
    description: Annotated[Optional[str], Doc("A description for readers of the documentation.")]
    gt: Annotated[Optional[float], Doc("Numbers: the value is greater than this bound.")]
    ge: Annotated[Optional[float], Doc("Numbers: the value is greater than this bound or equal to it.")]
    lt: Annotated[Optional[float], Doc("Numbers: the value is less than this bound.")]
    le: Annotated[Optional[float], Doc("Numbers: the value is less than this bound or equal to it.")]
    min_length: Annotated[Optional[int], Doc("Text: the least number of characters. Collections: of items.")]
    max_length: Annotated[Optional[int], Doc("Text: the greatest number of characters. Collections: of items.")]
    pattern: Annotated[
        Union[str, Pattern[str], None],
        Doc("Text: a regular expression, as text or compiled, that matches somewhere in the value."),
    ]
    regex: Annotated[
        Optional[str],
        Doc("Text: a regular expression. The old name of `pattern`."),
        Deprecated("Deprecated in FastAPI 0.100.0 and Pydantic v2, use `pattern` instead."),
    ]
    discriminator: Annotated[
        Union[str, Discriminator, None],
        Doc("Unions of models: the field whose value selects the member, or a `Discriminator` with a function."),
    ]
    strict: Annotated[Optional[bool], Doc("Whether Pydantic refuses values of other types instead of converting them.")]
    validate_default: Annotated[
        Optional[bool],
        Doc("Whether the default is validated like a value of the request. Without this option it is not."),
    ]
    union_mode: Annotated[
        Optional[Literal["smart", "left_to_right"]],
        Doc(
            "Unions: how Pydantic chooses the member. `smart`, Pydantic's default, takes the best match; "
            "`left_to_right` takes the first member that accepts the value."
        ),
    ]
    fail_fast: Annotated[
        Optional[bool],
        Doc("Lists, tuples and sets: whether validation stops at the first wrong item, so that errors name only one."),
    ]
    multiple_of: Annotated[Optional[float], Doc("Numbers: the value is a multiple of this number.")]
    allow_inf_nan: Annotated[Optional[bool], Doc("Numbers: whether infinities and NaN are valid.")]
    max_digits: Annotated[Optional[int], Doc("Decimals: the greatest number of digits.")]
    decimal_places: Annotated[Optional[int], Doc("Decimals: the greatest number of digits after the decimal point.")]
    examples: Annotated[Optional[List[Any]], Doc("Example values, shown in the JSON Schema of the parameter.")]
    example: Annotated[
        Optional[Any],
        Doc("One example value, shown in OpenAPI beside the JSON Schema."),
        Deprecated(
            "Deprecated in OpenAPI 3.1.0 that now uses JSON Schema 2020-12, "
            "although still supported. Use examples instead."
        ),
    ]
    openapi_examples: Annotated[
        Optional[Dict[str, _Example]],
        Doc(
            "Examples by name, each with its summary and description. OpenAPI has them beside the JSON Schema, and "
            "Swagger UI offers them for selection, which it does not do with `examples`."
        ),
    ]
    deprecated: Annotated[
        Union[Deprecated, str, bool, None],
        Doc("Whether OpenAPI marks the parameter as deprecated; a message counts as `True`."),
    ]
    include_in_schema: Annotated[bool, Doc("Whether OpenAPI shows the parameter. A hidden one works all the same.")]
    json_schema_extra: Annotated[
        Union[Dict[str, Any], Callable[[Dict[str, Any]], None], None],
        Doc("Keys to add to the JSON Schema of the parameter, or a function that changes that schema in place."),
    ]


# Any other option is `_Unset` when a caller leaves it out, because its `None` has a meaning.
_DEFAULTS: Dict[str, object] = {
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
# The order of parameters in a signature; those that are not named here follow.
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
_OPTIONS: Mapping[str, object] = own_hints(FieldOptions)


def shows_options(function: _Callable) -> _Callable:
    """Give `function` a signature with one keyword for each option instead of `**options`."""
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


def signature_of_function(cls: AnyCallable) -> inspect.Signature:
    """Return the signature for a function that creates a `cls`: the signature of the class without `annotation`."""
    signature = inspect.signature(cls)
    return signature.replace(
        parameters=[parameter for parameter in signature.parameters.values() if parameter.name != "annotation"],
        return_annotation=Any,
    )


def refuse_unknown(owner: str, options: Mapping[str, object]) -> None:
    """Raise Python's TypeError for an unexpected keyword if `options` has a name that is not an option."""
    for name in options:
        if name not in _OPTIONS:
            raise TypeError(f"{owner}() got an unexpected keyword argument {name!r}")


def set_up(parameter: Union[Param, Body], default: object, annotation: Any, options: FieldOptions) -> None:
    """Initialise a parameter. Only its `__init__` may call this: the warnings count the frames."""
    refuse_unknown(type(parameter).__name__, options)
    given: Dict[str, Any] = {name: value for name, value in options.items() if value is not _Unset}
    if "example" in given:
        # Level 4 is the caller of the function that called the class.
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
    _complete_aliases(given)
    FieldInfo.__init__(parameter, default=default, annotation=annotation, **given)


def _complete_aliases(given: Dict[str, Any]) -> None:
    alias = given.get("alias")
    if "alias" in given and given.get("validation_alias") is None:
        given["validation_alias"] = alias
    if alias is not None and given.get("serialization_alias") is None:
        given["serialization_alias"] = alias
