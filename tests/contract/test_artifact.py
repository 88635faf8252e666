"""The committed module: made from these sources and this contract, self-contained, and refused when it is not."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest

from fastapi._wasm import artifact, contract
from tests.contract.child import ROOT, child


def script(name: str) -> Any:
    loader = importlib.machinery.SourceFileLoader(f"scripts_{name}", str(ROOT / "scripts" / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


def test_generated_contract_is_clean() -> None:
    pytest.importorskip("yaml")
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "generate_contract.py"), "--check"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout.decode()


def test_manifest_describes_module_sources_and_contract() -> None:
    content, manifest = artifact.read()
    build = script("wasm")
    assert manifest["sha256"] == build.digest(content)
    modules = {key: artifact.read(module)[0] for module, key in artifact.KEYS.items()}
    assert {key: manifest[key] for key in modules} == {key: build.digest(module) for key, module in modules.items()}
    folder = Path(artifact.MODULE).parent
    assert {Path(module).relative_to(folder).as_posix(): key for module, key in artifact.KEYS.items()} == {
        name: key for name, (key, _, _) in build.MODULES.items()
    }
    assert sum(map(len, modules.values())) <= 600_000
    assert manifest["sources"] == build.sources(), "wasm_core has changed: run scripts/wasm"
    assert manifest["contract"] == build.contract_hash() == contract.CONTRACT_HASH


def sections(wasm: bytes) -> Iterator[tuple[int, bytes]]:
    """Ids and contents of a module's sections (WebAssembly core specification, 5.5.2)."""
    assert wasm[:8] == b"\0asm\1\0\0\0"
    at = 8
    while at < len(wasm):
        kind, (length, at) = wasm[at], leb128(wasm, at + 1)
        yield kind, wasm[at : at + length]
        at += length


def leb128(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if not byte & 128:
            return value, at


# The core is used for requests and for secrets, an extra for secrets alone.
MODULES = {
    module: {**contract.SECURITY_EXPORTS, **(contract.EXPORTS if module == artifact.MODULE else {})}
    for module in artifact.KEYS
}


@pytest.mark.parametrize("module", MODULES)
def test_module_imports_nothing(module: str) -> None:
    content, _ = artifact.read(module)
    imports = [data for kind, data in sections(content) if kind == 2]
    assert all(leb128(data, 0)[0] == 0 for data in imports)


@pytest.mark.parametrize("module", MODULES)
def test_module_exports_the_names_of_the_contract(module: str) -> None:
    content, _ = artifact.read(module)
    data = next(data for kind, data in sections(content) if kind == 7)
    count, at = leb128(data, 0)
    names = set()
    for _ in range(count):
        length, at = leb128(data, at)
        names.add(data[at : at + length].decode())
        _, at = leb128(data, at + length + 1)
    assert set(MODULES[module]) | {"memory"} <= names


@pytest.mark.parametrize("module", MODULES)
def test_module_names_no_folder_of_the_machine_that_built_it(module: str) -> None:
    content, _ = artifact.read(module)
    for trace in (b"/home/", b"/root/", b"/Users/", b"/tmp/", b".cargo", b"C:\\"):
        assert trace not in content


@pytest.fixture
def copies(tmp_path: Any) -> tuple[Any, Any]:
    content, manifest = artifact.read()
    module, description = tmp_path / "core.wasm", tmp_path / "manifest.json"
    module.write_bytes(content)
    description.write_text(json.dumps(manifest))
    return module, description


def damage(what: str, module: Any, manifest: Any) -> None:
    content = module.read_bytes()
    if what == "missing module":
        module.unlink()
    elif what == "truncated module":
        module.write_bytes(content[:1000])
    elif what == "empty module":
        module.write_bytes(b"")
    elif what == "garbage module":
        module.write_bytes(b"\x7fELF" + content)
    elif what == "flipped module":
        module.write_bytes(content[:500] + bytes([content[500] ^ 1]) + content[501:])
    elif what == "missing manifest":
        manifest.unlink()
    elif what == "garbage manifest":
        manifest.write_bytes(b"\xff\xfe{")
    elif what == "truncated manifest":
        manifest.write_text(manifest.read_text()[:20])
    elif what == "manifest of another kind":
        manifest.write_text("[]")
    elif what == "incomplete manifest":
        manifest.write_text('{"sha256": 1}')
    else:
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "contract": "0" * 64}))


DAMAGES = [
    "missing module",
    "truncated module",
    "empty module",
    "garbage module",
    "flipped module",
    "missing manifest",
    "garbage manifest",
    "truncated manifest",
    "manifest of another kind",
    "incomplete manifest",
    "other contract",
]


@pytest.mark.parametrize("what", DAMAGES)
def test_damage_is_named_and_never_a_crash(what: str, copies: Any) -> None:
    module, manifest = copies
    damage(what, module, manifest)
    told = child(f"""
        from fastapi._wasm import artifact
        artifact.read.__defaults__ = ({str(module)!r}, {str(manifest)!r})
        artifact.check_contract.__defaults__ = ({str(module)!r},)
        from fastapi import _rust
        for use in (_rust.check_compatibility, _rust.mode, lambda: _rust.encode_json(1), lambda: _rust.LoadedPlan(b"N"),
                    lambda: _rust.get_rust_function("describe"), _rust.mode):
            try:
                use()
            except _rust.RustExtensionError as error:
                text = str(error)
            else:
                raise SystemExit(f"{{use}} did not refuse")
        assert _rust.rust_available() is False
        print(text)
    """)
    named = manifest if "manifest" in what else module
    assert str(named) in told and "scripts/wasm" in told
    assert "expected " in told and "found " in told


def test_python_mode_needs_no_module(copies: Any) -> None:
    module, manifest = copies
    module.unlink()
    told = child(
        f"""
        from fastapi._wasm import artifact
        artifact.read.__defaults__ = ({str(module)!r}, {str(manifest)!r})
        from fastapi import _rust
        print(_rust.mode(), _rust.rust_available(), _rust.encode_json(1), sum(_rust.counters().values()))
    """,
        FASTAPI_RS_MODE="python",
    )
    assert told.split() == ["python", "False", "None", "0"]


def test_module_that_describes_another_contract_is_refused() -> None:
    told = child("""
        from fastapi._wasm import artifact, contract
        artifact.check_contract = lambda *_: None
        contract.CONTRACT_HASH = "0" * 64
        from fastapi import _rust
        try:
            _rust.mode()
        except _rust.RustExtensionError as error:
            print(error)
    """)
    assert "0" * 64 in told and contract.CONTRACT_HASH in told and "scripts/wasm" in told
