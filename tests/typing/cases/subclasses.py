"""Methods that applications override, with the signatures that they use."""

from typing import Any, Callable, Dict

from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override, reveal_type

from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.types import DecoratedCallable


class TimedRoute(APIRoute):
    @override
    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def timed(request: Request) -> Response:
            response = await handle(request)
            reveal_type(response)  # T: starlette.responses.Response
            return response

        return timed


class TimedRouteWithoutAnswer(APIRoute):
    @override
    def get_route_handler(self) -> int:  # E: override
        return 1


class SlashlessRouter(APIRouter):
    @override
    def api_route(self, path: str, **options: Any) -> Callable[[DecoratedCallable], DecoratedCallable]:
        return super().api_route(path.rstrip("/"), **options)

    @override
    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().add_api_route(path.rstrip("/"), endpoint, **options)


class Application(FastAPI):
    @override
    def openapi(self) -> Dict[str, Any]:
        return {**super().openapi(), "x-logo": "logo.png"}

    @override
    def openapy(self) -> Dict[str, Any]:  # E: misc
        return {}

    @override
    def post(self, path: str, **options: Any) -> Callable[[DecoratedCallable], DecoratedCallable]:
        return super().post(path, **options)


class Teapot(HTTPException):
    def __init__(self) -> None:
        super().__init__(status_code=418, detail={"reason": "short and stout"}, headers={"X-Tea": "no"})


app = Application(default_response_class=JSONResponse)
router = SlashlessRouter(route_class=TimedRoute)


@app.post("/")
def post() -> int:
    return 1


@router.get("/x/")
def get() -> int:
    return 1


reveal_type(post)  # T: def () -> int
reveal_type(get)  # T: def () -> int
reveal_type(app.openapi())  # T: dict[str, Any]
reveal_type(Teapot().status_code)  # T: int

HTTPException(status="404")  # E: call-arg
HTTPException("404")  # E: arg-type
APIRouter(route_class=FastAPI)  # E: arg-type
