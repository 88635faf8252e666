"""The self-test of a rung: known questions over the very path that requests take."""

from __future__ import annotations

import json
from marshal import dumps, loads
from typing import Any

from fastapi._wasm import artifact, contract
from fastapi._wasm.core import Core
from fastapi._wasm.instance import DOCUMENT_VERSION, REQUEST_VERSION, Unavailable

_PLAN = (
    contract.PLAN_VERSION,
    contract.PLAN_FLAG_REDIRECT_SLASHES,
    (
        (
            contract.ROUTE_OPERATION,
            "/test/{number}",
            ("GET",),
            (
                (contract.KIND_PATH, "number", "number", contract.SCALAR_INT, contract.FLAG_REQUIRED, None, ()),
                (contract.KIND_QUERY, "text", "text", contract.SCALAR_STR, 0, dumps("none", 2), ()),
            ),
        ),
    ),
)
_REQUESTS: tuple[tuple[tuple[Any, ...], tuple[Any, ...]], ...] = (
    (("GET", "/test/7", b"text=a+b", []), (0, {"number": "7"}, 7, "a b")),
    (("GET", "/test/8", b"", [(b"accept", b"*/*")]), (0, {"number": "8"}, 8, "none")),
    (("PUT", "/test/7", b"", []), (-2, 0)),
    (("GET", "/other", b"", []), (-1,)),
)
# Small, and too large for either buffer.
_DOCUMENTS = ({"a": [1, -2.5, True, None]}, ["\u00e9" * contract.OUTPUT_BUFFER_SIZE])


def run_self_test(core: Core) -> None:
    """Ask for known answers, over the very path that requests take."""
    told, core.version = core.exchange("describe", b"")
    if told != contract.CONTRACT_HASH:
        raise artifact.mismatch("the core tells another contract", artifact.MODULE, contract.CONTRACT_HASH, told)
    instance = core.lease().instance
    base = instance.base()
    plan = instance.exchange("load_plan", dumps(_PLAN, REQUEST_VERSION))
    function, arguments, count = instance.target("match_request", plan)
    for request, expected in _REQUESTS:
        frame = dumps(request, REQUEST_VERSION)
        instance.into[: len(frame)] = frame
        error = instance.call(instance.context, function, arguments, count, instance.trap_reference)
        answer = None if error or instance.trap else loads(instance.out)
        if answer != expected:
            raise Unavailable(f"the self-test failed: {request!r} was answered with {answer!r}")
    instance.invoke("drop_plan", plan)
    for document in _DOCUMENTS:
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        if instance.exchange("encode_json", dumps(document, DOCUMENT_VERSION)) != text:
            raise Unavailable("the self-test failed: a document was encoded differently")
    if instance.base() != base:
        raise Unavailable("the engine moved the module's memory")
    core.count_from_here(instance)
