"""`ResolvedOperation`: the frozen, fully resolved description of one path operation.

`resolve_operation` makes it. `APIRoute` copies its public attributes from one; the include tree resolves another for
each inclusion of a route, from merged options.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Dict, Optional, SupportsIndex, Tuple, cast

from starlette.routing import compile_path

from fastapi._changes import Readers, changes
from fastapi._compat import ModelField
from fastapi._routing.described.description import AttributeValues, Description
from fastapi._routing.described.method_set import MethodSet
from fastapi._routing.described.response_field import make_response_field
from fastapi.dependencies._declared.shapes import get_flat_body
from fastapi.dependencies._declared.shared_fields import SharedField
from fastapi.utils import generate_unique_id

if TYPE_CHECKING:
    _OperationBase = Description
else:
    _OperationBase = object


class ResolvedOperation(_OperationBase):
    """One path operation, fully resolved and frozen."""

    # The name of `_embed_body_fields` in the arguments of `get_request_handler`.
    embed_body_fields: bool
    # The attributes that are created on demand are created from these.
    _only_method: str
    _shared_response: Optional[SharedField]
    # The plans that have read this operation; a change of `methods` tells the same plans.
    _readers: Readers

    __slots__ = (
        *("path", "path_regex", "path_format", "param_convertors", "methods"),
        *("endpoint", "name", "unique_id", "operation_id"),
        *("summary", "description", "tags", "deprecated", "include_in_schema"),
        *("callbacks", "openapi_extra", "generate_unique_id_function"),
        *("dependencies", "dependant", "body_field"),
        *("embed_body_fields", "dependency_overrides_provider"),
        *("strict_content_type", "max_body_size", "form_limits"),
        *("status_code", "response_class", "response_description", "responses"),
        *("response_model", "response_field", "response_fields"),
        *("response_model_include", "response_model_exclude"),
        *("response_model_by_alias", "response_model_exclude_unset"),
        *("response_model_exclude_defaults", "response_model_exclude_none"),
        *("stream_item_type", "stream_item_field"),
        *("is_sse_stream", "is_json_stream"),
        *("_only_method", "_shared_response", "_readers"),
    )

    def __init__(self, values: AttributeValues) -> None:
        set_field = object.__setattr__
        for field, value in values.items():
            set_field(self, field, value)

    def __getattr__(self, name: str) -> object:
        # A slot without a value: most operations have the same value there, so it is created on the first read.
        make = _MADE_ON_DEMAND.get(name)
        if make is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        with changes.lock:
            try:
                return object.__getattribute__(self, name)
            except AttributeError:
                value = make(self)
                object.__setattr__(self, name, value)
                return value

    @property
    def shown_body_field(self) -> Optional[ModelField]:
        """A read-only field with the schema of `body_field`."""
        body = None if _is_made(self, "body_field") else get_flat_body(self.dependant)
        if body is None:
            return self.body_field
        return body[0].field if body else None

    @property
    def shown_response_field(self) -> Optional[ModelField]:
        """A read-only field with the schema of `response_field`; its name differs."""
        shared = self._shared_response
        return self.response_field if shared is None else shared.field

    @property
    def method_names(self) -> Tuple[str, ...]:
        """The methods in the order of the set, which the documentation keeps.

        Reading it does not create `methods`.
        """
        only = self._only_method if _is_made(self, "_only_method") else None
        return tuple(self.methods) if only is None or _is_made(self, "methods") else (only,)

    if not TYPE_CHECKING:

        @property
        def _embed_body_fields(self) -> bool:
            """The name of `embed_body_fields` in `APIRoute`."""
            return self.embed_body_fields

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"An ResolvedOperation is frozen: cannot assign {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"An ResolvedOperation is frozen: cannot delete {name!r}")

    def __deepcopy__(self, memo: object) -> ResolvedOperation:
        # A deep copy of a route shares the handler of the original, because functions are not copied, and this
        # operation is frozen: so the copy shares it.
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> Tuple[object, ...]:
        values = {name: getattr(self, name) for name in _KEPT}
        return ResolvedOperation.__new__, (ResolvedOperation,), values

    def __setstate__(self, values: AttributeValues) -> None:
        put = object.__setattr__
        for name, value in values.items():
            put(self, name, value)
        put(self, "_readers", Readers())
        put(self, "methods", MethodSet(self.methods, self._readers))
        put(self, "_shared_response", None)

    def __repr__(self) -> str:
        methods = ",".join(sorted(self.methods))
        return f"ResolvedOperation({methods} {self.path}, unique_id={self.unique_id!r})"


def _is_made(operation: ResolvedOperation, name: str) -> bool:
    try:
        object.__getattribute__(operation, name)
    except AttributeError:
        return False
    return True


# The attributes in a pickle. Shared fields, plans and single methods belong to one process.
_KEPT = tuple(
    name for name in ResolvedOperation.__slots__ if name not in ("_only_method", "_shared_response", "_readers")
)

# The original functions, also while patches replace them.
_own_compile_path = compile_path

own_unique_id = cast(Callable[[ResolvedOperation], str], generate_unique_id)

_MADE_ON_DEMAND: Dict[str, Callable[[ResolvedOperation], object]] = {
    "path_regex": lambda operation: _own_compile_path(operation.path)[0],
    "methods": lambda operation: MethodSet([operation._only_method], operation._readers),
    "unique_id": own_unique_id,
    "body_field": lambda operation: operation.dependant.body_params[0] if operation.dependant.body_params else None,
    "response_field": lambda operation: make_response_field(operation),
    **{name: lambda operation: [] for name in ("tags", "dependencies", "callbacks")},
    **{name: lambda operation: {} for name in ("responses", "response_fields", "form_limits", "param_convertors")},
}
