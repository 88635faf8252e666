"""What a path operation is: the options somebody wrote, and what they were resolved to.

Options travel as one value, `OperationOptions`, until a route is built. `resolve_operation` then decides everything a
request needs to know and freezes it in an `Operation`. `APIRoute` copies its public attributes from one; the include
tree resolves another for each inclusion of a route, from merged options.
"""

from __future__ import annotations

import inspect
from contextvars import ContextVar
from enum import Enum, IntEnum
from types import SimpleNamespace
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    List,
    Mapping,
    Optional,
    Pattern,
    Sequence,
    Set,
    Tuple,
    Type,
    Union,
    cast,
)

from starlette.convertors import Convertor
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, compile_path, get_name
from typing_extensions import TypedDict

from fastapi import params
from fastapi._body_limit import validate_max_body_size
from fastapi._changes import Readers, changes
from fastapi._compat import ModelField, lenient_issubclass
from fastapi._compat.adapters import annotation_key
from fastapi._form_limits import _FormLimits, _validate_form_limits
from fastapi._routing.described.method_set import MethodSet
from fastapi.datastructures import Default, DefaultPlaceholder
from fastapi.dependencies._analysis import add_parameterless
from fastapi.dependencies._shapes import get_flat_body
from fastapi.dependencies._shared_fields import SharedField, find_shared, share
from fastapi.dependencies.models import (
    Dependant,
    gives_async_generator,
    gives_generator,
)
from fastapi.dependencies.utils import (
    _should_embed_body_fields,
    get_body_field,
    get_dependant,
    get_flat_dependant,
    get_parameterless_sub_dependant,
    get_stream_item_type,
    get_typed_return_annotation,
)
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.types import IncEx
from fastapi.utils import (
    create_model_field,
    generate_unique_id,
    is_body_allowed_for_status_code,
)

# While the handler of an included route is built: the object whose attributes replace those of the route. It has the
# attribute names of `APIRoute` (an `Operation` has them, too); `None` at any other time.
_effective_route_context_var: ContextVar[Optional[Any]] = ContextVar("fastapi_effective_route_context", default=None)


class OperationOptions(TypedDict, total=False):
    """The keyword arguments of `APIRoute`, under their names. What is missing has its default."""

    response_model: Any
    status_code: Optional[int]
    tags: Optional[List[Union[str, Enum]]]
    dependencies: Optional[Sequence[params.Depends]]
    summary: Optional[str]
    description: Optional[str]
    response_description: str
    responses: Optional[Dict[Union[int, str], Dict[str, Any]]]
    deprecated: Optional[bool]
    name: Optional[str]
    methods: Optional[Collection[str]]
    operation_id: Optional[str]
    response_model_include: Optional[IncEx]
    response_model_exclude: Optional[IncEx]
    response_model_by_alias: bool
    response_model_exclude_unset: bool
    response_model_exclude_defaults: bool
    response_model_exclude_none: bool
    include_in_schema: bool
    response_class: Union[Type[Response], DefaultPlaceholder]
    dependency_overrides_provider: Optional[Any]
    callbacks: Optional[List[BaseRoute]]
    openapi_extra: Optional[Dict[str, Any]]
    generate_unique_id_function: Union[Callable[[Any], str], DefaultPlaceholder]
    strict_content_type: Union[bool, DefaultPlaceholder]
    max_body_size: Optional[int]
    form_limits: Optional[_FormLimits]


OPTION_DEFAULTS: OperationOptions = {
    "response_model": Default(None),
    "status_code": None,
    "tags": None,
    "dependencies": None,
    "summary": None,
    "description": None,
    "response_description": "Successful Response",
    "responses": None,
    "deprecated": None,
    "name": None,
    "methods": None,
    "operation_id": None,
    "response_model_include": None,
    "response_model_exclude": None,
    "response_model_by_alias": True,
    "response_model_exclude_unset": False,
    "response_model_exclude_defaults": False,
    "response_model_exclude_none": False,
    "include_in_schema": True,
    "response_class": Default(JSONResponse),
    "dependency_overrides_provider": None,
    "callbacks": None,
    "openapi_extra": None,
    "generate_unique_id_function": Default(generate_unique_id),
    "strict_content_type": Default(True),
    "max_body_size": None,
    "form_limits": None,
}


