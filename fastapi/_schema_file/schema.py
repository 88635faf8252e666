"""The parameters of a file, by endpoint, each resolved to a type and the keywords of a constructor."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, Iterable, Mapping, NamedTuple, NoReturn, Optional, Tuple

from fastapi._schema_file.fields import CLASSES
from fastapi._schema_file.problems import ParamsSchemaError, Place, Problem, Source, nearest
from fastapi._schema_file.reading.load import Identity


class Postponed(NamedTuple):
    """Stands for a type that cannot be imported so far: its module is being imported."""

    reason: str


class ParamSchema(NamedTuple):
    """One parameter of one endpoint."""

    endpoint: str
    name: str
    # Where it is read from: path, query, header, cookie, body, form or file.
    kind: str
    annotation: object
    family: str
    # Keywords for the constructor, the default among them.
    options: Mapping[str, object]
    # The fields by their names in the table, those of a definition among them.
    fields: Mapping[str, object]
    source: Source
    place: Optional[Place]
    # The fields whose values come from environment variables, and the names of those.
    environment: Mapping[str, str] = {}

    def make(self) -> Any:
        """Return the object that declares the parameter: a `Path`, `Query`, `Header`, ..."""
        made = CLASSES[self.kind](**self.options)
        made.annotation = self.annotation
        return made

    def with_default(self, value: object) -> ParamSchema:
        """Return this parameter with another default, or without one if the value is `inspect.Signature.empty`."""
        options = {name: option for name, option in self.options.items() if name != "default"}
        if value is not inspect.Signature.empty:
            options = {name: option for name, option in options.items() if name != "default_factory"}
            options["default"] = value
        return self._replace(options=options)

    def with_factory(self, factory: Callable[[], object]) -> ParamSchema:
        """Return this parameter with a function that is called for its default."""
        options = {name: option for name, option in self.options.items() if name != "default"}
        return self._replace(options={**options, "default_factory": factory})

    @property
    def where(self) -> str:
        """File and line, as messages have them."""
        return self.source.path if self.place is None else f"{self.source.path}:{self.place.line}"


# Of a file and of those that it includes.
Identities = Tuple[Identity, ...]
Endpoint = Mapping[str, ParamSchema]


class ParamsSchema:
    """A file that was read and found right."""

    def __init__(
        self,
        source: Source,
        identity: Identity,
        strict: bool,
        endpoints: Mapping[str, Dict[str, ParamSchema]],
        definitions: Mapping[str, Any],
        complete: Callable[[ParamsSchema, ParamSchema], ParamSchema],
        included: Mapping[str, Identity] = {},
    ) -> None:
        self.source = source
        self.identity = identity
        self.strict = strict
        self.endpoints = endpoints
        # The other files that it includes.
        self.included = included
        # Resolves a parameter whose type could not be imported when the file was read.
        self._complete = complete
        # The rows of the definitions, for parameters that the code changes.
        self.definitions = definitions

    @property
    def identities(self) -> Identities:
        """The states of the file and of those that it includes."""
        return (self.identity, *self.included.values())

    def __repr__(self) -> str:
        return f"ParamsSchema({self.source.path!r}, endpoints={list(self.endpoints)})"

    def endpoint(self, name: str) -> Endpoint:
        """Return the parameters of an endpoint.

        Raises:
            ParamsSchemaError: there is none of this name; it lists those that are.
        """
        found = self.endpoints.get(name)
        if found is None:
            self._refuse("there is no such endpoint in the file", name, None, self.endpoints)
        for param in found.values():
            if isinstance(param.annotation, Postponed):
                found[param.name] = self._complete(self, param)
        return found

    def param(self, endpoint: str, name: str) -> ParamSchema:
        """Return one parameter of an endpoint.

        Raises:
            ParamsSchemaError: there is none; it lists those that are.
        """
        params = self.endpoints[endpoint] if endpoint in self.endpoints else dict(self.endpoint(endpoint))
        found = params.get(name)
        if found is None:
            self._refuse("the endpoint has no such parameter in the file", endpoint, name, params)
        if isinstance(found.annotation, Postponed):
            found = params[name] = self._complete(self, found)
        return found

    def _refuse(self, message: str, endpoint: str, param: Optional[str], known: Iterable[str]) -> NoReturn:
        exists = tuple(known)
        wanted = endpoint if param is None else param
        if not exists:
            message += "; it has none at all"
        problem = Problem(message, None, endpoint, param, allowed=exists, nearest=nearest(wanted, exists))
        raise ParamsSchemaError(self.source, [problem], _REMEDY)


_REMEDY = "Add it to the file, correct the name, or choose another file with FASTAPI_PARAMS_SCHEMA."


def as_plain(endpoint: Endpoint) -> Dict[str, Dict[str, object]]:
    """Return the parameters of an endpoint as they could stand in a file."""
    return {name: dict(param.fields) for name, param in endpoint.items()}
