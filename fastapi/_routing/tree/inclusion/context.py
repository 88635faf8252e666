"""The options that the levels above a router add to its routes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Type, Union, cast

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from fastapi import params
from fastapi._body_limit import get_body_size_limit
from fastapi._form_limits import _FormLimits
from fastapi._routing.described.description import AttributeValues, Description, Responses
from fastapi._routing.described.options import OPTION_DEFAULTS, OperationOptions, add_up
from fastapi._routing.tree.route import APIRoute
from fastapi.datastructures import Default, DefaultPlaceholder
from fastapi.utils import generate_unique_id, get_value_or_default

if TYPE_CHECKING:
    from fastapi._routing.tree.router import APIRouter


@dataclass
class _RouterIncludeContext:
    """The options that the levels above a router add to its routes.

    Lists have the outermost level first. Of options that exclude each other, the nearest level wins.
    """

    included_router: APIRouter
    prefix: str = ""
    tags: List[Union[str, Enum]] = field(default_factory=list)
    dependencies: List[params.Depends] = field(default_factory=list)
    default_response_class: Union[Type[Response], DefaultPlaceholder] = field(
        default_factory=lambda: Default(cast(Any, JSONResponse))
    )
    responses: Responses = field(default_factory=dict)
    callbacks: List[BaseRoute] = field(default_factory=list)
    deprecated: Optional[bool] = None
    include_in_schema: bool = True
    generate_unique_id_function: Union[Callable[[APIRoute], str], DefaultPlaceholder] = field(
        default_factory=lambda: Default(cast(Any, generate_unique_id))
    )
    strict_content_type: Union[bool, DefaultPlaceholder] = field(default_factory=lambda: Default(cast(Any, True)))
    dependency_overrides_provider: Optional[Any] = None
    max_body_size: Optional[int] = None
    form_limits: _FormLimits = field(default_factory=_FormLimits)

    def around(self, inner: _RouterIncludeContext) -> _RouterIncludeContext:
        """Return the context of a router that `inner` includes in the router of this context."""
        return replace(
            inner,
            prefix=self.prefix + inner.prefix,
            **add_up(self, vars(inner)),
            deprecated=self.deprecated or inner.deprecated,
            include_in_schema=self.include_in_schema and inner.include_in_schema,
            default_response_class=get_value_or_default(inner.default_response_class, self.default_response_class),
            generate_unique_id_function=get_value_or_default(
                inner.generate_unique_id_function, self.generate_unique_id_function
            ),
            strict_content_type=get_value_or_default(inner.strict_content_type, self.strict_content_type),
            dependency_overrides_provider=self.dependency_overrides_provider,
            max_body_size=get_body_size_limit(inner.max_body_size, self.max_body_size),
        )

    def options_of(self, route: Description) -> OperationOptions:
        """Return the options of an `APIRoute`, merged with those of the levels above it."""
        included = self.included_router
        options: AttributeValues = {name: getattr(route, name) for name in OPTION_DEFAULTS}
        options.update(
            **add_up(self, options),
            deprecated=route.deprecated or self.deprecated,
            include_in_schema=route.include_in_schema and self.include_in_schema,
            response_class=get_value_or_default(
                route.response_class, included.default_response_class, self.default_response_class
            ),
            generate_unique_id_function=get_value_or_default(
                route.generate_unique_id_function,
                included.generate_unique_id_function,
                self.generate_unique_id_function,
            ),
            strict_content_type=get_value_or_default(
                route.strict_content_type, included.strict_content_type, self.strict_content_type
            ),
            dependency_overrides_provider=self.dependency_overrides_provider,
            max_body_size=get_body_size_limit(route.max_body_size, self.max_body_size),
        )
        return cast(OperationOptions, options)
