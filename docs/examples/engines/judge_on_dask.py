"""Judge a recording on Dask: python judge_on_dask.py RECORDING

RECORDING is a file of JSON Lines. Each phase is a task for each bucket; Dask runs them on its threads, its processes,
or the workers of a cluster that a `distributed.Client` names.
"""

import sys
from itertools import islice
from pathlib import Path

import dask
import pyarrow as pa
from pyarrow.compute import equal

from ixnstate import engines
from ixnstate.trace.partition import JudgeOptions, bucket_of

BUCKETS, AT_ONCE = 16, 50_000


@dask.delayed(nout=BUCKETS)
def split(table, key):
    """The rows of a table in buckets."""
    numbers = pa.array([bucket_of(value, BUCKETS) for value in table[key].to_pylist()], pa.int32())
    return [table.filter(equal(numbers, number)) for number in range(BUCKETS)]


@dask.delayed
def together(phase, tables, *more):
    """A phase, with the rows of several tables."""
    return phase(pa.concat_tables(tables), *more)


def pieces_of(recording):
    with Path(recording).open(encoding="utf-8") as file:
        lines = ({"order": at, "file": recording, "number": at + 1, "text": text} for at, text in enumerate(file))
        while piece := list(islice(lines, AT_ONCE)):
            yield dask.delayed(engines.records_of)(pa.Table.from_pylist(piece, schema=engines.LINES))


def main(recording):
    settings = JudgeOptions()
    records = list(pieces_of(recording))
    facts = dask.delayed(engines.facts_of_all)([dask.delayed(engines.facts_of)(piece, settings) for piece in records])
    by_agent = zip(*(split(piece, "agent") for piece in records), strict=True)
    told = [together(engines.told_by_agents, list(bucket), facts, settings) for bucket in by_agent]
    by_key = zip(*(split(rows, "key") for rows in told), strict=True)
    outcomes = [together(engines.outcomes_of, list(bucket), facts, settings) for bucket in by_key]
    return together(engines.findings_of, outcomes, facts, settings).compute()


if __name__ == "__main__":
    for finding in main(sys.argv[1]).to_pylist():
        print(f"{finding['file']}:{finding['line']}: {finding['code'] or 'unreadable'} {finding['what']}")
