"""Code compiled ahead of time is native code: read only from folders that no other user can write, and only whole."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from fastapi._wasm import cache
from fastapi._wasm.native import NativeHost, find_library
from tests.contract.child import child
from tests.contract.fake_core import fake_core

posix = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="mode bits and owners")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: Any) -> Path:
    kept = tmp_path / "cache"
    monkeypatch.setenv("FASTAPI_RS_CACHE", str(kept))
    return kept


def artefacts(folder: Path) -> list[Path]:
    return sorted(folder.glob("core-*.cwasm"))


def compiled(monkeypatch: Any) -> list[int]:
    """How often something is compiled from now on."""
    calls: list[int] = []
    compile_ = NativeHost.compile
    monkeypatch.setattr(NativeHost, "compile", lambda self, wasm: (calls.append(1), compile_(self, wasm))[1])
    return calls


def test_second_process_does_not_compile(folder: Path, monkeypatch: Any) -> None:
    calls = compiled(monkeypatch)
    first = fake_core()
    assert len(calls) == 1 and first.cached == str(artefacts(folder)[0])
    second = fake_core()
    assert len(calls) == 1 and second.cached == first.cached


def test_off_reads_and_keeps_nothing(folder: Path, monkeypatch: Any) -> None:
    fake_core()
    calls = compiled(monkeypatch)
    monkeypatch.setenv("FASTAPI_RS_CACHE", "off")
    assert fake_core().cached is None and len(calls) == 1
    assert list(cache.folders()) == []


@pytest.mark.parametrize("what", ["flipped", "truncated", "empty", "garbage"])
def test_damaged_artefact_is_compiled_again(what: str, folder: Path, monkeypatch: Any) -> None:
    fake_core()
    path = artefacts(folder)[0]
    content = path.read_bytes()
    middle = len(content) // 2
    path.chmod(0o600)
    path.write_bytes(
        {
            "flipped": content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :],
            "truncated": content[:middle],
            "empty": b"",
            "garbage": os.urandom(5000),
        }[what]
    )
    calls = compiled(monkeypatch)
    assert fake_core().cached == str(path)
    assert len(calls) == 1 and path.read_bytes() == content


def test_artefact_that_wasmtime_refuses_is_compiled_again(folder: Path, monkeypatch: Any) -> None:
    fake_core()
    good = artefacts(folder)[0]
    prefix = good.name[: len("core-") + 33]
    good.unlink()
    assert cache.keep(prefix, b"\x7fELF of another engine")
    calls = compiled(monkeypatch)
    fake_core()
    assert len(calls) == 1 and artefacts(folder) == [good]


def test_key_names_all_that_it_depends_on() -> None:
    keys = {
        cache.key("a", "50.0.1", "native"),
        cache.key("b", "50.0.1", "native"),
        cache.key("a", "50.0.2", "native"),
        cache.key("a", "50.0.1", "pulley"),
    }
    assert len(keys) == 4


@posix
def test_folder_and_file_are_private(folder: Path) -> None:
    fake_core()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not artefacts(folder)[0].stat().st_mode & 0o077
    assert not list(folder.glob("*.tmp"))


@posix
@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770, 0o702])
def test_folder_that_others_can_write_is_not_used(mode: int, folder: Path, monkeypatch: Any) -> None:
    fake_core()
    folder.chmod(mode)
    before = [path.stat().st_mtime_ns for path in artefacts(folder)]
    calls = compiled(monkeypatch)
    assert fake_core().cached is None and len(calls) == 1
    assert [path.stat().st_mtime_ns for path in artefacts(folder)] == before


@posix
@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_folder_below_one_that_others_can_write_is_not_used(mode: int, tmp_path: Path, monkeypatch: Any) -> None:
    parent = tmp_path / "parent"
    monkeypatch.setenv("FASTAPI_RS_CACHE", str(parent / "below" / "cache"))
    kept = fake_core().cached
    assert kept is not None
    parent.chmod(mode)
    calls = compiled(monkeypatch)
    assert fake_core().cached is None and len(calls) == 1
    # As in /tmp: a user cannot rename the folder of another user.
    parent.chmod(mode | stat.S_ISVTX)
    assert fake_core().cached == kept and len(calls) == 1


@posix
def test_a_refused_folder_is_logged_once(folder: Path, monkeypatch: Any, caplog: Any) -> None:
    monkeypatch.setattr(cache, "_has_warned", False)
    folder.mkdir()
    folder.chmod(0o777)
    assert fake_core().cached is None is fake_core().cached
    [record] = [record for record in caplog.records if record.levelname == "WARNING"]
    told = record.getMessage()
    assert f"{folder}: other users can write it" in told and "FASTAPI_RS_CACHE" in told


def test_no_warning_about_a_folder_that_is_accepted_or_not_wanted(folder: Path, monkeypatch: Any, caplog: Any) -> None:
    monkeypatch.setattr(cache, "_has_warned", False)
    assert fake_core().cached is not None
    monkeypatch.setenv("FASTAPI_RS_CACHE", "off")
    assert fake_core().cached is None
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


def test_a_file_that_a_dead_process_left_is_no_obstacle_and_removed_later(folder: Path) -> None:
    first = fake_core()
    name = Path(first.cached).name
    Path(first.cached).unlink()
    old, young, strange = folder / f"{name}.{os.getpid()}.tmp", folder / f"{name}.1.ab.tmp", folder / "other.tmp"
    for path in (old, young, strange):
        path.write_bytes(b"half")
    for path in (old, strange):
        os.utime(path, (1, 1))
    assert fake_core().cached == first.cached
    assert sorted(path.name for path in folder.iterdir()) == sorted([name, young.name, strange.name])


@posix
def test_file_that_others_can_write_is_not_used(folder: Path, monkeypatch: Any) -> None:
    fake_core()
    path = artefacts(folder)[0]
    path.chmod(0o666)
    calls = compiled(monkeypatch)
    fake_core()
    assert len(calls) == 1 and not path.stat().st_mode & 0o022, "it is replaced"


@posix
def test_links_are_not_followed(folder: Path, tmp_path: Path, monkeypatch: Any) -> None:
    fake_core()
    path = artefacts(folder)[0]
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    calls = compiled(monkeypatch)
    fake_core()
    assert len(calls) == 1 and not path.is_symlink()
    link = tmp_path / "link"
    link.symlink_to(folder)
    monkeypatch.setenv("FASTAPI_RS_CACHE", str(link))
    assert fake_core().cached is None


@posix
def test_artefact_of_another_user_is_not_used(folder: Path, monkeypatch: Any) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    fake_core()
    os.chown(artefacts(folder)[0], 12345, 12345)
    calls = compiled(monkeypatch)
    fake_core()
    assert len(calls) == 1 and artefacts(folder)[0].stat().st_uid == 0
    os.chown(folder, 12345, 12345)
    assert fake_core().cached is None


def test_folder_that_cannot_be_made_is_no_harm(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FASTAPI_RS_CACHE", str(tmp_path / "file" / "below"))
    assert fake_core().cached is None


@pytest.mark.skipif(sys.platform != "linux", reason="the names of Linux")
def test_order_of_folders(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.delenv("FASTAPI_RS_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    beside, users = cache.folders()
    assert Path(beside).parent.name == "_wasm" and Path(beside).name == "__pycache__"
    assert users == str(tmp_path / "fastapi-rs")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert len(list(cache.folders())) == 1


def test_many_processes_at_once(folder: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    code = "from fake_core import encoder, fake_core\nprint(encoder(fake_core())(b'a'))"
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: child(code, FASTAPI_RS_CACHE=str(folder)), range(4)))
    assert told == ["b'a'\n"] * 4
    assert len(artefacts(folder)) == 1 and not list(folder.glob("*.tmp"))


def test_version_is_found_without_the_package() -> None:
    path, version = find_library()
    assert Path(path).is_file() and version[0].isdigit()


def _write_for_all(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


def _link(folder: Path) -> None:
    folder.with_name("elsewhere").mkdir()
    folder.symlink_to(folder.with_name("elsewhere"))


def _below_one_for_all(folder: Path) -> None:
    folder.mkdir()
    folder.parent.chmod(0o777)


def _of_another_user(folder: Path) -> None:
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(folder, 12345, 12345)


HOSTILE = [
    (_write_for_all, "other users can write it"),
    (_below_one_for_all, "above it: other users can write it"),
    (_link, "a link, or of another kind"),
    (_of_another_user, "its owner is user 12345, not this user"),
    (lambda folder: folder.write_text("a file"), "File exists"),
]


@posix
@pytest.mark.parametrize("prepare, reason", HOSTILE, ids=[reason for _, reason in HOSTILE])
def test_each_hostile_folder_is_refused_with_one_warning(prepare: Any, reason: str, tmp_path: Path) -> None:
    """The warning names the reason and the variable, and the process compiles the core for itself."""
    folder = tmp_path / "parent" / "cache"
    folder.parent.mkdir()
    prepare(folder)
    told = child(
        """
        import logging; logging.basicConfig(level=logging.WARNING)
        from fake_core import encoder, fake_core
        print([encoder(fake_core())(b"a") for _ in range(2)])
        """,
        FASTAPI_RS_CACHE=str(folder),
    )
    [warning] = [line for line in told.splitlines() if line.startswith("WARNING")]
    assert reason in warning and str(folder) in warning and "FASTAPI_RS_CACHE" in warning
    assert told.splitlines()[-1] == "[b'a', b'a']"
    if folder.is_dir():
        assert list(folder.iterdir()) == []
