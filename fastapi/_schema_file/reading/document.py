"""The content of a file as plain values, and where each of them stands."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from fastapi._schema_file.problems import ParamsSchemaError, Path, Place, Problem, Source

# Far above any file that people write, and read in seconds.
LARGEST_FILE = 4 * 2**20
MOST_VALUES = 100_000
DEEPEST = 40
# More digits than the largest float has, and fewer than Python's limit for turning a number into text.
LONGEST_NUMBER = 400


_SPLIT = "Split the file, and load the parts with their own paths."


class Unusable(ValueError):
    """A number or a text that nothing can be done with; the message says why."""


def require_short_number(text: str) -> None:
    if len(text) > LONGEST_NUMBER:
        raise Unusable(f"a number has too many digits: {len(text)}, at most {LONGEST_NUMBER} are read")


def whole_text(text: str) -> str:
    """Return a text. Halves of characters, which an escape can make, could be neither printed nor sent."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Unusable("this text has half of a character, a surrogate without its other half")
    return text


class Document:
    """A file that was read: `data` is made of dict, list, str, int, float, bool and None."""

    def __init__(self, source: Source, text: str, count: int = 0) -> None:
        self.source = source
        self.text = text
        self.data: object = None
        # The place of a key, or of an item of a list, by its way from the top.
        self.places: Dict[Path, Place] = {}
        self.problems: List[Problem] = []
        # Endpoints and definitions of other files that this one includes, by their path in the document.
        self.origins: Dict[Path, Source] = {}
        # How many values there are, those of other files that belong to it among them.
        self.count = count

    def place_of(self, path: Path) -> Optional[Place]:
        """Return the place of the innermost thing on `path` that has one."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return None

    def source_of(self, path: Path) -> Source:
        """Return the file in which something stands: this one, or one that it includes."""
        return self.origins.get(path[:2], self.source)

    def file_of(self, path: Path) -> Optional[str]:
        """Return the path of the file in which something stands, None if it is this one."""
        source = self.origins.get(path[:2])
        return None if source is None else source.path

    def note(self, path: Path, place: Place) -> None:
        """Remember a place; refuse a value too deep or one too many."""
        self.count += 1
        self.require_small(self.count, len(path), place)
        self.places[path] = place

    def require_small(self, count: int, depth: int, place: Place) -> None:
        """Refuse one value too many, or one that is nested too deeply."""
        if count > MOST_VALUES:
            raise self.error(
                f"there are more than {MOST_VALUES} values, aliases counted as often as used", place, _SPLIT
            )
        if depth > DEEPEST:
            raise self.error(
                f"the values are nested more than {DEEPEST} levels deep", place, "Write it with fewer levels."
            )

    def duplicate(self, path: Path, first: Place, place: Place) -> None:
        """Report a key that is there already."""
        self.problems.append(
            Problem(f"the key {path[-1]!r} is there twice: also in line {first.line}", place, **names(path))
        )

    def error(self, message: str, place: Optional[Place] = None, remedy: str = "") -> ParamsSchemaError:
        return ParamsSchemaError(self.source, [Problem(message, place)], remedy)


def names(path: Path) -> Dict[str, Any]:
    """Return the names on a path: endpoint, parameter, field."""
    if len(path) >= 2 and path[0] == "definitions":
        return {"param": f"definitions.{path[1]}", "field": str(path[2]) if len(path) > 2 else None}
    if len(path) < 2 or path[0] != "endpoints":
        return {"field": str(path[0])} if path else {}
    found: Dict[str, Any] = {"endpoint": str(path[1])}
    if len(path) >= 4 and path[2] == "params":
        found["param"] = str(path[3])
        if len(path) >= 5:
            found["field"] = ".".join(str(part) for part in path[4:])
    elif len(path) >= 3:
        found["field"] = str(path[2])
    return found


def place_at(text: str, position: int) -> Place:
    """Return the line and column of a position in a text."""
    before = text[:position]
    return Place(before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)
