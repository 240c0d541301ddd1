"""Recordings judged on Spark while they are made: the findings of a `StreamJudge`, each once, whatever is killed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from days import recorded
from faults_of_days import plant_all, said

from ixnstate.trace import Judge, StreamJudge, StreamLine

START = 1_767_600_000.0
NAMES = ("a wrong target state", "illegal, yet done", "an unknown number", "added twice")
PIECES = 4
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "engines" / "judge_stream_on_spark.py"

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("spark")]


def day(seed=0):
    """The records of a day with faults, a second apart."""
    planted = plant_all(NAMES, recorded(4, 350, lag=0.4), random.Random(seed))
    return [{**record, "ts": START + number} for number, record in enumerate(said(planted)[0])]


def pieces(records):
    """The texts of files, each with the lines of some seconds, mixed; the last ends with what a timer alone tells."""
    size, chance = -(-len(records) // PIECES), random.Random(1)
    for at in range(0, len(records), size):
        lines = [json.dumps(record) for record in records[at : at + size]]
        is_last = at + size >= len(records)
        if not is_last:
            chance.shuffle(lines)
        yield "\n".join([*lines, *["no JSON"] * is_last, ""])


def key(file, line, code, what):
    return Path(file).name, line, code or "", what


def expected(texts, delay=2.0):
    """What is found as soon as all is read; rules over time, which go on by the clock, are left out."""
    stream = StreamJudge(Judge(agent="(unnamed)"), delay=delay)
    found = []
    for number, text in enumerate(texts):
        found += stream.take(lines_of(f"{number}.jsonl", text), START + 1e6)
    found += stream.take([], START + 1e6 + delay)
    return sorted(
        key(each.place.file, each.place.line, getattr(each, "code", None), getattr(each, "what", None) or each.problem)
        for each in found
        if getattr(each, "code", "") != "IXN301"
    )


def lines_of(file, text):
    time = None
    for number, line in enumerate(text.splitlines(), 1):
        if line != "no JSON":
            time = json.loads(line)["ts"]
        yield StreamLine(time, file, number, line)


def put(folder, number, text):
    """A file of a later second than those before it, at once; it begins with a mark of its byte order."""
    path = folder.parent / f"{number}.part"
    path.write_text(f"\ufeff{text}", "utf-8")
    os.utime(path, (START + number, START + number))
    path.rename(folder / f"{number}.jsonl")


def told(rows):
    return sorted(key(row["file"], row["line"], row["code"], row["what"]) for row in rows if row["code"] != "IXN301")


def wait_for(condition, process=None, seconds=90):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        assert process is None or process.poll() is None, process.stderr.read()[-3000:]
        time.sleep(0.1)


def test_no_finding_is_lost_or_doubled_when_the_query_is_killed(spark, tmp_path):
    texts = list(pieces(day()))
    folder, found, checkpoint = tmp_path / "in", tmp_path / "found", tmp_path / "checkpoint"
    folder.mkdir()
    command = [sys.executable, str(EXAMPLE), str(folder), str(found), str(checkpoint)]

    def commits():
        return len(list((checkpoint / "commits").glob("[0-9]*")))

    for number in range(0, PIECES, 2):
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
        before = commits()
        put(folder, number, texts[number])
        wait_for(lambda before=before: commits() > before, process)
        put(folder, number + 1, texts[number + 1])
        if number + 2 < PIECES:
            wait_for(lambda number=number: len(list((checkpoint / "offsets").glob("[0-9]*"))) > commits(), process)
        else:
            wait_for(lambda: told(spark.read.parquet(str(found)).collect()) == expected(texts), process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert told(spark.read.parquet(str(found)).collect()) == expected(texts)
    assert len({code for _, _, code, _ in expected(texts)}) == PIECES


def test_each_recording_is_judged_by_itself(spark, tmp_path):
    from pyspark.sql import functions as F  # noqa: N812

    from ixnstate.engines.spark_stream import judge_stream, read_stream

    texts = list(pieces(day()))
    for name in "ab":
        (tmp_path / name).mkdir()
        for number, text in enumerate(texts):
            put(tmp_path / name, number, text)
    frames = [read_stream(spark, str(tmp_path / name)).withColumn("recording", F.lit(name)) for name in "ab"]
    query = judge_stream(frames[0].union(frames[1]), delay=2).writeStream.format("memory").queryName("found")
    running = query.option("checkpointLocation", str(tmp_path / "checkpoint")).start()

    def of(name):
        return told(spark.sql("SELECT * FROM found").where(f"recording = '{name}'").collect())

    try:
        wait_for(lambda: of("a") == of("b") == expected(texts))
    finally:
        running.stop()


def test_what_a_stream_lacks_is_named(spark, tmp_path):
    from ixnstate.engines.spark_stream import STATE_STORE, judge_stream, read_stream

    frame = read_stream(spark, str(tmp_path))
    with pytest.raises(ValueError, match="frame: time, text missing; it must have the columns recording, time, file"):
        judge_stream(frame.drop("time", "text"))
    with pytest.raises(ValueError, match="delay must be a number of seconds, 0 or more"):
        judge_stream(frame, delay=-1)
    with pytest.raises(ValueError, match="settings"):
        judge_stream(frame, {})
    with pytest.raises(ValueError, match="frame is no stream: what has been recorded already is judged by"):
        judge_stream(spark.createDataFrame([(1.0, "f", 1, "{}")], ["time", "file", "number", "text"]))
    spark.conf.set(STATE_STORE[0], STATE_STORE[1].replace("RocksDB", "HDFSBacked"))
    try:
        with pytest.raises(ValueError, match="the stream needs a state store with timers: set spark.sql.streaming"):
            judge_stream(frame)
    finally:
        spark.conf.set(*STATE_STORE)
