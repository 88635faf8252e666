"""Describe the public surface of the imported `fastapi`: names, kinds, signatures, base classes. It contains no text.

`record.py` writes the description of the real package, and `test_surface.py` compares this project's description with
it. The description is a flat mapping of dotted name -> facts, so that a difference is one line.

These names are public:
- every module below `fastapi` without an underscore in its path, except `__main__`;
- in a module, every name without an underscore that upstream defines there or imports from another of its modules,
  Starlette, Pydantic or AnyIO, but not a name that a module imports from the standard library for its own use;
- of a class, in the module that defines it: the constructor, and the methods and attributes that `fastapi` itself
  defines;
- of a few objects: the attributes that exist only on the instance;
- the private names below, which upstream's tests and the ecosystem import or patch.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import pkgutil
import re
import sys
import types
import warnings
from typing import Any, Callable, Container, Dict, Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Facts = Dict[str, Any]

PRIVATE = """
fastapi._compat: PYDANTIC_VERSION_MINOR_TUPLE Undefined is_uploadfile_sequence_annotation
fastapi._compat.shared: is_bytes_sequence_annotation
fastapi._compat.v2: ModelField serialize_sequence_value
fastapi._form_limits: _FormLimits
fastapi.dependencies.models: _get_cache_key _get_computed_scope _get_oauth_scopes _get_security_scheme
 _is_security_scheme _uses_scopes _is_gen_callable _is_async_gen_callable _is_coroutine_callable
 _is_gen_callable_cached _is_async_gen_callable_cached _is_coroutine_callable_cached
fastapi.dependencies.utils: _read_file_bytes _should_embed_body_fields
fastapi.routing: _IncludedRouter _iter_included_route_candidates _restore_fastapi_scope_key
 _effective_route_context_var _PING_INTERVAL
fastapi.sse: _PING_INTERVAL
fastapi.telemetry._asgi: NativeTelemetry
fastapi.telemetry._runtime: _owned _configured _export_endpoint _configure_from_environment _registration_provider
 _shutdown lifespan
"""
PRIVATE_MEMBERS = """
fastapi.datastructures.UploadFile: _validate
fastapi.routing.APIRouter: _mark_routes_changed _get_routes_version
fastapi.routing._IncludedRouter: _handle_selected
"""
SPECIAL_MEMBERS = ("__call__", "__eq__", "__hash__", "__bool__")
FOREIGN = ("starlette", "pydantic", "pydantic_core", "anyio")


def describe(homes: Container[str] = ()) -> dict[str, Facts]:
    """Return the whole surface as dotted name -> facts.

    `homes` are names to describe in full although their `__module__` is another one, because the record describes them
    so.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        surface = dict(_modules(homes))
        surface.update(_private_names(homes))
        surface.update(_instances())
    return dict(sorted(surface.items()))


def dependency_versions() -> dict[str, str]:
    import pydantic
    import starlette

    python = ".".join(str(part) for part in sys.version_info[:3])
    return {"python": python, "pydantic": pydantic.VERSION, "starlette": starlette.__version__}


# ---- modules and names ---------------------------------------------------------------------------------------------


def _modules(homes: Container[str]) -> Iterator[tuple[str, Facts]]:
    import fastapi

    names = [found.name for found in pkgutil.walk_packages(fastapi.__path__, "fastapi.")]
    for name in ["fastapi", *names]:
        if any(part.startswith("_") for part in name.split(".")):
            continue
        try:
            module = importlib.import_module(name)
        except Exception as error:
            yield name, {"kind": f"module that cannot be imported: {error!r}"}
            continue
        yield name, {"kind": "module"}
        for attribute in sorted(dir(module)):
            value = getattr(module, attribute)  # a module may import a name at its first use
            if isinstance(value, types.ModuleType) and name != "fastapi":
                continue  # submodules have their own entries; other modules are imported for the code
            if not attribute.startswith("_") and not _is_incidental(attribute, value):
                yield from _describe_name(f"{name}.{attribute}", value, homes)


