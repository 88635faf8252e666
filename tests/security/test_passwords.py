"""Password hashes: compatible with argon2-cffi and pwdlib, memory is freed, the event loop is not blocked."""

from __future__ import annotations

import asyncio
import re
import threading
from typing import Any, List

import pytest

from fastapi import _rust
from fastapi.security import (
    Argon2Parameters,
    PasswordError,
    PasswordHashError,
    hash_password,
    hash_password_async,
    password_needs_rehash,
    verify_password,
    verify_password_async,
)
from fastapi.security import passwords as passwords

if not _rust.rust_available():
    pytest.skip("no core here: test_without_core.py", allow_module_level=True)

CHEAP = Argon2Parameters(memory_cost=64, time_cost=1, parallelism=1)
PASSWORDS = ["secret", "", "p\u00e4ssw\u00f6rd \U0001f511", "x" * 1000, b"\0\xff bytes"]


@pytest.mark.parametrize("password", PASSWORDS)
def test_argon2_cffi_verifies_ours(password: Any) -> None:
    argon2 = pytest.importorskip("argon2")
    for parameters in (CHEAP, Argon2Parameters(200, 3, 4, 24, 12), Argon2Parameters()):
        hashed = hash_password(password, parameters=parameters)
        assert argon2.PasswordHasher().verify(hashed, password)
        with pytest.raises(argon2.exceptions.VerifyMismatchError):
            argon2.PasswordHasher().verify(hashed, b"other")
        assert argon2.extract_parameters(hashed).memory_cost == parameters.memory_cost


@pytest.mark.parametrize("password", PASSWORDS)
def test_ours_verifies_argon2_cffi(password: Any) -> None:
    argon2 = pytest.importorskip("argon2")
    for kind in argon2.Type:
        hasher = argon2.PasswordHasher(time_cost=2, memory_cost=100, parallelism=2, hash_len=40, salt_len=9, type=kind)
        hashed = hasher.hash(password)
        assert verify_password(password, hashed)
        assert not verify_password(b"other", hashed)


def test_defaults_are_those_of_argon2_cffi_and_pwdlib() -> None:
    argon2 = pytest.importorskip("argon2")
    pwdlib = pytest.importorskip("pwdlib")
    ours = hash_password("secret")
    assert not argon2.PasswordHasher().check_needs_rehash(ours)
    hasher = pwdlib.PasswordHash.recommended()
    theirs = hasher.hash("secret")
    assert hasher.verify_and_update("secret", ours) == (True, None)
    assert verify_password("secret", theirs) and not password_needs_rehash(theirs)


def test_each_hash_has_its_own_salt() -> None:
    hashes = {hash_password("secret", parameters=CHEAP) for _ in range(20)}
    assert len({hashed.split("$")[4] for hashed in hashes}) == 20


def test_needs_rehash() -> None:
    hashed = hash_password("secret", parameters=CHEAP)
    assert not password_needs_rehash(hashed, parameters=CHEAP)
    for change in ({"memory_cost": 65}, {"time_cost": 2}, {"parallelism": 2}, {"hash_len": 16}, {"salt_len": 8}):
        assert password_needs_rehash(hashed, parameters=CHEAP._replace(**change))
    assert password_needs_rehash(hashed.replace("argon2id", "argon2i"), parameters=CHEAP)
    assert password_needs_rehash(hashed.replace("$v=19", "$v=16"), parameters=CHEAP)
    assert password_needs_rehash(hashed.replace("$v=19", ""), parameters=CHEAP)


@pytest.mark.parametrize(
    "hashed",
    [
        "",
        "secret",
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ",
        "$argon2id$v=19$m=64,p=1,t=1$c29tZXNhbHQ$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OWFiY2RlZg\n",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ=$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxx$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=20$m=64,t=1,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=1,t=1,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=9999999999,t=1,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2x$v=19$m=64,t=1,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OWFiY2RlZg",
    ],
)
def test_texts_that_are_not_hashes(hashed: str) -> None:
    with pytest.raises(PasswordHashError):
        verify_password("secret", hashed)


