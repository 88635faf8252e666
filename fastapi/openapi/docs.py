"""The HTML pages that show an OpenAPI document: Swagger UI, its OAuth2 redirect, and ReDoc.

Each page is one template at the end of this file. The parameters of an application are written into scripts, so
`_html_safe_json` encodes them: no value can end a script element. URLs and titles come from the developer and are
inserted as they are.

The pages are those of the real package byte for byte, since applications replace and compare parts of them.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Optional

from annotated_doc import Doc
from starlette.responses import HTMLResponse
from typing_extensions import Annotated

from fastapi.encoders import jsonable_encoder

swagger_ui_default_parameters: Annotated[
    Dict[str, Any],
    Doc(
        """
        The default parameters of Swagger UI. `swagger_ui_parameters` replaces them key by key.

        Changing the dictionary changes the pages of every application in the process.
        """
    ),
] = {
    "dom_id": "#swagger-ui",
    "layout": "BaseLayout",
    "deepLinking": True,
    "showExtensions": True,
    "showCommonExtensions": True,
}


def get_swagger_ui_html(
    *,
    openapi_url: Annotated[
        str,
        Doc(
            """
            The URL of the OpenAPI document. The browser loads it, so it needs the prefix of a proxy. It is inserted as
            it is: never take it from a request.
            """
        ),
    ],
    title: Annotated[str, Doc("The title of the page. It is inserted as HTML.")],
    swagger_js_url: Annotated[
        str, Doc("The URL of Swagger UI's script. By default a CDN has it; give another URL to host it yourself.")
    ] = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/swagger-ui-bundle.js",
    swagger_css_url: Annotated[
        str, Doc("The URL of Swagger UI's style sheet. By default a CDN has it; give another URL to host it yourself.")
    ] = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/swagger-ui.css",
    swagger_favicon_url: Annotated[
        str, Doc("The URL of the icon of the page.")
    ] = "https://fastapi.tiangolo.com/img/favicon.png",
    oauth2_redirect_url: Annotated[
        Optional[str],
        Doc(
            """
            The path of the page that `get_swagger_ui_oauth2_redirect_html` returns: an OAuth2 provider redirects to it
            after a login.
            """
        ),
    ] = None,
    init_oauth: Annotated[
        Optional[Dict[str, Any]],
        Doc(
            """
            The argument of Swagger UI's `initOAuth`, such as `{"clientId": "warehouse"}`. Without it, `initOAuth` is
            not called.
            """
        ),
    ] = None,
    swagger_ui_parameters: Annotated[
        Optional[Dict[str, Any]],
        Doc("Parameters of Swagger UI. They replace those of `swagger_ui_default_parameters`, key by key."),
    ] = None,
) -> HTMLResponse:
    """Return an HTML page that shows an OpenAPI document with Swagger UI.

    `FastAPI` serves it at `docs_url`. An application calls this function itself for options that `FastAPI(...)` does
    not have, such as the URLs of script and style sheet:

    ```python
    app = FastAPI(docs_url=None)


    @app.get("/docs", include_in_schema=False)
    def documentation() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Warehouse",
            swagger_js_url="/static/swagger-ui-bundle.js",
            swagger_css_url="/static/swagger-ui.css",
        )
    ```
    """
    parameters = {**swagger_ui_default_parameters, **(swagger_ui_parameters or {})}
    lines = "".join(f"{_html_safe_json(key)}: {_encoded(value)},\n" for key, value in parameters.items())
    if oauth2_redirect_url:
        lines += f"oauth2RedirectUrl: window.location.origin + '{oauth2_redirect_url}',"
    page = _render(
        _SWAGGER_UI,
        title=title,
        css_url=swagger_css_url,
        favicon_url=swagger_favicon_url,
        js_url=swagger_js_url,
        openapi_url=openapi_url,
        parameters=lines,
        init_oauth=_render(_INIT_OAUTH, settings=_encoded(init_oauth)) if init_oauth else "",
    )
    return HTMLResponse(page)


def get_redoc_html(
    *,
    openapi_url: Annotated[
        str,
        Doc(
            """
            The URL of the OpenAPI document. The browser loads it, so it needs the prefix of a proxy. It is inserted as
            it is: never take it from a request.
            """
        ),
    ],
    title: Annotated[str, Doc("The title of the page. It is inserted as HTML.")],
    redoc_js_url: Annotated[
        str, Doc("The URL of ReDoc's script. By default a CDN has it; give another URL to host it yourself.")
    ] = "https://cdn.jsdelivr.net/npm/redoc@2/bundles/redoc.standalone.js",
    redoc_favicon_url: Annotated[
        str, Doc("The URL of the icon of the page.")
    ] = "https://fastapi.tiangolo.com/img/favicon.png",
    with_google_fonts: Annotated[
        bool, Doc("Whether the page loads ReDoc's fonts from Google: then Google sees the address of each reader.")
    ] = True,
) -> HTMLResponse:
    """Return an HTML page that shows an OpenAPI document with ReDoc.

    `FastAPI` serves it at `redoc_url`. An application calls this function itself for options that `FastAPI(...)` does
    not have, such as the URL of the script:

    ```python
    app = FastAPI(redoc_url=None)


    @app.get("/redoc", include_in_schema=False)
    def documentation() -> HTMLResponse:
        return get_redoc_html(openapi_url="/openapi.json", title="Warehouse", redoc_js_url="/static/redoc.js")
    ```
    """
    page = _render(
        _REDOC,
        title=title,
        fonts=_GOOGLE_FONTS if with_google_fonts else "",
        favicon_url=redoc_favicon_url,
        openapi_url=openapi_url,
        js_url=redoc_js_url,
    )
    return HTMLResponse(page)


def get_swagger_ui_oauth2_redirect_html() -> HTMLResponse:
    """Return the HTML page to which an OAuth2 provider redirects the browser after a login in Swagger UI.

    Its script gives the code or token to Swagger UI and closes the window. `FastAPI` serves it at
    `swagger_ui_oauth2_redirect_url`.
    """
    return HTMLResponse(_OAUTH2_REDIRECT)


def _encoded(value: object) -> str:
    return _html_safe_json(jsonable_encoder(value))


def _html_safe_json(value: object) -> str:
    r"""Return a value as JSON that cannot end a script element: `"<b>"` -> `"\u003cb\u003e"`."""
    return json.dumps(value).translate(_HTML_SAFE)


_HTML_SAFE = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


def _render(template: str, **values: str) -> str:
    """Replace each `[[name]]` of a template by a value. Values are not searched for names."""
    pieces = template.split("[[")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("]]")
        filled += (f"{values[name]}", rest)
    return "".join(filled)


_SWAGGER_UI = """
    <!DOCTYPE html>
    <html>
    <head>
    <meta name="viewport" content="width=device-width, initial-scale=1.0">
    <link type="text/css" rel="stylesheet" href="[[css_url]]">
    <link rel="shortcut icon" href="[[favicon_url]]">
    <title>[[title]]</title>
    </head>
    <body>
    <div id="swagger-ui">
    </div>
    <script src="[[js_url]]"></script>
    <!-- `SwaggerUIBundle` is now available on the page -->
    <script>
    const ui = SwaggerUIBundle({
        url: '[[openapi_url]]',
    [[parameters]]
    presets: [
        SwaggerUIBundle.presets.apis,
        SwaggerUIBundle.SwaggerUIStandalonePreset
        ],
    })[[init_oauth]]
    </script>
    </body>
    </html>
    """

_INIT_OAUTH = """
        ui.initOAuth([[settings]])
        """

_REDOC = """
    <!DOCTYPE html>
    <html>
    <head>
    <title>[[title]]</title>
    <!-- needed for adaptive design -->
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    [[fonts]]
    <link rel="shortcut icon" href="[[favicon_url]]">
    <!--
    ReDoc doesn't change outer page styles
    -->
    <style>
      body {
        margin: 0;
        padding: 0;
      }
    </style>
    </head>
    <body>
    <noscript>
        ReDoc requires Javascript to function. Please enable it to browse the documentation.
    </noscript>
    <redoc spec-url="[[openapi_url]]"></redoc>
    <script src="[[js_url]]"> </script>
    </body>
    </html>
    """

_GOOGLE_FONTS = """
    <link href="https://fonts.googleapis.com/css?family=Montserrat:300,400,700|Roboto:300,400,700" rel="stylesheet">
    """

# The page of Swagger UI itself (github.com/swagger-api/swagger-ui, dist/oauth2-redirect.html, Apache 2.0), as the real
# package has it. RFC 6749 section 4.1.2: a code arrives in the query; section 4.2.2: a token arrives in the fragment.
_OAUTH2_REDIRECT = """
    <!doctype html>
    <html lang="en-US">
    <head>
        <title>Swagger UI: OAuth2 Redirect</title>
    </head>
    <body>
    <script>
        'use strict';
        function run () {
            var oauth2 = window.opener.swaggerUIRedirectOauth2;
            var sentState = oauth2.state;
            var redirectUrl = oauth2.redirectUrl;
            var isValid, qp, arr;

            if (/code|token|error/.test(window.location.hash)) {
                qp = window.location.hash.substring(1).replace('?', '&');
            } else {
                qp = location.search.substring(1);
            }

            arr = qp.split("&");
            arr.forEach(function (v,i,_arr) { _arr[i] = '"' + v.replace('=', '":"') + '"';});
            qp = qp ? JSON.parse('{' + arr.join() + '}',
                    function (key, value) {
                        return key === "" ? value : decodeURIComponent(value);
                    }
            ) : {};

            isValid = qp.state === sentState;

            if ((
              oauth2.auth.schema.get("flow") === "accessCode" ||
              oauth2.auth.schema.get("flow") === "authorizationCode" ||
              oauth2.auth.schema.get("flow") === "authorization_code"
            ) && !oauth2.auth.code) {
                if (!isValid) {
                    oauth2.errCb({
                        authId: oauth2.auth.name,
                        source: "auth",
                        level: "warning",
                        message: "Authorization may be unsafe, passed state was changed in server. The passed state wasn't returned from auth server."
                    });
                }

                if (qp.code) {
                    delete oauth2.state;
                    oauth2.auth.code = qp.code;
                    oauth2.callback({auth: oauth2.auth, redirectUrl: redirectUrl});
                } else {
                    let oauthErrorMsg;
                    if (qp.error) {
                        oauthErrorMsg = "["+qp.error+"]: " +
                            (qp.error_description ? qp.error_description+ ". " : "no accessCode received from the server. ") +
                            (qp.error_uri ? "More info: "+qp.error_uri : "");
                    }

                    oauth2.errCb({
                        authId: oauth2.auth.name,
                        source: "auth",
                        level: "error",
                        message: oauthErrorMsg || "[Authorization failed]: no accessCode received from the server."
                    });
                }
            } else {
                oauth2.callback({auth: oauth2.auth, token: qp, isValid: isValid, redirectUrl: redirectUrl});
            }
            window.close();
        }

        if (document.readyState !== 'loading') {
            run();
        } else {
            document.addEventListener('DOMContentLoaded', function () {
                run();
            });
        }
    </script>
    </body>
    </html>
        """  # noqa: E501
