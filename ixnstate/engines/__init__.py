"""Recordings judged on an engine that spreads work over machines: the phases of `trace.partition` as Arrow tables.

Each function takes a table and gives one; what it gives depends on the rows and on nothing else, least of all on their
order: it sorts them itself. `ixnstate.engines.spark` runs them on Spark; docs/engines.md shows them on others.
"""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache

import pyarrow as pa

from ixnstate.recording.lines import Line, Place, Unreadable
from ixnstate.recording.reading import read_raw
from ixnstate.trace.findings import Finding, Severity, Witness
from ixnstate.trace.partition import (
    Counts,
    Facts,
    JudgeOptions,
    Known,
    PartFinding,
    Row,
    Told,
    by_agent,
    by_interaction,
    rows_of,
    settle,
    sort_key,
)
from ixnstate.trace.partition.told import Context
from ixnstate.values import Json, JsonObject

MEMBERS = 20
"""How many bits of an order number the members of one line, which may be an array."""
MOST = 1 << 63 - MEMBERS
PIECE = 1 << 17
"""How many lines are one piece of the recording, of which facts are found."""

LINES = pa.schema(
    [
        pa.field("order", pa.int64(), nullable=False),
        pa.field("file", pa.string(), nullable=False),
        pa.field("number", pa.int64(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
    ]
)
"""A line of a recording: its place in the order of all lines, its file, its number there from 1, and the line."""

ROWS = pa.schema(
    [
        *LINES,
        pa.field("column", pa.int32()),
        pa.field("is_reply", pa.bool_(), nullable=False),
        pa.field("problem", pa.string()),
        pa.field("agent", pa.string()),
    ]
)
"""A record: a line, or a member of one; who it is about."""

TOLD = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("order", pa.int64(), nullable=False),
        pa.field("step", pa.int32(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("agent", pa.string()),
        pa.field("row", pa.string()),
        pa.field("said", pa.string(), nullable=False),
    ]
)
"""What an interaction is told: see `trace.partition.agents.Told`. ``row`` and ``said`` are JSON."""

OUTCOMES = pa.schema(
    [
        pa.field("decided", pa.int64(), nullable=False),
        pa.field("step", pa.int32(), nullable=False),
        pa.field("is_excusable", pa.bool_(), nullable=False),
        pa.field("file", pa.string(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),
        pa.field("code", pa.string()),
        pa.field("severity", pa.string()),
        pa.field("interaction", pa.string()),
        pa.field("agent", pa.string()),
        pa.field("what", pa.string(), nullable=False),
        pa.field("why", pa.string()),
        pa.field("right", pa.string()),
        pa.field("repair", pa.string()),
        pa.field("accepted", pa.string()),
        pa.field("seq", pa.int64()),
        pa.field("ts", pa.string()),
        pa.field("text", pa.string(), nullable=False),
        pa.field("counts", pa.string()),
    ]
)
"""What was found, and when it is decided: see `trace.partition.interactions.PartFinding`. One row of each part has
``counts`` instead: how much there was, as JSON."""

FINDINGS = pa.schema(list(OUTCOMES)[3:-1])
"""A finding; or, without a ``code``, a line that cannot be read, with ``what`` is wrong. ``accepted`` is where it was
accepted, as "file:line"."""


# === phases =========================================================================================================


def records_of(lines: pa.Table) -> pa.Table:
    """The records of `LINES`, as `ROWS`. Raises ValueError for columns or values that are missing or out of range."""
    absent = [name for name in LINES.names if name not in lines.column_names]
    if absent:
        raise ValueError(f"lines: {', '.join(absent)} missing; lines have the columns {', '.join(LINES.names)}")
    rows: list[Row] = []
    for each in lines.select(LINES.names).to_pylist():
        empty = [name for name, value in each.items() if value is None]
        if empty:
            raise ValueError(f"lines: {empty[0]} is null where order is {each['order']}; it must say something")
        if not 0 <= each["order"] < MOST:
            raise ValueError(f"lines: order must be a number from 0 below 2**43, not {each['order']}")
        members = read_raw(each["text"].encode(), each["number"], each["file"])
        rows += rows_of(members, start=each["order"] << MEMBERS)
    return table_of(rows)


def table_of(rows: Iterable[Row]) -> pa.Table:
    """Records as `ROWS`."""
    return pa.Table.from_pylist([{**row._asdict(), "agent": _agent_of(row)} for row in rows], schema=ROWS)


def facts_of(rows: pa.Table, settings: JudgeOptions) -> bytes:
    """The facts of one piece of the recording, as JSON. Raises ValueError for two different rows of one order."""
    return settings.facts(_rows(rows)).to_json()


def facts_of_all(pieces: Iterable[bytes]) -> bytes:
    """The facts of the recording, from those of its pieces in any order. Raises ValueError where pieces overlap."""
    return Facts.of_parts(map(Facts.from_json, pieces)).to_json()


def told_by_agents(rows: pa.Table, facts: bytes, settings: JudgeOptions) -> pa.Table:
    """What the lines of some agents tell interactions: `ROWS` in, `TOLD` out. All lines of each agent must be there."""
    told = by_agent(_rows(rows), _known(facts, settings), settings)
    return pa.Table.from_pylist(list(map(_of_told, told)), schema=TOLD)


def outcomes_of(told: pa.Table, facts: bytes, settings: JudgeOptions) -> pa.Table:
    """What is found of some interactions: `TOLD` in, `OUTCOMES` out. All that each is told must be there."""
    rows = sorted(map(_to_told, told.to_pylist()), key=sort_key)
    found = list(map(_of_outcome, by_interaction(rows, _known(facts, settings), settings)))
    if rows:  # by the key, a part that was tried again is told from another one that counts the same
        found[-1]["counts"] = json.dumps({"key": rows[0].key, "counts": found[-1]["counts"]})
    return pa.Table.from_pylist(found, schema=OUTCOMES)


def findings_of(outcomes: pa.Table, facts: bytes, settings: JudgeOptions) -> pa.Table:
    """The findings of all `OUTCOMES`, in order: those that a line that cannot be read excuses are left out."""
    rows = (row for row in outcomes.to_pylist() if row["counts"] is None)
    found = settle(map(_to_outcome, rows), _known(facts, settings))
    kept = [_of_found(each) for each in found]
    kept.sort(key=lambda each: (each["file"], each["line"]))
    return pa.Table.from_pylist(kept, schema=FINDINGS)


def counts_of(outcomes: pa.Table) -> Counts:
    """How much there was, of all `OUTCOMES`."""
    parts = {row["counts"]: None for row in outcomes.to_pylist() if row["counts"] is not None}
    return Counts.of_parts(Counts.of_plain(json.loads(part)["counts"]) for part in parts)


# === rows and what they stand for ===================================================================================


@lru_cache(maxsize=8)
def _known(facts: bytes, settings: JudgeOptions) -> Known:
    return settings.known(Facts.from_json(facts))


def _rows(table: pa.Table) -> list[Row]:
    rows = (Row(**{name: each[name] for name in Row._fields}) for each in table.select(list(Row._fields)).to_pylist())
    return sorted(rows, key=lambda row: row.order)


def _agent_of(row: Row) -> str | None:
    line = row.line() if row.problem is None else None
    agent = line.value.get("agent") if isinstance(line, Line) and isinstance(line.value, Mapping) else None
    return agent if isinstance(agent, str) else None


def _of_told(told: Told) -> JsonObject:
    return {
        **{name: getattr(told, name) for name in ("key", "order", "step", "kind", "agent")},
        "row": None if told.row is None else json.dumps(told.row),
        "said": json.dumps((told.context, told.request, told.more)),
    }


def _to_told(said: JsonObject) -> Told:
    context, request, more = json.loads(said["said"])
    if said["kind"] == "reply" or said["kind"] == "unsure":
        more = [(order, Context(*before)) for order, before in more]
    row = None if said["row"] is None else Row(*json.loads(said["row"]))
    return Told(
        said["key"], said["order"], said["step"], said["kind"], said["agent"], row, Context(*context), request,
        tuple(more),
    )  # fmt: skip


def _of_outcome(outcome: PartFinding | Counts) -> dict[str, Json]:
    if isinstance(outcome, Counts):
        return {**_NOTHING, "counts": outcome.plain()}
    return {
        "decided": outcome.decided, "step": outcome.step, "is_excusable": outcome.is_excusable,
        **_of_found(outcome.found),
    }  # fmt: skip


_NOTHING = {"decided": -1, "step": 0, "is_excusable": False, "file": "", "line": 0, "what": "", "text": ""}


def _of_found(found: Finding | Unreadable) -> JsonObject:
    place = {"file": found.place.file, "line": found.place.line, "text": found.text}
    if isinstance(found, Unreadable):
        return {**place, "what": found.problem}
    names = ("code", "interaction", "agent", "what", "why", "right", "repair", "seq", "ts")
    accepted = None if found.accepted is None else str(found.accepted.place)
    return {**place, **{name: getattr(found, name) for name in names}, "severity": found.severity, "accepted": accepted}


def _to_outcome(said: JsonObject) -> PartFinding:
    place = Place(said["file"], said["line"])
    found: Finding | Unreadable
    if said["code"] is None:
        found = Unreadable(place, said["text"], said["what"])
    else:
        names = ("interaction", "agent", "what", "why", "right", "repair", "seq", "ts")
        found = Finding(
            said["code"], place, said["text"], severity=Severity(said["severity"]), accepted=_place(said["accepted"]),
            **{name: said[name] for name in names},
        )  # fmt: skip
    return PartFinding(said["decided"], said["step"], found, said["is_excusable"])


def _place(accepted: str | None) -> Witness | None:
    if accepted is None:
        return None
    file, _, line = accepted.rpartition(":")
    return Witness("reply", Place(file, int(line)), "")
