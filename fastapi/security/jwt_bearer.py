"""A scheme that verifies the JSON Web Token in the Authorization header and gives its claims."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Callable, Mapping, Optional, Sequence, Union

from annotated_doc import Doc
from starlette.requests import HTTPConnection
from starlette.status import HTTP_401_UNAUTHORIZED
from typing_extensions import Annotated

from fastapi.exceptions import HTTPException
from fastapi.logger import logger
from fastapi.security._jwt_claims import Audience, Issuer, make_rules
from fastapi.security._jwt_keys import Key
from fastapi.security.base import AutoError, SchemeDescription, SchemeName
from fastapi.security.errors import InvalidTokenError, JWTKeyError
from fastapi.security.http import HTTPBearer
from fastapi.security.jwt import decode_by_rules, unverified_header
from fastapi.security.utils import get_authorization_scheme_param
from fastapi.types import JSONObject

KeyChooser = Callable[[JSONObject], Optional[Key]]

# RFC 6750 section 3: error_description consists of printable ASCII without quotes and backslashes.
_NOT_DESCRIBABLE = re.compile(r"[^\x20-\x7e]")
_LONGEST_DESCRIPTION = 256


class JWTBearer(HTTPBearer):
    """A Bearer token that is a JSON Web Token. The value of the dependency is the dict of its claims.

    ```python
    signed_in = JWTBearer(key=secret, algorithms=["HS256"], require=["exp", "sub"])

    @app.get("/me")
    def me(claims: Annotated[Dict[str, Any], Depends(signed_in)]):
        return {"user": claims["sub"]}
    ```

    A request without a token, or with one that is not valid or has expired, is answered with status 401 and the
    challenge of RFC 6750 section 3. In OpenAPI it is an HTTP scheme `bearer` with the format `JWT`.
    """

    def __init__(
        self,
        *,
        key: Annotated[
            Union[Key, KeyChooser],
            Doc(
                "The key, or a function that gets the unverified header of a token and returns the key. The function "
                "returns `None` or raises `LookupError` if it has no key for the token."
            ),
        ],
        algorithms: Annotated[Sequence[str], Doc("The accepted algorithms, such as `['HS256']`.")],
        audience: Annotated[Audience, Doc("The accepted audiences, of which `aud` must contain one.")] = None,
        issuer: Annotated[Issuer, Doc("The accepted issuers (`iss`).")] = None,
        leeway: Annotated[Union[float, timedelta], Doc("The tolerated difference of the clocks, in seconds.")] = 0,
        require: Annotated[Sequence[str], Doc("The claims that a token must have.")] = ("exp",),
        options: Annotated[Optional[JSONObject], Doc("Further options of `decode_jwt`.")] = None,
        scheme_name: SchemeName = None,
        description: SchemeDescription = None,
        auto_error: AutoError = True,
    ) -> None:
        super().__init__(bearerFormat="JWT", scheme_name=scheme_name, description=description, auto_error=auto_error)
        if not algorithms or isinstance(algorithms, (str, bytes)):
            raise TypeError('JWTBearer needs a list of the accepted algorithms, such as algorithms=["HS256"]')
        if not callable(key) and not isinstance(key, (str, bytes, Mapping)):
            raise TypeError(f"JWTBearer needs a key or a function that chooses one, not {type(key).__name__}")
        self._key = key
        self._algorithms = list(algorithms)
        self._rules = make_rules({"require": require, **(options or {})}, audience, issuer, None, leeway)

    async def __call__(  # type: ignore[override]
        self, request: HTTPConnection
    ) -> Optional[JSONObject]:
        scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
        if scheme.lower() != "bearer" or not token:
            if self.auto_error:
                raise self.make_not_authenticated_error()
            return None
        try:
            return self.decode(token)
        except InvalidTokenError as error:
            raise self.make_invalid_token_error(error) from error

    def decode(self, token: str) -> JSONObject:
        """Return the claims of a token, or raise the errors of `decode_jwt`. WebSockets and tests may call this."""
        if not callable(self._key):
            return decode_by_rules(token, self._key, self._algorithms, self._rules)
        key = self._choose_key(self._key, unverified_header(token))
        try:
            return decode_by_rules(token, key, self._algorithms, self._rules)
        except JWTKeyError as error:
            # The header of the token chose this key. The cause may be an error of the application, so it is logged.
            logger.warning("JWTBearer: the key chosen for a token is not accepted: %s", error)
            raise InvalidTokenError("the key is not for the token", "key") from error

    def _choose_key(self, choose: KeyChooser, header: JSONObject) -> Key:
        try:
            key = choose(header)
        except LookupError as error:
            raise InvalidTokenError("there is no key for the token", "key") from error
        if key is None:
            raise InvalidTokenError("there is no key for the token", "key")
        return key

    def make_invalid_token_error(self, error: InvalidTokenError) -> HTTPException:
        """Return the error for a token that is not valid; override it for another status or detail."""
        described = _NOT_DESCRIBABLE.sub("?", str(error).replace('"', "'").replace("\\", "/"))[:_LONGEST_DESCRIPTION]
        challenge = f'{self.model.scheme.title()} error="invalid_token", error_description="{described}"'
        return HTTPException(
            status_code=HTTP_401_UNAUTHORIZED,
            detail="Token expired" if error.reason == "expired" else "Invalid token",
            headers={"WWW-Authenticate": challenge},
        )
