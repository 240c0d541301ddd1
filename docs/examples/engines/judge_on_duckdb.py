"""Judge a recording on DuckDB, one bucket after the other: python judge_on_duckdb.py RECORDING DATABASE

RECORDING is a file of JSON Lines. DATABASE is where DuckDB keeps what lies between the phases, so that a recording may
be larger than memory.
"""

import sys
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from ixnstate import engines
from ixnstate.trace.partition import JudgeOptions, bucket_of

BUCKETS, AT_ONCE = 16, 50_000


def main(recording, path):
    settings, pieces = JudgeOptions(), []
    with duckdb.connect(path) as database:

        def put(table, rows, key):
            buckets = pa.array([bucket_of(value, BUCKETS) for value in rows[key].to_pylist()], pa.int32())
            rows = rows.append_column("bucket", buckets)
            database.execute(f"CREATE TABLE IF NOT EXISTS {table} AS SELECT * FROM rows LIMIT 0")
            database.execute(f"INSERT INTO {table} SELECT * FROM rows")

        def take(table, number):
            return database.execute(f"SELECT * EXCLUDE bucket FROM {table} WHERE bucket = {number}").to_arrow_table()

        with Path(recording).open(encoding="utf-8") as file:
            lines = ({"order": at, "file": recording, "number": at + 1, "text": text} for at, text in enumerate(file))
            while piece := list(islice(lines, AT_ONCE)):
                records = engines.records_of(pa.Table.from_pylist(piece, schema=engines.LINES))
                pieces.append(engines.facts_of(records, settings))
                put("records", records, "agent")
        facts = engines.facts_of_all(pieces)
        for number in range(BUCKETS):
            put("told", engines.told_by_agents(take("records", number), facts, settings), "key")
        outcomes = [engines.outcomes_of(take("told", number), facts, settings) for number in range(BUCKETS)]
        return engines.findings_of(pa.concat_tables(outcomes), facts, settings)


if __name__ == "__main__":
    for finding in main(*sys.argv[1:]).to_pylist():
        print(f"{finding['file']}:{finding['line']}: {finding['code'] or 'unreadable'} {finding['what']}")
