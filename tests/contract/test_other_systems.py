"""Names and folders of other systems, and wasmtime where it is missing or unknown."""

from __future__ import annotations

import os
import platform
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, List, Optional

import pytest

from fastapi._wasm import cache, native
from fastapi._wasm.instance import Unavailable


@pytest.mark.parametrize(
    "system, base",
    [("win32", "C:/local"), ("darwin", "/home/ada/Library/Caches"), ("linux", "/home/ada/.cache")],
)
def test_the_folder_of_the_user(system: str, base: str, monkeypatch: Any) -> None:
    for name in ("FASTAPI_RS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOCALAPPDATA", base)
    monkeypatch.setattr(cache.os.path, "isabs", lambda path: True)
    monkeypatch.setattr(cache, "expanduser", lambda path: "/home/ada")
    monkeypatch.setattr(sys, "platform", system)
    assert list(cache.folders())[1] == cache.join(base, "fastapi-rs")


def test_the_processor_where_the_system_has_no_uname(monkeypatch: Any) -> None:
    monkeypatch.delattr(os, "uname", raising=False)
    assert cache.processor() == platform.machine()


def test_access_lists_count_where_users_have_no_numbers(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.delattr(os, "geteuid", raising=False)
    assert cache._objection_to(os.stat(tmp_path)) is None


def test_a_folder_that_is_missing_holds_nothing(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("FASTAPI_RS_CACHE", str(tmp_path / "none"))
    assert not cache.holds_any()
    (tmp_path / "none").mkdir()
    assert not cache.holds_any()
    (tmp_path / "none" / "core-1.cwasm").write_bytes(b"")
    assert cache.holds_any()


def test_no_half_of_a_file_stays(monkeypatch: Any, tmp_path: Path) -> None:
    def fail(source: str, target: str) -> None:
        raise PermissionError(13, "refused")

    monkeypatch.setattr(cache.os, "replace", fail)
    with pytest.raises(PermissionError):
        cache._replace(str(tmp_path / "core"), b"code")
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_that_another_process_removed(monkeypatch: Any, tmp_path: Path) -> None:
    (tmp_path / "core-a-1.cwasm").write_bytes(b"")
    removed: List[str] = []

    def unlink(path: str) -> None:
        removed.append(Path(path).name)
        raise FileNotFoundError(path)

    monkeypatch.setattr(cache.os, "unlink", unlink)
    cache._clean(str(tmp_path), "core-a-", "core-a-2.cwasm")
    assert removed == ["core-a-1.cwasm"]


def installed(monkeypatch: Any, folder: Optional[Path]) -> None:
    """Let the import system find wasmtime in a folder, or nowhere."""
    spec = None
    if folder is not None:
        spec = ModuleSpec("wasmtime", None, is_package=True)
        spec.submodule_search_locations = [str(folder / "wasmtime")]
    monkeypatch.setattr(native, "find_spec", lambda name: spec)


def message() -> str:
    with pytest.raises(Unavailable) as raised:
        native.find_library()
    return str(raised.value)


def test_wasmtime_is_missing(monkeypatch: Any) -> None:
    installed(monkeypatch, None)
    assert message() == "wasmtime is not installed"


@pytest.mark.parametrize("system, machine", [("linux", "riscv64"), ("freebsd14", "x86_64")])
def test_a_platform_without_a_library(monkeypatch: Any, tmp_path: Path, system: str, machine: str) -> None:
    installed(monkeypatch, tmp_path)
    monkeypatch.setattr(native, "processor", lambda: machine)
    monkeypatch.setattr(sys, "platform", system)
    assert message() == f"wasmtime has no library for {system} on {machine}"


@pytest.mark.parametrize(
    "system, machine, name",
    [
        ("linux", "x86_64", "linux-x86_64/_libwasmtime.so"),
        ("darwin", "arm64", "darwin-aarch64/_libwasmtime.dylib"),
        ("win32", "AMD64", "win32-x86_64/_wasmtime.dll"),
    ],
)
def test_the_library_of_a_platform(monkeypatch: Any, tmp_path: Path, system: str, machine: str, name: str) -> None:
    installed(monkeypatch, tmp_path)
    monkeypatch.setattr(native, "processor", lambda: machine)
    monkeypatch.setattr(sys, "platform", system)
    path = tmp_path / "wasmtime" / name
    assert message() == f"wasmtime's library is not at {path}"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    assert message() == f"the version of wasmtime cannot be told from {tmp_path}"
    (tmp_path / "wasmtime-50.0.1.dist-info").mkdir()
    assert native.find_library() == (str(path), "50.0.1")
