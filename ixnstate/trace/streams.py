"""Judging a stream: lines are judged as they come, though some are late and out of order.

A line is held for some seconds; then nothing earlier is expected any more, and the judge takes it. That is a watermark:
it follows the times of the lines that have come, `delay` seconds behind the latest. Where nothing comes for so long,
it catches up with them.

Everything depends on the lines, on the time at which they are handed over, and on the state: so a batch that is tried
again after a crash gives the same findings, and a stream that is saved between any two batches goes on as if it had
never stopped. What a rule over time waits for is overdue as soon as the clock says so, even if nothing comes.
"""

import json
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import NamedTuple

import attrs

from ixnstate.recording.lines import Place, Unreadable
from ixnstate.recording.numbered import MAX_LINE, cut
from ixnstate.recording.reading import read_raw
from ixnstate.recording.times import seconds
from ixnstate.trace.findings import Finding
from ixnstate.trace.judge import Judge
from ixnstate.trace.resuming import structured
from ixnstate.trace.saved import sealed
from ixnstate.values import MOST_SECONDS, Json, each_of, expect, expect_number, expect_seconds

MAX_HELD = 1_000_000
"""How many lines are held; beyond it the earliest are judged before their time."""
_VERSION = 1
_AFTER = 0.001
"""A rule is overdue after its time, and not at it: so many seconds, which any clock tells apart."""


class StreamLine(NamedTuple):
    """A line of a stream, and when it was recorded."""

    time: float | None
    """In seconds since 1970; None where nobody knows, then it counts as recorded with the latest line so far."""
    file: str
    number: int
    """Where it stands; lines of one time are judged in this order, and one that is handed over twice counts once."""
    text: str


Key = tuple[float, str, int]


@attrs.define
class SavedStream:
    """A stream: its judge, and the lines that it holds."""

    version: int
    judge: dict[str, Json]
    held: list[tuple[float, str, int, str]]
    latest: float | None
    came: float | None
    judged: tuple[float, str, int] | None
    overdue_from: float | None


