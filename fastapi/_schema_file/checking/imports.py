"""Objects that a file names by where they are imported from: `package.module.Name`.

A module may load the file whose types it defines: such a type is imported when a parameter that has it is declared.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from typing import Any, List, Optional

from fastapi._schema_file.problems import nearest
from fastapi._schema_file.trust import is_trusted
from fastapi._schema_file.types import NotYet, Type, TypeProblem, type_of


def import_type(name: str) -> Type:
    """Return the type that `package.module.Type` names.

    Raises:
        NotYet: its module is being imported and does not have it so far.
        TypeProblem: the module or the name is not there, or importing fails.
    """
    if not is_trusted():
        _require_form(name)
        return Type(Any, "code")
    found = import_object(name)
    # Before Python 3.10, NewType returns a function.
    is_function = inspect.isroutine(found) and not hasattr(found, "__supertype__")
    if is_function or inspect.ismodule(found):
        raise TypeProblem(f"{name} is {'a function' if is_function else 'a module'}, not a type")
    if found is None or isinstance(found, (str, bytes)):
        # Pydantic would take None for the type of None, and text for the name of a type.
        raise TypeProblem(f"{name} is {found!r:.60}, not a type")
    return type_of(found)


def import_object(name: str) -> object:
    """Return the object that `package.module.Name` or `package.module:Name` names.

    Raises:
        NotYet: its module is being imported and does not have it so far.
        TypeProblem: the module or the name is not there, or importing fails.
    """
    parts = _require_form(name)
    if not is_trusted():
        return object
    missing: Optional[str] = None
    for length in range(len(parts) - 1, 0, -1):
        module_name = ".".join(parts[:length])
        try:
            found = _module(module_name)
        except ModuleNotFoundError as error:
            # Perhaps the last part of the name is a class and no module. Another module that is missing is an error.
            if not module_name.startswith(error.name or "?"):
                raise TypeProblem(f"importing {module_name} fails: {error}") from None
            missing = error.name
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # SystemExit and the exceptions of test runners, among others: naming a module must not stop the process.
            raise TypeProblem(f"importing {module_name} fails: {type(error).__name__}: {error}") from None
        else:
            return _attribute(found, module_name, parts[length:])
    raise TypeProblem(f"there is no module {missing!r}") from None


def _require_form(name: str) -> List[str]:
    parts = name.replace(":", ".").split(".")
    if len(parts) < 2 or not all(part.isidentifier() for part in parts):
        raise TypeProblem(f"{name!r} is not of the form package.module.Name")
    return parts


def _module(name: str) -> object:
    """Import a module. The one that runs as a script is not run a second time under its name."""
    main = sys.modules.get("__main__")
    if main is not None and name not in sys.modules and _is_script(main, name):
        return main
    return importlib.import_module(name)


def _is_script(main: object, name: str) -> bool:
    spec, path = getattr(main, "__spec__", None), getattr(main, "__file__", None)
    if spec is not None:
        return bool(spec.name == name)
    if path is None or os.path.splitext(os.path.basename(path))[0] != name.rpartition(".")[2]:
        return False
    found = importlib.util.find_spec(name)
    return bool(found and found.origin and os.path.exists(found.origin) and os.path.samefile(found.origin, path))


def _attribute(found: object, owner: str, names: List[str]) -> object:
    module = found
    for name in names:
        try:
            found = getattr(found, name)
        except AttributeError:
            if found is module and _is_unfinished(module):
                raise NotYet(f"{owner} has no name {name!r} so far: it is being imported") from None
            close = nearest(name, [each for each in dir(found) if not each.startswith("_")])
            raise TypeProblem(f"{owner} has no name {name!r}", (), close) from None
        except Exception as error:
            raise TypeProblem(f"asking {owner} for {name!r} fails: {type(error).__name__}: {error}") from None
        owner = f"{owner}.{name}"
    return found


def _is_unfinished(module: object) -> bool:
    # Of a script nothing tells whether it has run to its end.
    if getattr(module, "__name__", None) == "__main__":
        return True
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))
