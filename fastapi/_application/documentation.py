"""The OpenAPI document of an application, and the endpoints that serve it and the documentation pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Awaitable, Callable, Dict

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from fastapi._changes import changes
from fastapi.openapi import _offline
from fastapi.openapi.docs import (
    get_redoc_html,
    get_swagger_ui_html,
    get_swagger_ui_oauth2_redirect_html,
)
from fastapi.openapi.utils import get_openapi

if TYPE_CHECKING:
    from fastapi.applications import FastAPI


def current_document(app: FastAPI) -> Dict[str, Any]:
    """Return the OpenAPI document, made anew if routes were added since the last time."""
    while True:
        seen, routes_version = changes.declarations, app.router._get_routes_version()
        if app.openapi_schema and app._openapi_routes_version == routes_version:
            return app.openapi_schema
        document = _make_document(app)
        # Meanwhile, a file of parameters may have been reloaded, and another thread may have made the new document.
        with changes.lock:
            if changes.declarations == seen:
                app.openapi_schema, app._openapi_routes_version = document, routes_version
                return document


def _make_document(app: FastAPI) -> Dict[str, Any]:
    return get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        summary=app.summary,
        description=app.description,
        terms_of_service=app.terms_of_service,
        contact=app.contact,
        license_info=app.license_info,
        routes=app.routes,
        webhooks=app.webhooks.routes,
        tags=app.openapi_tags,
        servers=app.servers,
        separate_input_output_schemas=app.separate_input_output_schemas,
        external_docs=app.openapi_external_docs,
    )


def add_documentation(app: FastAPI) -> None:
    """Add the endpoints of the OpenAPI document and of the documentation pages."""
    if not app.openapi_url:
        return
    _offline.warn_of_missing_files()
    app.add_route(app.openapi_url, _make_endpoint(app, _openapi_document, "openapi"), include_in_schema=False)
    if app.docs_url:
        app.add_route(app.docs_url, _make_endpoint(app, _swagger_ui, "swagger_ui_html"), include_in_schema=False)
        if app.swagger_ui_oauth2_redirect_url:
            app.add_route(
                app.swagger_ui_oauth2_redirect_url,
                _make_endpoint(app, _swagger_ui_redirect, "swagger_ui_redirect"),
                include_in_schema=False,
            )
    if app.redoc_url:
        app.add_route(app.redoc_url, _make_endpoint(app, _redoc, "redoc_html"), include_in_schema=False)


def _make_endpoint(
    app: FastAPI, respond: Callable[[FastAPI, Request], Response], name: str
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint of an application. The route takes its name from it."""

    async def endpoint(request: Request) -> Response:
        return respond(app, request)

    endpoint.__name__, endpoint.__module__ = name, "fastapi.applications"
    endpoint.__qualname__ = f"FastAPI.setup.<locals>.{name}"
    return endpoint


def _root_path(request: Request) -> str:
    root_path: str = request.scope.get("root_path", "")
    return root_path.rstrip("/")


def _openapi_document(app: FastAPI, request: Request) -> Response:
    """Return the OpenAPI document. For this request, a copy of it names the root path of the proxy as a server."""
    root_path = _root_path(request)
    document = app.openapi()
    if root_path and app.root_path_in_servers:
        servers = document.get("servers") or []
        if all(server.get("url") != root_path for server in servers):
            document = {**document, "servers": [{"url": root_path}, *servers]}
    return JSONResponse(document)


def _swagger_ui(app: FastAPI, request: Request) -> Response:
    return _offline.asset(request) or _swagger_ui_page(app, request)


def _swagger_ui_page(app: FastAPI, request: Request) -> HTMLResponse:
    root_path = _root_path(request)
    oauth2_redirect_url = app.swagger_ui_oauth2_redirect_url
    if oauth2_redirect_url:
        oauth2_redirect_url = root_path + oauth2_redirect_url
    return get_swagger_ui_html(
        openapi_url=f"{root_path}{app.openapi_url}",
        title=f"{app.title} - Swagger UI",
        oauth2_redirect_url=oauth2_redirect_url,
        init_oauth=app.swagger_ui_init_oauth,
        swagger_ui_parameters=app.swagger_ui_parameters,
        **(_offline.SWAGGER_UI if _offline.asset_folder() else {}),
    )


def _swagger_ui_redirect(app: FastAPI, request: Request) -> HTMLResponse:
    return get_swagger_ui_oauth2_redirect_html()


def _redoc(app: FastAPI, request: Request) -> Response:
    return _offline.asset(request) or _redoc_page(app, request)


def _redoc_page(app: FastAPI, request: Request) -> HTMLResponse:
    openapi_url, title = f"{_root_path(request)}{app.openapi_url}", f"{app.title} - ReDoc"
    if _offline.asset_folder():
        return get_redoc_html(openapi_url=openapi_url, title=title, with_google_fonts=False, **_offline.REDOC)
    return get_redoc_html(openapi_url=openapi_url, title=title)