def test_parameters_that_argon2_does_not_allow() -> None:
    for parameters in (CHEAP._replace(time_cost=0), CHEAP._replace(memory_cost=7), CHEAP._replace(salt_len=7)):
        with pytest.raises(PasswordHashError):
            hash_password("secret", parameters=parameters)
    with pytest.raises(PasswordHashError, match="192 MiB"):
        hash_password("secret", parameters=CHEAP._replace(memory_cost=(192 << 10) + 1))


def test_a_user_that_does_not_exist_takes_as_long(monkeypatch: Any) -> None:
    asked = []
    core = _rust.security()
    assert core is not None
    monkeypatch.setattr(core, "ask_apart", lambda name, frame: asked.append(frame[:6]) or b"h" * 32)
    assert verify_password("secret", None) is False
    assert asked == [(2, 0x13, 65536, 3, 4, 32)]


def resident() -> int:
    with open("/proc/self/status") as file:
        found = re.search(r"VmRSS:\s+(\d+) kB", file.read())
    assert found
    return int(found.group(1))


def test_memory_is_freed() -> None:
    try:
        resident()
    except OSError:
        pytest.skip("no /proc here")
    parameters = Argon2Parameters(memory_cost=128 << 10, time_cost=1, parallelism=1)
    hash_password("secret", parameters=parameters)
    before = resident()
    for _ in range(5):
        hash_password("secret", parameters=parameters)
    assert resident() - before < 32 << 10, "128 MiB each, and less than 32 MiB may stay"
    core = _rust.security()
    assert core is not None
    core.ask("describe", None)
    assert core._idle[-1].instance.size() < 4 << 20, "the instance of short calls has not grown"


def test_the_largest_memory_fits_and_stays_in_its_place() -> None:
    hashed = hash_password("secret", parameters=Argon2Parameters(memory_cost=192 << 10, time_cost=1, parallelism=1))
    argon2 = pytest.importorskip("argon2")
    assert argon2.PasswordHasher().verify(hashed, "secret")


def test_the_event_loop_is_not_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = 0
    turns_during: List[int] = []

    def hash_and_count(*args: Any, **options: Any) -> str:
        before = turns
        hashed = hash_password(*args, **options)
        turns_during.append(turns - before)
        return hashed

    async def run() -> Any:
        nonlocal turns
        hashing = asyncio.ensure_future(hash_password_async("secret"))
        while not hashing.done():
            turns += 1
            await asyncio.sleep(0)
        hashed = hashing.result()
        return await verify_password_async("secret", hashed), await verify_password_async("other", hashed)

    monkeypatch.setattr(passwords, "hash_password", hash_and_count)
    assert asyncio.run(run()) == (True, False)
    assert turns_during[0] >= 3, "the thread of the event loop did not run while the core was hashing"


def test_threads_hash_at_the_same_time() -> None:
    results: dict[int, bool] = {}

    def work(number: int) -> None:
        password = f"password {number}"
        hashed = hash_password(password, parameters=CHEAP)
        results[number] = verify_password(password, hashed) and not verify_password("other", hashed)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == dict.fromkeys(range(8), True)


@pytest.mark.parametrize("wrong", [5, 300_000_000, [112, 119], None, bytearray(b"pw"), memoryview(b"pw"), True, 1.5])
def test_a_password_is_text_or_bytes(wrong: Any) -> None:
    stored = hash_password(bytes(5), parameters=CHEAP)
    for call in (
        lambda: hash_password(wrong),
        lambda: verify_password(wrong, stored),
        lambda: verify_password(wrong, None),
        lambda: asyncio.run(hash_password_async(wrong)),
        lambda: asyncio.run(verify_password_async(wrong, stored)),
    ):
        with pytest.raises(TypeError, match="a password is str or bytes, not"):
            call()


