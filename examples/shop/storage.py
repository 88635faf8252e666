"""Items and users in SQLite. One connection for the process, guarded by a lock: worker threads share it."""

import hashlib
import json
import os
import secrets
import sqlite3
import threading
from typing import Any, Dict, List, Optional

SCHEMA = """
create table if not exists items (
    id integer primary key, name text not null, price real not null,
    tags text not null, in_stock integer not null, picture_bytes integer
);
create table if not exists users (name text primary key, salt blob not null, digest blob not null);
create table if not exists tokens (token text primary key, name text not null references users);
"""


class Storage:
    def __init__(self, path: str = ":memory:") -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.Lock()
        with self._lock, self._connection:
            self._connection.executescript(SCHEMA)

    def close(self) -> None:
        self._connection.close()

    def add_item(self, name: str, price: float, tags: List[str], in_stock: bool) -> Dict[str, Any]:
        with self._lock, self._connection:
            cursor = self._connection.execute(
                "insert into items (name, price, tags, in_stock) values (?, ?, ?, ?)",
                (name, price, json.dumps(tags), in_stock),
            )
        item = self.item(int(cursor.lastrowid or 0))
        assert item is not None
        return item

    def item(self, item_id: int) -> Optional[Dict[str, Any]]:
        if item_id.bit_length() > 63:  # larger than SQLite's integers, so no such row exists
            return None
        rows = self._rows("select * from items where id = ?", [item_id])
        return rows[0] if rows else None

    def remove_item(self, item_id: int) -> bool:
        with self._lock, self._connection:
            return self._connection.execute("delete from items where id = ?", [item_id]).rowcount == 1

    def set_picture(self, item_id: int, size: int) -> None:
        with self._lock, self._connection:
            self._connection.execute("update items set picture_bytes = ? where id = ?", [size, item_id])

    def search(
        self,
        text: Optional[str],
        min_price: Optional[float],
        max_price: Optional[float],
        in_stock: Optional[bool],
        tags: List[str],
        limit: int,
        offset: int,
    ) -> List[Dict[str, Any]]:
        conditions, values = ["1"], []  # type: List[str], List[Any]
        for condition, value in (
            ("instr(lower(name), lower(?))", text),
            ("price >= ?", min_price),
            ("price <= ?", max_price),
            ("in_stock = ?", in_stock),
        ):
            if value is not None:
                conditions.append(condition)
                values.append(value)
        where = " and ".join(conditions)
        found = self._rows(f"select * from items where {where} order by id", values)
        return [item for item in found if set(tags) <= set(item["tags"])][offset : offset + limit]

    def add_user(self, name: str, password: str) -> None:
        salt = os.urandom(16)
        with self._lock, self._connection:
            self._connection.execute("insert into users values (?, ?, ?)", [name, salt, _digest(password, salt)])

    def password_is_right(self, name: str, password: str) -> bool:
        with self._lock:
            row = self._connection.execute("select salt, digest from users where name = ?", [name]).fetchone()
        # An unknown name costs the same time as a wrong password.
        salt, digest = (row["salt"], row["digest"]) if row else (b"-" * 16, b"-" * 32)
        return secrets.compare_digest(_digest(password, salt), digest)

    def new_token(self, name: str) -> str:
        token = secrets.token_urlsafe(24)
        with self._lock, self._connection:
            self._connection.execute("insert into tokens values (?, ?)", [token, name])
        return token

    def token_owner(self, token: str) -> Optional[str]:
        with self._lock:
            row = self._connection.execute("select name from tokens where token = ?", [token]).fetchone()
        return row["name"] if row else None

    def _rows(self, query: str, values: List[Any]) -> List[Dict[str, Any]]:
        with self._lock:
            rows = self._connection.execute(query, values).fetchall()
        return [{**row, "tags": json.loads(row["tags"]), "in_stock": bool(row["in_stock"])} for row in map(dict, rows)]


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**12, r=8, p=1, dklen=32)
