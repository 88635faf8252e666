"""Security schemes with well-formed and unusual headers, with scopes, and their `openapi()`."""

from __future__ import annotations

from tests.differential.bricks.requests import bare, varied, with_form
from tests.differential.draw import Draw
from tests.differential.program import Request

SCHEMES = (
    "HTTPBasic()",
    "HTTPBasic(realm='r')",
    "HTTPBasic(auto_error=False)",
    "HTTPBearer()",
    "HTTPBearer(auto_error=False, bearerFormat='JWT')",
    "APIKeyHeader(name='x-key')",
    "APIKeyHeader(name='x-key', auto_error=False, description='d')",
    "APIKeyQuery(name='key')",
    "APIKeyQuery(name='key', auto_error=False)",
    "APIKeyCookie(name='key')",
    "APIKeyCookie(name='key', auto_error=False)",
    "OAuth2PasswordBearer(tokenUrl='token')",
    "OAuth2PasswordBearer(tokenUrl='token', scopes={'a': 'A'}, auto_error=False)",
    "HTTPDigest()",
    "HTTPDigest(auto_error=False)",
    "OpenIdConnect(openIdConnectUrl='/o')",
    "OpenIdConnect(openIdConnectUrl='/o', auto_error=False)",
    "OAuth2AuthorizationCodeBearer(authorizationUrl='a', tokenUrl='t')",
    "OAuth2()",
    "OAuth2(auto_error=False, scheme_name='s')",
    "HTTPBearer(scheme_name='own')",
)
AUTHORIZATION = (
    "Basic dTpw",
    "basic dTpw",
    "Basic dTpw ",
    "Basic",
    "Basic ",
    "Basic !",
    "Basic dXA=",
    "Basic w6k6eA==",
    "Basic dTpwOng=",
    "Basic /w==",
    "Bearer token",
    "bearer token",
    "BEARER  token",
    "Bearer",
    "Bearer ",
    "Bearer a b",
    "Digest x",
    "Other x",
    "",
    " ",
    "Token",
    "Bearer\ttoken",
    "Bearer \xe9",
)
TEXT = """
app = FastAPI()
"""
ENDPOINTS = (
    "@app.get('/NAME')\nasync def NAME(found=Security(SCHEME)):\n    note(found)\n    return repr(found)\n",
    "@app.get('/NAME')\ndef NAME(found=Depends(SCHEME)):\n    note(found)\n    return 1\n",
    "@app.get('/NAME', dependencies=[Depends(SCHEME)])\nasync def NAME():\n    return 1\n",
    "def NAME_needs(scopes: SecurityScopes, found=Depends(SCHEME)):\n    note(scopes.scopes, scopes.scope_str)\n    return found\n"
    "@app.get('/NAME')\nasync def NAME(a=Security(NAME_needs, scopes=['a']), b=Security(NAME_needs, scopes=['b', 'a']), c=Depends(NAME_needs)):\n    return [repr(a), repr(b), repr(c)]\n",
    "def NAME_needs(found=Security(SCHEME, scopes=['x'])):\n    return found\n"
    "@app.get('/NAME', dependencies=[Security(NAME_needs, scopes=['y'])])\ndef NAME(q: int, d=Depends(NAME_needs)):\n    return [q, repr(d)]\n",
    "@app.post('/NAME')\ndef NAME(form: Annotated[FORM, Depends()]):\n    return sorted(vars(form).items(), key=str)\n",
)
HANDLER = "@app.exception_handler(401)\nasync def refused(request, error):\n    note(error, error.headers)\n    return PlainTextResponse('no', 401, headers=error.headers)\n"


def draw(draw: Draw) -> tuple[str, list[Request]]:
    text = TEXT + (HANDLER if draw.chance(0.3) else "")
    requests: list[Request] = []
    for _ in range(draw.number(2, 5)):
        name, scheme, body = draw.name("endpoint"), draw.one(SCHEMES), draw.one(ENDPOINTS)
        draw.kind(scheme.partition("(")[0])
        form = draw.one(("OAuth2PasswordRequestForm", "OAuth2PasswordRequestFormStrict"))
        text += f"{name}_scheme = {scheme}\n" + body.replace("SCHEME", f"{name}_scheme").replace("NAME", name).replace(
            "FORM", form
        )
        for _ in range(8):
            requests.append(varied(draw, request_for(draw, name, "post" in body), [], 0))
    requests.append({"way": "text", "text": "app.openapi()"})
    return text, requests


def request_for(draw: Draw, name: str, posts: bool) -> Request:
    path = f"/{name}" + draw.one(("?q=1", "?key=k&q=1", "?key=&q=2", "", "?q=x"))
    if posts:
        fields = {"username": "u", "password": "p", "grant_type": "password", "scope": "a b", "client_id": "c"}
        return with_form(
            {key: draw.one((value, value, "", "x")) for key, value in fields.items() if draw.chance(0.8)}, path=path
        )
    headers = []
    if draw.chance(0.75):
        headers.append([draw.one(("authorization", "Authorization")), draw.one(AUTHORIZATION)])
    if draw.chance(0.3):
        headers.append(["x-key", draw.one(("k", "", "\xe9"))])
    if draw.chance(0.3):
        headers.append(["cookie", draw.one(("key=k", "key=", 'other=1; key="q"'))])
    return bare(path=path, headers=headers)
