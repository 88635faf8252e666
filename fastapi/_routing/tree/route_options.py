"""The keyword parameters of `api_route` and `add_api_route`.

They are those of the verbs, described in `PathOperations.get`, and a few more. The methods are written with
`**options`; `with_options` gives them the signature.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Callable, Collection, Mapping, Optional, Type, TypeVar, Union, cast

from annotated_doc import Doc
from typing_extensions import Annotated

from fastapi._body_limit import get_body_size_limit
from fastapi._hints import own_hints, show_signature
from fastapi._routing.described.description import AttributeValues
from fastapi._routing.described.options import OperationOptions, add_up
from fastapi._routing.tree.path_operation import VERB_DEFAULTS, PathOperations, evaluated_signature
from fastapi._routing.tree.route import APIRoute
from fastapi.datastructures import Default, DefaultPlaceholder
from fastapi.utils import get_value_or_default

if TYPE_CHECKING:
    from fastapi._routing.tree.router import APIRouter

Defaults = Mapping[str, Any]
Method = TypeVar("Method", bound=Callable[..., Any])


class AddRouteOptions(OperationOptions, total=False):
    """The options of a path operation, and the class that makes the route."""

    route_class_override: Optional[Type[APIRoute]]


def with_options(defaults: Defaults) -> Callable[[Method], Method]:
    """Give a method written with `**options` keyword parameters with these defaults.

    `inspect.signature` shows them. The method gets every option, and an unknown name raises TypeError.
    """

    def decorate(method: Method) -> Method:
        signature = _signature(method, defaults)
        known = frozenset(signature.parameters)

        @functools.wraps(method)
        def wrapper(self: object, *args: object, **options: object) -> object:
            for name in () if known.issuperset(options) else options:
                if name not in known:
                    raise TypeError(f"{method.__qualname__}() got an unexpected keyword argument {name!r}")
            return method(self, *args, **{**defaults, **options})

        show_signature(wrapper, signature)
        return cast(Method, wrapper)

    return decorate


def _signature(method: Callable[..., object], defaults: Defaults) -> inspect.Signature:
    signature, own = inspect.signature(method), own_hints(method)
    positional = [
        parameter.replace(annotation=own.get(parameter.name, parameter.empty))
        for parameter in signature.parameters.values()
        if parameter.kind is not parameter.VAR_KEYWORD
    ]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=_annotation(name))
        for name, default in defaults.items()
    ]
    return signature.replace(parameters=[*positional, *options], return_annotation=own["return"])


_DESCRIBED = evaluated_signature(PathOperations.get).parameters
_DECLARED: AttributeValues = {
    **own_hints(OperationOptions),
    "methods": Annotated[Optional[Collection[str]], Doc("The HTTP methods, by default GET.")],
    "route_class_override": Annotated[
        Optional[Type[APIRoute]], Doc("The class of the route. It replaces the `route_class` of the router.")
    ],
    "strict_content_type": Annotated[
        Union[bool, DefaultPlaceholder], Doc("Whether a body without a Content-Type header is not parsed as JSON.")
    ],
}


def _annotation(name: str) -> object:
    if name in _DESCRIBED:
        return _DESCRIBED[name].annotation
    return _DECLARED.get(name, Any)


def _in_order(*, without: Collection[str] = (), after: Mapping[str, Defaults]) -> AttributeValues:
    """Return the options of the verbs, minus some, with others after the named ones."""
    ordered: AttributeValues = {}
    for name, default in VERB_DEFAULTS.items():
        if name not in without:
            ordered[name] = default
        ordered.update(after.get(name, {}))
    return ordered


API_ROUTE: Defaults = _in_order(after={"deprecated": {"methods": None}})
ADD_API_ROUTE: Defaults = _in_order(
    after={
        "deprecated": {"methods": None},
        "name": {"route_class_override": None},
        "generate_unique_id_function": {"strict_content_type": Default(True)},
    }
)
# An application takes its callbacks where it is created.
APPLICATION_ROUTE: Defaults = _in_order(without=["callbacks"], after={"deprecated": {"methods": None}})


def merge_options(router: APIRouter, options: Defaults) -> AttributeValues:
    """Return the options of a *path operation*, merged with those of its router."""
    merged = dict(options)
    merged.update(
        **add_up(router, options),
        deprecated=options["deprecated"] or router.deprecated,
        include_in_schema=options["include_in_schema"] and router.include_in_schema,
        response_class=get_value_or_default(options["response_class"], router.default_response_class),
        generate_unique_id_function=get_value_or_default(
            options["generate_unique_id_function"], router.generate_unique_id_function
        ),
        strict_content_type=get_value_or_default(options["strict_content_type"], router.strict_content_type),
        max_body_size=get_body_size_limit(options["max_body_size"], router.max_body_size),
        dependency_overrides_provider=router.dependency_overrides_provider,
    )
    return merged
