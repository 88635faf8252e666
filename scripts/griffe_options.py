"""An extension of griffe for the site of `docs/`: it writes named types of parameters out.

`FastAPI(title: _options.TitleOption)` becomes `FastAPI(title: Annotated[str, Doc("...")])`, so that the API reference
has the type and the description of each option.
"""

from __future__ import annotations

from typing import Any, Iterator, Union

from griffe import (
    Alias,
    Expr,
    ExprAttribute,
    ExprName,
    ExprSubscript,
    ExprTuple,
    Extension,
    Function,
    Module,
    Object,
)
from typing_extensions import TypeGuard

Tree = Union[Object, Alias]
Written = Union[str, Expr, None]


class NamedOptions(Extension):
    """Replace annotations that name an assignment of the package by the assigned value."""

    def on_package(self, *, pkg: Module, **options: Any) -> None:
        for function in functions_of(pkg):
            for parameter in function.parameters:
                parameter.annotation = written_out(pkg, parameter.annotation)


def functions_of(tree: Tree) -> Iterator[Function]:
    if isinstance(tree, Function):
        yield tree
    elif not tree.is_alias and not tree.is_attribute:
        for member in tree.members.values():
            yield from functions_of(member)


def written_out(package: Module, annotation: Written) -> Written:
    found = assigned(package, annotation)
    if not is_annotated(found):
        return annotation
    if isinstance(found.slice, ExprTuple):
        found.slice.elements = [
            found.slice.elements[0],
            *(assigned(package, each) for each in found.slice.elements[1:]),
        ]
    return found


def is_annotated(annotation: Written) -> TypeGuard[ExprSubscript]:
    return isinstance(annotation, ExprSubscript) and annotation.canonical_path.endswith(".Annotated")


def assigned(package: Module, name: Written) -> Written:
    """Return the value that a module of the package assigns to a name, and any other expression as it is."""
    path = name.canonical_path if isinstance(name, (ExprName, ExprAttribute)) else ""
    if not path.startswith(f"{package.name}."):
        return name
    try:
        found = package[path.split(".", 1)[1]]
    except KeyError:
        return name
    return found.value if found.is_attribute and found.value else name
