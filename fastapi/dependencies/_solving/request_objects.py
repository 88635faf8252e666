"""Arguments that are objects of the request: the request itself, its response, its background tasks, its scopes."""

from __future__ import annotations

from typing import Callable, Dict, Sequence, Tuple

from starlette.requests import Request
from starlette.websockets import WebSocket

from fastapi.background import BackgroundTasks
from fastapi.dependencies._solving.params import Values
from fastapi.dependencies._solving.solution import Solution
from fastapi.dependencies.models import Dependant
from fastapi.security.oauth2 import SecurityScopes

# (state of the request, OAuth2 scopes of the dependant, name of the argument, arguments)
Provider = Callable[[Solution, Sequence[str], str, Values], None]


def get_providers(dependant: Dependant) -> Sequence[Tuple[str, Provider]]:
    """Return the name and the provider of each argument of `dependant` that is an object of the request."""
    named = ((getattr(dependant, attribute), provide) for attribute, provide in _PROVIDERS_BY_ATTRIBUTE.items())
    return tuple((name, provide) for name, provide in named if name)


def _provide_connection(solution: Solution, scopes: Sequence[str], name: str, values: Values) -> None:
    values[name] = solution.request


def _provide_request(solution: Solution, scopes: Sequence[str], name: str, values: Values) -> None:
    if isinstance(solution.request, Request):
        values[name] = solution.request


def _provide_websocket(solution: Solution, scopes: Sequence[str], name: str, values: Values) -> None:
    if isinstance(solution.request, WebSocket):
        values[name] = solution.request


def _provide_background_tasks(solution: Solution, scopes: Sequence[str], name: str, values: Values) -> None:
    if solution.background_tasks is None:
        solution.background_tasks = BackgroundTasks()
    values[name] = solution.background_tasks


def _provide_response(solution: Solution, scopes: Sequence[str], name: str, values: Values) -> None:
    values[name] = solution.response


def _provide_security_scopes(solution: Solution, scopes: Sequence[str], name: str, values: Values) -> None:
    values[name] = SecurityScopes(scopes=list(scopes))


_PROVIDERS_BY_ATTRIBUTE: Dict[str, Provider] = {
    "http_connection_param_name": _provide_connection,
    "request_param_name": _provide_request,
    "websocket_param_name": _provide_websocket,
    "background_tasks_param_name": _provide_background_tasks,
    "response_param_name": _provide_response,
    "security_scopes_param_name": _provide_security_scopes,
}
