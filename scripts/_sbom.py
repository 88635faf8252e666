"""The bill of materials of a release in CycloneDX 1.6: the modules, their crates, and the required Python packages.

It has no time and no random number, so two builds are equal. It needs no Rust: NOTICE names the crates of each module,
`wasm_core/Cargo.lock` their digests, `manifest.json` the digests of the modules.
"""

import json
import re
import uuid
from pathlib import Path
from typing import Any, Dict, List

ROOT = Path(__file__).resolve().parent.parent
# Module of NOTICE -> its file, and its key in manifest.json.
MODULES = {
    "core": ("core.wasm", "sha256"),
    "rsa": ("extras/rsa.wasm", "rsa_sha256"),
    "curves": ("extras/curves.wasm", "curves_sha256"),
}
CRATE = re.compile(r"^- ([\w-]+) (\d\S*) \(([\w.-]+)\): (.*)$", re.MULTILINE)
LOCKED = re.compile(r'name = "([^"]+)"\nversion = "([^"]+)"\nsource = "[^"]+"\nchecksum = "([0-9a-f]{64})"')
NAMESPACE = uuid.UUID("6f0f6c56-6a5b-5c80-9c39-0d5d6ad6e2d5")

Component = Dict[str, Any]


def write(path: Path, version: str, requirements: List[str]) -> None:
    text = json.dumps(document(version, requirements), indent=2, sort_keys=True) + "\n"
    path.write_text(text, encoding="utf-8")


def document(version: str, requirements: List[str]) -> Dict[str, Any]:
    """Return the bill of materials of one version with these requirements (`starlette>=1.6; python_version ...`)."""
    product = package("fastapi-rs", version, "MIT AND BSD-3-Clause")
    components = [*modules(), *crates(), *map(required, requirements)]
    found = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": product, "lifecycles": [{"phase": "build"}]},
        "components": components,
        "dependencies": dependencies(product["bom-ref"], requirements),
    }
    serial = uuid.uuid5(NAMESPACE, json.dumps(found, sort_keys=True))
    return {**found, "serialNumber": f"urn:uuid:{serial}"}


def package(name: str, version: str, license_expression: str) -> Component:
    url = f"pkg:pypi/{name}@{version}"
    return {
        "type": "library",
        "bom-ref": url,
        "name": name,
        "version": version,
        "purl": url,
        "licenses": [{"expression": license_expression}],
    }


def modules() -> List[Component]:
    manifest = json.loads((ROOT / "fastapi" / "_wasm" / "manifest.json").read_text(encoding="utf-8"))
    return [
        {
            "type": "file",
            "bom-ref": f"module:{name}",
            "name": f"fastapi/_wasm/{file}",
            "hashes": [{"alg": "SHA-256", "content": manifest[key]}],
            "properties": [{"name": "compiler", "value": manifest["compiler"]}],
        }
        for name, (file, key) in MODULES.items()
    ]


def crates() -> List[Component]:
    checksums = {(name, version): digest for name, version, digest in LOCKED.findall(text_of("wasm_core/Cargo.lock"))}
    return [
        {
            "type": "library",
            "bom-ref": f"pkg:cargo/{name}@{version}",
            "name": name,
            "version": version,
            "purl": f"pkg:cargo/{name}@{version}",
            "licenses": [{"license": {"id": chosen}}],
            "hashes": [{"alg": "SHA-256", "content": checksums[name, version]}],
        }
        for name, version, chosen, _ in CRATE.findall(text_of("NOTICE"))
    ]


def required(requirement: str) -> Component:
    """Return a required Python package. The installer chooses its version, so the component has the range alone."""
    name = name_of(requirement)
    return {
        "type": "library",
        "bom-ref": f"requirement:{requirement}",
        "name": name,
        "purl": f"pkg:pypi/{name}",
        "properties": [{"name": "requirement", "value": requirement}],
    }


def name_of(requirement: str) -> str:
    match = re.match(r"[\w.-]+", requirement)
    if match is None:
        raise SystemExit(f"FAILED: {requirement!r} names no package")
    return re.sub(r"[-_.]+", "-", match.group()).lower()


def dependencies(product: str, requirements: List[str]) -> List[Dict[str, Any]]:
    """Return which component contains or requires which others."""
    parts: Dict[str, List[str]] = {name: [] for name in MODULES}
    for name, version, _, found in CRATE.findall(text_of("NOTICE")):
        for module in found.split(", "):
            parts[module].append(f"pkg:cargo/{name}@{version}")
    direct = [*(f"module:{name}" for name in MODULES), *(f"requirement:{each}" for each in requirements)]
    return [
        {"ref": product, "dependsOn": direct},
        *({"ref": f"module:{name}", "dependsOn": each} for name, each in parts.items()),
    ]


def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
