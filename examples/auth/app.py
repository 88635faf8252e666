"""Accounts with hashed passwords and signed tokens, without a package for either: `uvicorn examples.auth.app:app`."""

import os
import secrets
from datetime import datetime, timedelta, timezone
from typing import Any, Dict

from typing_extensions import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import (
    JWTBearer,
    OAuth2PasswordRequestForm,
    PasswordError,
    encode_jwt,
    hash_password_async,
    verify_password_async,
)

# A service with several workers gives all of them the same secret.
SECRET = os.environ.get("SECRET") or secrets.token_hex(32)
ALGORITHM = "HS256"
LIFETIME = timedelta(minutes=15)

app = FastAPI(title="Accounts")
# Instead of a database: user name -> hash of the password.
passwords: Dict[str, str] = {}
signed_in = JWTBearer(key=SECRET, algorithms=[ALGORITHM], require=["exp", "sub"])

Form = Annotated[OAuth2PasswordRequestForm, Depends()]
Claims = Annotated[Dict[str, Any], Depends(signed_in)]


@app.post("/users", status_code=201)
async def register(form: Form) -> Dict[str, str]:
    if form.username in passwords:
        raise HTTPException(409, "This name is taken")
    try:
        passwords[form.username] = await hash_password_async(form.password)
    except PasswordError as error:
        raise HTTPException(422, str(error)) from error
    return {"name": form.username}


@app.post("/token")
async def log_in(form: Form) -> Dict[str, str]:
    # None for an unknown user takes as long, so the time of the answer does not tell which names exist.
    if not await verify_password_async(form.password, passwords.get(form.username)):
        raise HTTPException(401, "Wrong name or password", headers={"WWW-Authenticate": "Bearer"})
    claims = {"sub": form.username, "exp": datetime.now(timezone.utc) + LIFETIME}
    return {"access_token": encode_jwt(claims, SECRET, algorithm=ALGORITHM), "token_type": "bearer"}


@app.get("/me")
async def read_me(claims: Claims) -> Dict[str, str]:
    return {"name": claims["sub"]}
