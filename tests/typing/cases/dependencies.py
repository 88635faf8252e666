"""Dependencies: their declaration, their kinds, and the security schemes that give values."""

from typing import AsyncIterator, Optional

from typing_extensions import Annotated, reveal_type

from fastapi import Depends, FastAPI, Request, Security, params
from fastapi.security import (
    HTTPAuthorizationCredentials,
    HTTPBasic,
    HTTPBasicCredentials,
    HTTPBearer,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
    SecurityScopes,
)


class Connection: ...


async def connect() -> AsyncIterator[Connection]:
    yield Connection()


app = FastAPI(dependencies=[Depends(connect)])
oauth2 = OAuth2PasswordBearer(tokenUrl="token", scopes={"items": "Read items."})

Depends(connect, usecache=True)  # E: call-arg
Depends(3)  # E: arg-type
Depends(connect, scope="session")  # E: arg-type
Security(oauth2, scops=[])  # E: call-arg
Security(oauth2, scopes=1)  # E: arg-type
OAuth2PasswordBearer("token", scope={})  # E: call-arg
HTTPBasic("realm")  # E: call-arg

reveal_type(Depends(connect))  # T: Any
reveal_type(params.Depends(connect))  # T: fastapi.params.Depends
reveal_type(HTTPBasic(realm="x").realm)  # T: str | None

as_dependency: params.Depends = params.Security(oauth2, scopes=["items"])


@app.get("/")
async def endpoint(
    connection: Annotated[Connection, Depends(connect, scope="function")],
    token: Annotated[str, Security(oauth2, scopes=["items"])],
    basic: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())],
    scopes: SecurityScopes,
    request: Request,
    bearer: Optional[HTTPAuthorizationCredentials] = Depends(HTTPBearer(auto_error=False)),
    form: OAuth2PasswordRequestForm = Depends(),
) -> None:
    reveal_type(connection)  # T: dependencies.Connection
    reveal_type(basic.username)  # T: str
    reveal_type(scopes.scopes)  # T: list[str]
    reveal_type(form.scopes)  # T: list[str]
    reveal_type(await oauth2(request))  # T: str | None
