"""The compiled core and what belongs to it.

core.wasm      the module, committed; manifest.json describes it (scripts/wasm writes both)
contract.py    generated from params_schema.yaml, as is the Rust side
artifact.py    reads and checks the module's file
cache.py       code compiled ahead of time
instance.py    what an instance of the core offers, whoever runs it
native.py      wasmtime's C library by ctypes
public.py      wasmtime's Python classes
peek.py        the counters of an instance in use by another thread

Only `fastapi._rust` uses these modules.
"""