@pytest.mark.parametrize("wrong", [5, [36], bytearray(b"$argon2id$"), {}])
def test_a_stored_hash_is_text_or_bytes(wrong: Any) -> None:
    for call in (lambda: verify_password("secret", wrong), lambda: password_needs_rehash(wrong)):
        with pytest.raises(TypeError, match="a stored hash is str or bytes, not"):
            call()
    stored = hash_password("secret", parameters=CHEAP).encode()
    assert verify_password("secret", stored) and not password_needs_rehash(stored, parameters=CHEAP)
    with pytest.raises(PasswordHashError):
        verify_password("secret", stored + b"\xff")


@pytest.mark.parametrize("wrong", ["x" * 65537, b"x" * 2_000_000, "\u20ac" * 21846, "a\ud800"])
def test_a_password_has_a_limit(wrong: Any) -> None:
    """A client may send any password, so a long one is wrong and raises no error."""
    with pytest.raises(PasswordError) as caught:
        hash_password(wrong, parameters=CHEAP)
    assert isinstance(caught.value, ValueError) and "xxx" not in str(caught.value)
    assert verify_password(wrong, hash_password("secret", parameters=CHEAP)) is False
    assert verify_password(wrong, None) is False
    longest = "x" * 65536
    assert verify_password(longest, hash_password(longest, parameters=CHEAP))


@pytest.mark.parametrize(
    "costs",
    [
        "m=8192,t=400,p=1",
        "m=8,t=4294967295,p=1",
        "m=196608,t=11,p=1",
        "m=65536,t=31,p=4",
        "m=0,t=4294967295,p=1",
        "m=8,t=9999999999,p=1",
        "m=8,t=1,p=99999999",
    ],
)
def test_the_passes_of_a_stored_hash_have_a_limit(costs: str, monkeypatch: Any) -> None:
    core = _rust.security()
    assert core is not None
    asked = []
    ask = core.ask_apart
    monkeypatch.setattr(core, "ask_apart", lambda name, frame: asked.append(frame[2:5]) or ask(name, frame))
    with pytest.raises(PasswordHashError):
        verify_password("secret", f"$argon2id$v=19${costs}${'A' * 22}${'A' * 43}")
    assert not [each for each in asked if each[0] * each[1] > 100], "the core was called"


def test_the_most_work_is_allowed(monkeypatch: Any) -> None:
    core = _rust.security()
    assert core is not None
    monkeypatch.setattr(core, "ask_apart", lambda name, frame: b"h" * frame[5])
    for memory, time_cost in ((196608, 10), (65536, 30), (8, 245760)):
        assert hash_password("secret", parameters=Argon2Parameters(memory, time_cost, 1))
        with pytest.raises(PasswordHashError, match="is more than the 1966080"):
            hash_password("secret", parameters=Argon2Parameters(memory, time_cost + 1, 1))


def test_parameters_have_types_and_limits() -> None:
    for wrong in (
        CHEAP._replace(time_cost="3"),
        CHEAP._replace(salt_len=True),
        CHEAP._replace(hash_len=1.5),
        (64, 1, 1),
    ):
        with pytest.raises(TypeError):
            hash_password("secret", parameters=wrong)  # type: ignore[arg-type]
    for change in ({"salt_len": 97}, {"salt_len": -1}, {"hash_len": 1025}, {"hash_len": 3}, {"time_cost": -(2**70)}):
        with pytest.raises(PasswordHashError):
            hash_password("secret", parameters=CHEAP._replace(**change))
    for change in ({"salt_len": 96, "hash_len": 1024}, {"salt_len": 8, "hash_len": 4}):
        parameters = CHEAP._replace(**change)
        hashed = hash_password("secret", parameters=parameters)
        assert verify_password("secret", hashed) and not password_needs_rehash(hashed, parameters=parameters)
