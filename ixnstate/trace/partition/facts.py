"""Phase one: what judging must know of the whole recording, and what no part of it can tell.

That is who asks and who is told, from where on, how far its records are numbered without a gap, which lines cannot be
read, and when it ended. `Facts` of parts of a recording are put together in any order (`Facts.of_parts`); they are some
tens of bytes for each agent, whatever the length of the recording.

Each part must be a piece of the recording in its order: no row of another part lies between its rows.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from heapq import nsmallest
from typing import Any, Self
from zlib import crc32

import attrs

from ixnstate.recording.records import UNKNOWN, Kind, Missing, Recorded
from ixnstate.trace.account import EARLY
from ixnstate.trace.facts import Answered, Asked, Notified, Placed, Said
from ixnstate.trace.fast.decoding import LOGGED
from ixnstate.trace.partition.rows import Row, RowFacts, RowReader, in_order, is_judged
from ixnstate.trace.viewpoint import Viewpoint

MAX_PLACES = 20_000
"""How many lines that cannot be read, or were lost, are told apart; from the last of so many on, any line may follow
one. Tens of kilobytes."""

NEVER = 1 << 62
"""The order of what does not come."""


@attrs.define
class Numbering:
    """How the records of one part are numbered: as far as they are, from which number to which."""

    start: int
    end: int
    file: str
    """That of the last line whose number counts."""
    head: list[tuple[int, int | None, bool, str]] = attrs.Factory(list)
    """Its first lines, as long as nobody knows whether their numbers follow on: order, number, whether the line is
    about no interaction, and its file."""
    last: int | None = None
    """The last number, once one is known."""
    broken: int | None = None
    """The order from which on they are not numbered without a gap, if those before them are."""
    first: tuple[int, int | None, str] | None = None
    """The first record: order, number, and its text; of a part that is over, a digest of it."""
    record: tuple[int, int | None, str] | None = None
    """The last record."""

    def seal(self) -> None:
        """The part is over."""
        self.first, self.record = _digested(self.first), _digested(self.record)


@attrs.define
class Facts:
    """What is known of a recording, or of parts of it."""

    lines: int = 0
    names_agents: bool = False
    asked: dict[str | None, int] = attrs.Factory(dict)
    """By agent, the order of the first request."""
    told: dict[str | None, int] = attrs.Factory(dict)
    """By agent, that of the first notification about an interaction."""
    begun: int = NEVER
    """That of the first request that a reply is to answer, recorded or lost."""
    answered: int = NEVER
    early: list[int] = attrs.Factory(list)
    """The orders of the first notifications."""
    holes: list[int] = attrs.Factory(list)
    """The orders of lines after which nobody knows what happened there."""
    anonymous: list[int] = attrs.Factory(list)
    """Those of requests that name no agent, where lines that name none are nobody's."""
    lost: list[tuple[int, str]] = attrs.Factory(list)
    """Those after which nobody knows whose messages or replies were lost, and what it was."""
    latest: tuple[int, Any] = (-1, None)
    """The order and the time of the last line that has a time."""
    parts: list[Numbering] = attrs.Factory(list)

    # --- one part ---------------------------------------------------------------------------------------------------

    @classmethod
    def of_rows(cls, rows: Iterable[Row], reader: RowReader) -> Self:
        """The facts of rows that follow each other. Raises ValueError where they do not."""
        facts = cls()
        for row in in_order(rows, ("order",), "facts"):
            facts.add(row, reader.read(row))
        for part in facts.parts:
            part.seal()
        return facts

    def add(self, row: Row, reading: RowFacts) -> None:
        """One row more, which comes after the others."""
        self.lines += 1
        self._number(row, reading)
        order, agent, says = reading.order, reading.agent, reading.says
        self.names_agents |= agent is not None
        if reading.is_hole and len(self.holes) < MAX_PLACES:
            self.holes.append(order)
        is_message = isinstance(says, Recorded) and says.kind is Kind.NOTIFICATION
        if is_message or says is LOGGED or isinstance(says, Notified | Placed):
            if len(self.early) < EARLY:
                self.early.append(order)
            if isinstance(says, Notified):
                self.told.setdefault(agent, order)
        elif isinstance(says, Asked):
            if says.is_explicit:
                self.asked.setdefault(agent, order)
                self.begun = min(self.begun, order)
            if agent is None and is_judged(says) and len(self.anonymous) < MAX_PLACES:
                self.anonymous.append(order)
        elif isinstance(says, Answered):
            self.answered = min(self.answered, order)
        elif isinstance(says, Recorded) and says.kind is Kind.GAP:
            self._lose(order, agent, says)
        if isinstance(says, Notified | Said) or (isinstance(says, Asked) and says.shape is not None):
            self.latest = (order, says.time) if says.time is not None else self.latest

    def _lose(self, order: int, agent: str | None, gap: Recorded) -> None:
        missing = gap.value["missing"]
        if missing == Missing.REPLY:
            self.answered = min(self.answered, order)
        elif missing == Missing.REQUEST:
            self.begun = min(self.begun, order)
        elif missing != Missing.LINE and agent is None and len(self.lost) < MAX_PLACES:
            self.lost.append((order, missing))

    def _number(self, row: Row, reading: RowFacts) -> None:
        """Whether the numbers of records go on."""
        order, seq = reading.order, reading.number
        if not self.parts:
            self.parts.append(Numbering(order, order, row.file))
        part = self.parts[-1]
        part.end = order
        record = (reading.seq, reading.text) if reading.seq is not None else None
        if record is not None and part.record is not None and part.record[1:] == record:
            return
        is_other = reading.says is None
        if not is_other:
            part.record = (order, *record) if record is not None else (order, None, "")
            part.first = part.first or part.record
        if part.broken is not None:
            return
        number = seq if seq.__class__ is int else None
        if part.last is None:
            part.head.append((order, number, is_other, row.file))
            if number is not None and not is_other:
                part.last, part.file = number, row.file
            elif number is None or len(part.head) > EARLY:
                part.broken = order
        elif not (is_other and number is not None and number <= part.last and row.file == part.file):
            part.file = row.file
            if number == part.last + 1:
                part.last = number
            else:
                part.broken = order
        if reading.is_broken:  # what lacks follows its number
            part.broken = order

    # --- several ----------------------------------------------------------------------------------------------------

    @classmethod
    def of_parts(cls, parts: Iterable["Facts"]) -> Self:
        """The facts of a recording, from those of its parts in any order. Raises ValueError where parts overlap."""
        whole = cls()
        for facts in parts:
            whole.lines += facts.lines
            whole.names_agents |= facts.names_agents
            for mine, others in ((whole.asked, facts.asked), (whole.told, facts.told)):
                for agent, order in others.items():
                    mine[agent] = min(mine.get(agent, NEVER), order)
            whole.begun = min(whole.begun, facts.begun)
            whole.answered = min(whole.answered, facts.answered)
            whole.early = nsmallest(EARLY, (*whole.early, *facts.early))
            whole.holes = nsmallest(MAX_PLACES, (*whole.holes, *facts.holes))
            whole.anonymous = nsmallest(MAX_PLACES, (*whole.anonymous, *facts.anonymous))
            whole.lost = nsmallest(MAX_PLACES, (*whole.lost, *facts.lost))
            whole.latest = max(whole.latest, facts.latest, key=lambda latest: latest[0])
            whole.parts += facts.parts
        whole.parts.sort(key=lambda part: part.start)
        for one, other in zip(whole.parts, whole.parts[1:], strict=False):
            if other.start <= one.end:
                raise ValueError(
                    f"facts: the part from {other.start} to {other.end} overlaps the one from {one.start} to {one.end};"
                    " each part must be one piece of the recording"
                )
        return whole

    # --- as JSON ----------------------------------------------------------------------------------------------------

    def to_json(self) -> bytes:
        """As JSON, to be sent to all that judge."""
        said = attrs.asdict(self)
        said["asked"], said["told"] = list(self.asked.items()), list(self.told.items())
        return json.dumps(said, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """The reverse of `to_json`."""
        said = json.loads(text)
        said["asked"], said["told"] = dict(said["asked"]), dict(said["told"])
        said["lost"] = [tuple(each) for each in said["lost"]]
        said["latest"] = tuple(said["latest"])
        parts = [
            Numbering(**{
                **part,
                "head": [tuple(line) for line in part["head"]],
                "first": part["first"] and tuple(part["first"]),
                "record": part["record"] and tuple(part["record"]),
            })
            for part in said["parts"]
        ]  # fmt: skip
        return cls(**{**said, "parts": parts})


def _digested(record: tuple[int, int | None, str] | None) -> tuple[int, int | None, str] | None:
    """The record with a digest of its text, which is the same in each process."""
    return record and (record[0], record[1], str(crc32(record[2].encode("utf-8", "surrogatepass"))))


def numbered_until(parts: Iterable[Numbering], *, is_piece: bool = False) -> tuple[int, bool]:
    """The order from which on records are not numbered from 1 without a gap; and whether the first number is another.

    If it ``is_piece``, they may begin with any number. Numbers may go on from file to file.
    """
    seq, file, before, is_open = 0, None, None, is_piece
    for part in parts:
        repeated = None
        if part.first is not None and part.first[1] is not None and before is not None and part.first[1:] == before[1:]:
            repeated = part.first[0]  # the last record of the parts before, once more
        for order, number, is_other, name in part.head:
            if order == repeated:
                continue
            if is_other and number is not None and number <= seq and name == (file or name):
                continue
            if number is None or (number != seq + 1 and not (is_open and number > 1)):
                return order, seq == 0 and number is not None
            is_open = False
            seq, file = number, name
        if part.broken is not None:
            return part.broken, False
        if part.last is not None:
            seq, file = max(seq, part.last), part.file
        before = part.record or before
    return NEVER, False


class Known:
    """Facts of a whole recording, to be asked."""

    def __init__(self, facts: Facts, viewpoint: Viewpoint) -> None:
        asked, told, holes, lost = facts.asked, facts.told, facts.holes, facts.lost
        if viewpoint.agent == UNKNOWN:
            holes = nsmallest(MAX_PLACES, {*holes, *facts.anonymous})
        elif viewpoint.agent is not None:  # what names no agent is theirs, and so is what was lost
            asked, told, lost = _named(asked, viewpoint.agent), _named(told, viewpoint.agent), []
        self.first_asked, self.first_told = asked, told
        self.asked = sorted(asked.values())
        self.holes = holes
        self.begun, self.answered, self.latest, self.lost = facts.begun, facts.answered, facts.latest[1], lost
        self.early = facts.early[EARLY - 1] if len(facts.early) == EARLY else NEVER
        self.messages = min(told.values(), default=NEVER)
        self.whole_until, self.is_cut = numbered_until(facts.parts)
        self.piece_until = numbered_until(facts.parts, is_piece=True)[0] if self.is_cut else 0
        self.changes = list(self._changes(viewpoint))

    def _changes(self, viewpoint: Viewpoint) -> Iterator[int]:
        """The orders at which it becomes known otherwise whose requests are recorded."""
        seen = Viewpoint(viewpoint.declared, separate=viewpoint.separate, agent=viewpoint.agent)
        events: list[tuple[int, int, str | None]] = [(order, 1, agent) for agent, order in self.first_asked.items()]
        if self.whole_until < NEVER:
            events.append((self.whole_until, 0, None))
        for order, is_asked, agent in sorted(events, key=lambda event: event[:2]):
            before = seen.epoch
            if is_asked:
                seen.ask(agent)
            else:
                seen.pass_seq(None, "")
            if seen.epoch != before:
                yield order

    def askers(self, order: int) -> int:
        """How many agents have asked for something, up to that line."""
        return bisect_right(self.asked, order)

    def asks(self, agent: str | None, order: int) -> bool:
        """Whether the agent is one of them."""
        return self.first_asked.get(agent, NEVER) <= order

    def is_told(self, agent: str | None, order: int) -> bool:
        """Whether the agent has been sent a message before that line, or somebody whose name nobody knows."""
        return min(self.first_told.get(agent, NEVER), self.first_told.get(None, NEVER)) < order

    def epoch(self, order: int) -> int:
        """How often it has become known otherwise whose requests are recorded."""
        return bisect_right(self.changes, order)

    def last_hole(self, order: int) -> int:
        """The order of the last line before that one which leaves open what happened; -1 without one."""
        count = bisect_left(self.holes, order)
        return self.holes[count - 1] if count else -1

    def holes_until(self, order: int) -> int:
        """How many lines up to that one leave open what happened."""
        count = bisect_right(self.holes, order)
        return count if count < MAX_PLACES else MAX_PLACES + order


def _named(orders: dict[str | None, int], agent: str) -> dict[str | None, int]:
    """The same, where lines that name no agent are this one's."""
    nobody, own = orders.get(None, NEVER), orders.get(agent, NEVER)
    named: dict[str | None, int] = {name: order for name, order in orders.items() if name is not None}
    if nobody < NEVER:
        named[agent] = min(nobody, own)
    return named
