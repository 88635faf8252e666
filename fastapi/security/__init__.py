"""Security schemes: dependencies that take credentials out of a request and describe themselves to the client."""

from __future__ import annotations

from fastapi.security.api_key import APIKeyCookie as APIKeyCookie
from fastapi.security.api_key import APIKeyHeader as APIKeyHeader
from fastapi.security.api_key import APIKeyQuery as APIKeyQuery
from fastapi.security.http import HTTPAuthorizationCredentials as HTTPAuthorizationCredentials
from fastapi.security.http import HTTPBasic as HTTPBasic
from fastapi.security.http import HTTPBasicCredentials as HTTPBasicCredentials
from fastapi.security.http import HTTPBearer as HTTPBearer
from fastapi.security.http import HTTPDigest as HTTPDigest
from fastapi.security.oauth2 import OAuth2 as OAuth2
from fastapi.security.oauth2 import OAuth2AuthorizationCodeBearer as OAuth2AuthorizationCodeBearer
from fastapi.security.oauth2 import OAuth2PasswordBearer as OAuth2PasswordBearer
from fastapi.security.oauth2 import OAuth2PasswordRequestForm as OAuth2PasswordRequestForm
from fastapi.security.oauth2 import OAuth2PasswordRequestFormStrict as OAuth2PasswordRequestFormStrict
from fastapi.security.oauth2 import SecurityScopes as SecurityScopes
from fastapi.security.open_id_connect_url import OpenIdConnect as OpenIdConnect
