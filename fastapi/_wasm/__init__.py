"""The compiled core, its extras, and the code that loads and calls them.

core.wasm      the module, committed; manifest.json describes it (scripts/wasm writes both)
extras/        the modules for RS256, and for ES256 and EdDSA
contract.py    generated from params_schema.yaml, as is the Rust side
artifact.py    reads and checks the files of the modules
cache.py       code compiled ahead of time
loading.py     gives a host its code, from the cache or compiled
ladder.py      chooses the rung and opens the modules on it
self_test.py   known questions that a rung must answer
core.py        the instances of the core: leases, traps, counters
crossing.py    one operation as a function, as fast as possible
plan.py        a plan in the instance of each thread
security.py    instances that are used for secrets
instance.py    the interface of an instance, whichever host runs it
native.py      wasmtime's C library by ctypes
public.py      wasmtime's Python classes
javascript/    the engine of the JavaScript host in which CPython runs
library.py     the place of wasmtime; it alone imports the package

`fastapi._rust` is the public place of all this: the rest of the package asks it, and takes from here only constants of
the contract and errors.
"""
