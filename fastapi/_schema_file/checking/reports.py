"""Problems of rows, each with the place and the spelling of the field that it is about."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from fastapi._schema_file.checking.shape import Row
from fastapi._schema_file.problems import Path, Problem
from fastapi._schema_file.reading.document import Document, names
from fastapi._schema_file.types import NotYet, TypeProblem


class Reports:
    """Collects the problems of one file, each of them once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: List[Problem] = []
        self._known: Set[Problem] = set()

    def report(
        self,
        row: Row,
        field: Optional[str],
        message: str,
        allowed: Tuple[str, ...] = (),
        close: Optional[str] = None,
    ) -> None:
        """Add a problem with a field of a row, or with the row itself."""
        way = row.path if field is None else row.written.get(field, (*row.path, field))
        about = self.about(way)
        about.update({key: value for key, value in names(row.path).items() if key != "field"})
        if "items" in row.path:
            about["field"] = names((*row.path, str(way[-1]))).get("field")
        variable = row.environment.get(field or "")
        if variable is not None and variable not in message:
            message += f" (the value of the environment variable {variable})"
        self.add(Problem(message, allowed=allowed, nearest=close, **about))

    def report_type(self, row: Row, field: str, problem: TypeProblem) -> None:
        """Add the reason why a type, a default or a factory cannot be used."""
        self.report(row, field, problem.message, problem.allowed, problem.nearest)

    def attempt(self, row: Row, field: str, action: Callable[[], object]) -> None:
        """Do something with a field, and report the reason if it is impossible.

        Raises:
            NotYet: it needs a module that is being imported.
        """
        try:
            action()
        except NotYet:
            raise
        except TypeProblem as problem:
            self.report_type(row, field, problem)

    def add(self, problem: Problem) -> None:
        if problem not in self._known:
            self._known.add(problem)
            self.problems.append(problem)

    def about(self, way: Path) -> Dict[str, Any]:
        """Return the place of a field, and the names that a message has for it."""
        return {"place": self.document.place_of(way), "file": self.document.file_of(way), **names(way)}
