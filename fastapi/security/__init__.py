"""Security schemes: dependencies that take credentials from a request and describe themselves in OpenAPI.

The package also has functions that upstream leaves to other packages: comparison in constant time, API keys, passwords,
JSON Web Tokens. Their modules are imported at the first use of a name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from fastapi.security.compare import constant_time_compare as constant_time_compare
    from fastapi.security.compare import verify_api_key as verify_api_key
    from fastapi.security.errors import ExpiredTokenError as ExpiredTokenError
    from fastapi.security.errors import InvalidTokenError as InvalidTokenError
    from fastapi.security.errors import JWTError as JWTError
    from fastapi.security.errors import JWTKeyError as JWTKeyError
    from fastapi.security.jwt import decode_jwt as decode_jwt
    from fastapi.security.jwt import encode_jwt as encode_jwt
    from fastapi.security.jwt import unverified_header as unverified_header
    from fastapi.security.jwt_bearer import JWTBearer as JWTBearer
    from fastapi.security.passwords import DEFAULT_PARAMETERS as DEFAULT_PARAMETERS
    from fastapi.security.passwords import Argon2Parameters as Argon2Parameters
    from fastapi.security.passwords import PasswordError as PasswordError
    from fastapi.security.passwords import PasswordHashError as PasswordHashError
    from fastapi.security.passwords import PasswordHashingUnavailable as PasswordHashingUnavailable
    from fastapi.security.passwords import hash_password as hash_password
    from fastapi.security.passwords import hash_password_async as hash_password_async
    from fastapi.security.passwords import password_needs_rehash as password_needs_rehash
    from fastapi.security.passwords import verify_password as verify_password
    from fastapi.security.passwords import verify_password_async as verify_password_async

_HOMES = {
    "constant_time_compare": "compare",
    "verify_api_key": "compare",
    "ExpiredTokenError": "errors",
    "InvalidTokenError": "errors",
    "JWTError": "errors",
    "JWTKeyError": "errors",
    "decode_jwt": "jwt",
    "encode_jwt": "jwt",
    "unverified_header": "jwt",
    "JWTBearer": "jwt_bearer",
    "DEFAULT_PARAMETERS": "passwords",
    "Argon2Parameters": "passwords",
    "PasswordError": "passwords",
    "PasswordHashError": "passwords",
    "PasswordHashingUnavailable": "passwords",
    "hash_password": "passwords",
    "hash_password_async": "passwords",
    "password_needs_rehash": "passwords",
    "verify_password": "passwords",
    "verify_password_async": "passwords",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
