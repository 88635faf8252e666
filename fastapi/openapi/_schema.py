"""The whole document: information, paths, webhooks and the components they refer to."""

from __future__ import annotations

import threading
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from starlette.routing import BaseRoute

from fastapi._changes import changes
from fastapi._compat import ModelField, get_definitions, get_flat_models_from_fields, get_model_name_map
from fastapi._compat.v2 import FieldMapping
from fastapi._forks import in_children
from fastapi._routing.tree.inclusion.walk import RouteContext, iter_route_contexts
from fastapi.encoders import jsonable_encoder
from fastapi.openapi._operation import (
    _get_api_route_for_openapi,
    described_route,
    get_fields_of_route,
    get_openapi_path,
)
from fastapi.openapi._types import JSONObject

# Several threads may request the first document at once, but Pydantic builds models in one thread only.
_building = threading.RLock()


def _renew_lock() -> None:
    global _building
    _building = threading.RLock()


in_children(_renew_lock)

Routes = Sequence[Union[BaseRoute, RouteContext]]


def get_openapi(
    *,
    title: str,
    version: str,
    openapi_version: str = "3.1.0",
    summary: Optional[str] = None,
    description: Optional[str] = None,
    routes: Routes,
    webhooks: Optional[Routes] = None,
    tags: Optional[List[Dict[str, Any]]] = None,
    servers: Optional[List[Dict[str, Union[str, Any]]]] = None,
    terms_of_service: Optional[str] = None,
    contact: Optional[Dict[str, Union[str, Any]]] = None,
    license_info: Optional[Dict[str, Union[str, Any]]] = None,
    separate_input_output_schemas: bool = True,
    external_docs: Optional[Dict[str, Any]] = None,
) -> Dict[str, Any]:
    """Return the OpenAPI document of some routes, ready to be encoded as JSON.

    `routes` and `webhooks` may hold routes and, for a part of an application, items of `iter_route_contexts`.
    """
    # PERF: most processes never make a document, so its models are imported here (`scripts/bench import`).
    from fastapi.openapi.models import OpenAPI

    with _building:
        OpenAPI.model_rebuild()
    document: JSONObject = {"openapi": openapi_version}
    document["info"] = _without_empty(
        {"title": title, "version": version},
        summary=summary,
        description=description,
        termsOfService=terms_of_service,
        contact=contact,
        license=license_info,
    )
    if servers:
        document["servers"] = servers
    document.update(_described_at_once(routes, webhooks or (), separate_input_output_schemas))
    document = _without_empty(document, tags=tags, externalDocs=external_docs)
    encoded: JSONObject = jsonable_encoder(OpenAPI(**document), by_alias=True, exclude_none=True)
    return encoded


def _without_empty(base: JSONObject, **optional: object) -> JSONObject:
    return {**base, **{name: value for name, value in optional.items() if value}}


def _described_at_once(routes: Routes, webhooks: Routes, separate_input_output_schemas: bool) -> JSONObject:
    """Describe all routes with one version of the file of parameters.

    If the file changes meanwhile, the description is made again, so no lock is needed.
    """
    while True:
        seen = changes.declarations
        try:
            described = _paths_and_components(routes, webhooks, separate_input_output_schemas)
        except Exception:
            if changes.declarations == seen:
                raise
        else:
            if changes.declarations == seen:
                return described


def _paths_and_components(routes: Routes, webhooks: Routes, separate_input_output_schemas: bool) -> JSONObject:
    # The include tree is walked once; contexts stand for themselves in every function that takes routes.
    routes, webhooks = list(iter_route_contexts(routes)), list(iter_route_contexts(webhooks))
    fields = get_fields_from_routes([*routes, *webhooks])
    model_name_map = get_model_name_map(get_flat_models_from_fields(fields, known_models=set()))
    field_mapping, definitions = get_definitions(
        fields=fields,
        model_name_map=model_name_map,
        separate_input_output_schemas=separate_input_output_schemas,
    )
    parts = _Parts(
        definitions,
        {
            "operation_ids": set(),
            "model_name_map": model_name_map,
            "field_mapping": _FieldSchemas(field_mapping),
            "separate_input_output_schemas": separate_input_output_schemas,
        },
    )
    paths = parts.describe((described_route(route).path_format, route) for route in _path_operations(routes))
    described = parts.describe((described_route(route).path, route) for route in _path_operations(webhooks))
    return _without_empty({"paths": paths}, webhooks=described, components=parts.components())


class _FieldSchemas(Dict[Any, Any]):
    """The schemas of the fields, and the parameters that operations share, while one document is made."""

    def __init__(self, field_mapping: FieldMapping) -> None:
        super().__init__(field_mapping)
        self.parameters: Dict[int, Any] = {}


class _Parts:
    """Describes routes and gathers the schemas and security schemes that the descriptions refer to."""

    def __init__(self, definitions: JSONObject, options: JSONObject) -> None:
        self.definitions = definitions
        self.options = options
        self.security_schemes: JSONObject = {}

    def describe(self, routes: Iterable[Tuple[str, RouteContext]]) -> JSONObject:
        """Return the path items by path; routes with the same path share one."""
        items: JSONObject = {}
        for path, route in routes:
            operations, security_schemes, definitions = get_openapi_path(route=route, **self.options)
            if operations:
                items.setdefault(path, {}).update(operations)
            self.security_schemes.update(security_schemes)
            self.definitions.update(definitions)
        return items

    def components(self) -> JSONObject:
        schemas = {name: self.definitions[name] for name in sorted(self.definitions)}
        return _without_empty({}, schemas=schemas, securitySchemes=self.security_schemes)


def get_fields_from_routes(routes: Routes) -> List[ModelField]:
    """Return every field whose schema the document needs: of callbacks, bodies, responses, parameters."""
    callbacks: List[ModelField] = []
    bodies: List[ModelField] = []
    responses: List[ModelField] = []
    parameters: List[ModelField] = []
    for route in map(described_route, _path_operations(routes)):
        if not route.include_in_schema:
            continue
        if route.callbacks:
            callbacks.extend(get_fields_from_routes(route.callbacks))
        body, response, parameter = get_fields_of_route(route)
        bodies += body
        responses += response
        parameters += parameter
    return callbacks + bodies + responses + parameters


def _path_operations(routes: Routes) -> Iterable[RouteContext]:
    for context in iter_route_contexts(routes):
        route = _get_api_route_for_openapi(context)
        if route is not None:
            yield route
