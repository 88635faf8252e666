"""Passwords as Argon2 hashes (RFC 9106), stored as the PHC strings of argon2-cffi and pwdlib.

A hash intentionally takes some tens to hundreds of milliseconds. A `def` endpoint calls the plain functions, because it
runs in a worker thread. An `async def` endpoint awaits `hash_password_async` and `verify_password_async`, which use
worker threads, at most one for each processor. Other threads run meanwhile. Argon2 fills memory (64 MiB by default, at
most 192 MiB) in an instance of the core that is created for the call and freed after it.

Without the core these functions raise `PasswordHashingUnavailable`: the standard library of Python has no Argon2.
"""

from __future__ import annotations

import hmac
import os
import re
from binascii import a2b_base64, b2a_base64
from typing import NamedTuple, Optional, Tuple, Union

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync

from fastapi import _rust
from fastapi._wasm.contract import REFUSED_SIZE, SECURITY_REFUSALS

Password = Union[str, bytes]


# In bytes. Argon2 begins with one pass of BLAKE2b over the password.
_LONGEST_PASSWORD = 65536
_MOST_MEMORY = 192 << 10
# The KiB that all passes fill together: ten passes over the greatest memory, which take some seconds.
_MOST_WORK = 10 * _MOST_MEMORY


class Argon2Parameters(NamedTuple):
    """The costs of a hash. The defaults are those of RFC 9106 for little memory, of argon2-cffi and of pwdlib.

    The functions refuse a hash whose `memory_cost` times `time_cost` exceeds 1966080 (ten passes over 192 MiB), because
    it would occupy a processor for longer than a login may take.
    """

    memory_cost: int = 65536
    """The memory in KiB, at most 196608 (192 MiB)."""
    time_cost: int = 3
    """The number of passes over the memory."""
    parallelism: int = 4
    """The number of lanes, which are filled one after the other."""
    hash_len: int = 32
    """The length of the hash in bytes."""
    salt_len: int = 16
    """The length of the salt in bytes."""


DEFAULT_PARAMETERS = Argon2Parameters()


class PasswordHashError(ValueError):
    """The stored text is not an Argon2 hash with supported parameters. The password does not matter."""


class PasswordError(ValueError):
    """The password cannot be hashed: it has more than 65536 bytes, or is text that has no UTF-8."""


class PasswordHashingUnavailable(RuntimeError):
    """The process runs without the core, which contains Argon2."""


_VARIANTS = {"d": 0, "i": 1, "id": 2}
# https://github.com/P-H-C/phc-string-format, with the parameters in the order in which all implementations write them.
_PHC = re.compile(
    r"\$argon2(id|i|d)(?:\$v=([0-9]{1,3}))?\$m=([0-9]{1,10}),t=([0-9]{1,10}),p=([0-9]{1,8})"
    r"\$([A-Za-z0-9+/]{11,128})\$([A-Za-z0-9+/]{6,1366})"
)
_VERSION = 0x13
_VERSION_WITHOUT_FIELD = 0x10


class _Hash(NamedTuple):
    """The parts of a PHC string."""

    variant: str
    version: int
    memory_cost: int
    time_cost: int
    parallelism: int
    salt: bytes
    hash: bytes


def hash_password(password: Password, *, parameters: Argon2Parameters = DEFAULT_PARAMETERS) -> str:
    """Return the Argon2id hash of a password, with a new random salt, as a PHC string.

    Text is hashed as UTF-8, without normalization.

    Raises:
        PasswordError: The password has more than 65536 bytes, or contains lone surrogates.
        PasswordHashError: Argon2, or a limit of this module, does not allow the parameters.
        PasswordHashingUnavailable: The process runs without the core.
    """
    secret = _read_password(password)
    _check_parameters(parameters)
    salt = os.urandom(parameters.salt_len)
    costs = (parameters.memory_cost, parameters.time_cost, parameters.parallelism)
    digest = _derive("id", _VERSION, costs, parameters.hash_len, secret, salt)
    memory, time, lanes = costs
    return f"$argon2id$v={_VERSION}$m={memory},t={time},p={lanes}${_encode_base64(salt)}${_encode_base64(digest)}"


def verify_password(password: Password, hashed: Optional[Union[str, bytes]]) -> bool:
    """Return whether the password has this hash; raise `PasswordHashError` when the text is not an Argon2 hash.

    Pass `None` for a user that does not exist: the result is False, after the time for a hash with the default
    parameters, so that the time does not reveal which users exist. A client may send any password: one that
    `hash_password` refuses gives False at once.
    """
    stored = None if hashed is None else _parse(hashed)
    try:
        secret = _read_password(password)
    except PasswordError:
        return False
    if stored is None:
        hash_password(secret)
        return False
    costs = (stored.memory_cost, stored.time_cost, stored.parallelism)
    digest = _derive(stored.variant, stored.version, costs, len(stored.hash), secret, stored.salt)
    return hmac.compare_digest(digest, stored.hash)


def password_needs_rehash(hashed: Union[str, bytes], *, parameters: Argon2Parameters = DEFAULT_PARAMETERS) -> bool:
    """Return whether a hash has other parameters, or an older version or variant; then hash again at the next login."""
    stored = _parse(hashed)
    found = Argon2Parameters(
        stored.memory_cost, stored.time_cost, stored.parallelism, len(stored.hash), len(stored.salt)
    )
    return stored.variant != "id" or stored.version != _VERSION or found != parameters


