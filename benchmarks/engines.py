"""``python -m benchmarks.engines``: what it costs to judge a recording in parts, against `validate` of the same file.

CPU times of one process; for Spark those of the whole program, with all of its processes. ``--lines`` is how many lines
of a realistic day there are, ``--spark`` measures Spark too: on one core, the start of its machine left out.

``--file`` judges a recording that is there on Spark alone, on ``--cores``: the time, and the memory of its largest
worker.
"""

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from time import perf_counter, process_time, sleep
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


def on_spark(path: Path, *, cores: int = 1, buckets: int = PARTS) -> tuple[float, int]:
    """The seconds that Spark takes, after a small run that starts its workers; and how many findings there are."""
    from pyspark.sql import SparkSession

    from ixnstate.engines.spark import judge, read

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(f"local[{cores}]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.driver.memory", "4g").config("spark.log.level", "ERROR").getOrCreate()
    spark.range(10).repartition(1).mapInArrow(lambda batches: batches, "id bigint").collect()
    seconds, found = timed(perf_counter, lambda: judge(read(spark, str(path)), JudgeOptions(), buckets=buckets).count())
    spark.stop()
    return seconds, found


def workers() -> list[int]:
    """The processes of Python in which tasks of Spark run: the children of its daemons. Linux alone lists them so."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            command = (stat.parent / "cmdline").read_bytes()
            found[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1]), command
        except (OSError, ValueError):
            pass
    daemons = {number for number, (_, command) in found.items() if b"pyspark.daemon" in command}
    return [number for number, (parent, _) in found.items() if parent in daemons]


class Memory(Thread):
    """Looks at the memory of workers, four times a second, until the program ends."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0
        """The most that one had, in bytes."""

    def run(self) -> None:
        while True:
            for worker in workers():
                with suppress(OSError, ValueError):
                    pages = int(Path(f"/proc/{worker}/statm").read_text().split()[1])
                    self.most = max(self.most, pages * os.sysconf("SC_PAGE_SIZE"))
            sleep(0.25)


def large(path: Path, cores: int, buckets: int) -> None:
    """A recording that is there, on Spark."""
    memory = Memory()
    memory.start()
    with path.open("rb") as file:
        lines = sum(1 for _ in file)
    seconds, found = on_spark(path, cores=cores, buckets=buckets)
    print(f"{lines:,} lines on {cores} cores: {seconds:.0f} s, {1e6 * seconds / lines:.1f} us a line; {found} findings")
    print(f"the largest worker had {memory.most / 1e6:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--spark", action="store_true")
    parser.add_argument("--file", type=Path)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--buckets", type=int, default=200)
    given = parser.parse_args()
    if given.file is not None:
        large(given.file, given.cores, given.buckets)
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "day.jsonl"
        write(path, given.lines, Day(agents=given.agents, habits=Habits()))
        whole, _ = timed(process_time, lambda: validate(path))
        found = {"validate": whole, **phases(path)}
        if given.spark:
            found["Spark"], _ = on_spark(path)
    for name, seconds in found.items():
        print(f"{name:15} {1e6 * seconds / given.lines:7.1f} us a line {seconds / whole:6.2f} times validate")


if __name__ == "__main__":
    main()
