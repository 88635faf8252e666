"""The HTML pages that show an OpenAPI document: Swagger UI, its OAuth2 redirect, and ReDoc.

Each page is one template at the end of this file. What an application configures is written into
scripts, so it is encoded with `_html_safe_json`, which leaves nothing that could end a script element.
URLs and titles come from the developer and are inserted as they are.
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
        The parameters Swagger UI gets unless `swagger_ui_parameters` says otherwise, key by key.

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
    openapi_url: Annotated[str, Doc("Where the browser finds the OpenAPI document.")],
    title: Annotated[str, Doc("The title of the page, as HTML.")],
    swagger_js_url: Annotated[
        str, Doc("Where the browser finds Swagger UI's script; a CDN unless you host it yourself.")
    ] = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/swagger-ui-bundle.js",
    swagger_css_url: Annotated[
        str, Doc("Where the browser finds Swagger UI's style sheet; a CDN unless you host it yourself.")
    ] = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/swagger-ui.css",
    swagger_favicon_url: Annotated[str, Doc("The icon of the page.")] = "https://fastapi.tiangolo.com/img/favicon.png",
    oauth2_redirect_url: Annotated[
        Optional[str], Doc("The path of the page that receives the answer of an OAuth2 provider.")
    ] = None,
    init_oauth: Annotated[
        Optional[Dict[str, Any]], Doc("What Swagger UI's `initOAuth` is called with; it is not called without.")
    ] = None,
    swagger_ui_parameters: Annotated[
        Optional[Dict[str, Any]],
        Doc("Parameters for Swagger UI, put over `swagger_ui_default_parameters` key by key."),
    ] = None,
) -> HTMLResponse:
    """Return the page that shows an OpenAPI document with Swagger UI, usually served at `/docs`.

    An application calls this itself only to change what `FastAPI(...)` has no argument for,
    such as the URLs of the script and the style sheet.
    """
    parameters = {**swagger_ui_default_parameters, **(swagger_ui_parameters or {})}
    lines = [f"{_html_safe_json(key)}: {_html_safe_json(value)}," for key, value in parameters.items()]
    if oauth2_redirect_url:
        lines.append(f"oauth2RedirectUrl: window.location.origin + '{oauth2_redirect_url}',")
    page = _fill(
        _SWAGGER_UI,
        title=title,
        css_url=swagger_css_url,
        favicon_url=swagger_favicon_url,
        js_url=swagger_js_url,
        openapi_url=openapi_url,
        parameters="\n      ".join(lines),
        init_oauth=f"ui.initOAuth({_html_safe_json(init_oauth)})" if init_oauth else "",
    )
    return HTMLResponse(page)


def get_redoc_html(
    *,
    openapi_url: Annotated[str, Doc("Where the browser finds the OpenAPI document.")],
    title: Annotated[str, Doc("The title of the page, as HTML.")],
    redoc_js_url: Annotated[
        str, Doc("Where the browser finds ReDoc's script; a CDN unless you host it yourself.")
    ] = "https://cdn.jsdelivr.net/npm/redoc@2/bundles/redoc.standalone.js",
    redoc_favicon_url: Annotated[str, Doc("The icon of the page.")] = "https://fastapi.tiangolo.com/img/favicon.png",
    with_google_fonts: Annotated[bool, Doc("Whether the page loads ReDoc's fonts from Google.")] = True,
) -> HTMLResponse:
    """Return the page that shows an OpenAPI document with ReDoc, usually served at `/redoc`.

    An application calls this itself only to change what `FastAPI(...)` has no argument for,
    such as the URL of the script.
    """
    page = _fill(
        _REDOC,
        title=title,
        fonts=_GOOGLE_FONTS if with_google_fonts else "",
        favicon_url=redoc_favicon_url,
        openapi_url=openapi_url,
        js_url=redoc_js_url,
    )
    return HTMLResponse(page)


def get_swagger_ui_oauth2_redirect_html() -> HTMLResponse:
    """Return the page an OAuth2 provider sends the browser back to while Swagger UI logs in."""
    return HTMLResponse(_OAUTH2_REDIRECT)


def _html_safe_json(value: Any) -> str:
    r"""Encode a value as JSON that may stand in a script element: `"<b>"` -> `"\u003cb\u003e"`."""
    text = json.dumps(jsonable_encoder(value))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _fill(template: str, **values: str) -> str:
    """Put values where a template has `[[name]]`, each template piece once and values never re-read."""
    pieces = template.split("[[")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("]]")
        filled += (values[name], rest)
    return "".join(filled)


_SWAGGER_UI = """\
<!DOCTYPE html>
<html>
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1.0">
  <title>[[title]]</title>
  <link rel="shortcut icon" href="[[favicon_url]]">
  <link rel="stylesheet" type="text/css" href="[[css_url]]">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="[[js_url]]"></script>
  <script>
    const ui = SwaggerUIBundle({
      url: '[[openapi_url]]',
      [[parameters]]
      presets: [
        SwaggerUIBundle.presets.apis,
        SwaggerUIBundle.SwaggerUIStandalonePreset
      ],
    })
    [[init_oauth]]
  </script>