def _is_incidental(name: str, value: object) -> bool:
    """Return whether a module has a name only because its own code uses it."""
    if isinstance(value, types.ModuleType):
        return value.__name__.partition(".")[0] not in ("fastapi", "starlette")
    origin = getattr(value, "__module__", None)
    if not isinstance(origin, str) or origin.partition(".")[0] in ("fastapi", *FOREIGN):
        return False
    if type(value).__module__ in ("logging", "builtins") and not callable(value):
        return False
    # A typing alias that is defined here also has `__module__ == "typing"`, but `typing` does not contain it.
    home = sys.modules.get(origin)
    return callable(value) and (home is None or getattr(home, getattr(value, "__name__", name), None) is value)


def _private_names(homes: Container[str]) -> Iterator[tuple[str, Facts]]:
    for module_name, names in _table(PRIVATE):
        module = _module_or_none(module_name)
        for name in names:
            if hasattr(module, name):
                yield from _describe_name(f"{module_name}.{name}", getattr(module, name), homes)
    for class_path, names in _table(PRIVATE_MEMBERS):
        module_name, _, class_name = class_path.rpartition(".")
        owner = getattr(_module_or_none(module_name), class_name, None)
        for name in names:
            if inspect.isclass(owner) and hasattr(owner, name):
                yield f"{class_path}.{name}", _describe_member(owner, name)


def _module_or_none(name: str) -> types.ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _table(text: str) -> Iterator[tuple[str, list[str]]]:
    for line in text.strip().replace("\n ", " ").splitlines():
        owner, _, names = line.partition(":")
        yield owner, names.split()


def _describe_name(path: str, value: Any, homes: Container[str]) -> Iterator[tuple[str, Facts]]:
    origin = str(getattr(value, "__module__", None) or "")
    if isinstance(value, types.ModuleType):
        yield path, {"kind": "module"}
    elif path not in homes and _is_from_elsewhere(path, value, origin):
        yield path, {"kind": "import", "origin": f"{origin}.{getattr(value, '__qualname__', '')}".rstrip(".")}
    elif inspect.isclass(value):
        yield from _describe_class(path, value)
    elif inspect.isroutine(value) or hasattr(value, "cache_info"):
        yield path, {"kind": _function_kind(value), "module": origin, **_signature(value), **_deprecated(value)}
    elif _is_alias(value):
        yield path, {"kind": "alias"}
    else:
        yield path, {"kind": "value", **_constant(value)}


def _is_from_elsewhere(path: str, value: object, origin: str) -> bool:
    if origin.partition(".")[0] in FOREIGN:
        return inspect.isclass(value) or not _is_alias(value)
    described_here = path.rpartition(".")[0] == origin or any(part.startswith("_") for part in path.split("."))
    return origin.startswith("fastapi") and not described_here and (inspect.isclass(value) or inspect.isroutine(value))


def _is_alias(value: object) -> bool:
    # Both are newer than Python 3.8. In 3.14 the second one is a class of `typing`.
    newer = tuple(getattr(types, name) for name in ("GenericAlias", "UnionType") if hasattr(types, name))
    return type(value).__module__ in ("typing", "typing_extensions") or isinstance(value, newer)


def _constant(value: object) -> Facts:
    facts: Facts = {"type": type(value).__name__}
    short = isinstance(value, (bool, int, float, str, bytes, type(None))) and len(repr(value)) <= 60
    if short:
        facts["value"] = repr(value)
    elif isinstance(value, (set, frozenset)) and all(isinstance(entry, str) for entry in value):
        facts["value"] = repr(sorted(value))
    return facts


# ---- classes -------------------------------------------------------------------------------------------------------


def _describe_class(path: str, owner: type) -> Iterator[tuple[str, Facts]]:
    facts: Facts = {"kind": "class", "module": owner.__module__, "bases": _known_bases(owner), **_deprecated(owner)}
    if _is_typed_dict(owner):
        facts.update(required=sorted(owner.__required_keys__), optional=sorted(owner.__optional_keys__))
    elif issubclass(owner, enum.Enum):
        facts["members"] = {name: repr(member.value) for name, member in owner.__members__.items()}
    elif issubclass(owner, BaseModel):
        facts["fields"] = _model_fields(owner)
    elif _is_own(owner.__init__) or _is_own(owner.__new__) or dataclasses.is_dataclass(owner):
        facts.update(_signature(owner))
    yield path, facts
    for name in sorted(_own_member_names(owner)):
        yield f"{path}.{name}", _describe_member(owner, name)


