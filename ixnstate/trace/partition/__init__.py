"""Judging a recording in parts, with the findings of the whole: what any engine can run.

Three phases, each a pure function of sorted rows. `JudgeOptions.facts` of any parts of the recording, put together by
`Facts.of_parts`, are what is known of the whole. `by_agent` puts the lines of agents together with what they answer,
and tells interactions. `by_interaction` judges those, with the facts. `settle` gives the findings.

How the rows are split decides nothing, and neither does a part that is tried again. Rows that are not sorted raise.
"""

from collections.abc import Iterable
from itertools import chain
from types import NoneType
from zlib import crc32

from ixnstate.recording.lines import Line, Unreadable
from ixnstate.trace.findings import Finding
from ixnstate.trace.partition.agents import by_agent
from ixnstate.trace.partition.counts import Counts
from ixnstate.trace.partition.facts import Facts, Known
from ixnstate.trace.partition.interactions import PartFinding, Watch, by_interaction
from ixnstate.trace.partition.rows import Row, RowReader, rows_of
from ixnstate.trace.partition.settings import JudgeOptions
from ixnstate.trace.partition.settling import settle
from ixnstate.trace.partition.told import Told, sort_key
from ixnstate.values import expect, expect_number


def bucket_of(key: str | None, buckets: int) -> int:
    """In which of so many buckets the rows of an agent, or of an interaction, are judged: the same in each process.

    Raises ValueError for what is no name, or no number of buckets.
    """
    expect("key", key, str, NoneType)
    expect_number("buckets", buckets, 1)
    return crc32(b"" if key is None else key.encode("utf-8", "surrogatepass")) % buckets


def judge_in_parts(
    lines: Iterable[Line | Unreadable], settings: JudgeOptions, *, parts: int = 1, watch: Watch | None = None
) -> tuple[list[Finding | Unreadable], Counts]:
    """What is wrong with lines, judged in so many parts, one after the other, and how much there was.

    It is what an engine does, in one process. ``watch`` is as for `by_interaction`. Raises ValueError for an argument
    of another type.
    """
    expect("settings", settings, JudgeOptions)
    expect_number("parts", parts, 1)
    rows = list(rows_of(lines))
    size = max(1, -(-len(rows) // parts))
    facts = Facts.of_parts(settings.facts(rows[at : at + size]) for at in range(0, len(rows), size))
    settings = settings.decided(facts)
    known = settings.known(facts)
    of_agents: list[list[Row]] = [[] for _ in range(parts)]
    for row in rows:
        of_agents[bucket_of(settings.reader.read(row).agent, parts)].append(row)
    of_interactions: list[list[Told]] = [[] for _ in range(parts)]
    for told in chain.from_iterable(by_agent(bucket, known, settings) for bucket in of_agents):
        of_interactions[bucket_of(told.key, parts)].append(told)
    judged = (by_interaction(sorted(bucket, key=sort_key), known, settings, watch) for bucket in of_interactions)
    outcomes = list(chain.from_iterable(judged))
    counts = Counts.of_parts(each for each in outcomes if isinstance(each, Counts))
    return list(settle(outcomes, known)), counts


__all__ = [
    "Counts",
    "Facts",
    "JudgeOptions",
    "Known",
    "PartFinding",
    "Row",
    "RowReader",
    "Told",
    "Watch",
    "bucket_of",
    "by_agent",
    "by_interaction",
    "judge_in_parts",
    "rows_of",
    "settle",
    "sort_key",
]  # fmt: skip
