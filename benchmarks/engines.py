"""``python -m benchmarks.engines``: what it costs to judge a recording in parts, against `validate` of the same file.

CPU times of one process; for Spark those of the whole program, with all of its processes. ``--lines`` is how many lines
of a realistic day there are, ``--spark`` measures Spark too: on one core, the start of its machine left out.
"""

import argparse
import os
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from benchmarks.days import Day, Habits, write
from ixnstate.trace import open_lines, validate
from ixnstate.trace.partition import (
    JudgeOptions,
    bucket_of,
    by_agent,
    by_interaction,
    rows_of,
    settle,
    sort_key,
)

PARTS = 16


def timed(clock: Callable[[], float], work: Callable[[], Any]) -> tuple[float, Any]:
    begin = clock()
    done = work()
    return clock() - begin, done


def phases(path: Path) -> dict[str, float]:
    """The CPU seconds of each phase, in one process."""
    settings = JudgeOptions()
    seconds: dict[str, float] = {}
    rows = list(rows_of(open_lines(path)))
    seconds["facts"], facts = timed(process_time, lambda: settings.facts(rows))
    known = settings.known(facts)
    seconds["by agent"], told = timed(process_time, lambda: list(by_agent(rows, known, settings)))
    buckets: list[list[Any]] = [[] for _ in range(PARTS)]
    for each in told:
        buckets[bucket_of(each.key, PARTS)].append(each)

    def judge() -> list[Any]:
        judged = (by_interaction(sorted(bucket, key=sort_key), known, settings) for bucket in buckets)
        return list(settle(chain.from_iterable(judged), known))

    seconds["by interaction"], _ = timed(process_time, judge)
    seconds["all phases"] = sum(seconds.values())
    print(f"facts: {len(facts.to_json()):,} bytes; rows told: {len(told) / len(rows):.2f} a line")
    return seconds


def on_spark(path: Path) -> float:
    """The seconds that Spark takes on one core, after a small run that starts its workers."""
    from pyspark.sql import SparkSession

    from ixnstate.engines.spark import judge, read

    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    spark.range(10).repartition(1).mapInArrow(lambda batches: batches, "id bigint").collect()

    def run() -> int:
        return judge(read(spark, str(path)), JudgeOptions(), buckets=PARTS).count()

    seconds, _ = timed(perf_counter, run)
    spark.stop()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--spark", action="store_true")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "day.jsonl"
        write(path, given.lines, Day(agents=given.agents, habits=Habits()))
        whole, _ = timed(process_time, lambda: validate(path))
        found = {"validate": whole, **phases(path)}
        if given.spark:
            found["Spark"] = on_spark(path)
    for name, seconds in found.items():
        print(f"{name:15} {1e6 * seconds / given.lines:7.1f} us a line {seconds / whole:6.2f} times validate")


if __name__ == "__main__":
    main()
