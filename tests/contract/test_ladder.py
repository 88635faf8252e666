"""The choice of the rung, forced rungs, and equal answers of all of them."""

from __future__ import annotations

import ctypes
import os
import sys

import pytest

from tests.contract.child import child

linux = pytest.mark.skipif(sys.platform != "linux", reason="a facility of Linux")

# Prints one line: the rung, then answers that every rung must give.
ANSWERS = """
    import logging, marshal
    records = []
    class Keep(logging.Handler):
        def emit(self, record): records.append(record)
    logging.getLogger("fastapi").addHandler(Keep())
    logging.getLogger("fastapi").setLevel(logging.INFO)
    from fastapi import _rust
    from fastapi._wasm import contract as c
    rung = _rust.mode()
    assert rung in _rust.why() or _rust.why()
    said = [record.getMessage() for record in records if record.levelno == logging.INFO]
    assert len(said) == 1 and f"mode {rung} " in said[0], said
    if rung != "python":
        row = (c.KIND_PATH, "n", "n", c.SCALAR_INT, c.FLAG_REQUIRED, None, ())
        many = (c.KIND_QUERY, "q", "q", c.SCALAR_STR, c.FLAG_LIST, marshal.dumps([], 2), ())
        plan = (c.PLAN_VERSION, c.PLAN_FLAG_REDIRECT_SLASHES, (
            (c.ROUTE_OPERATION, "/a/{n}", ("GET",), (row, many)),))
        loaded = _rust.LoadedPlan(marshal.dumps(plan, 2))
        match = loaded.matcher()
        requests = [("GET", "/a/5", b"q=1&q=%C3%A9", []), ("GET", "/a/x", b"", ()), ("POST", "/a/5", b"", []),
                    ("GET", "/b", b"", []), ("GET", "/a/5", b"q=" + b"x" * 200000, []), ("GET", 5, b"", [])]
        answers = [match(request) for request in requests]
        assert match(("GET", "/a/5", object(), [])) is None
        documents = [{"a": [1, 2.5, None, True, "\\u00e9\\n"]}, ["x" * 100000], [float("nan")], {1, 2}, object()]
        print(rung, repr(answers), repr([_rust.encode_json(document) for document in documents]))
        assert _rust.check_compatibility()["mode"] == rung
        counters = _rust.counters()
        assert counters["matched"] == 2 and counters["encoded"] == 2, counters
    else:
        print(rung, _rust.why())
"""


def wasmtime_major() -> int:
    from fastapi._wasm.native import find_library, major

    return major(find_library()[1])


def test_fast_is_the_first_choice() -> None:
    assert child(ANSWERS).startswith("fast ")


def test_all_rungs_answer_alike() -> None:
    fast = child(ANSWERS, FASTAPI_RS_MODE="fast")
    assert (
        "(0, {'n': '5'}, 5, ['1', 'é'])" in fast and "'int_parsing'" in fast and "(-2, 0)" in fast and "(-1,)" in fast
    )
    others = ["public"] + (["pulley"] if wasmtime_major() > 25 else [])
    for rung in others:
        told = child(ANSWERS, FASTAPI_RS_MODE=rung)
        assert told.startswith(rung + " ")
        assert told.split(" ", 1)[1] == fast.split(" ", 1)[1]


def test_unknown_mode_lists_the_modes() -> None:
    told = child(ANSWERS, expect=1, FASTAPI_RS_MODE="quick")
    assert "RustExtensionError" in told and "'quick'" in told and "fast, public, pulley, javascript, python" in told


@pytest.mark.parametrize("rung", ["fast", "public", "pulley"])
def test_forced_rung_that_cannot_be_had_says_why(rung: str) -> None:
    hide = (
        "import sys; sys.modules['wasmtime'] = None\n" + "import importlib.util\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, package=None: None if name == 'wasmtime' else find(name, package)\n"
    )
    told = child(hide + "from fastapi import _rust\n_rust.mode()", expect=1, FASTAPI_RS_MODE=rung)
    assert f"FASTAPI_RS_MODE={rung} cannot be had" in told and "wasmtime" in told.split("cannot be had", 1)[1]


def test_without_wasmtime_python_does_it() -> None:
    hide = (
        "import sys; sys.modules['wasmtime'] = None\nimport importlib.util\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, package=None: None if name == 'wasmtime' else find(name, package)\n"
    )
    told = child(hide + "from fastapi import _rust\nprint(_rust.mode(), _rust.why())")
    assert told.startswith("python ") and "not installed" in told