class StreamJudge:
    """Judges the lines of a stream.

    ``delay`` is how many seconds later than others a line may come. One that comes later still, when lines after it
    have been judged, is reported as unreadable: it counts as a line of which nobody knows what it says, and excuses
    what may follow from it. A line of more than ``longest`` bytes is reported, and not read. Raises ValueError for an
    argument of another type.
    """

    def __init__(self, judge: Judge, *, delay: float = 10.0, longest: int = MAX_LINE) -> None:
        expect("judge", judge, Judge)
        expect_number("longest", longest, 1)
        expect_seconds("delay", delay, 0)
        self.judge = judge
        self._delay = delay
        self._longest = longest
        self._held: dict[Key, bytes] = {}
        self._order: list[Key] = []
        """The places of what is held, as a heap: the earliest first."""
        self._latest: float | None = None
        """The latest time of a line that has come."""
        self._came: float | None = None
        """When lines came last."""
        self._judged: Key | None = None
        """The line that was judged last."""
        self._overdue_from: float | None = None
        """The time before which no rule is overdue, if that has been looked at."""

    def take(self, lines: Iterable[StreamLine], now: float) -> list[Finding | Unreadable]:
        """What is found now that these lines have come, or none; ``now`` is in seconds since 1970.

        Lines of one call may come in any order. A line from the future counts as of now. Raises ValueError for what
        are no such lines, and then takes none.
        """
        expect_seconds("now", now)
        found: list[Finding | Unreadable] = []
        for line in sorted([*map(_checked, count(), each_of("lines", lines, StreamLine))], key=_place):
            self._came = now
            self._hold(line, now, found)
        found += self._judge(self._watermark(now))
        found += self._overdue(self._clock(now))
        return found

    def finish(self) -> list[Finding | Unreadable]:
        """What is found when the stream has ended: all lines are judged, and what has not come will not."""
        return [*self._judge(inf), *self.judge.finish()]

    @property
    def due(self) -> float | None:
        """When `take` is to be called, even if no line has come; None if nothing waits."""
        if self._came is None:
            return None
        if self._held:
            return self._came + self._delay
        clock, limit = self._clock(self._came), self.judge.temporal.limit
        return None if clock is None or limit == inf else self._came + self._delay + max(0.0, limit - clock) + _AFTER

    # --- in order ---------------------------------------------------------------------------------------------------

    def _hold(self, line: StreamLine, now: float, found: list[Finding | Unreadable]) -> None:
        """A line has come; it waits for earlier ones."""
        latest = self._latest if self._latest is not None else now
        time = min(latest if line.time is None else line.time, now)
        self._latest = time if self._latest is None else max(self._latest, time)
        key, raw = (time, line.file, line.number), line.text.encode("utf-8", "surrogatepass")
        raw = raw if len(raw) <= self._longest else cut(raw)
        if self._judged is not None and key <= self._judged:
            late = self._judged[0] - time
            problem = f"the line came too late: lines of up to {late:g} seconds after it had been judged"
            shown = raw.decode("utf-8", "replace").rstrip("\r\n")
            found += self.judge.take(Unreadable(Place(line.file, line.number), shown, problem))
            return
        if key not in self._held:
            heappush(self._order, key)
        self._held[key] = raw
        if len(self._held) > MAX_HELD:
            found += self._judge(self._order[0][0])

    def _watermark(self, now: float) -> float:
        """Up to that time nothing more is expected."""
        if self._latest is None or self._came is None:
            return -inf
        return self._latest if now - self._came >= self._delay else self._latest - self._delay

    def _clock(self, now: float) -> float | None:
        """What time it is in the recording, if it is known for sure: one line of the future makes no rule overdue."""
        said = seconds(self.judge.temporal.latest)
        if said is None or self._came is None or self._judged is None:
            return None
        silence = 0.0 if self._held else max(0.0, now - self._came - self._delay)
        return min(said, self._judged[0]) + silence

    def _overdue(self, clock: float | None) -> list[Finding]:
        """The rules that wait too long at that time. They are looked for when one may be among them, not at each line.

        That is after the earliest limit, or when one that begins to wait now may have waited too long.
        """
        if clock is None or (self._overdue_from is not None and clock <= self._overdue_from):
            return []
        rules, found = self.judge.temporal, self.judge.overdue(clock)
        self._overdue_from = min(rules.limit, clock + rules.within(range(len(rules.rules))), MOST_SECONDS)
        return found

    def _judge(self, until: float) -> Iterator[Finding | Unreadable]:
        """What is wrong with the lines that are held, up to that time."""
        while self._order and self._order[0][0] <= until:
            key = self._judged = heappop(self._order)
            _, file, number = key
            for line in read_raw(self._held.pop(key), number, file):
                yield from self.judge.take(line)

    # --- saved ------------------------------------------------------------------------------------------------------

    def save(self) -> dict[str, Json]:
        """How it stands, as plain JSON, for `resume`."""
        held = [(*key, _text(raw)) for key, raw in self._held.items()]
        state = SavedStream(
            _VERSION, self.judge.save(), held, self._latest, self._came, self._judged, self._overdue_from
        )  # fmt: skip
        return sealed(json.loads(json.dumps(attrs.asdict(state, recurse=False))))

    def resume(self, state: Json) -> None:
        """Go on where a stream with a judge of the same definition and rules was saved. Raises ValueError."""
        if not isinstance(state, dict) or state.get("version") != _VERSION or "judge" not in state:
            raise ValueError("not a saved stream")
        saved = structured(state, SavedStream)
        self.judge.resume(saved.judge)
        self._held = {(time, file, number): _raw(text) for time, file, number, text in saved.held}
        self._order = sorted(self._held)
        self._latest, self._came, self._judged = saved.latest, saved.came, saved.judged
        self._overdue_from = saved.overdue_from


def _checked(number: int, line: StreamLine) -> StreamLine:
    """The line. Raises ValueError for a value of another type."""
    if line.time is not None:
        expect_seconds(f"lines[{number}].time", line.time)
    expect(f"lines[{number}].file", line.file, str)
    expect_number(f"lines[{number}].number", line.number)
    expect(f"lines[{number}].text", line.text, str)
    return line


def _place(line: StreamLine) -> tuple[str, int]:
    return line.file, line.number


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
