"""The items of the service in memory, with sessions as those of a database."""

from __future__ import annotations

import datetime
from typing import Any, Callable, Dict, List, Optional

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
COUNT = 200
CATEGORIES = ("home", "garden", "books", "toys")


class Record:
    """One item as an object-relational mapper returns it."""

    def __init__(self, id: int, values: Dict[str, Any]) -> None:
        self.id = id
        self.created = START + datetime.timedelta(minutes=id)
        self.owner = "jane"
        self.__dict__.update(values)

    def changed(self, values: Dict[str, Any]) -> Record:
        return Record(self.id, {**self.__dict__, **values})


def _first(i: int) -> Record:
    size = {"w": 1.5, "h": 2.5} if i % 2 else None
    values = {"name": f"item {i}", "category": CATEGORIES[i % 4], "price": i * 1.25, "tags": ["new", "a"], "size": size}
    return Record(i, values)


FIRST = {i: _first(i) for i in range(1, COUNT + 1)}


class Store:
    """All items. `restart()` returns to the first ones, so that each round of a mix finds the same state."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.records = dict(FIRST)
        self.last = COUNT
        self.sessions = 0
        self.timings: Dict[str, float] = {}


class Session:
    """The view of a request: changes reach the store with `commit()`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.changes: Dict[int, Optional[Record]] = {}
        store.sessions += 1

    def get(self, id: int) -> Optional[Record]:
        return self.changes[id] if id in self.changes else self.store.records.get(id)

    def select(self, wanted: Callable[[Record], bool]) -> List[Record]:
        return [record for record in self.store.records.values() if wanted(record)]

    def add(self, values: Dict[str, Any]) -> Record:
        self.store.last += 1
        return self.save(Record(self.store.last, values))

    def save(self, record: Record) -> Record:
        self.changes[record.id] = record
        return record

    def delete(self, record: Record) -> None:
        self.changes[record.id] = None

    def commit(self) -> None:
        for id, record in self.changes.items():
            if record is None:
                self.store.records.pop(id, None)
            else:
                self.store.records[id] = record
        self.changes.clear()

    def rollback(self) -> None:
        self.changes.clear()

    def close(self) -> None:
        self.store.sessions -= 1