class Operation:
    """One path operation, fully resolved and frozen.

    Invariant: nothing here is `Default(...)` any more, except `response_class`, `generate_unique_id_function` and
    `strict_content_type`, where "nobody chose" is itself a fact the request depends on.
    """

    path: str
    path_regex: Pattern[str]
    path_format: str
    param_convertors: Dict[str, Convertor[Any]]
    methods: Set[str]
    endpoint: Callable[..., Any]
    name: str
    unique_id: str
    operation_id: Optional[str]
    # What the documentation says.
    summary: Optional[str]
    description: str
    tags: List[Union[str, Enum]]
    deprecated: Optional[bool]
    include_in_schema: bool
    callbacks: Optional[List[BaseRoute]]
    openapi_extra: Optional[Dict[str, Any]]
    generate_unique_id_function: Union[Callable[[Any], str], DefaultPlaceholder]
    # What goes in.
    dependencies: List[params.Depends]
    dependant: Dependant
    body_field: Optional[ModelField]
    embed_body_fields: bool
    dependency_overrides_provider: Optional[Any]
    strict_content_type: Union[bool, DefaultPlaceholder]
    max_body_size: Optional[int]
    form_limits: _FormLimits
    # What comes out.
    status_code: Optional[int]
    response_class: Union[Type[Response], DefaultPlaceholder]
    response_description: str
    responses: Dict[Union[int, str], Dict[str, Any]]
    response_model: Any
    response_field: Optional[ModelField]
    response_fields: Dict[Union[int, str], ModelField]
    response_model_include: Optional[IncEx]
    response_model_exclude: Optional[IncEx]
    response_model_by_alias: bool
    response_model_exclude_unset: bool
    response_model_exclude_defaults: bool
    response_model_exclude_none: bool
    stream_item_type: Optional[Any]
    stream_item_field: Optional[ModelField]
    is_sse_stream: bool
    is_json_stream: bool
    # What is made on demand is made from these.
    _only_method: str
    _shared_response: Optional[SharedField]
    # The plans that have read it; the methods tell the same ones.
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

    def __init__(self, values: Dict[str, Any]) -> None:
        set_field = object.__setattr__
        for field, value in values.items():
            set_field(self, field, value)

    def __getattr__(self, name: str) -> Any:
        # A slot without a value: what is the same for most, and made when somebody asks for it.
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
        """A field that says of the body what `body_field` does, to be read only."""
        body = None if _is_made(self, "body_field") else get_flat_body(self.dependant)
        if body is None:
            return self.body_field
        return body[0].field if body else None

    @property
    def shown_response_field(self) -> Optional[ModelField]:
        """A field that says of the response what `response_field` does but its name, to be read only."""
        shared = self._shared_response
        return self.response_field if shared is None else shared.field

    @property
    def method_names(self) -> Tuple[str, ...]:
        """The methods in the order of the set, which the documentation keeps."""
        # Not one look-up for all: `methods` is made on demand.
        only = self._only_method if _is_made(self, "_only_method") else None
        return tuple(self.methods) if only is None or _is_made(self, "methods") else (only,)

    @property
    def _embed_body_fields(self) -> bool:
        """The name this has on `APIRoute`."""
        return self.embed_body_fields

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"An Operation is frozen: cannot assign {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"An Operation is frozen: cannot delete {name!r}")

    def __deepcopy__(self, memo: Dict[int, Any]) -> Operation:
        # It is frozen. A deep copy of a route answers by the handler of the original one, as a function has no copies,
        # and that handler was built from this.
        return self

    def __reduce_ex__(self, protocol: Any) -> Tuple[Any, ...]:
        values = {name: getattr(self, name) for name in _KEPT}
        return Operation.__new__, (Operation,), values

    def __setstate__(self, values: Dict[str, Any]) -> None:
        put = object.__setattr__
        for name, value in values.items():
            put(self, name, value)
        put(self, "_readers", Readers())
        put(self, "methods", MethodSet(self.methods, self._readers))
        put(self, "_shared_response", None)

    def __repr__(self) -> str:
        methods = ",".join(sorted(self.methods))
        return f"Operation({methods} {self.path}, unique_id={self.unique_id!r})"


