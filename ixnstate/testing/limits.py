"""Time limits: no question to a driver is waited for without an end, whatever the driver does.

In the main thread an alarm of the operating system interrupts the driver's own code, which costs about a microsecond a
question. Elsewhere, and where there is no such alarm, the question is asked in a thread of its own, which is left
behind when its time is over.
"""

import signal
import threading
from collections.abc import Callable
from typing import Any

LIMIT = 10.0
"""Seconds for which an answer is waited for, unless the driver has a ``limit``."""


class NoAnswerError(TimeoutError):
    """A driver did not answer in time: which method, and how long it had."""


def within(seconds: float, name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """The result of a call. Raises `NoAnswerError` if it takes longer, and whatever the call raises."""
    if _HAS_ALARM and threading.current_thread() is threading.main_thread():
        before = signal.getsignal(signal.SIGALRM)
        if before in (_ring, signal.SIG_DFL) or before is None:
            return _with_alarm(seconds, name, function, arguments)
    return _in_thread(seconds, name, function, arguments)


_HAS_ALARM = hasattr(signal, "setitimer")


class _AlarmError(BaseException):
    """Not an Exception: a driver that catches every Exception must not catch this."""


def _ring(*_: Any) -> None:
    raise _AlarmError


def _with_alarm(seconds: float, name: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    if signal.getsignal(signal.SIGALRM) is not _ring:
        signal.signal(signal.SIGALRM, _ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            return function(*arguments)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _AlarmError as error:
        raise _late(name, seconds).with_traceback(error.__traceback__) from None


def _in_thread(seconds: float, name: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    found: list[Any] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            found.append(function(*arguments))
        except BaseException as error:  # it is raised again, in the thread that asked
            failed.append(error)

    thread = threading.Thread(target=work, daemon=True, name=f"ixnstate: {name}")
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not found:
        raise _late(name, seconds)
    return found[0]


def _late(name: str, seconds: float) -> NoAnswerError:
    return NoAnswerError(f"{name} gave no answer within {seconds:g} s")
