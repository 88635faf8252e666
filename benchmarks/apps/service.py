"""The service of the folder `service/`, and the work of its operations without a framework around them."""

from __future__ import annotations

import itertools
import json
from contextlib import asynccontextmanager
from typing import Any, Awaitable, Callable, Dict, List

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json
from service import application as service
from workloads import BY_NAME, Row

from fastapi import HTTPException

from .declaring import APPS, direct

APPS["service"] = service.build

item_in, item_patch = TypeAdapter(service.ItemIn), TypeAdapter(service.ItemPatch)
item_out, items_out, wanted = (
    TypeAdapter(service.ItemOut),
    TypeAdapter(List[service.ItemOut]),
    TypeAdapter(service.Wanted),
)
item_page, wanted = TypeAdapter(service.ItemPage), TypeAdapter(service.Wanted)
session = asynccontextmanager(service.session)


def written(adapter: TypeAdapter[Any], value: Any) -> bytes:
    return adapter.dump_json(adapter.validate_python(value, from_attributes=True))


def item_id(row: Row) -> int:
    return int(row.path.rpartition("/")[2])


async def _list(row: Row, opened: Any) -> bytes:
    page = await service.page(service.SETTINGS)
    return written(item_page, await service.list_items(opened, page))


async def _get(row: Row, opened: Any) -> bytes:
    return written(item_out, await service.get_item(await service.existing(item_id(row), opened)))


async def _create(row: Row, opened: Any) -> bytes:
    item = item_in.validate_python(json.loads(row.body))
    return written(item_out, await service.create_item(item, opened, "jane"))


async def _replace(row: Row, opened: Any) -> bytes:
    item = item_in.validate_python(json.loads(row.body))
    return written(item_out, await service.replace_item(await service.existing(item_id(row), opened), item, opened))


async def _patch(row: Row, opened: Any) -> bytes:
    patch = item_patch.validate_python(json.loads(row.body))
    return written(item_out, await service.patch_item(await service.existing(item_id(row), opened), patch, opened))


async def _delete(row: Row, opened: Any) -> bytes:
    await service.delete_item(await service.existing(item_id(row), opened), opened)
    return b""


async def _search(row: Row, opened: Any) -> bytes:
    return written(items_out, service.search_items(wanted.validate_python(json.loads(row.body)), opened))


async def _invalid(row: Row, opened: Any) -> bytes:
    try:
        item_in.validate_python(json.loads(row.body))
    except ValidationError as error:
        return to_json({"detail": error.errors(include_url=False)})
    raise AssertionError("no error")


async def _unauthorised(row: Row, opened: Any) -> bytes:
    return to_json({"detail": "Not authenticated"})


OPERATIONS: Dict[str, Callable[[Row, Any], Awaitable[bytes]]] = {
    "list": _list,
    "get": _get,
    "create": _create,
    "replace": _replace,
    "patch": _patch,
    "delete": _delete,
    "search": _search,
    "missing": _get,
    "invalid": _invalid,
    "unauthorised": _unauthorised,
}


async def _step(row: Row) -> bytes:
    try:
        await service.user("token-of-jane", service.SETTINGS)
        async with session() as opened:
            return await OPERATIONS[row.name](row, opened)
    except HTTPException as error:
        return to_json({"detail": error.detail})


_steps = [row for row in BY_NAME["service"].steps if row.name in OPERATIONS]
_turn = itertools.cycle(range(len(_steps)))


@direct("service")
async def work() -> bytes:
    """Do the work of the next step."""
    i = next(_turn)
    if i == 0:
        service.STORE.restart()
    return await _step(_steps[i])
