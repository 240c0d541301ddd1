"""Recordings judged on an engine that spreads work over machines: the phases of `trace.partition` as Arrow tables.

Each function takes a table and gives one; what it gives depends on the rows and on nothing else, least of all on their
order: it sorts them itself. `ixnstate.engines.spark` runs them on Spark; docs/engines.md shows them on others.
"""

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, tee
from typing import Any

import pyarrow as pa

from ixnstate.engines import tables
from ixnstate.engines.tables import COVERED, FINDINGS, LINES, OUTCOMES, ROWS, TOLD
from ixnstate.recording.lines import Line, Unreadable
from ixnstate.recording.numbered import MAX_LINE, cut
from ixnstate.recording.reading import BYTE_ORDER_MARK, read_raw
from ixnstate.reports import Coverage, Tally
from ixnstate.trace.fast.decoding import record_decoder
from ixnstate.trace.partition import (
    Counts,
    Facts,
    JudgeOptions,
    Known,
    Row,
    by_agent,
    by_interaction,
    rows_of,
    settle,
    sort_key,
)

MEMBERS = 20
"""How many bits of an order number the members of one line, which may be an array."""
MOST_MEMBERS = 1 << MEMBERS
MOST = 1 << 63 - MEMBERS
PIECE = 1 << 17
"""How many lines are one piece of the recording, of which facts are found."""


def records_of(lines: pa.Table) -> pa.Table:
    """The records of `LINES`, as `ROWS`. Raises ValueError for columns or values that are missing or out of range."""
    absent = [name for name in LINES.names if name not in lines.column_names]
    if absent:
        raise ValueError(f"lines: {', '.join(absent)} missing; lines have the columns {', '.join(LINES.names)}")
    return tables.table(_records(lines), ROWS)


def _records(lines: pa.Table) -> Iterator[tuple[object, ...]]:
    decode = record_decoder()
    assert decode is not None, "the extra has msgspec"
    for order, file, number, text in tables.values_of(lines, LINES.names):
        empty = [name for name, value in zip(LINES.names, (order, file, number, text), strict=True) if value is None]
        if empty:
            raise ValueError(f"lines: {empty[0]} is null where order is {order}; it must say something")
        if not 0 <= order < MOST:
            raise ValueError(f"lines: order must be a number from 0 below 2**43, not {order}")
        shown = text.removeprefix(BYTE_ORDER_MARK.decode() if number == 1 else "")
        raw = shown.encode()
        if len(raw) > MAX_LINE:
            raw = cut(raw)
        try:
            record: Any = decode(raw)
        except (RecursionError, ValueError):
            yield from _with_agents(_members(raw, number, file), order << MEMBERS)
        else:
            is_reply = record.__class__.__name__ == "Response"
            yield order << MEMBERS, file, number, shown.rstrip("\r\n"), 1, is_reply, None, record.agent


def _members(raw: bytes, number: int, file: str) -> Iterator[Line | Unreadable]:
    """The records of a line, as many as have an order of their own."""
    records = read_raw(raw, number, file)
    yield from islice(records, MOST_MEMBERS - 1)
    if (first := next(records, None)) is not None:
        yield Unreadable(first.place, "", f"the array has more than {MOST_MEMBERS - 1:,} members; the rest is not read")


def table_of(lines: Iterable[Line | Unreadable]) -> pa.Table:
    """Records as `ROWS`, in the order in which they come."""
    return tables.table(_with_agents(lines), ROWS)


def _with_agents(lines: Iterable[Line | Unreadable], start: int = 0) -> Iterator[tuple[object, ...]]:
    lines, same = tee(lines)
    return ((*row, _agent_of(line)) for row, line in zip(rows_of(lines, start=start), same, strict=True))


def _agent_of(line: Line | Unreadable) -> str | None:
    agent = line.value.get("agent") if isinstance(line, Line) and isinstance(line.value, dict) else None
    return agent if isinstance(agent, str) else None


def facts_of(rows: pa.Table, settings: JudgeOptions) -> bytes:
    """The facts of one piece of the recording, as JSON. Raises ValueError for two different rows of one order."""
    return settings.facts(_rows(rows)).to_json()


def facts_of_all(pieces: Iterable[bytes]) -> bytes:
    """The facts of the recording, from those of its pieces in any order. Raises ValueError where pieces overlap."""
    return Facts.of_parts(map(Facts.from_json, pieces)).to_json()


def told_by_agents(rows: pa.Table, facts: bytes, settings: JudgeOptions) -> pa.Table:
    """What the lines of some agents tell interactions: `ROWS` in, `TOLD` out. All lines of each agent must be there."""
    settings, known = _known(facts, settings)
    return tables.told_table(by_agent(_rows(rows), known, settings))


def outcomes_of(told: pa.Table, facts: bytes, settings: JudgeOptions) -> pa.Table:
    """What is found of some interactions: `TOLD` in, `OUTCOMES` out. All that each is told must be there."""
    settings, known = _known(facts, settings)
    rows = sorted(tables.told_of(told), key=sort_key)
    # by its first key, a part that was tried again is told from another one that counts the same
    return tables.outcomes_table(by_interaction(rows, known, settings), rows[0].key if rows else "")


def findings_of(outcomes: pa.Table, facts: bytes, settings: JudgeOptions) -> pa.Table:
    """The findings of all `OUTCOMES`, in order: those that a line that cannot be read excuses are left out."""
    settings, known = _known(facts, settings)
    found = settle(tables.findings_in(outcomes), known)
    ordered = sorted(found, key=lambda each: (each.place.file, each.place.line))
    return tables.table(map(tables.of_found, ordered), FINDINGS)


def coverage_of(told: pa.Table, facts: bytes, settings: JudgeOptions) -> pa.Table:
    """What some interactions show of the definition: `TOLD` in, `COVERED` out; as for `outcomes_of`."""
    settings, known = _known(facts, settings)
    rows = sorted(tables.told_of(told), key=sort_key)
    tally = Tally(settings.definition)
    for _ in by_interaction(rows, known, settings, tally.add):
        pass
    return tables.table([(rows[0].key, json.dumps(tally.plain()))] if rows else [], COVERED)


def coverage_of_all(covered: pa.Table, settings: JudgeOptions) -> tuple[Coverage, ...]:
    """What was seen of each medium, of all `COVERED`: a part that was judged twice counts once."""
    tally = Tally(settings.definition)
    for text in dict(tables.values_of(covered, COVERED.names)).values():
        tally.add_plain(json.loads(text))
    return tally.coverage()


def counts_of(outcomes: pa.Table) -> Counts:
    """How much there was, of all `OUTCOMES`."""
    return Counts.of_parts(tables.counts_in(outcomes))


@lru_cache(maxsize=8)
def _known(facts: bytes, settings: JudgeOptions) -> tuple[JudgeOptions, Known]:
    """The facts, to be asked; and the settings, as the facts decide what they leave to the recording."""
    known = Facts.from_json(facts)
    settings = settings.decided(known)
    return settings, settings.known(known)


def _rows(table: pa.Table) -> list[Row]:
    return sorted((Row(*values) for values in tables.values_of(table, Row._fields)), key=lambda row: row.order)


__all__ = [
    "COVERED",
    "FINDINGS",
    "LINES",
    "MEMBERS",
    "OUTCOMES",
    "PIECE",
    "ROWS",
    "TOLD",
    "counts_of",
    "coverage_of",
    "coverage_of_all",
    "facts_of",
    "facts_of_all",
    "findings_of",
    "outcomes_of",
    "records_of",
    "table_of",
    "told_by_agents",
]