def _is_made(operation: Operation, name: str) -> bool:
    try:
        object.__getattribute__(operation, name)
    except AttributeError:
        return False
    return True


# Another process has a shared field, the plans and the names that only this class knows by themselves.
_KEPT = tuple(name for name in Operation.__slots__ if name not in ("_only_method", "_shared_response", "_readers"))

# As they were when the operation was described, whoever replaced them since then.
_own_compile_path = compile_path
_own_unique_id = cast(Callable[[Operation], str], generate_unique_id)

_MADE_ON_DEMAND: Dict[str, Callable[[Operation], Any]] = {
    "path_regex": lambda operation: _own_compile_path(operation.path)[0],
    "methods": lambda operation: MethodSet([operation._only_method], operation._readers),
    "unique_id": _own_unique_id,
    "body_field": lambda operation: operation.dependant.body_params[0] if operation.dependant.body_params else None,
    "response_field": lambda operation: _make_response_field(operation),
    **{name: lambda operation: [] for name in ("tags", "dependencies", "callbacks")},
    **{name: lambda operation: {} for name in ("responses", "response_fields", "form_limits", "param_convertors")},
}
_OFTEN_EMPTY = ("tags", "dependencies", "responses", "response_fields", "form_limits", "param_convertors")


def resolve_operation(
    *,
    path: str,
    endpoint: Callable[..., Any],
    options: OperationOptions,
    stream_item_type: Optional[Any] = None,
    subject: Optional[Any] = None,
) -> Operation:
    """Decide everything about a path operation.

    `stream_item_type` is for options in which `response_model` was already taken from the endpoint's return annotation
    (those of an existing route). `subject` is the object that shows the operation to the outside: every value is put in
    its `__dict__`, and it is what the function that generates the unique id is called with. What cannot be wrong is
    made on demand: with a subject, what is decided after its id; without, all else too.
    """
    values: Dict[str, Any] = {**OPTION_DEFAULTS, **options}
    values.update(path=path, endpoint=endpoint, stream_item_type=stream_item_type, _readers=Readers())
    function = get_unique_id_function(values)
    on_demand = subject is None and function is generate_unique_id
    # The order decides which of several mistakes is told, and which warnings come before it.
    _resolve_description(values)
    _resolve_path(values, on_demand)
    if subject is not None:
        vars(subject).update({name: values[name] for name in values.keys() - _DECIDED_AFTER_THE_ID})
    _resolve_id(values, subject, on_demand)
    _resolve_additional_responses(values)
    _resolve_parameters(values)
    _resolve_returns(values)
    _resolve_response(values)
    if subject is not None:
        vars(subject).update(values)
        vars(subject)["_embed_body_fields"] = values["embed_body_fields"]
        del vars(subject)["embed_body_fields"], vars(subject)["_shared_response"]
    if on_demand:
        for name in _OFTEN_EMPTY:
            if not values[name]:
                del values[name]
        if values["callbacks"] == []:
            del values["callbacks"]
    return Operation(values)


# A function that makes unique ids does not see these: upstream decides them afterwards.
_DECIDED_AFTER_THE_ID = {"response_model", "status_code", "dependencies", "description"}