def test_library_that_does_not_load_leads_to_python() -> None:
    told = child("""
        import ctypes
        class Refuses:
            def __init__(self, *_): raise OSError("invalid ELF header")
        from fastapi import _rust
        from fastapi._wasm import native, public
        native.ctypes.CDLL = Refuses
        public.PublicHost = lambda *_: (_ for _ in ()).throw(native.Unavailable("no wheel"))
        print(_rust.mode(), _rust.why())
    """)
    assert told.startswith("python ") and "invalid ELF header" in told and "no wheel" in told


def test_wrong_answers_lead_down_the_ladder() -> None:
    told = child("""
        from fastapi import _rust
        from fastapi._wasm import self_test
        self_test._REQUESTS = ((("GET", "/test/7", b"", []), (0, {"number": "7"}, 8, "none")),)
        print(_rust.mode(), _rust.why())
    """)
    assert told.startswith("python ") and "self-test failed" in told


def test_library_is_found_by_the_package_when_its_version_is_unknown() -> None:
    told = child(
        """
        from fastapi import _rust
        from fastapi._wasm import library
        def unknown(): raise library.Unavailable("the version of wasmtime cannot be told")
        library.find_library = unknown
        print(_rust.mode())
    """,
        FASTAPI_RS_MODE="fast",
    )
    assert told.split() == ["fast"]


def test_fast_does_not_import_the_package() -> None:
    told = child("""
        import sys
        from fastapi import _rust
        print(_rust.mode(), "wasmtime" in sys.modules)
    """)
    assert told.split() == ["fast", "False"]


def test_unknown_function_lists_the_functions() -> None:
    told = child("""
        from fastapi import _rust
        print(_rust.get_rust_function("describe")()[0] == _rust.contract.CONTRACT_HASH)
        print(_rust.get_rust_function("encode_json")([1, "a"]))
        try:
            _rust.get_rust_function("no_such")
        except _rust.RustExtensionError as error:
            print(error)
    """)
    assert told.startswith("True\nb'[1,\"a\"]'\n")
    assert "'no_such'" in told and "match_request" in told and "encode_json" in told


def test_refused_plan_is_logged_once_and_left_to_python() -> None:
    told = child("""
        from fastapi import _rust
        import marshal
        plan = _rust.LoadedPlan(marshal.dumps(("not", "a", "plan"), 2))
        print([matcher(("GET", "/", b"", [])) for matcher in (plan.matcher(), plan.matcher()) for _ in range(3)])
    """)
    assert told.splitlines()[-1] == "[None, None, None, None, None, None]"
    assert told.count("the core refused the plan") == 1


@linux
def test_small_address_space() -> None:
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))

    for cache in ("off", ""):
        assert child(ANSWERS, before=limit, FASTAPI_RS_CACHE=cache).startswith("fast ")


@linux
def test_forbidden_executable_memory_leads_to_pulley() -> None:
    libc = ctypes.CDLL(None, use_errno=True)

    def forbid() -> None:
        # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN: Linux 6.3
        if libc.prctl(65, 1, 0, 0, 0):
            os._exit(77)

    told = child(ANSWERS, before=forbid, expect=None)
    if not told:
        pytest.skip("this kernel has no PR_SET_MDWE")
    assert told.startswith("pulley " if wasmtime_major() > 25 else "python "), told


@linux
def test_no_room_at_all_leads_to_python() -> None:
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (200_000_000, 200_000_000))

    assert child(ANSWERS, before=limit, FASTAPI_RS_CACHE="off").startswith("python ")


@linux
def test_threads_without_an_instance_answer_and_warn_once() -> None:
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (512_000_000, 512_000_000))

    told = child(
        """
        import threading
        threading.stack_size(1 << 20)
        from fastapi import _rust
        from fastapi._wasm import contract as c
        import marshal
        row = (c.KIND_PATH, "n", "n", c.SCALAR_INT, c.FLAG_REQUIRED, None, ())
        plan = (c.PLAN_VERSION, 0, ((c.ROUTE_OPERATION, "/a/{n}", ("GET",), (row,)),))
        loaded, rung = _rust.LoadedPlan(marshal.dumps(plan, 2)), _rust.mode()
        loaded.matcher()(("GET", "/a/5", b"", []))
        answers, gate = [], threading.Barrier(3)
        def use():
            match = loaded.matcher()
            gate.wait()
            for n in range(20):
                assert match(("GET", "/a/5", b"", [])) in (None, (0, {"n": "5"}, 5))
                answers.append(_rust.encode_json([n]))
                assert _rust.encode_json(["x" * 100_000]) in (None, b'["%s"]' % (b"x" * 100_000))
                _rust.counters()
            gate.wait()
        threads = [threading.Thread(target=use) for _ in range(3)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(rung, len(answers), None in answers)
    """,
        before=limit,
    )
    assert told.splitlines()[-1] == "fast 60 True", told
    assert told.count("a thread goes on without the core") == 1
