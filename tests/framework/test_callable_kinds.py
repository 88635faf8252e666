"""The kinds of callables that wrap other callables. The expected values are those of the real package."""

from __future__ import annotations

import functools
import inspect
from typing import Any, AsyncIterator, Callable, Dict, Iterator, Tuple

import pytest

from fastapi import Depends, FastAPI
from fastapi.dependencies.models import _is_async_gen_callable, _is_coroutine_callable, _is_gen_callable
from fastapi.testclient import TestClient


def plain(x: int = 1) -> Any:
    return "plain"


async def coroutine(x: int = 1) -> Any:
    return "coroutine"


def generator(x: int = 1) -> Iterator[str]:
    yield "generator"


async def async_generator(x: int = 1) -> AsyncIterator[str]:
    yield "async generator"


class Wrapper:
    """A decorator that is a class."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self.function = function


class CallsPlain(Wrapper):
    def __call__(self, x: int = 1) -> Any:
        return "own plain"


class CallsCoroutine(Wrapper):
    async def __call__(self, x: int = 1) -> Any:
        found = self.function(x)
        return await found if inspect.isawaitable(found) else found


class CallsGenerator(Wrapper):
    def __call__(self, x: int = 1) -> Iterator[str]:
        yield "own generator"


class CallsAsyncGenerator(Wrapper):
    async def __call__(self, x: int = 1) -> AsyncIterator[str]:
        yield "own async generator"


class CallsWrapped(Wrapper):
    @functools.wraps(async_generator)
    def __call__(self, x: int = 1) -> Any:
        return async_generator(x)


# (generator, asynchronous generator, coroutine)
KINDS: Dict[Tuple[Callable[..., Any], Callable[..., Any]], Tuple[bool, bool, bool]] = {
    (CallsPlain, plain): (False, False, False),
    (CallsPlain, coroutine): (False, False, True),
    (CallsPlain, generator): (True, False, False),
    (CallsPlain, async_generator): (False, True, False),
    (CallsCoroutine, plain): (False, False, True),
    (CallsCoroutine, coroutine): (False, False, True),
    (CallsCoroutine, generator): (True, False, True),
    (CallsGenerator, plain): (True, False, False),
    (CallsGenerator, async_generator): (True, True, False),
    (CallsAsyncGenerator, plain): (False, True, False),
    (CallsAsyncGenerator, coroutine): (False, True, True),
    (CallsWrapped, plain): (False, True, False),
}


@pytest.mark.parametrize("wrapper, function", KINDS)
@pytest.mark.parametrize("around", [lambda call: call, functools.partial, lambda call: functools.partial(call, x=2)])
def test_a_wrapper_and_its_wrapped_function_both_decide_the_kind(
    wrapper: Callable[..., Any], function: Callable[..., Any], around: Callable[[Any], Any]
) -> None:
    call = around(wrapper(function))
    found = _is_gen_callable(call), _is_async_gen_callable(call), _is_coroutine_callable(call)
    assert found == KINDS[wrapper, function]


@pytest.mark.parametrize(
    "call, answer, taken",
    [
        (CallsCoroutine(plain), "plain", "plain"),
        (CallsCoroutine(coroutine), "coroutine", "coroutine"),
        (functools.partial(CallsCoroutine(plain), x=2), "plain", "plain"),
        (CallsPlain(plain), "own plain", "own plain"),
        (CallsGenerator(plain), None, "own generator"),
        (CallsAsyncGenerator(plain), None, "own async generator"),
        (functools.partial(CallsAsyncGenerator(plain), x=2), None, "own async generator"),
    ],
)
def test_it_is_called_by_its_kind(call: Any, answer: Any, taken: str) -> None:
    app = FastAPI()
    if answer is not None:
        app.get("/endpoint")(call)

    def endpoint(value: Any = Depends(call)) -> Any:
        return value

    app.get("/dependency")(endpoint)
    client = TestClient(app)
    if answer is not None:
        assert client.get("/endpoint").json() == answer
    assert client.get("/dependency").json() == taken


def test_a_class_is_called_and_not_its_instances() -> None:
    class Service:
        async def __call__(self) -> int:
            return 1

    assert not _is_coroutine_callable(Service)
    assert _is_coroutine_callable(Service())
    assert _is_coroutine_callable(Service().__call__)
