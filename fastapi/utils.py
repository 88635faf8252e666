"""Small helpers for several parts of the package."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any, Dict, Optional, Set, Union

from pydantic.fields import FieldInfo
from typing_extensions import Literal

from fastapi._compat import (
    ModelField,
    PydanticSchemaGenerationError,
    Undefined,
    annotation_is_pydantic_v1,
)
from fastapi.datastructures import DefaultPlaceholder, DefaultType
from fastapi.exceptions import (
    FastAPIDeprecationWarning,
    FastAPIError,
    PydanticV1NotSupportedError,
)

if TYPE_CHECKING:
    from fastapi.routing import APIRoute

# The keys of `responses` for a range of status codes, and for all others.
_STATUS_RANGES = frozenset({"default", "1XX", "2XX", "3XX", "4XX", "5XX"})

_invalid_args_message = (
    "Invalid args for response field! Hint: check that {type_} is a valid Pydantic "
    "field type. If you are using a return type annotation that is not a valid "
    "Pydantic field (e.g. Union[Response, dict, None]) you can disable generating the "
    "response model from the type annotation with the path operation decorator "
    "parameter response_model=None. Read more: "
    "https://fastapi.tiangolo.com/tutorial/response-model/"
)


def is_body_allowed_for_status_code(status_code: Union[int, str, None]) -> bool:
    """Return whether a response with this status may have a body (RFC 9110 section 6.4.1)."""
    if status_code is None or status_code in _STATUS_RANGES:
        return True
    code = int(status_code)
    return code >= 200 and code not in (204, 205, 304)


def get_path_param_names(path: str) -> Set[str]:
    """Return the texts in braces: `{"order_id"}` for `/orders/{order_id}/lines`."""
    return set(re.findall("{(.*?)}", path))


def create_model_field(
    name: str,
    type_: Any,
    default: Optional[Any] = Undefined,
    field_info: Optional[FieldInfo] = None,
    alias: Optional[str] = None,
    mode: Literal["validation", "serialization"] = "validation",
) -> ModelField:
    """Return a field for a parameter or a response.

    Raises:
        FastAPIError: Pydantic has no schema for the type.
        PydanticV1NotSupportedError: The type contains a model of `pydantic.v1`.
    """
    _refuse_pydantic_v1(type_)
    info = FieldInfo(annotation=type_, default=default, alias=alias) if field_info is None else field_info
    try:
        return ModelField(mode=mode, name=name, field_info=info)
    except PydanticSchemaGenerationError:
        raise FastAPIError(_invalid_args_message.format(type_=type_)) from None


def _refuse_pydantic_v1(type_: object) -> None:
    if annotation_is_pydantic_v1(type_):
        raise PydanticV1NotSupportedError(
            f"pydantic.v1 models are no longer supported by FastAPI. Please update the response model {type_!r}."
        )


def generate_unique_id(route: APIRoute) -> str:
    """Return the default operation id of a route: `pay_orders__order_id__payment_post` for the function `pay`."""
    operation_id = re.sub(r"\W", "_", route.name + route.path_format)
    assert route.methods
    return f"{operation_id}_{next(iter(route.methods)).lower()}"


def generate_operation_id_for_path(*, name: str, path: str, method: str) -> str:
    """Return an operation id. Deprecated: the package does not use it."""
    warnings.warn(
        "fastapi.utils.generate_operation_id_for_path() was deprecated, "
        "it is not used internally, and will be removed soon",
        category=FastAPIDeprecationWarning,
        stacklevel=2,
    )
    operation_id = re.sub(r"\W", "_", name + path)
    return f"{operation_id}_{method.lower()}"


def deep_dict_update(main_dict: Dict[Any, Any], update_dict: Dict[Any, Any]) -> None:
    """Merge `update_dict` into `main_dict`: dicts key by key, lists by appending, other values by replacing."""
    for key, value in update_dict.items():
        current = main_dict.get(key)
        if isinstance(current, dict) and isinstance(value, dict):
            deep_dict_update(current, value)
        elif isinstance(current, list) and isinstance(value, list):
            main_dict[key] = current + value
        else:
            main_dict[key] = value


def get_value_or_default(
    first_item: Union[DefaultPlaceholder, DefaultType],
    *extra_items: Union[DefaultPlaceholder, DefaultType],
) -> Union[DefaultPlaceholder, DefaultType]:
    """Return the first item that is not a placeholder for a default, or else the first item."""
    for item in (first_item, *extra_items):
        if not isinstance(item, DefaultPlaceholder):
            return item
    return first_item


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Import `validate_query_params` and its relatives when an application uses them."""
        from fastapi import params

        if name.startswith("validate_") and name in params._IN_A_FILE:
            return getattr(params, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
