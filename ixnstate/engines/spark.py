"""Recordings judged on Apache Spark: lines in, findings out, both as DataFrames.

Each phase is a ``groupBy`` with ``applyInArrow``: Spark brings together the lines of some agents, or what some
interactions are told, and the phase sorts them itself. So no order of Spark's is relied on, and a task that is tried
again gives the same rows.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import NoneType
from typing import TYPE_CHECKING

import pyarrow as pa

from ixnstate import engines
from ixnstate.engines import COVERED, FINDINGS, LINES, MEMBERS, OUTCOMES, PIECE, ROWS, TOLD
from ixnstate.recording.lines import Place
from ixnstate.recording.reading import read_file
from ixnstate.reports import Coverage
from ixnstate.trace.partition import Counts, JudgeOptions
from ixnstate.values import changed, expect, expect_number

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

BUCKETS = 200
"""Into how many groups agents, and interactions, are put: more than any cluster works on at once, and few enough that a
group is worth a call."""

_FACTS = pa.schema([pa.field("facts", pa.binary(), nullable=False)])


def judge(frame: "DataFrame", settings: JudgeOptions | None = None, *, buckets: int = BUCKETS) -> "DataFrame":
    """What is wrong with a recording: a row for each finding, and for each line that cannot be read (see `FINDINGS`).

    ``frame`` has the columns of `LINES`, as `read` makes them, or of `ROWS`, as `read_documents` does. ``order`` is a
    number below 2**43 that grows from line to line of the recording; each is there once. Rows may come in any order.
    The frame is read twice: once for the facts, which are brought to the driver, and once to be judged. In how many
    ``buckets`` agents and interactions are put decides nothing but how much memory a worker needs: some 2 kB a line of
    its bucket. Raises ValueError for a column that is missing, and for an argument of another type.
    """
    from pyspark.sql import functions as F  # noqa: N812 (as everybody calls it)

    settings = options_of(settings)
    outcomes, facts = _outcomes(frame, settings, buckets)
    return outcomes.groupBy(F.lit(0).alias("bucket")).applyInArrow(
        lambda table: engines.findings_of(table.select(OUTCOMES.names), facts, settings), ddl(FINDINGS)
    )


def count(frame: "DataFrame", settings: JudgeOptions | None = None, *, buckets: int = BUCKETS) -> Counts:
    """How much there was in a recording, how often each list was shown, how each rule came out; ``frame`` as above."""
    outcomes, _ = _outcomes(frame, options_of(settings), buckets)
    rows = outcomes.where("counts IS NOT NULL").select("counts").collect()
    return engines.counts_of(pa.Table.from_pylist([row.asDict() for row in rows]))


def coverage(
    frame: "DataFrame", settings: JudgeOptions | None = None, *, buckets: int = BUCKETS
) -> tuple[Coverage, ...]:
    """What a recording shows of each medium, as `reports.Tally.coverage` tells it; ``frame`` as above."""
    settings = options_of(settings)
    told, facts = _told(frame, settings, buckets)
    covered = told.groupBy(_bucket("key", buckets)).applyInArrow(
        lambda table: engines.coverage_of(table.select(TOLD.names), facts, settings), ddl(COVERED)
    )
    return engines.coverage_of_all(pa.Table.from_pylist([row.asDict() for row in covered.collect()], COVERED), settings)


def options_of(settings: JudgeOptions | None) -> JudgeOptions:
    """The settings, or the default ones. Raises ValueError for an argument of another type."""
    expect("settings", settings, JudgeOptions, NoneType)
    return JudgeOptions() if settings is None else settings


def expect_columns(frame: "DataFrame", schema: pa.Schema) -> None:
    """Raises ValueError unless the frame has these columns."""
    absent = [name for name in schema.names if name not in frame.columns]
    if absent:
        raise ValueError(f"frame: {', '.join(absent)} missing; it must have the columns {', '.join(schema.names)}")


def _outcomes(frame: "DataFrame", settings: JudgeOptions, buckets: int) -> tuple["DataFrame", bytes]:
    """What is found of all interactions, and the facts."""
    told, facts = _told(frame, settings, buckets)
    outcomes = told.groupBy(_bucket("key", buckets)).applyInArrow(
        lambda table: engines.outcomes_of(table.select(TOLD.names), facts, settings), ddl(OUTCOMES)
    )
    return outcomes, facts


def _told(frame: "DataFrame", settings: JudgeOptions, buckets: int) -> tuple["DataFrame", bytes]:
    """What all interactions are told, and the facts."""
    expect_number("buckets", buckets, 1)
    expect_columns(frame, LINES)
    if set(ROWS.names) <= set(frame.columns):
        records = frame.select(*ROWS.names)
    else:
        records = frame.select(*LINES.names).mapInArrow(mapping(engines.records_of, ROWS), ddl(ROWS))
    facts = _facts(records, settings)
    told = records.groupBy(_bucket("agent", buckets)).applyInArrow(
        lambda table: engines.told_by_agents(table.select(ROWS.names), facts, settings), ddl(TOLD)
    )
    return told, facts


def _bucket(name: str, buckets: int) -> "Column":
    """The bucket of each row, as `bucket_of` puts what stands in that column."""
    from pyspark.sql import functions as F  # noqa: N812

    return F.pmod(F.crc32(F.coalesce(F.col(name), F.lit("")).cast("binary")), F.lit(buckets)).alias("bucket")


def _facts(records: "DataFrame", settings: JudgeOptions) -> bytes:
    """The facts of the whole recording."""
    from pyspark.sql import functions as F  # noqa: N812

    pieces = records.groupBy(F.floor(F.col("order") / F.lit(PIECE << MEMBERS)).alias("piece")).applyInArrow(
        lambda table: pa.Table.from_pydict(
            {"facts": [engines.facts_of(table.select(ROWS.names), settings)]}, schema=_FACTS
        ),
        ddl(_FACTS),
    )
    return engines.facts_of_all(bytes(piece.facts) for piece in pieces.toLocalIterator())


def mapping(
    function: Callable[[pa.Table], pa.Table], schema: pa.Schema
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function of tables, for ``mapInArrow``."""

    def mapped(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from function(pa.Table.from_batches([batch])).to_batches() or [
                pa.RecordBatch.from_pylist([], schema=schema)
            ]

    return mapped


_NAMES = {
    pa.int64(): "bigint",
    pa.int32(): "int",
    pa.float64(): "double",
    pa.string(): "string",
    pa.bool_(): "boolean",
    pa.binary(): "binary",
}


def ddl(schema: pa.Schema) -> str:
    """The columns as Spark writes them."""
    return ", ".join(f"`{field.name}` {_NAMES[field.type]}" for field in schema)


# === reading ========================================================================================================


def read(spark: "SparkSession", *paths: str) -> "DataFrame":
    """Files of JSON Lines as lines to be judged, from any path that Spark reads; they follow each other by their names.

    A large file is read in pieces, side by side. A line is in the order of its file, and has its number there.
    """
    from pyspark.sql import functions as F  # noqa: N812

    lines = spark.read.text(list(paths)).select(
        F.col("value").alias("text"),
        F.col("_metadata.file_path").alias("file"),
        F.col("_metadata.file_block_start").alias("start"),
        F.monotonically_increasing_id().alias("id"),
    )
    blocks = lines.groupBy("file", "start").agg(F.min("id").alias("first"), F.count("*").alias("lines")).collect()
    before, number, file, starts = 0, 0, None, []
    for block in sorted(blocks, key=lambda block: (block["file"], block["start"])):
        number = number if block["file"] == file else 0
        starts.append((block["file"], block["start"], block["first"], before, number))
        before, number, file = before + block["lines"], number + block["lines"], block["file"]
    schema = "`file` string, `start` bigint, `first` bigint, `before` bigint, `number` bigint"
    known = F.broadcast(spark.createDataFrame(starts, schema))
    place = F.col("id") - F.col("first")
    return lines.join(known, ["file", "start"]).select(
        (F.col("before") + place).alias("order"), "file", (F.col("number") + place + 1).alias("number"), "text"
    )


def read_documents(spark: "SparkSession", *paths: str) -> "DataFrame":
    """HAR files, OCEL documents, Parquet files, compressed JSON Lines: whatever `ixnstate validate` reads, as records.

    Each file is read whole, by one worker; they follow each other by their names.
    """
    from pyspark.sql import functions as F  # noqa: N812
    from pyspark.sql.window import Window

    files = spark.read.format("binaryFile").load(list(paths)).select("path", "content")
    records = files.mapInArrow(_of_files, ddl(ROWS))
    counts = records.groupBy("file").agg((F.max("order") + 1).alias("lines"))
    earlier = Window.orderBy("file").rowsBetween(Window.unboundedPreceding, -1)
    starts = counts.select("file", F.coalesce(F.sum("lines").over(earlier), F.lit(0)).alias("before"))
    order = F.shiftleft(F.col("before") + F.col("order"), MEMBERS)
    return records.join(F.broadcast(starts), "file").withColumn("order", order).select(*ROWS.names)


def _of_files(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The records of files, each with its place in its file as its order."""
    for batch in batches:
        for file in batch.to_pylist():
            with NamedTemporaryFile() as copy:  # as a file, for that is what DuckDB reads Parquet from
                copy.write(file["content"])
                copy.flush()
                lines = list(read_file(Path(copy.name)))
            named = (changed(line, place=Place(file["path"], line.place.line)) for line in lines)
            yield from engines.table_of(named).to_batches()


__all__ = ["BUCKETS", "count", "coverage", "judge", "read", "read_documents"]
