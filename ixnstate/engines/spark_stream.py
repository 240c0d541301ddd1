"""Recordings judged on Apache Spark while they are made: a stream of lines in, a stream of findings out.

A recording is one key of ``transformWithState``; the value of its state is a saved `StreamJudge`. Spark writes it to
its checkpoint with the offsets of what it has read, so each line is judged once, whatever is killed in between. A
contact centre of 2,000 agents records less in a second than one core judges; it is recordings that are judged side by
side.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from math import ceil
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from ixnstate.engines import FINDINGS
from ixnstate.engines.spark import ddl, expect_columns, mapping, options_of
from ixnstate.engines.tables import of_found, table
from ixnstate.recording.numbered import MAX_LINE
from ixnstate.recording.reading import BYTE_ORDER_MARK
from ixnstate.recording.times import seconds
from ixnstate.trace import StreamJudge, StreamLine
from ixnstate.trace.caches import with_room
from ixnstate.trace.partition import JudgeOptions
from ixnstate.values import expect_seconds

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession
    from pyspark.sql.streaming import StatefulProcessorHandle
    from pyspark.sql.streaming.stateful_processor import TimerValues

STREAM = pa.schema(
    [
        pa.field("recording", pa.string(), nullable=False),
        pa.field("time", pa.float64()),
        pa.field("file", pa.string(), nullable=False),
        pa.field("number", pa.int64(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
    ]
)
"""A line of a stream: of which recording it is, when it was recorded, its place, and the line."""

STREAM_FINDINGS = pa.schema([STREAM.field("recording"), *FINDINGS])
"""A finding, and of which recording it is; the rest is as in `FINDINGS`."""

STATE_STORE = (
    "spark.sql.streaming.stateStore.providerClass",
    "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
)
"""The setting that the session must have, and its value: state that has timers."""


def judge_stream(frame: "DataFrame", settings: JudgeOptions | None = None, *, delay: float = 10.0) -> "DataFrame":
    """What is wrong with recordings, as they come: a streaming frame of `STREAM_FINDINGS`.

    ``frame`` streams the columns of `STREAM`; ``time`` may be a timestamp, or seconds since 1970, and without
    ``recording`` all is one recording. ``delay`` is how many seconds later than others a line may come (see
    `StreamJudge`, which says what becomes of later ones). Start the findings with a ``checkpointLocation``, in append
    mode. Raises ValueError for a column that is missing, an argument of another type, a frame that is no stream, and
    where Spark keeps no state in RocksDB.
    """
    from pyspark.sql import functions as F  # noqa: N812 (as everybody calls it)

    settings = options_of(settings)
    expect_seconds("delay", delay, 0)
    if "recording" not in frame.columns:
        frame = frame.withColumn("recording", F.lit(""))
    expect_columns(frame, STREAM)
    if not frame.isStreaming:
        raise ValueError("frame is no stream: what has been recorded already is judged by ixnstate.engines.spark.judge")
    if frame.sparkSession.conf.get(STATE_STORE[0], "") != STATE_STORE[1]:
        raise ValueError(f"the stream needs a state store with timers: set {STATE_STORE[0]} to {STATE_STORE[1]}")
    lines = frame.withColumn("time", F.col("time").cast("double")).select(*STREAM.names)
    return lines.groupBy("recording").transformWithState(
        _Judging(settings, delay), ddl(STREAM_FINDINGS), "Append", "ProcessingTime"
    )


_RUNNING: dict[object, StreamJudge] = {}
"""The judges that this process has saved last, by their settings and their states: they need not be read again."""
MAX_RUNNING = 64


class _Judging:
    """Judges the lines of each recording, as a ``StatefulProcessor`` of Spark's.

    It lives for one task. What goes on is the state.
    """

    def __init__(self, settings: JudgeOptions, delay: float) -> None:
        self._settings = settings
        self._delay = delay

    def init(self, handle: "StatefulProcessorHandle") -> None:
        self._handle = handle
        self._state = handle.getValueState("judge", "state binary")

    def handleInputRows(  # noqa: N802 (Spark's name)
        self,
        key: tuple[str],
        rows: Iterator["Row"],
        timerValues: "TimerValues",  # noqa: N803
    ) -> Iterator["Row"]:
        lines = (StreamLine(row["time"], row["file"], row["number"], row["text"]) for row in rows)
        return self._take(key[0], lines, timerValues.getCurrentProcessingTimeInMs())

    def handleExpiredTimer(  # noqa: N802
        self,
        key: tuple[str],
        timerValues: "TimerValues",  # noqa: N803
        expiredTimerInfo: object,  # noqa: N803 (Spark gives it by its name)
    ) -> Iterator["Row"]:
        return self._take(key[0], (), timerValues.getCurrentProcessingTimeInMs())

    def close(self) -> None:
        """There is nothing to be closed."""

    def _take(self, recording: str, lines: Iterable[StreamLine], now: int) -> Iterator["Row"]:
        from pyspark.sql import Row

        before = self._state.get() if self._state.exists() else None
        judge = self._judge(None if before is None else bytes(before[0]))
        found = judge.take(lines, now / 1000)
        after = zlib.compress(json.dumps(judge.save()).encode(), 1)
        self._state.update((after,))
        with_room(_RUNNING, MAX_RUNNING)[self._settings, after] = judge
        self._wake(judge.due)
        for each in found:
            yield Row(**dict(zip(STREAM_FINDINGS.names, (recording, *of_found(each)), strict=True)))

    def _judge(self, state: bytes | None) -> StreamJudge:
        judge = _RUNNING.pop((self._settings, state), None)
        if judge is None:
            judge = StreamJudge(self._settings.new_judge(self._settings.judge), delay=self._delay, longest=MAX_LINE)
            if state is not None:
                judge.resume(json.loads(zlib.decompress(state)))
        return judge

    def _wake(self, due: float | None) -> None:
        """Be called again at that time."""
        at = None if due is None else ceil(due * 1000)
        before = list(self._handle.listTimers())
        for timer in before:
            if timer != at:
                self._handle.deleteTimer(timer)
        if at is not None and at not in before:
            self._handle.registerTimer(at)


# === reading ========================================================================================================


def read_stream(spark: "SparkSession", path: str, **options: str) -> "DataFrame":
    """The lines of JSON Lines files that are put into a folder, as they come; for `judge_stream`.

    Each file is read once and whole, by one worker; it may be compressed. A line is as old as its ``ts`` says; one
    without a time as the line before it, and at the beginning of a file as the file. ``options`` are those of Spark's
    source of files: ``maxFilesPerTrigger``.
    """
    from pyspark.sql import functions as F  # noqa: N812

    files = spark.readStream.format("text").option("wholetext", "true").options(**options).load(path)
    contents = files.select(
        F.col("_metadata.file_path").alias("file"),
        F.col("_metadata.file_modification_time").cast("double").alias("modified"),
        F.col("value").alias("content"),
    )
    return contents.mapInArrow(mapping(_lines_of_files, STREAM), ddl(STREAM))


class _Timed(msgspec.Struct):
    """What a record says of its time."""

    ts: float | int | str | None = None


_decode_time = msgspec.json.Decoder(_Timed).decode


def _lines_of_files(files: pa.Table) -> pa.Table:
    return table(
        (line for file in files.to_pylist() for line in _lines(file["file"], file["modified"], file["content"])), STREAM
    )


def _lines(file: str, time: float | None, content: str) -> Iterator[tuple[object, ...]]:
    for number, text in enumerate(content.removeprefix(BYTE_ORDER_MARK.decode()).split("\n"), 1):
        if not text.strip():
            continue
        try:
            said = seconds(_decode_time(text).ts)
        except (RecursionError, ValueError):
            said = None
        time = time if said is None else said
        yield "", time, file, number, text


__all__ = ["STATE_STORE", "STREAM", "STREAM_FINDINGS", "judge_stream", "read_stream"]
