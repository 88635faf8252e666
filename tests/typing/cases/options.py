"""A misspelt keyword or a value of the wrong type is an error, also where options travel as `**options`."""

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

app = FastAPI(title="Shop", docs_url=None)
router = APIRouter(prefix="/items", tags=["items"])


def endpoint() -> None: ...


app.get("/", respons_model=int)  # E: call-arg
app.post("/", respons_model=int)  # E: call-arg
app.put("/", status_code="created")  # E: arg-type
app.patch(path=1)  # E: arg-type
router.delete("/", operationid="x")  # E: call-arg
router.options("/", tags="items")  # E: arg-type
router.head()  # E: call-arg
router.trace("/", "x")  # E: call-arg
app.api_route("/", metods=["GET"])  # E: call-arg
router.api_route("/", metods=["GET"])  # E: call-arg
app.add_api_route("/", endpoint, metods=["GET"])  # E: call-arg
router.add_api_route("/", endpoint, metods=["GET"])  # E: call-arg
app.include_router(router, prefx="/v1")  # E: call-arg
router.include_router(router, depends=[])  # E: call-arg
app.include_router(app)  # E: arg-type
APIRoute("/", endpoint, metods=["GET"])  # E: call-arg
FastAPI(titel="Shop")  # E: call-arg
APIRouter(prefx="/items")  # E: call-arg

app.get("/", response_model=int, status_code=200, responses={404: {"description": "none"}})
app.post("/", tags=["items"], include_in_schema=False, response_model_exclude={"secret"})
app.add_api_route("/", endpoint, methods=["GET"], name="x")
app.include_router(router, prefix="/v1", tags=["v1"])
