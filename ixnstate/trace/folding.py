"""Judging rows that are sorted by key, time and number: one interaction at a time, and nothing kept of those before.

For notifications and short forms alone: which reply answers which request is lost where rows are split by interaction,
so a recording with requests is judged in parts by `partition`. `keyed` says which interaction a line is about. Where
the rows of one interaction come from sources without a common clock, ``time`` is None, and ``seq`` alone orders them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ixnstate.definition import Definition
from ixnstate.gws import MessageError, parse_notification, read_path
from ixnstate.recording.lines import Line, Unreadable
from ixnstate.recording.records import Kind, Recorded, Unanswered, read_record
from ixnstate.table import GWS
from ixnstate.trace.facts import Instance, instance, placed
from ixnstate.trace.findings import Finding
from ixnstate.trace.judge import DEFAULT_RULES, Judge
from ixnstate.trace.rules import Rule
from ixnstate.values import each_of


class Row(NamedTuple):
    """One line, with what rows are sorted by."""

    key: str
    """The interaction; "" for a line about none, or one that cannot be read."""
    time: float
    seq: int
    line: Line | Unreadable
    workbin: bool = False
    """Whether the key is a workbin: a line about the content of one has a row for that, too."""


def keyed(lines: Iterable[Line | Unreadable]) -> Iterator[Row]:
    """The lines as rows, in the order in which they come. A reply has the key of the request that it answers.

    What agents are told of a workbin has a second row, by the workbin.
    """
    asked = Unanswered()
    time = 0.0
    for seq, line in enumerate(each_of("lines", lines, Line, Unreadable)):
        try:
            recorded = read_record(line) if isinstance(line, Line) else None
            key, about = ("", None) if recorded is None else _keys(recorded, asked)
        except MessageError:
            recorded, key, about = None, "", None
        if recorded is not None and recorded.time is not None:
            time = max(time, recorded.time)
        yield Row(key, time, seq, line)
        if about is not None:
            yield Row(f"workbin {about}", time, seq, line, workbin=True)


def _keys(recorded: Recorded, asked: Unanswered) -> tuple[str, Instance | None]:
    """The interaction that a record is about, and the workbin if it tells of its content."""
    if recorded.kind is Kind.NOTIFICATION:
        message = parse_notification(recorded.body)
        return message.interaction_id or "", instance(message)
    if recorded.kind is Kind.RESPONSE:
        return asked.answered(recorded) or "", None
    key = _interaction(recorded) or ""
    if recorded.kind is Kind.REQUEST and recorded.is_explicit:
        asked.ask(recorded, key)
    return key, None


def _interaction(recorded: Recorded) -> str | None:
    """The interaction of a request, or of a state."""
    named = recorded.value.get("interaction")
    body = recorded.body if isinstance(recorded.body, dict) else {}
    if named is None and "path" in recorded.value:
        target = read_path(recorded.value["path"])
        named = body.get("id") if target.workbin else target.interaction
    return named if isinstance(named, str) else None


def fold_sorted(
    batches: Iterable[Iterable[Row]],
    *,
    definition: Definition = GWS,
    gaps: int | None = None,
    rules: Iterable[Rule] = DEFAULT_RULES,
) -> Iterator[Finding | Unreadable]:
    """What is wrong with rows that are sorted by key, time and seq; batches may end anywhere.

    Lines that cannot be read have no key, so they come first. What one of them may have done is excused in any
    interaction, from its time on.

    Raises ValueError at the first row that is out of order; findings before it have been given by then. Text is in
    order by its code points, as Python sorts it and as UTF-8 in bytes does.
    """
    rules = tuple(each_of("rules", rules, Rule))
    judge, key = Judge(definition, gaps=gaps, rules=rules), ("", False)
    last: Row | None = None
    own, holes = 0, list[tuple[float, int]]()
    for batch in each_of("batches", batches, Iterable):
        for row in each_of("rows", batch, Row):
            if last is not None and not _is_in_order(last, row):
                raise ValueError(
                    f"rows: {_position(row)} comes after {_position(last)}; sort rows by key, time and seq"
                )
            last = row
            if (row.key, row.workbin) != key:
                yield from judge.finish()
                judge = Judge(definition, gaps=gaps, rules=rules, like=judge, workbins=row.workbin)
                key, own = (row.key, row.workbin), 0
            before = judge.cases.holes.count
            if row.key:
                judge.cases.holes.count = before = own + bisect_left(holes, (row.time, row.seq))
            yield from _content(judge, row.line) if row.workbin else judge.take(row.line)
            own += judge.cases.holes.count - before
            if not row.key and judge.cases.holes.count > before:
                holes.append((row.time, row.seq))
    yield from judge.finish()


def _is_in_order(last: Row, row: Row) -> bool:
    """Whether a row may follow another; not if they cannot be compared, as a row without a time and one with it."""
    try:
        return last[:3] <= row[:3]
    except TypeError:
        return False


def _position(row: Row) -> str:
    return f"key {row.key!r}, time {row.time!r}, seq {row.seq!r}"


def _content(judge: Judge, line: Line | Unreadable) -> list[Finding]:
    """What is wrong with what a line says of the content of a workbin, and nothing else."""
    try:
        recorded = read_record(line) if isinstance(line, Line) else None
        if recorded is None or recorded.kind is not Kind.NOTIFICATION or judge.viewpoint.pass_record(recorded):
            return []
        place = placed(recorded, parse_notification(recorded.body))
    except MessageError:
        return []
    return judge.workbins.take(place) if place is not None else []
