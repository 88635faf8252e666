"""The security schemes of an operation, and the scopes that it requires of each."""

from __future__ import annotations

from typing import Dict, List, Sequence, Tuple

from fastapi.dependencies.models import Dependant, _get_security_scheme
from fastapi.encoders import jsonable_encoder
from fastapi.openapi._types import JSONObject

SecurityDependencies = Sequence[Tuple[Dependant, List[str]]]


def _get_openapi_security_definitions(
    security_dependencies: SecurityDependencies,
) -> Tuple[JSONObject, List[JSONObject]]:
    """Return the schemes by name, and one requirement per scheme.

        {"OAuth2PasswordBearer": {"type": "oauth2", ...}}, [{"OAuth2PasswordBearer": ["items", "me"]}]

    A scheme that several dependencies use is required once, with the scopes of all of them.
    """
    definitions: JSONObject = {}
    scopes_by_name: Dict[str, List[str]] = {}
    for dependant, scopes in security_dependencies:
        scheme = _get_security_scheme(dependant=dependant)
        definition = jsonable_encoder(scheme.model, by_alias=True, exclude_none=True)
        name = scheme.scheme_name
        definitions[name] = definition
        required = scopes_by_name.setdefault(name, [])
        required.extend(scope for scope in dict.fromkeys(scopes) if scope not in required)
    return definitions, [{name: scopes} for name, scopes in scopes_by_name.items()]