def get_unique_id_function(options: Mapping[str, Any]) -> Callable[[Any], str]:
    """Return the function that makes the unique id of an operation with these options."""
    function: Any = options["generate_unique_id_function"]
    if isinstance(function, DefaultPlaceholder):
        function = function.value
    return cast(Callable[[Any], str], function)


def build_dependant(
    *,
    path: str,
    call: Callable[..., Any],
    dependencies: Sequence[params.Depends],
) -> Tuple[Dependant, bool]:
    """Analyse `call` and the parameterless `dependencies` that run before its own.

    Returns the dependant, and whether body fields are embedded under their names.
    """
    dependant = get_dependant(path=path, call=call, scope="function")
    parameterless = [get_parameterless_sub_dependant(depends=depends, path=path) for depends in dependencies]
    add_parameterless(dependant, parameterless)
    body = get_flat_body(dependant)
    fields = get_flat_dependant(dependant).body_params if body is None else [shared.field for shared in body]
    return dependant, _should_embed_body_fields(fields)


def build_dependant_and_body(
    *, path: str, call: Callable[..., Any], dependencies: Sequence[params.Depends]
) -> Tuple[Dependant, List[ModelField], bool]:
    """Do what `build_dependant` does; return the body parameters of the whole tree as well."""
    dependant, embed_body_fields = build_dependant(path=path, call=call, dependencies=dependencies)
    return dependant, get_flat_dependant(dependant).body_params, embed_body_fields


def _resolve_returns(values: Dict[str, Any]) -> None:
    """Decide the kind of answer; read from the return annotation what was not given: response model or item type."""
    endpoint, response_class, stream_item_type = (
        values[name] for name in ("endpoint", "response_class", "stream_item_type")
    )
    is_generator = gives_generator(endpoint) or gives_async_generator(endpoint)
    is_default = isinstance(response_class, DefaultPlaceholder)
    values["is_json_stream"] = is_generator and is_default
    values["is_sse_stream"] = is_generator and lenient_issubclass(
        response_class.value if is_default else response_class, EventSourceResponse
    )
    if isinstance(values["response_model"], DefaultPlaceholder):
        annotation = get_typed_return_annotation(endpoint)
        item_type = get_stream_item_type(annotation) if is_generator else None
        if item_type is not None:
            annotation = None
            if values["is_json_stream"] or values["is_sse_stream"]:
                stream_item_type = item_type
        if lenient_issubclass(annotation, Response):
            annotation = None
        values["response_model"] = annotation
    if lenient_issubclass(stream_item_type, ServerSentEvent):
        stream_item_type = None
    values["stream_item_type"] = stream_item_type


def _resolve_description(values: Dict[str, Any]) -> None:
    """Normalise what the documentation shows. A docstring ends at its first form feed."""
    endpoint = values["endpoint"]
    text = values["description"] or inspect.cleandoc(endpoint.__doc__ or "")
    values["description"] = text.split("\f")[0].strip()
    values["tags"] = values["tags"] or []
    values["responses"] = values["responses"] or {}
    values["dependencies"] = list(values["dependencies"] or [])
    values["name"] = get_name(endpoint) if values["name"] is None else values["name"]


def _resolve_path(values: Dict[str, Any], on_demand: bool) -> None:
    """Check and compile the path template; normalise methods, status code and limits."""
    path = values["path"]
    if on_demand and path.startswith("/") and "{" not in path and compile_path is _own_compile_path:
        # Nothing can be wrong with it, and the core matches without the expression.
        values["path_format"] = path
        values["param_convertors"] = {}
    else:
        values["path_regex"], values["path_format"], values["param_convertors"] = compile_path(path)
    methods = values["methods"]
    names = (method.upper() for method in (["GET"] if methods is None else methods))
    values["methods"] = MethodSet(names, values["_readers"])
    if on_demand and len(values["methods"]) == 1:
        (values["_only_method"],) = values.pop("methods")
    if isinstance(values["status_code"], IntEnum):
        values["status_code"] = int(values["status_code"])
    validate_max_body_size(values["max_body_size"])
    values["form_limits"] = _validate_form_limits(values["form_limits"])