def _known_bases(owner: type) -> list[str]:
    """Return the names of base classes of the ecosystem and of builtins. Others differ between versions of Python."""
    known = ("fastapi", *FOREIGN)
    bases = [base for base in owner.__mro__[1:] if base.__module__.partition(".")[0] in known]
    found = [f"{base.__module__}.{base.__qualname__}" for base in bases if "._" not in base.__module__]
    found += [base.__name__ for base in owner.__mro__[1:] if base.__module__ == "builtins" and base is not object]
    return found


def _is_typed_dict(owner: type) -> bool:
    return hasattr(owner, "__required_keys__") and hasattr(owner, "__optional_keys__")


def _model_fields(owner: Any) -> dict[str, str]:
    """Describe each field as a parameter: `name`, `name=default` or `name (alias)=default`."""
    found = {}
    for name, field in owner.model_fields.items():
        text = f" ({field.alias})" if field.alias else ""
        if not field.is_required():
            text += "=" + ("<factory>" if field.default_factory else _default(field.default))
        found[name] = text
    return found


def _own_member_names(owner: type) -> Iterator[str]:
    if _is_typed_dict(owner) or issubclass(owner, enum.Enum):
        return
    for base in owner.__mro__:
        if base.__module__.partition(".")[0] != "fastapi":
            continue
        for name, value in vars(base).items():
            if name in SPECIAL_MEMBERS and inspect.isfunction(value) and not dataclasses.is_dataclass(owner):
                yield name
            elif not name.startswith("_") and not _is_model_machinery(owner, name, value):
                yield name


def _is_model_machinery(owner: type, name: str, value: object) -> bool:
    return issubclass(owner, BaseModel) and (name in owner.model_fields or hasattr(BaseModel, name))


def _describe_member(owner: type, name: str) -> Facts:
    value = inspect.getattr_static(owner, name)
    if isinstance(value, classmethod):
        return {"kind": "classmethod", **_signature(getattr(owner, name))}
    if isinstance(value, staticmethod):
        return {"kind": "staticmethod", **_signature(getattr(owner, name))}
    if inspect.isfunction(value):
        return {"kind": _function_kind(value), **_signature(value), **_deprecated(value)}
    if _is_property_like(value) or not isinstance(value, (bool, int, float, str, bytes)):
        return {"kind": "attribute"}
    return {"kind": "attribute", **_constant(value)}


def _is_property_like(value: object) -> bool:
    # A reader of an attribute cannot see whether it is a slot, a property or computed once.
    return inspect.isdatadescriptor(value) or hasattr(value, "__get__")


# ---- instances -----------------------------------------------------------------------------------------------------


def _instances() -> Iterator[tuple[str, Facts]]:
    for name, make in _samples().items():
        try:
            sample = make()
        except Exception as error:
            yield name, {"kind": f"object that cannot be made: {error!r}"}
            continue
        yield name, {"kind": "object"}
        attributes = set(getattr(sample, "__dict__", {}))
        for base in type(sample).__mro__:
            if base.__module__.startswith("fastapi"):
                attributes.update(getattr(base, "__slots__", ()))
        attributes.difference_update(FieldInfo.__slots__)  # Pydantic's own, which differ between its versions.
        public = sorted(attribute for attribute in attributes if not attribute.startswith("_"))
        private = [attribute for attribute in _INSTANCE_PRIVATE.get(name, ()) if hasattr(sample, attribute)]
        for attribute in [*public, *private]:
            yield f"{name}.{attribute}", {"kind": "instance attribute"}


_INSTANCE_PRIVATE = {
    "FastAPI()": ("_telemetry", "_native_telemetry"),
    "APIRouter()": ("_low_priority_routes", "_frontend_routes"),
    "APIRoute()": ("_embed_body_fields",),
    "IncludedRouter()": ("_effective_routes_lock", "_effective_low_priority_routes_version"),
    "Depends()": ("_concurrency",),
}


