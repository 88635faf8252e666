"""A core of a few lines that breaks on demand, to test failures that the bridge must survive.

encode_json     answers its input, b"room" to a large one; traps on False; overflows the stack on True; answers a large
                document on None
match_request   answers its input; traps when the first element of the tuple is False
load_plan       answers 1, 2, 3, ...; drop_plan counts; counters answers (matched, plans, dropped, 0, encoded, 0)
"""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi._wasm.core import Core
from fastapi._wasm.crossing import make_crossing
from fastapi._wasm.instance import DOCUMENT_VERSION
from fastapi._wasm.library import import_wasmtime, package_version
from fastapi._wasm.native import NativeHost, find_library
from fastapi._wasm.plan import Plan
from fastapi._wasm.public import PublicHost

LARGE_LENGTH = 100_000

WAT = f"""
(module
  (memory (export "memory") 16)
  (global $room (mut i32) (i32.const 0))
  (global $plans (mut i32) (i32.const 0))
  (global $dropped (mut i32) (i32.const 0))
  (global $matched (mut i32) (i32.const 0))
  (global $encoded (mut i32) (i32.const 0))
  (data (i32.const 131072) "N")
  (data (i32.const 200000) "(\\02\\00\\00\\00z\\05largei")
  (data (i32.const 200200) "s\\04\\00\\00\\00room")
  (data (i32.const 200100) "(\\06\\00\\00\\00")
  (func $source (result i32)
    (if (result i32) (global.get $room)
      (then (global.set $room (i32.const 0)) (i32.const 262144))
      (else (i32.const 49152))))
  (func $deep (param i32) (result i32)
    (i32.add (i32.const 1) (call $deep (i32.add (local.get 0) (i32.const 1)))))
  (func (export "in_buffer") (result i32) (i32.const 49152))
  (func (export "out_buffer") (result i32) (i32.const 131072))
  (func (export "reserve") (param i32) (result i32)
    (drop (memory.grow (i32.shr_u (local.get 0) (i32.const 16))))
    (global.set $room (i32.const 1)) (i32.const 262144))
  (func (export "large_output") (result i32) (i32.const 786432))
  (func (export "dump_json"))
  (func (export "open_form"))
  (func (export "parse_form"))
  (func (export "read_form") (param i32))
  (func (export "match_head") (param i32))
  (func (export "describe") (i32.store8 (i32.const 131072) (i32.const 78)))
  (func (export "load_plan")
    (global.set $plans (i32.add (global.get $plans) (i32.const 1)))
    (i32.store8 (i32.const 131072) (i32.const 105))
    (i32.store (i32.const 131073) (global.get $plans)))
  (func (export "drop_plan") (param i32) (global.set $dropped (i32.add (global.get $dropped) (i32.const 1))))
  (func (export "match_request") (param i32)
    (if (i32.eq (i32.load8_u (i32.const 49157)) (i32.const 70)) (then unreachable))
    (global.set $matched (i32.add (global.get $matched) (i32.const 1)))
    (memory.copy (i32.const 131072) (call $source) (i32.const 65536)))
  (func (export "encode_json") (local $from i32) (local $kind i32)
    (local.set $from (call $source))
    (local.set $kind (i32.and (i32.load8_u (local.get $from)) (i32.const 127)))
    (if (i32.eq (local.get $kind) (i32.const 70)) (then unreachable))
    (if (i32.eq (local.get $kind) (i32.const 84)) (then (drop (call $deep (i32.const 0)))))
    (global.set $encoded (i32.add (global.get $encoded) (i32.const 1)))
    (if (i32.eq (local.get $kind) (i32.const 78)) (then
      (memory.copy (i32.const 131072) (i32.const 200000) (i32.const 13))
      (i32.store (i32.const 131085) (i32.const {LARGE_LENGTH + 5}))
      (i32.store8 (i32.const 786432) (i32.const 115))
      (i32.store (i32.const 786433) (i32.const {LARGE_LENGTH}))
      (memory.fill (i32.const 786437) (i32.const 120) (i32.const {LARGE_LENGTH}))
      (return)))
    (if (i32.eq (local.get $from) (i32.const 262144)) (then (local.set $from (i32.const 200200))))
    (memory.copy (i32.const 131072) (local.get $from) (i32.const 65536)))
  (func $number (param $at i32) (param $value i32)
    (i32.store8 (local.get $at) (i32.const 105)) (i32.store offset=1 (local.get $at) (local.get $value)))
  (func (export "counters")
    (memory.copy (i32.const 131072) (i32.const 200100) (i32.const 5))
    (call $number (i32.const 131077) (global.get $matched))
    (call $number (i32.const 131082) (global.get $plans))
    (call $number (i32.const 131087) (global.get $dropped))
    (call $number (i32.const 131092) (i32.const 0))
    (call $number (i32.const 131097) (global.get $encoded))
    (call $number (i32.const 131102) (i32.const 0))))
"""


def fake_wasm() -> bytes:
    import wasmtime

    return bytes(wasmtime.wat2wasm(WAT))


def fake_core(rung: str = "fast") -> Any:
    """A core on this rung whose module is the fake."""
    wasm = fake_wasm()
    host = (
        PublicHost(import_wasmtime(), package_version())
        if rung == "public"
        else NativeHost(*find_library(), pulley=rung == "pulley")
    )
    return Core(host, wasm, hashlib.sha256(wasm).hexdigest())


def encoder(core: Any) -> Any:
    return make_crossing(core, "encode_json", DOCUMENT_VERSION)


def plan(core: Any, frame: bytes = b"N") -> Any:
    """A plan of this core."""
    return Plan(core, frame)
