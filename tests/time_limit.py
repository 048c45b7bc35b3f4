"""A pytest plugin: a test that hangs fails, with where everything stood on stderr, and the others go on."""

import asyncio
import faulthandler
import os
import signal
from collections.abc import Callable, Coroutine, Generator
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

import pytest

TEST_SECONDS = float(os.environ.get("TEST_SECONDS", "600"))
"""More than any test takes that installs what npm has for it."""
ALARM_SECONDS = 1.2 * TEST_SECONDS
"""For whatever no event loop ends: fixtures, and what is not asynchronous, or blocks the loop."""
STDERR = 2


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, ALARM_SECONDS, ALARM_SECONDS)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    if iscoroutinefunction(pyfuncitem.obj):
        pyfuncitem.obj = _limited(pyfuncitem.obj)
    return (yield)


def _limited(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., Coroutine[Any, Any, None]]:
    @wraps(test)
    async def limited(**given: Any) -> None:
        async with asyncio.timeout(TEST_SECONDS):
            await test(**given)

    return limited


def _ring(*_: object) -> None:
    """A loop that waits is stopped, since uvloop would pass over an exception; everything else hears of one."""
    faulthandler.dump_traceback(STDERR)
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        loop = None
    if loop is None or asyncio.current_task(loop) is not None:
        pytest.fail(f"it took longer than {ALARM_SECONDS:g} s")
    for task in asyncio.all_tasks(loop):
        task.print_stack()
    loop.call_soon_threadsafe(loop.stop)
