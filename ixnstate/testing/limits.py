"""Time limits: no question to a driver is waited for without an end, whatever the driver does.

In the main thread an alarm of the operating system rings ten times a second while questions are asked, and interrupts
the driver's own code if the one that is open is late: a question costs less than a microsecond that way. Elsewhere, and
where somebody else uses that alarm, the question is asked in a thread of its own, which is left behind when its time is
over.
"""

import atexit
import signal
import threading
from collections.abc import Callable, Iterable
from threading import get_ident
from time import monotonic
from typing import Any

LIMIT = 10.0
"""Seconds for which an answer is waited for, unless the driver has a ``limit``."""

TICK = 0.1
"""Seconds between two rings of the alarm."""

IDLE = 30
"""After so many rings without an open question the alarm is switched off."""


class NoAnswerError(TimeoutError):
    """A driver did not answer in time: which method, and how long it had."""


def look() -> None:
    """To be called now and then: whether the alarm still rings."""
    _alarm.look()


def within(seconds: float, name: str, function: Callable[..., object], *arguments: object) -> Any:
    """The result of a call. Raises `NoAnswerError` if it takes longer, and whatever the call raises."""
    if get_ident() != _MAIN or not (_alarm.is_on or _alarm.switch_on()):
        return _in_thread(seconds, name, function, arguments)
    _alarm.open.append(_alarm.rang + TICK + seconds)  # the time of the last ring is as good as the time, and cheaper
    try:
        return function(*arguments)
    except _LateError as error:
        raise _late(name, seconds).with_traceback(error.__traceback__) from None
    finally:
        _alarm.open.pop()


def each_within(
    seconds: float, name: str, function: Callable[..., object], questions: Iterable[tuple[object, ...]]
) -> list[Any]:
    """The results of calls, one after the other: as `within`, each with its own time, but quicker."""
    if get_ident() != _MAIN or not (_alarm.is_on or _alarm.switch_on()):
        return [_in_thread(seconds, name, function, arguments) for arguments in questions]
    limits, found, seconds_more = _alarm.open, [], TICK + seconds
    limits.append(_alarm.rang + seconds_more)
    try:
        for arguments in questions:
            limits[-1] = _alarm.rang + seconds_more
            found.append(function(*arguments))
    except _LateError as error:
        raise _late(name, seconds).with_traceback(error.__traceback__) from None
    finally:
        limits.pop()
    return found


_MAIN = threading.main_thread().ident


class _LateError(BaseException):
    """Not an Exception: a driver that catches every Exception must not catch this."""


class _Alarm:
    """The alarm of the operating system, and until when each open question must be answered."""

    def __init__(self) -> None:
        self.open: list[float] = []
        self.is_on = False
        self.rang = 0.0
        """When it rang last."""
        self.idle = 0

    def switch_on(self) -> bool:
        """Let it ring from now on; False if there is none, or it is somebody else's."""
        if not hasattr(signal, "setitimer"):
            return False
        before = signal.getsignal(signal.SIGALRM)
        if before not in (signal.SIG_DFL, None) and before != self.ring:
            return False
        signal.signal(signal.SIGALRM, self.ring)
        signal.setitimer(signal.ITIMER_REAL, TICK, TICK)
        self.rang, self.idle, self.is_on = monotonic(), 0, True
        return True

    def look(self) -> None:
        """Whether somebody else has taken it meanwhile: then it does not ring any more."""
        if self.is_on and monotonic() - self.rang > 10 * TICK:
            self.is_on = False

    def ring(self, *_: object) -> None:
        """Raise where the question that is open is late."""
        now = self.rang = monotonic()
        if self.open:
            self.idle = 0
            if now > self.open[-1]:
                self.open[-1] = float("inf")  # it is told once
                raise _LateError
            return
        self.idle += 1
        if self.idle > IDLE:
            self.switch_off()

    def switch_off(self) -> None:
        """Let it ring no more, if it is ours."""
        if self.is_on and signal.getsignal(signal.SIGALRM) == self.ring:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        self.is_on = False


_alarm = _Alarm()
atexit.register(_alarm.switch_off)  # an interpreter that ends takes its handlers off, and a ring would then kill it


def _in_thread(seconds: float, name: str, function: Callable[..., object], arguments: tuple[object, ...]) -> object:
    found: list[object] = []
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
