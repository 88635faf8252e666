"""A scheme that takes a signed token out of the Authorization header and gives its claims."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Callable, Dict, Optional, Sequence, Union

from annotated_doc import Doc
from starlette.requests import HTTPConnection
from starlette.status import HTTP_401_UNAUTHORIZED
from typing_extensions import Annotated

from fastapi.exceptions import HTTPException
from fastapi.security._jwt_claims import Audience, Issuer
from fastapi.security._jwt_keys import Key
from fastapi.security.errors import InvalidTokenError
from fastapi.security.http import HTTPBearer
from fastapi.security.jwt import decode_jwt, unverified_header
from fastapi.security.utils import get_authorization_scheme_param

KeyChooser = Callable[[Dict[str, Any]], Key]


class JWTBearer(HTTPBearer):
    """A Bearer token that is a JSON Web Token; the dependency's value is the dict of its claims.

    ```python
    signed_in = JWTBearer(key=secret, algorithms=["HS256"], require=["exp", "sub"])

    @app.get("/me")
    def me(claims: Annotated[Dict[str, Any], Depends(signed_in)]):
        return {"user": claims["sub"]}
    ```

    A token that is missing, wrong or expired is answered with 401 and the challenge of RFC 6750 section 3. In the
    documentation it is an HTTP scheme `bearer` with the format `JWT`.
    """

    def __init__(
        self,
        *,
        key: Annotated[
            Union[Key, KeyChooser],
            Doc("The key, or a function from the token's header, of which nothing is verified yet, to the key."),
        ],
        algorithms: Annotated[Sequence[str], Doc("The algorithms that are accepted, such as `['HS256']`.")],
        audience: Annotated[Audience, Doc("Who the token must be for.")] = None,
        issuer: Annotated[Issuer, Doc("Who the token must be from.")] = None,
        leeway: Annotated[Union[float, timedelta], Doc("By how much clocks may differ, in seconds.")] = 0,
        require: Annotated[Sequence[str], Doc("Claims that must be there.")] = ("exp",),
        options: Annotated[Optional[Dict[str, Any]], Doc("More options of `decode_jwt`.")] = None,
        scheme_name: Annotated[Optional[str], Doc("The name of the scheme in the documentation.")] = None,
        description: Annotated[Optional[str], Doc("The description of the scheme in the documentation.")] = None,
        auto_error: Annotated[bool, Doc("Whether a request without a token is an error, or gives `None`.")] = True,
    ) -> None:
        super().__init__(bearerFormat="JWT", scheme_name=scheme_name, description=description, auto_error=auto_error)
        if not algorithms or isinstance(algorithms, str):
            raise TypeError('JWTBearer needs a list of the algorithms that are accepted, such as algorithms=["HS256"]')
        self._key = key
        self._arguments: Dict[str, Any] = {
            "algorithms": list(algorithms),
            "options": {"require": list(require), **(options or {})},
            "audience": audience,
            "issuer": issuer,
            "leeway": leeway,
        }

    async def __call__(  # type: ignore[override]
        self, request: HTTPConnection
    ) -> Optional[Dict[str, Any]]:
        scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
        if scheme.lower() != "bearer" or not token:
            if self.auto_error:
                raise self.make_not_authenticated_error()
            return None
        try:
            return self.decode(token)
        except InvalidTokenError as error:
            raise self.make_invalid_token_error(error) from error

    def decode(self, token: str) -> Dict[str, Any]:
        """Return the claims of a token, or raise what `decode_jwt` raises; for WebSockets and tests."""
        key = self._key(unverified_header(token)) if callable(self._key) else self._key
        return decode_jwt(token, key, **self._arguments)

    def make_invalid_token_error(self, error: InvalidTokenError) -> HTTPException:
        """Return the answer to a token that is not accepted; override it for another status or detail."""
        # RFC 6750 section 3: a description has neither quotes nor backslashes, and only ASCII.
        described = str(error).replace('"', "'").replace("\\", "/").encode("ascii", "replace").decode()
        challenge = f'{self.model.scheme.title()} error="invalid_token", error_description="{described}"'
        return HTTPException(
            status_code=HTTP_401_UNAUTHORIZED,
            detail="Token expired" if error.reason == "expired" else "Invalid token",
            headers={"WWW-Authenticate": challenge},
        )
