"""The shop's API. `python scripts/demo` serves it and calls it; `uvicorn examples.shop.app:app` serves it alone."""

from typing import Any, Dict, List, Optional

from typing_extensions import Annotated

from fastapi import Cookie, Depends, FastAPI, File, Header, HTTPException, Path, Query, UploadFile
from fastapi.security import (
    APIKeyHeader,
    HTTPBasic,
    HTTPBasicCredentials,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
)

from .models import Item, NewItem, Token, User
from .storage import Storage

storage = Storage()
storage.add_user("ada", "engine")
for _name, _price, _tags, _in_stock in (
    ("Teapot", 24.5, ["kitchen", "ceramic"], True),
    ("Tea towel", 6.0, ["kitchen", "linen"], True),
    ("Lamp", 80.25, ["light"], False),
):
    storage.add_item(_name, _price, _tags, _in_stock)

app = FastAPI(title="Shop", description="An example application of fastapi-rs.")

bearer = OAuth2PasswordBearer(tokenUrl="token")
basic = HTTPBasic(realm="shop")
api_key = APIKeyHeader(name="X-Key")

ItemId = Annotated[int, Path(ge=1, description="The item's number")]


async def current_user(token: Annotated[str, Depends(bearer)]) -> User:
    name = storage.token_owner(token)
    if name is None:
        raise HTTPException(401, "The token is unknown", headers={"WWW-Authenticate": "Bearer"})
    return User(name=name)


CurrentUser = Annotated[User, Depends(current_user)]


async def existing_item(item_id: ItemId) -> Dict[str, Any]:
    item = storage.item(item_id)
    if item is None:
        raise HTTPException(404, f"There is no item {item_id}")
    return item


@app.get("/")
async def read_root() -> Any:
    return {"shop": "open", "items": "/items"}


@app.get("/items/{item_id}", response_model=Item)
async def read_item(item: Annotated[Dict[str, Any], Depends(existing_item)]) -> Any:
    return item


@app.get("/items")
async def search_items(
    q: Annotated[Optional[str], Query(min_length=2, max_length=50)] = None,
    min_price: Annotated[Optional[float], Query(ge=0)] = None,
    max_price: Annotated[Optional[float], Query(gt=0)] = None,
    in_stock: Optional[bool] = None,
    tag: Annotated[List[str], Query()] = [],  # noqa: B006, each request gets its own copy
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0)] = 0,
    x_currency: Annotated[str, Header(min_length=3, max_length=3)] = "EUR",
    visits: Annotated[int, Cookie(ge=0)] = 0,
):
    found = storage.search(q, min_price, max_price, in_stock, tag, limit, offset)
    return {"currency": x_currency, "returning_customer": visits > 0, "items": found}


@app.post("/items", response_model=Item, status_code=201)
async def create_item(item: NewItem, user: CurrentUser) -> Any:
    return storage.add_item(item.name, item.price, item.tags, item.in_stock)


@app.delete("/items/{item_id}", status_code=204)
async def delete_item(item: Annotated[Dict[str, Any], Depends(existing_item)], user: CurrentUser) -> None:
    storage.remove_item(item["id"])


@app.post("/items/{item_id}/picture")
async def upload_picture(
    item: Annotated[Dict[str, Any], Depends(existing_item)],
    user: CurrentUser,
    picture: Annotated[UploadFile, File(description="Any image")],
) -> Dict[str, Any]:
    content = await picture.read()
    storage.set_picture(item["id"], len(content))
    return {"item": item["id"], "filename": picture.filename, "bytes": len(content)}


@app.post("/token", response_model=Token)
def log_in(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Any:
    # A `def` endpoint runs in a worker thread: hashing a password must not block the event loop.
    if not storage.password_is_right(form.username, form.password):
        raise HTTPException(400, "Wrong user name or password")
    return {"access_token": storage.new_token(form.username)}


@app.get("/me")
async def read_me(user: CurrentUser) -> User:
    return user


@app.get("/stock")
async def read_stock(key: Annotated[str, Depends(api_key)]):
    if key != "warehouse":
        raise HTTPException(403, "The key opens nothing")
    return [
        {"id": item["id"], "in_stock": item["in_stock"]} for item in storage.search(None, None, None, None, [], 100, 0)
    ]


@app.get("/admin")
def read_admin(credentials: Annotated[HTTPBasicCredentials, Depends(basic)]):
    if not storage.password_is_right(credentials.username, credentials.password):
        raise HTTPException(401, "Wrong user name or password", headers={"WWW-Authenticate": 'Basic realm="shop"'})
    return {"hello": credentials.username}
