"""From the options of a path operation to an `ResolvedOperation`.

`resolve_operation` checks and decides everything that a request depends on. The order of its steps decides which of
several mistakes raises, and which warnings precede it.
"""

from __future__ import annotations

import inspect
from enum import IntEnum
from types import SimpleNamespace
from typing import List, Optional, Sequence, Tuple, Union, cast

from starlette.responses import Response
from starlette.routing import compile_path, get_name

from fastapi import params
from fastapi._body_limit import validate_max_body_size
from fastapi._changes import Readers
from fastapi._compat import ModelField, lenient_issubclass
from fastapi._form_limits import _validate_form_limits
from fastapi._routing.described.description import AttributeValues, UserCallable
from fastapi._routing.described.method_set import MethodSet
from fastapi._routing.described.operation import ResolvedOperation, own_unique_id
from fastapi._routing.described.options import OPTION_DEFAULTS, OperationOptions, get_unique_id_function
from fastapi._routing.described.response_field import make_output_field, share_response
from fastapi._stand_ins.guards import Originals
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies._declared.analysis import add_parameterless
from fastapi.dependencies._declared.shapes import get_flat_body
from fastapi.dependencies.models import Dependant, gives_async_generator, gives_generator
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
from fastapi.utils import generate_unique_id, is_body_allowed_for_status_code

_OFTEN_EMPTY = ("tags", "dependencies", "responses", "response_fields", "form_limits", "param_convertors")


def resolve_operation(
    *,
    path: str,
    endpoint: UserCallable,
    options: OperationOptions,
    stream_item_type: Optional[object] = None,
    subject: Optional[object] = None,
) -> ResolvedOperation:
    """Return the resolved path operation for these options.

    Args:
        stream_item_type: for the options of an existing route, whose `response_model` is already the return annotation.
        subject: the object that shows the operation: a route or a context. Its `__dict__` gets every value, and it is
            the argument of the function that generates the unique id. Without a subject, values that cannot raise are
            created on demand.
    """
    values: AttributeValues = {**OPTION_DEFAULTS, **options}
    values.update(path=path, endpoint=endpoint, stream_item_type=stream_item_type, _readers=Readers())
    function = get_unique_id_function(values)
    on_demand = subject is None and function is generate_unique_id
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
    return _freeze(values)


def _freeze(values: AttributeValues) -> ResolvedOperation:
    # mypy regards the attributes of a protocol as abstract.
    return ResolvedOperation(values)  # type: ignore[abstract]


# Upstream resolves these after the id, so a function that generates ids does not see them resolved.
_DECIDED_AFTER_THE_ID = {"response_model", "status_code", "dependencies", "description"}


def build_dependant(
    *,
    path: str,
    call: UserCallable,
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
    *, path: str, call: UserCallable, dependencies: Sequence[params.Depends]
) -> Tuple[Dependant, List[ModelField], bool]:
    """Return the results of `build_dependant`, and between them the body parameters of the whole tree."""
    dependant, embed_body_fields = build_dependant(path=path, call=call, dependencies=dependencies)
    return dependant, get_flat_dependant(dependant).body_params, embed_body_fields


def _resolve_returns(values: AttributeValues) -> None:
    """Resolve the kind of response. Without a response model, the return annotation gives it, or the item type."""
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


def _resolve_description(values: AttributeValues) -> None:
    """Normalise the texts and lists of the documentation. A docstring ends at its first form feed."""
    endpoint = values["endpoint"]
    text = values["description"] or inspect.cleandoc(endpoint.__doc__ or "")
    values["description"] = text.split("\f")[0].strip()
    values["tags"] = values["tags"] or []
    values["responses"] = values["responses"] or {}
    values["dependencies"] = list(values["dependencies"] or [])
    values["name"] = get_name(endpoint) if values["name"] is None else values["name"]


def _resolve_path(values: AttributeValues, on_demand: bool) -> None:
    """Check and compile the path template; normalise methods, status code and limits."""
    path = values["path"]
    if on_demand and path.startswith("/") and "{" not in path and compile_path is _originals.compile_path:
        # Such a path is always valid, and the core matches it without the expression.
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


def _resolve_id(values: AttributeValues, subject: Optional[object], on_demand: bool) -> None:
    if values["operation_id"]:
        values["unique_id"] = values["operation_id"]
    elif not on_demand or "methods" in values:
        function = get_unique_id_function(values)
        values["unique_id"] = function(SimpleNamespace(**values) if subject is None else subject)


def _resolve_additional_responses(values: AttributeValues) -> None:
    """Create the fields of the responses that are only documented."""
    values["response_fields"] = {}
    for additional_status_code, response in values["responses"].items():
        assert isinstance(response, dict), "An additional response must be a dict"
        additional_model = response.get("model")
        if additional_model:
            _assert_body_allowed(additional_status_code)
            values["response_fields"][additional_status_code] = make_output_field(
                f"Response_{additional_status_code}_{_unique_id(values)}", additional_model
            )


def _resolve_response(values: AttributeValues) -> None:
    """Create the fields that validate and serialise the value that the endpoint returns."""
    model, status_code, item_type = values["response_model"], values["status_code"], values["stream_item_type"]
    values["stream_item_field"] = values["_shared_response"] = None
    if not model:
        values["response_field"] = None
    else:
        _assert_body_allowed(status_code)
        shared = values["_shared_response"] = share_response(model)
        if shared is None:
            values["response_field"] = make_output_field(f"Response_{_unique_id(values)}", model)
    if item_type:
        values["stream_item_field"] = make_output_field(f"StreamItem_{_unique_id(values)}", item_type)


def _unique_id(values: AttributeValues) -> str:
    """Return the unique id of an operation that is not completely resolved."""
    if "unique_id" not in values:
        values["unique_id"] = own_unique_id(_freeze(values))
    return cast(str, values["unique_id"])


def _assert_body_allowed(status_code: Union[int, str, None]) -> None:
    assert is_body_allowed_for_status_code(status_code), f"Status code {status_code} must not have a response body"


def _resolve_parameters(values: AttributeValues) -> None:
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
    """Return whether the body is a single parameter of the endpoint, or the operation has no body."""
    shape = dependant._shape
    if shape is None or embed_body_fields:
        return False
    # The parameters of dependencies follow those of the endpoint.
    return not shape.body or len(shape.body) == 1 and shape.body[0] in shape.fields


_originals = Originals(globals(), "compile_path")