def _samples() -> dict[str, Callable[[], Any]]:
    import fastapi
    from fastapi import exceptions, params, security
    from fastapi.dependencies.models import Dependant
    from fastapi.routing import APIRoute, APIWebSocketRoute

    def endpoint() -> None:
        return None

    def included() -> Any:
        app = fastapi.FastAPI()
        router = fastapi.APIRouter()
        router.get("/")(endpoint)
        app.include_router(router, prefix="/x")
        return app.router.routes[-1]

    return {
        "FastAPI()": fastapi.FastAPI,
        "APIRouter()": fastapi.APIRouter,
        "APIRoute()": lambda: APIRoute("/x", endpoint),
        "APIWebSocketRoute()": lambda: APIWebSocketRoute("/x", endpoint),
        "IncludedRouter()": included,
        "Dependant()": Dependant,
        "Depends()": lambda: params.Depends(endpoint),
        "Query()": lambda: params.Query(None),
        "Header()": lambda: params.Header(None),
        "Body()": lambda: params.Body(None),
        "Form()": lambda: params.Form(None),
        "File()": lambda: params.File(None),
        "HTTPException()": lambda: fastapi.HTTPException(400),
        "WebSocketException()": lambda: fastapi.WebSocketException(1008),
        "RequestValidationError()": lambda: exceptions.RequestValidationError([]),
        "ResponseValidationError()": lambda: exceptions.ResponseValidationError([]),
        "APIKeyHeader()": lambda: security.APIKeyHeader(name="x"),
        "HTTPBasic()": security.HTTPBasic,
        "HTTPBearer()": security.HTTPBearer,
        "OAuth2PasswordBearer()": lambda: security.OAuth2PasswordBearer(tokenUrl="x"),
        "OpenIdConnect()": lambda: security.OpenIdConnect(openIdConnectUrl="x"),
        "SecurityScopes()": security.SecurityScopes,
        "OAuth2PasswordRequestForm()": lambda: security.OAuth2PasswordRequestForm(username="x", password="x"),
    }


# ---- signatures ----------------------------------------------------------------------------------------------------


def _function_kind(value: Any) -> str:
    plain = inspect.unwrap(value)
    if inspect.isasyncgenfunction(plain):
        return "async generator function"
    if inspect.iscoroutinefunction(plain):
        return "coroutine function"
    return "generator function" if inspect.isgeneratorfunction(plain) else "function"


def _is_own(function: object) -> bool:
    return str(getattr(function, "__module__", "")).partition(".")[0] == "fastapi"


def _deprecated(value: object) -> Facts:
    return {"deprecated": True} if isinstance(vars(value).get("__deprecated__"), str) else {}


def _signature(value: Any) -> Facts:
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return {}
    return {"signature": signature_text(signature)}


def signature_text(signature: inspect.Signature) -> str:
    """Return the names, kinds and defaults of the parameters, without annotations and their `Doc` texts."""
    plain = [
        parameter.replace(annotation=inspect.Parameter.empty, default=_as_shown(parameter.default))
        for parameter in signature.parameters.values()
    ]
    return str(signature.replace(parameters=plain, return_annotation=inspect.Signature.empty))


class _Shown:
    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _as_shown(default: object) -> object:
    return default if default is inspect.Parameter.empty else _Shown(_default(default))


def _default(value: Any) -> str:
    """Return a text of a default that is equal in every process and with every version of Python and Pydantic."""
    if type(value).__name__ == "DefaultPlaceholder":
        return f"Default({_default(value.value)})"
    if inspect.isclass(value) or inspect.isroutine(value):
        return f"{value.__module__}.{value.__qualname__}"
    if value is ...:
        return "..."
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if type(value).__name__ == "_HAS_DEFAULT_FACTORY_CLASS":  # A dataclass makes a new value for each object.
        return "<factory>"
    if type(value).__module__ == "builtins" or type(value).__name__ == "PydanticUndefinedType":
        return repr(value)
    return re.sub(r" at 0x[0-9a-fA-F]+", "", f"{type(value).__name__}:{value!r}")


def starlette_is_current(version: str | None = None) -> bool:
    """Return whether the installed Starlette is 1.0 or newer, with the base classes and modules of the record."""
    return int((version or dependency_versions()["starlette"]).partition(".")[0]) >= 1
