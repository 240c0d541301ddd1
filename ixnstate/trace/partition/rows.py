"""Lines as rows that an engine can move: what each phase is given, and what it reads in them.

A row carries a line as it was written, and its ``order``: a number that grows from line to line of the recording. Each
phase reads the line again, for the text is smaller than what it says.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from ixnstate.gws import MessageError
from ixnstate.recording.documents import EXCHANGE, loads, members_of
from ixnstate.recording.lines import Line, Place, Unreadable, unreadable
from ixnstate.recording.records import UNKNOWN, Kind, Recorded, read_record
from ixnstate.trace import facts
from ixnstate.trace.asked import nameless, unread
from ixnstate.trace.facts import SIGNALS, Asked, Shapes
from ixnstate.trace.fast import decoding
from ixnstate.trace.fast.decoding import IGNORED, record_decoder
from ixnstate.values import changed, each_of

T = TypeVar("T", bound=tuple[Any, ...])


class Row(NamedTuple):
    """One line of a recording."""

    order: int
    file: str
    number: int
    """Of the line in its file, from 1."""
    text: str
    column: int | None = 1
    is_reply: bool = False
    """Whether the line is a whole exchange, and this is the reply in it."""
    problem: str | None = None
    """Why it cannot be read, if it cannot."""

    def line(self) -> Line | Unreadable:
        """The line."""
        place = Place(self.file, self.number)
        if self.problem is not None:
            return Unreadable(place, self.text, self.problem, self.column)
        line = Line(place, self.text, loads(self.text.encode("utf-8", "surrogatepass")), self.column)
        if isinstance(line.value, dict) and line.value.get("kind") == EXCHANGE:
            request, reply = members_of(line)
            return reply if self.is_reply else request
        return line


def rows_of(lines: Iterable[Line | Unreadable], *, start: int = 0) -> Iterator[Row]:
    """Lines as rows, in the order in which they come; the first one has the order ``start``.

    Raises ValueError for what is no line.
    """
    for order, line in enumerate(each_of("lines", lines, Line, Unreadable), start):
        place, text = line.place, line.text
        if isinstance(line, Unreadable):
            yield Row(order, place.file, place.line, text, line.column, problem=line.problem)
        else:
            is_reply = isinstance(line.value, dict) and line.value.get("kind") == Kind.RESPONSE
            yield Row(order, place.file, place.line, text, line.column, is_reply)


def in_order(rows: Iterable[T], by: Sequence[str], what: str) -> Iterator[T]:
    """The rows, if each comes after the one before it; the same one again is left out. Raises ValueError."""
    last: T | None = None
    before: tuple[Any, ...] = ()
    for row in rows:
        key = tuple(["" if (value := getattr(row, name)) is None else value for name in by])
        if last is not None and key <= before:
            if row == last:
                continue
            names = ", ".join(by)
            says = f"differs from another one with {names} = {key}" if key == before else f"comes after {before}"
            raise ValueError(f"{what}: the row with {names} = {key} {says}; rows must be sorted by {names}")
        last, before = row, key
        yield row


class RowFacts(NamedTuple):
    """What one row says, as far as it can be told from the row alone."""

    order: int
    says: Any
    """`Notified`, `Asked`, `Answered`, `Said`, `Placed`, `Unreadable`; `LOGGED` or `Recorded`; None for no record."""
    agent: str | None
    seq: int | None
    """The number of a record."""
    text: str
    number: Any
    """What stands under ``seq``, as far as it is read."""
    is_broken: bool = False
    """Whether it cannot be read as what it is."""
    is_hole: bool = False
    """Whether nobody knows what happened there."""


class RowReader:
    """Reads rows. ``agent`` is whose the lines are that name none; `UNKNOWN` where nobody knows.

    A usual record is decoded no further than judging needs, as `ixnstate.trace.fast` does.
    """

    def __init__(self, shapes: Shapes, agent: str | None) -> None:
        self._shapes = shapes
        self._agent = agent
        self._decode = record_decoder()
        self._quick = decoding.Reader(shapes)

    def quickly(self, row: Row) -> tuple[Any, Any]:
        """The facts of a usual record, and the record; None for any other."""
        if self._decode is None or row.problem is not None or row.column != 1:
            return None, None
        try:
            raw = row.text.encode()
            record: Any = self._decode(raw)
        except (RecursionError, ValueError):
            return None, None
        if record.agent is None and self._agent is not None:
            return None, None
        says = self._quick.facts(record, raw, row.number, row.file)
        return (None, None) if says.__class__ is Asked and is_nameless(says) else (says, record)

    def read(self, row: Row) -> RowFacts:
        """What a row says."""
        says, record = self.quickly(row)
        if says is IGNORED:
            return RowFacts(row.order, None, None, None, row.text, record.seq)
        if says is not None:
            return RowFacts(row.order, says, record.agent, record.seq, row.text, record.seq)
        return self._strictly(row)

    def _strictly(self, row: Row) -> RowFacts:
        line = row.line()
        if isinstance(line, Unreadable):
            return RowFacts(row.order, line, None, None, row.text, None, is_broken=True, is_hole=True)
        try:
            recorded = read_record(line)
        except MessageError as error:
            return RowFacts(
                row.order, unreadable(line, str(error)), None, None, row.text, None, is_broken=True, is_hole=True
            )
        number = line.value.get("seq")
        if recorded is None:
            return RowFacts(row.order, None, None, None, row.text, number)
        if recorded.agent is None and self._agent not in (None, UNKNOWN):
            recorded = changed(recorded, agent=self._agent)
        seq = recorded.seq if recorded.is_explicit else None
        try:
            says, is_hole = self._understood(recorded)
        except MessageError as error:
            says = unreadable(line, str(error))
            if recorded.kind is Kind.REQUEST:
                says = unread(recorded)
            return RowFacts(
                row.order, says, recorded.agent, seq, row.text, number, is_broken=True, is_hole=recorded.is_explicit
            )
        return RowFacts(row.order, says, recorded.agent, seq, row.text, number, is_hole=is_hole)

    def _understood(self, recorded: Recorded) -> tuple[Any, bool]:
        """What a record says, and whether it leaves open what happened. Raises `MessageError`."""
        match recorded.kind:
            case Kind.NOTIFICATION:
                message = facts.message_of(recorded)
                notified = self._shapes.notified(recorded, message)
                return notified or facts.placed(recorded, message) or recorded, False
            case Kind.REQUEST:
                asked = self._shapes.asked(recorded)
                is_anonymous = asked.agent is None and self._agent == UNKNOWN and is_judged(asked)
                if is_nameless(asked) and not is_anonymous:
                    raise MessageError(nameless(recorded.value))
                return asked, is_anonymous
            case Kind.RESPONSE:
                answered = facts.answered(recorded)
                return answered or recorded, answered is not None and not answered.is_decided
            case Kind.GAP:
                return recorded, True
            case _:
                return facts.said(recorded, self._shapes.definition), False


def is_judged(asked: Asked) -> bool:
    """Whether it is about the lifecycle, and what agents may request."""
    return asked.shape is not None and asked.shape.operation not in SIGNALS


def is_signal(asked: Asked) -> bool:
    """Whether it requests what only the platform does."""
    return asked.shape is not None and asked.source.path is not None and asked.shape.operation in SIGNALS


def is_nameless(asked: Asked) -> bool:
    """Whether it names no interaction, and must."""
    is_about_one = asked.shape is not None and not is_signal(asked) and asked.shape.operation != "Create"
    return is_about_one and asked.interaction is None