</body>
</html>
"""

_REDOC = """\
<!DOCTYPE html>
<html>
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>[[title]]</title>
  [[fonts]]
  <link rel="shortcut icon" href="[[favicon_url]]">
  <style>body { margin: 0; padding: 0; }</style>
</head>
<body>
  <noscript>This page shows the API with ReDoc, which needs JavaScript.</noscript>
  <redoc spec-url="[[openapi_url]]"></redoc>
  <script src="[[js_url]]"></script>
</body>
</html>
"""

_GOOGLE_FONTS = (
    '<link rel="stylesheet" href="https://fonts.googleapis.com/css?family=Montserrat:300,400,700|Roboto:300,400,700">'
)

# What Swagger UI and this page have agreed on: the window that opened this one holds
# `swaggerUIRedirectOauth2` with `auth` (name, schema, code), `state`, `redirectUrl`, `callback` and `errCb`.
# RFC 6749 section 4.1.2: a code arrives in the query; section 4.2.2: a token arrives in the fragment.
_OAUTH2_REDIRECT = """\
<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Swagger UI: back from the OAuth2 provider</title>
</head>
<body>
  <script>
    'use strict';
    const CODE_FLOWS = ['accessCode', 'authorizationCode', 'authorization_code'];

    function readAnswer() {
      const hash = window.location.hash;
      const text = /code|token|error/.test(hash) ? hash.slice(1).replace('?', '&') : window.location.search.slice(1);
      const answer = {};
      for (const pair of text.split('&').filter(Boolean)) {
        const at = pair.indexOf('=');
        const name = at < 0 ? pair : pair.slice(0, at);
        answer[name] = at < 0 ? '' : decodeURIComponent(pair.slice(at + 1));
      }
      return answer;
    }

    function report(login, level, message) {
      login.errCb({authId: login.auth.name, source: 'auth', level: level, message: message});
    }

    function describe(answer) {
      if (!answer.error) return '[Authorization failed]: the provider sent no access code.';
      const about = answer.error_description ? answer.error_description + '. ' : 'the provider sent no access code. ';
      const more = answer.error_uri ? 'More info: ' + answer.error_uri : '';
      return '[' + answer.error + ']: ' + about + more;
    }

    function finishCodeFlow(login, answer, isValid) {
      if (!isValid) {
        report(login, 'warning', 'The provider did not return the state it was given; the login may not be yours.');
      }
      if (!answer.code) return report(login, 'error', describe(answer));
      delete login.state;
      login.auth.code = answer.code;
      login.callback({auth: login.auth, redirectUrl: login.redirectUrl});
    }

    function finish() {
      const login = window.opener.swaggerUIRedirectOauth2;
      const answer = readAnswer();
      const isValid = answer.state === login.state;
      if (CODE_FLOWS.includes(login.auth.schema.get('flow')) && !login.auth.code) {
        finishCodeFlow(login, answer, isValid);
      } else {
        login.callback({auth: login.auth, token: answer, isValid: isValid, redirectUrl: login.redirectUrl});
      }
      window.close();
    }

    if (document.readyState === 'loading') {
      document.addEventListener('DOMContentLoaded', finish);
    } else {
      finish();
    }
  </script>
</body>
</html>
"""