async def hash_password_async(password: Password, *, parameters: Argon2Parameters = DEFAULT_PARAMETERS) -> str:
    """Return `hash_password` of the arguments, from a worker thread."""
    return await run_sync(lambda: hash_password(password, parameters=parameters), limiter=_limiter())


async def verify_password_async(password: Password, hashed: Optional[Union[str, bytes]]) -> bool:
    """Return `verify_password` of the arguments, from a worker thread."""
    return await run_sync(verify_password, password, hashed, limiter=_limiter())


_limiters: RunVar[CapacityLimiter] = RunVar("fastapi_rs_argon2")


def _limiter() -> CapacityLimiter:
    """Return the limiter of the event loop: more hashes at once than processors would only use more memory."""
    try:
        return _limiters.get()
    except LookupError:
        limiter = CapacityLimiter(os.cpu_count() or 1)
        _limiters.set(limiter)
        return limiter


def _read_password(password: Password) -> bytes:
    """Return the bytes of a password, or raise PasswordError if it has too many or has no UTF-8."""
    if isinstance(password, str):
        try:
            secret = str.encode(password, "utf-8")
        except UnicodeEncodeError:
            # The original error contains the password, which must not appear in logs.
            raise PasswordError("the password contains lone surrogates, which have no UTF-8") from None
    elif isinstance(password, bytes):
        secret = bytes(password)
    else:
        raise TypeError(f"a password is str or bytes, not {type(password).__name__}")
    if len(secret) > _LONGEST_PASSWORD:
        raise PasswordError(f"the password has {len(secret)} bytes; the maximum is {_LONGEST_PASSWORD}")
    return secret


def _parse(hashed: Union[str, bytes]) -> _Hash:
    if isinstance(hashed, bytes):
        # Every byte is a character of Latin-1, so this never fails. The expression accepts only ASCII.
        hashed = hashed.decode("latin-1")
    elif not isinstance(hashed, str):
        raise TypeError(f"a stored hash is str or bytes, not {type(hashed).__name__}")
    match = _PHC.fullmatch(hashed)
    if match is None:
        raise PasswordHashError("not the PHC string of an Argon2 hash")
    variant, version, memory, time, lanes, salt, digest = match.groups()
    number = int(version) if version else _VERSION_WITHOUT_FIELD
    try:
        return _Hash(variant, number, int(memory), int(time), int(lanes), _decode_base64(salt), _decode_base64(digest))
    except ValueError:
        raise PasswordHashError("the salt or the hash of the PHC string is not base64") from None


def _check_parameters(parameters: Argon2Parameters) -> None:
    """Raise for parameters of wrong types, and for lengths that `_PHC` does not match."""
    if not isinstance(parameters, Argon2Parameters):
        raise TypeError(f"parameters are Argon2Parameters, not {type(parameters).__name__}")
    for name, value in zip(Argon2Parameters._fields, parameters):
        if value.__class__ is not int:
            raise TypeError(f"{name} is an int, not {type(value).__name__}")
    if not (8 <= parameters.salt_len <= 96 and 4 <= parameters.hash_len <= 1024):
        raise PasswordHashError("a salt must have 8 to 96 bytes, and a hash 4 to 1024")


def _derive(variant: str, version: int, costs: Tuple[int, int, int], length: int, secret: bytes, salt: bytes) -> bytes:
    _limit(costs)
    core = _rust.security()
    if core is None:
        raise PasswordHashingUnavailable(
            f"Argon2 needs the core, and this process runs without it: {_rust.why()}. "
            "It needs the package wasmtime, or FASTAPI_RS_MODE to be unset."
        )
    answer = core.ask_apart("derive_password", (_VARIANTS[variant], version, *costs, length, secret, salt))
    if answer.__class__ is int:
        raise _make_hash_error(answer, costs)
    digest: bytes = answer
    return digest


def _limit(costs: Tuple[int, int, int]) -> None:
    """Raise for a hash that takes too long. The stored text has the costs, and nothing can interrupt the core."""
    memory, time, lanes = costs
    if memory > _MOST_MEMORY:
        raise _too_much_memory(memory)
    if memory * time > _MOST_WORK:
        raise PasswordHashError(
            f"memory_cost={memory} KiB times time_cost={time} is more than the {_MOST_WORK} that a login may take"
        )
    if not all(0 < each < 2**32 for each in costs):
        raise PasswordHashError(f"Argon2 does not allow these parameters: m, t, p = {costs}")


def _make_hash_error(number: int, costs: Tuple[int, int, int]) -> PasswordHashError:
    if number == REFUSED_SIZE:
        return _too_much_memory(costs[0])
    reason = SECURITY_REFUSALS[number]
    return PasswordHashError(f"Argon2 does not allow these parameters ({reason}): m, t, p = {costs}")


def _too_much_memory(memory: int) -> PasswordHashError:
    return PasswordHashError(f"memory_cost={memory} KiB is too much: the maximum is 192 MiB ({_MOST_MEMORY})")


def _encode_base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).rstrip(b"=").decode("ascii")


def _decode_base64(text: str) -> bytes:
    return a2b_base64(text + "=" * (-len(text) % 4))
