"""Reads the files of the modules, and checks that each is whole and built from this contract."""

from __future__ import annotations

import json
from hashlib import sha256
from os.path import dirname, join
from typing import Any

REBUILD = "scripts/wasm"
MODULE = join(dirname(__file__), "core.wasm")
# The extras, each loaded when first asked for: RS256; ES256 and EdDSA.
RSA_MODULE = join(dirname(__file__), "extras", "rsa.wasm")
CURVES_MODULE = join(dirname(__file__), "extras", "curves.wasm")
MANIFEST = join(dirname(__file__), "manifest.json")
# Module -> its digest's name in the manifest.
KEYS = {
    MODULE: "sha256",
    RSA_MODULE: "rsa_sha256",
    CURVES_MODULE: "curves_sha256",
}


class RustExtensionError(RuntimeError):
    """The core cannot be used: its file is missing, damaged or stale, or a demanded mode cannot be had."""


def mismatch(what: str, path: str, expected: str, found: str) -> RustExtensionError:
    """Return an error that names the file, both hashes and the remedy."""
    return RustExtensionError(
        f"{what}: {path}\n  expected {expected}\n  found    {found}\n"
        f"Rebuild it with {REBUILD} (from the sources) or reinstall fastapi-rs; "
        "FASTAPI_RS_MODE=python works without it."
    )


def read(module: str = MODULE, manifest: str = MANIFEST) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes of a module and its manifest, which agree."""
    description = _read_manifest(manifest, module)
    expected = description[KEYS.get(module, "sha256")]
    try:
        with open(module, "rb") as file:
            content = file.read()
    except OSError as error:
        raise mismatch("the core's module cannot be read", module, expected, f"nothing ({error})") from None
    found = sha256(content).hexdigest()
    if found != expected:
        raise mismatch("the core's module is not the one its manifest describes", module, expected, found)
    return content, description


def check_contract(description: dict[str, Any], contract: str, module: str = MODULE) -> None:
    """Raise RustExtensionError unless the manifest has the contract of the Python side."""
    found = description["contract"]
    if found != contract:
        raise mismatch("the core's module was built from another params_schema.yaml", module, contract, found)


def _read_manifest(manifest: str, module: str) -> dict[str, Any]:
    found = "no manifest"
    try:
        with open(manifest, encoding="utf-8") as file:
            text = file.read()
        found = f"a manifest with sha256 {sha256(text.encode()).hexdigest()}"
        description = json.loads(text)
        if all(isinstance(description[key], str) for key in (*KEYS.values(), "sources", "contract", "compiler")):
            return dict(description)
    except (OSError, ValueError, KeyError, TypeError) as error:
        found += f" ({type(error).__name__}: {error})"
    raise mismatch(
        "the manifest of the core's module cannot be used",
        manifest,
        f"a description of {module} ({_digest_or_reason(module)})",
        found,
    )


def _digest_or_reason(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return "sha256 " + sha256(file.read()).hexdigest()
    except OSError as error:
        return f"{type(error).__name__}: {error.strerror}"
