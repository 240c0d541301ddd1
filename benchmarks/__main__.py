"""``python -m benchmarks``: measure everything in one run, print the tables, save them as JSON."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks import bayeux, center, contests, imports, interactions, report
from benchmarks.peers import PEERS, installed
from benchmarks.report import Figure
from benchmarks.timing import Samples, in_processes


def main() -> None:
    """Measure, print, save."""
    options = _options()
    processes, rounds, fewer = (1, 2, 10) if options.quick else (options.processes, options.rounds, 1)
    versions = installed()
    for name in PEERS:
        if name not in versions:
            print(f"{name} is not installed, so it is left out\n")

    conditions = report.conditions(processes, rounds)
    walked = in_processes(contests.walk, fewer, processes, rounds)
    print(report.walk(conditions, walked, versions), end="\n\n", flush=True)

    other = in_processes(contests.values, fewer, processes, rounds)
    asked = in_processes(contests.requests, fewer, processes, rounds)
    kept = in_processes(contests.snapshots, fewer, 1, rounds)
    wire = in_processes(contests.notifications, fewer, processes, rounds)
    polled = in_processes(bayeux.contest, fewer, processes, rounds)
    within, whole = imports.within(15), imports.whole(15)
    size = interactions.size(100_000 // fewer)
    core = [*_of_the_walk(walked, versions), *_of_values(other, size), *_of_a_center(asked, kept, fewer)]
    found = [*core, *_of_messages(wire), *_of_polls(polled, fewer), *_of_imports(within, whole)]
    print(report.figures(conditions, found))
    report.save(
        options.json,
        conditions=conditions,
        versions=versions,
        figures=found,
        nanoseconds={
            "walk": walked,
            "other": other,
            "messages": wire,
            "polls": polled,
            "requests": asked,
            "snapshots": kept,
            "imports": within,
            "processes": whole,
        },
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--processes", type=int, default=5, help="how many processes, one after the other")
    parser.add_argument("--rounds", type=int, default=3, help="how often each contestant has its turn in each of them")
    parser.add_argument("--quick", action="store_true", help="one process, 2 rounds of a tenth: to see that it runs")
    parser.add_argument("--json", type=Path, default=Path(__file__).with_name("results.json"), metavar="FILE")
    return parser.parse_args()


def _of_the_walk(walked: Samples, versions: Mapping[str, str]) -> Iterator[Figure]:
    if "transitions" in versions:
        name = f"a step, times faster than a trigger of transitions {versions['transitions']} (aim: 6)"
        yield Figure(name, walked.ratio("transitions", "ix.step"), "x", 4, at_least=True)
    yield Figure("a step, in floors", walked.ratio("ix.step", "the floor"), "x", 1.3)
    yield Figure("a refusal, in floors", walked.ratio("ix.decide, refusing", "the floor"), "x", 0.3)


def _of_values(other: Samples, size: float) -> Iterator[Figure]:
    yield Figure("ix.validate, a legal name", other.best("a legal name"), "ns", 60)
    yield Figure("ix.validate, judging a violation", other.best("judging a violation"), "ns", 2000)
    yield Figure("reading a violation", other.best("reading a violation"), "ns", 2000)
    yield Figure("ix.submit", other.best("ix.submit"), "ns", 1000)
    yield Figure("ix.Interaction(...)", other.best("ix.Interaction"), "ns", 1000)
    yield Figure("an interaction, its id included", size, "bytes", 250)


def _of_a_center(asked: Samples, kept: Samples, fewer: int) -> Iterator[Figure]:
    yield Figure("apply among 100,000, best", asked.best("apply, large, rotating"), "ns")
    steps = asked.ratio("apply, large, rotating", "step, large, rotating")
    yield Figure("apply among 100,000, in bare steps", steps, "x", 3)
    rotating = asked.ratio("apply, large, rotating", "apply, small, rotating")
    yield Figure("apply, 100,000 against 1,000, in rotating order", rotating, "x", 1.3)
    randomly = asked.ratio("apply, large, random", "apply, small, random")
    yield Figure("apply, 100,000 against 1,000, in random order", randomly, "x", 1.7)
    yield Figure("advance, an expired invitation", center.expiring(100_000 // fewer, 10_000 // fewer) * 1e3, "ns", 5000)
    yield Figure("an interaction in a contact centre", center.size(100_000 // fewer), "bytes", 1024)
    yield Figure("restore, in json.loads", kept.ratio("restore", "json.loads"), "x", 3)


def _of_messages(wire: Samples) -> Iterator[Figure]:
    read = wire.ratio("gws.parse_notification", "orjson.loads")
    written = wire.ratio("Notification.to_bytes", "orjson.dumps")
    yield Figure("reading a notification of 60 keys, in decodes", read, "x", 3)
    yield Figure("writing one, in encodes", written, "x", 2.5)


def _of_polls(polled: Samples, fewer: int) -> Iterator[Figure]:
    polls = 10_000 // fewer
    yield Figure(f"a client whose poll is held, of {polls:,}", bayeux.size(polls), "bytes", 4096)
    yield Figure("a message to one of them, best", polled.best("a message, many polls"), "ns")
    yield Figure("a message to one of them, in its JSON", polled.ratio("a message, many polls", "JSON"), "x", 8)
    many = polled.ratio("a message, many polls", "a message, 100 polls")
    yield Figure(f"a message, {polls:,} polls against 100", many, "x", 2)
    yield Figure("a poll whose time is over", bayeux.expiring(polls) * 1e3, "ns", 40_000)
    yield Figure(f"a tick with nothing to do, {polls:,} polls", bayeux.ticking(polls), "ns", 2000)


def _of_imports(within: Samples, whole: Samples) -> Iterator[Figure]:
    yield Figure("import attrs, best", within.best("attrs") / 1e6, "ms")
    yield Figure("import ixnstate, best", within.best("ixnstate") / 1e6, "ms")
    yield Figure("import ixnstate, in imports of attrs (median)", within.ratio("ixnstate", "attrs"), "x", 3)
    yield Figure("import ixnstate, in imports of attrs (best)", within.best("ixnstate") / within.best("attrs"), "x", 3)
    yield Figure("a process that imports it, in processes that import attrs", whole.ratio("ixnstate", "attrs"), "x", 3)


if __name__ == "__main__":
    main()
