"""Asking a driver for several things at once: in threads, or in tasks if it has coroutines.

When each call began and ended is kept, so that it can be said afterwards which overlapped.
"""

import asyncio
import inspect
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Barrier, Event, Thread
from time import monotonic, perf_counter
from typing import Any

import attrs

from ixnstate.testing.drivers import Blocking

LIMIT = 60.0
"""Seconds for which the calls are waited for."""

SWITCHES = 1e-5
"""Seconds after which a thread gives way to another: an implementation in this process is interrupted anywhere."""


@attrs.define
class DriverCall:
    """One call of a driver: when it began and ended, and what it gave back or raised."""

    method: str
    arguments: tuple[Any, ...]
    began: float | None = None
    ended: float | None = None
    answer: Any = None
    error: Exception | None = None

    @property
    def is_lost(self) -> bool:
        """Whether nobody knows what became of it: the driver waited in vain, or the connection broke."""
        return isinstance(self.error, OSError)

    @property
    def is_unanswered(self) -> bool:
        """Whether it began, and has not come back."""
        return self.began is not None and self.ended is None


def overlap(subject: Blocking, lanes: Sequence[Sequence[DriverCall]], *, limit: float = LIMIT) -> None:
    """Make the calls of each lane one after the other, and the lanes at once. What comes of them is kept in them."""
    if subject.is_asynchronous:
        subject.wait(_in_tasks(subject.driver, lanes, limit))
    else:
        _in_threads(subject.driver, lanes, limit)


def _in_threads(driver: Any, lanes: Sequence[Sequence[DriverCall]], limit: float) -> None:
    start, over = Barrier(len(lanes)), Event()

    def work(lane: Sequence[DriverCall]) -> None:
        start.wait()
        for call in lane:
            if not over.is_set():
                call.began = perf_counter()
                try:
                    call.answer = getattr(driver, call.method)(*call.arguments)
                except Exception as error:  # it is the caller's to judge
                    call.error = error
                call.ended = perf_counter()

    threads = [Thread(target=work, args=(lane,), daemon=True) for lane in lanes]
    with _switching_often():
        for thread in threads:
            thread.start()
        until = monotonic() + limit
        for thread in threads:
            thread.join(max(0.0, until - monotonic()))
    over.set()


@contextmanager
def _switching_often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCHES)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


async def _in_tasks(driver: Any, lanes: Sequence[Sequence[DriverCall]], limit: float) -> None:
    async def work(lane: Sequence[DriverCall]) -> None:
        for call in lane:
            call.began = perf_counter()
            try:
                found = getattr(driver, call.method)(*call.arguments)
                call.answer = await found if inspect.isawaitable(found) else found
            except Exception as error:  # it is the caller's to judge
                call.error = error
            call.ended = perf_counter()

    _, late = await asyncio.wait([asyncio.ensure_future(work(lane)) for lane in lanes], timeout=limit)
    for task in late:
        task.cancel()
