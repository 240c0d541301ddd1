"""What stands in the tables between the phases: their columns, and how rows are written to them and read again."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from ixnstate.recording.lines import Place, Unreadable
from ixnstate.trace.findings import Finding, Severity, Witness
from ixnstate.trace.partition import Counts, PartFinding, Row, Told
from ixnstate.trace.partition.told import Context
from ixnstate.values import Json

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
        pa.field("said", pa.string(), nullable=False),
        *[ROWS.field(name).with_nullable(True) for name in Row._fields[1:]],
    ]
)
"""What an interaction is told: see `trace.partition.told.Told`. ``said`` is JSON; the line, if there is one, stands
beside it."""

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


COVERED = pa.schema([pa.field("part", pa.string(), nullable=False), pa.field("counts", pa.string(), nullable=False)])
"""What a part shows of the definition, as the counts of a `Tally` in JSON."""


class _Said(NamedTuple):
    """What stands in ``said``."""

    agent: str | None
    context: Context
    request: int | None
    more: Any


_decode_said: Callable[[str], _Said] = msgspec.json.Decoder(_Said).decode


def table(rows: Iterable[Sequence[object]], schema: pa.Schema) -> pa.Table:
    """Rows, each with the values of all columns, as a table."""
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [_column(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _column(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:  # half a character, which JSON can name, and a table cannot hold
        return pa.array([text and str(text).encode("utf-8", "backslashreplace").decode() for text in values], kind)


def values_of(given: pa.Table, names: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of a table: the values of these columns."""
    return zip(*(given.column(name).to_pylist() for name in names), strict=True)


# --- what interactions are told -------------------------------------------------------------------------------------

_NO_ROW = (None,) * len(Row._fields[1:])


def told_table(told: Iterable[Told]) -> pa.Table:
    """What interactions are told, as a table."""
    return table(
        (
            (each.key, each.order, each.step, each.kind, _said(each), *(_NO_ROW if each.row is None else each.row[1:]))
            for each in told
        ),
        TOLD,
    )


def _said(told: Told) -> str:
    said = _Said(told.agent, told.context, told.request, told.more)
    try:
        return msgspec.json.encode(said).decode()
    except (OverflowError, UnicodeEncodeError):  # a number of more than 64 bits, or half a character
        return json.dumps(said)


def told_of(given: pa.Table) -> Iterator[Told]:
    """The reverse of `told_table`."""
    for key, order, step, kind, text, *line in values_of(given, TOLD.names):
        try:
            said = _decode_said(text)
        except msgspec.MsgspecError:
            agent, context, request, more = json.loads(text)
            said = _Said(agent, Context(*context), request, more)
        more = said.more
        if kind in ("reply", "unsure"):
            more = [(of, Context(*context)) for of, context in more]
        row = None if line[0] is None else Row(order, *line)
        yield Told(key, order, step, kind, said.agent, row, said.context, said.request, tuple(more))


# --- what was found -------------------------------------------------------------------------------------------------


def outcomes_table(outcomes: Iterable[PartFinding | Counts], part: str) -> pa.Table:
    """What was found of a part, as a table; ``part`` is what it is called, whoever judges it."""
    return table((_of_outcome(outcome, part) for outcome in outcomes), OUTCOMES)


def _of_outcome(outcome: PartFinding | Counts, part: str) -> tuple[Json, ...]:
    if isinstance(outcome, Counts):
        counts = json.dumps({"part": part, "counts": outcome.plain()})
        return -1, 0, False, "", 0, *[None] * 4, "", *[None] * 6, "", counts
    return outcome.decided, outcome.step, outcome.is_excusable, *of_found(outcome.found), None


def of_found(found: Finding | Unreadable) -> tuple[Json, ...]:
    """A finding, or a line that cannot be read, with the values of `FINDINGS`."""
    file, line = found.place.file, found.place.line
    if isinstance(found, Unreadable):
        return file, line, *[None] * 4, found.problem, *[None] * 6, found.text
    accepted = None if found.accepted is None else str(found.accepted.place)
    seq = found.seq if found.seq is not None and abs(found.seq) < 1 << 63 else None
    return (
        file, line, found.code, found.severity, found.interaction, found.agent, found.what, found.why, found.right,
        found.repair, accepted, seq, found.ts, found.text,
    )  # fmt: skip


def findings_in(outcomes: pa.Table) -> Iterator[PartFinding]:
    """The findings of an `OUTCOMES` table."""
    for decided, step, is_excusable, file, line, code, severity, *more, text, counts in values_of(
        outcomes, OUTCOMES.names
    ):
        if counts is not None:
            continue
        interaction, agent, what, why, right, repair, accepted, seq, ts = more
        found: Finding | Unreadable
        if code is None:
            found = Unreadable(Place(file, line), text, what)
        else:
            found = Finding(
                code, Place(file, line), text, interaction, agent, what, why, right, severity=Severity(severity),
                repair=repair, seq=seq, ts=ts, accepted=_witness(accepted),
            )  # fmt: skip
        yield PartFinding(decided, step, found, is_excusable)


def _witness(accepted: str | None) -> Witness | None:
    if accepted is None:
        return None
    file, _, line = accepted.rpartition(":")
    return Witness("reply", Place(file, int(line)), "")


def counts_in(outcomes: pa.Table) -> Iterator[Counts]:
    """How much there was in each part: one that was judged twice counts once."""
    parts = {text: None for (text,) in values_of(outcomes, ["counts"]) if text is not None}
    return (Counts.of_plain(json.loads(text)["counts"]) for text in parts)