def _resolve_id(values: Dict[str, Any], subject: Optional[Any], on_demand: bool) -> None:
    if values["operation_id"]:
        values["unique_id"] = values["operation_id"]
    elif not on_demand or "methods" in values:
        function = get_unique_id_function(values)
        values["unique_id"] = function(SimpleNamespace(**values) if subject is None else subject)


def _resolve_additional_responses(values: Dict[str, Any]) -> None:
    """Create the fields of the responses that are only documented."""
    values["response_fields"] = {}
    for additional_status_code, response in values["responses"].items():
        assert isinstance(response, dict), "An additional response must be a dict"
        additional_model = response.get("model")
        if additional_model:
            _assert_body_allowed(additional_status_code)
            values["response_fields"][additional_status_code] = _output_field(
                f"Response_{additional_status_code}_{_unique_id(values)}", additional_model
            )


def _resolve_response(values: Dict[str, Any]) -> None:
    """Create the fields that validate and serialise what the endpoint returns."""
    model, status_code, item_type = values["response_model"], values["status_code"], values["stream_item_type"]
    values["stream_item_field"] = values["_shared_response"] = None
    if not model:
        values["response_field"] = None
    else:
        _assert_body_allowed(status_code)
        shared = values["_shared_response"] = share_response(model)
        if shared is None:
            values["response_field"] = _output_field(f"Response_{_unique_id(values)}", model)
    if item_type:
        values["stream_item_field"] = _output_field(f"StreamItem_{_unique_id(values)}", item_type)


def _unique_id(values: Dict[str, Any]) -> str:
    """Return the unique id of an operation that is not complete yet."""
    if "unique_id" not in values:
        values["unique_id"] = _own_unique_id(Operation(values))
    return cast(str, values["unique_id"])


def _assert_body_allowed(status_code: Union[int, str, None]) -> None:
    assert is_body_allowed_for_status_code(status_code), f"Status code {status_code} must not have a response body"


def _output_field(name: str, type_: Any) -> ModelField:
    return create_model_field(name=name, type_=type_, mode="serialization")


def share_response(model: Any) -> Optional[SharedField]:
    """Return the field of a response that is declared in several places alike, None when that cannot be known."""
    annotation = annotation_key(model)
    if annotation is None:
        return None
    key = ("response", annotation)
    shared = find_shared(key) or share(key, "response", _output_field("response", model))
    return shared if shared.is_shared else None


def _make_response_field(operation: Operation) -> ModelField:
    field = _output_field(f"Response_{operation.unique_id}", operation.response_model)
    assert operation._shared_response is not None
    field._remember_alike(operation._shared_response.field)
    return field


def _resolve_parameters(values: Dict[str, Any]) -> None:
    """Analyse the endpoint and its dependencies; join their body parameters to one field."""
    assert callable(values["endpoint"]), "An endpoint must be a callable"
    dependant, embed_body_fields = build_dependant(
        path=values["path_format"],
        call=values["endpoint"],
        dependencies=values["dependencies"],
    )
    values["dependant"] = dependant
    values["embed_body_fields"] = embed_body_fields
    if _has_simple_body(dependant, embed_body_fields):
        return
    flat_dependant = get_flat_dependant(dependant)
    values["body_field"] = get_body_field(
        flat_dependant=flat_dependant,
        name=_unique_id(values) if flat_dependant.body_params else "",
        embed_body_fields=embed_body_fields,
    )


def _has_simple_body(dependant: Dependant, embed_body_fields: bool) -> bool:
    """Return whether the field of the body is the one body parameter of the endpoint, or there is none."""
    shape = dependant._shape
    if shape is None or embed_body_fields:
        return False
    # Parameters of dependencies come after those of the endpoint.
    return not shape.body or len(shape.body) == 1 and shape.body[0] in shape.fields
