"""Passwords as Argon2 hashes (RFC 9106), stored as PHC strings that argon2-cffi and pwdlib read and write too.

A hash takes some tens to hundreds of milliseconds on purpose. In a `def` endpoint call the plain functions: Starlette
has put it on a worker thread. In an `async def` one await `hash_password_async` and `verify_password_async`: they use
a worker thread, at most as many as there are processors, and other threads run meanwhile. The memory that Argon2 fills
(64 MiB by default, 192 MiB at most) belongs to an instance of the security module that is made for the call and freed
after it.

Without the core these functions raise `PasswordHashingUnavailable`: Python's standard library has no Argon2.
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


# Bytes of a password. What Argon2 reads first is one pass of BLAKE2b over them.
_LONGEST_PASSWORD = 65536
_MOST_MEMORY = 192 << 10
# KiB that all passes fill together: ten passes over the most memory, ten times the default's. It takes some seconds.
_MOST_WORK = 10 * _MOST_MEMORY


class Argon2Parameters(NamedTuple):
    """What a hash costs. The defaults are those of RFC 9106 for little memory, and argon2-cffi's and pwdlib's.

    A hash whose `memory_cost` times `time_cost` is more than 1966080 (ten passes over 192 MiB) is neither made nor
    verified: it would hold a processor for longer than a login may take.
    """

    memory_cost: int = 65536
    """In KiB; 192 MiB at most."""
    time_cost: int = 3
    parallelism: int = 4
    """Lanes; they are filled one after the other."""
    hash_len: int = 32
    salt_len: int = 16


DEFAULT_PARAMETERS = Argon2Parameters()


class PasswordHashError(ValueError):
    """The stored text is no hash that can be verified here. It says nothing about the password."""


class PasswordError(ValueError):
    """The password cannot be hashed: it is longer than 65536 bytes, or text that has no UTF-8."""


class PasswordHashingUnavailable(RuntimeError):
    """There is no core in this process, and no Argon2 without it."""


_VARIANTS = {"d": 0, "i": 1, "id": 2}
# https://github.com/P-H-C/phc-string-format, Argon2's parameters in the order in which all implementations write them.
_PHC = re.compile(
    r"\$argon2(id|i|d)(?:\$v=([0-9]{1,3}))?\$m=([0-9]{1,10}),t=([0-9]{1,10}),p=([0-9]{1,8})"
    r"\$([A-Za-z0-9+/]{11,128})\$([A-Za-z0-9+/]{6,1366})"
)
_VERSION = 0x13
_VERSION_WITHOUT_FIELD = 0x10


class _Hash(NamedTuple):
    """A PHC string taken apart."""

    variant: str
    version: int
    memory_cost: int
    time_cost: int
    parallelism: int
    salt: bytes
    hash: bytes


def hash_password(password: Password, *, parameters: Argon2Parameters = DEFAULT_PARAMETERS) -> str:
    """Return the Argon2id hash of a password, with a new random salt, as a PHC string.

    Text is hashed as UTF-8, as it is, without normalisation. A password of more than 65536 bytes, or with lone
    surrogates, raises `PasswordError`; parameters that Argon2 or the limits here do not allow, `PasswordHashError`.
    """
    secret = _secret(password)
    _check_parameters(parameters)
    salt = os.urandom(parameters.salt_len)
    costs = (parameters.memory_cost, parameters.time_cost, parameters.parallelism)
    digest = _derive("id", _VERSION, costs, parameters.hash_len, secret, salt)
    memory, time, lanes = costs
    return f"$argon2id$v={_VERSION}$m={memory},t={time},p={lanes}${_text(salt)}${_text(digest)}"


def verify_password(password: Password, hashed: Optional[Union[str, bytes]]) -> bool:
    """Tell whether this is the password of a hash; raise `PasswordHashError` when the stored text is no hash.

    `None` for a user who does not exist: the answer is False, and takes as long as a hash of the default parameters,
    so that the time does not tell which users exist. The answer for a password that `hash_password` does not take is
    False at once: a client may send any.
    """
    stored = None if hashed is None else _parse(hashed)
    try:
        secret = _secret(password)
    except PasswordError:
        return False
    if stored is None:
        hash_password(secret)
        return False
    costs = (stored.memory_cost, stored.time_cost, stored.parallelism)
    digest = _derive(stored.variant, stored.version, costs, len(stored.hash), secret, stored.salt)
    return hmac.compare_digest(digest, stored.hash)


def password_needs_rehash(hashed: Union[str, bytes], *, parameters: Argon2Parameters = DEFAULT_PARAMETERS) -> bool:
    """Tell whether a hash was made with other parameters, an older version or variant: hash again at the next login."""
    stored = _parse(hashed)
    found = Argon2Parameters(
        stored.memory_cost, stored.time_cost, stored.parallelism, len(stored.hash), len(stored.salt)
    )
    return stored.variant != "id" or stored.version != _VERSION or found != parameters


async def hash_password_async(password: Password, *, parameters: Argon2Parameters = DEFAULT_PARAMETERS) -> str:
    """Do the same as `hash_password` on a worker thread."""
    return await run_sync(lambda: hash_password(password, parameters=parameters), limiter=_limiter())


async def verify_password_async(password: Password, hashed: Optional[Union[str, bytes]]) -> bool:
    """Do the same as `verify_password` on a worker thread."""
    return await run_sync(verify_password, password, hashed, limiter=_limiter())


_limiters: RunVar[CapacityLimiter] = RunVar("fastapi_rs_argon2")


def _limiter() -> CapacityLimiter:
    """One for each event loop: hashing is bound by processors, and many at once would only take memory."""
    try:
        return _limiters.get()
    except LookupError:
        limiter = CapacityLimiter(os.cpu_count() or 1)
        _limiters.set(limiter)
        return limiter


def _secret(password: Password) -> bytes:
    """Return the bytes of a password, or raise PasswordError when it has none or too many."""
    if isinstance(password, str):
        try:
            secret = str.encode(password, "utf-8")
        except UnicodeEncodeError:
            # The error itself would carry the password into logs.
            raise PasswordError("the password holds lone surrogates, which have no UTF-8") from None
    elif isinstance(password, bytes):
        secret = bytes(password)
    else:
        raise TypeError(f"a password is str or bytes, not {type(password).__name__}")
    if len(secret) > _LONGEST_PASSWORD:
        raise PasswordError(f"the password has {len(secret)} bytes; {_LONGEST_PASSWORD} are the most")
    return secret


def _parse(hashed: Union[str, bytes]) -> _Hash:
    if isinstance(hashed, bytes):
        # Any byte is a character of Latin-1; the expression accepts ASCII only.
        hashed = hashed.decode("latin-1")
    elif not isinstance(hashed, str):
        raise TypeError(f"a stored hash is str or bytes, not {type(hashed).__name__}")
    match = _PHC.fullmatch(hashed)
    if match is None:
        raise PasswordHashError("not the PHC string of an Argon2 hash")
    variant, version, memory, time, lanes, salt, digest = match.groups()
    number = int(version) if version else _VERSION_WITHOUT_FIELD
    try:
        return _Hash(variant, number, int(memory), int(time), int(lanes), _bytes(salt), _bytes(digest))
    except ValueError:
        raise PasswordHashError("the salt or the hash of the PHC string is not base64") from None


def _check_parameters(parameters: Argon2Parameters) -> None:
    """Refuse parameters of other types, and those whose hash `_PHC` would not read again."""
    if not isinstance(parameters, Argon2Parameters):
        raise TypeError(f"parameters are Argon2Parameters, not {type(parameters).__name__}")
    for name, value in zip(Argon2Parameters._fields, parameters):
        if value.__class__ is not int:
            raise TypeError(f"{name} is an int, not {type(value).__name__}")
    if not (8 <= parameters.salt_len <= 96 and 4 <= parameters.hash_len <= 1024):
        raise PasswordHashError("a salt has 8 to 96 bytes and a hash 4 to 1024")


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
        raise _refused(answer, costs)
    digest: bytes = answer
    return digest


def _limit(costs: Tuple[int, int, int]) -> None:
    """Refuse a hash that takes too long: its writer chose the costs, and nothing can interrupt the core."""
    memory, time, lanes = costs
    if memory > _MOST_MEMORY:
        raise _too_much_memory(memory)
    if memory * time > _MOST_WORK:
        raise PasswordHashError(
            f"memory_cost={memory} KiB times time_cost={time} is more than the {_MOST_WORK} that a login may take"
        )
    if not all(0 < each < 2**32 for each in costs):
        raise PasswordHashError(f"Argon2 does not allow these parameters: m, t, p = {costs}")


def _refused(number: int, costs: tuple[int, int, int]) -> PasswordHashError:
    if number == REFUSED_SIZE:
        return _too_much_memory(costs[0])
    reason = SECURITY_REFUSALS[number]
    return PasswordHashError(f"Argon2 does not allow these parameters ({reason}): m, t, p = {costs}")


def _too_much_memory(memory: int) -> PasswordHashError:
    return PasswordHashError(f"memory_cost={memory} KiB is more than fits here: 192 MiB ({_MOST_MEMORY}) at most")


def _text(data: bytes) -> str:
    return b2a_base64(data, newline=False).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    return a2b_base64(text + "=" * (-len(text) % 4))
