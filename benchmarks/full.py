"""Judging full traces: the figures, each in a process of its own, in turns with the bare decode of the same file."""

import gc
import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from benchmarks import report
from benchmarks.recordings import CROWD, FAULTS, FAULTY, IN_FLIGHT, RECORDINGS, cut, path_of, write_crowd, write_faulty
from benchmarks.report import Figure
from ixnstate.gws.pages import RESOURCES
from ixnstate.recording.compressed import BUFFER
from ixnstate.recording.lines import Line, Place
from ixnstate.trace import Judge, read, validate
from ixnstate.trace.observation import Observer

PLAIN_DAYS = ("plain, 20 agents", "plain, 2,000 agents")
LONG, MEETINGS = "realistic, 200 agents", "realistic, 20 agents, conferences"
PATIENCE = 600
"""Seconds after which a contestant is given up."""


# --- contestants: each gives back its seconds, and more if it has more to say ---------------------------------------


def bare(path: Path) -> list[float]:
    """The lines, decoded into the fields that judging needs, and nothing else."""
    import msgspec

    def struct(name: str, *fields: tuple[str, Any], **options: Any) -> Any:
        return msgspec.defstruct(name, [(key, kind | None, None) for key, kind in fields], gc=False, **options)

    nothing = msgspec.defstruct("Nothing", [], gc=False)
    shown = struct("Shown", ("id", str), ("state", str), ("capabilities", tuple[str, ...]), ("userData", nothing))
    chat = struct("ChatMessage", ("index", int), ("type", str))
    keys = [(key, shown) for key in RESOURCES] + [
        (f"{key}StateResourceV2", shown) for key in RESOURCES if key.isidentifier()
    ]
    named = [(key, str) for key in ("messageType", "notificationType", "id", "action", "agentGroup", "placeGroup")]
    message = struct("Message", *named, ("referenceId", int), ("stateResource", str), ("messages", list[chat]), *keys)
    texts = [
        (key, str) for key in ("operationName", "text", "nickname", "id", "uri", "targetUri", "userUri", "targetPath")
    ]
    asked = struct("Asked", *texts, ("userData", nothing))
    answer = struct("Answer", ("statusCode", int), ("referenceId", int), ("status", str | int), ("statusMessage", str))
    common = [("seq", int), ("ts", float | int), ("agent", str)]

    def line(kind: str, *fields: tuple[str, Any]) -> Any:
        return struct(kind, *common, *fields, tag_field="kind", tag=kind)

    kinds = (
        line("notification", ("body", message)),
        line("request", ("method", str), ("path", str), ("body", asked)),
        line("response", ("status", int), ("answers", int), ("path", str), ("body", answer)),
        line("meta"),
    )
    decode = msgspec.json.Decoder(kinds[0] | kinds[1] | kinds[2] | kinds[3]).decode
    began = process_time()
    with path.open("rb", BUFFER) as file:
        for raw in file:
            decode(raw)
    return [process_time() - began]


def judge(path: Path) -> list[float]:
    """The whole judgement, first meetings included."""
    began = process_time()
    judge = Judge()
    found = [*read(judge, path), *judge.finish()]
    return [process_time() - began, float(len(found))]


def judge_rest(path: Path) -> list[float]:
    """The last tenth of a day, after the rest of it."""
    judge = Judge()
    found = list(read(judge, path))
    began = process_time()
    found += [*read(judge, _rest(path)), *judge.finish()]
    return [process_time() - began, float(len(found))]


def judge_two(path: Path) -> list[float]:
    """In two processes, from the first line to the report; by the clock."""
    began = perf_counter()
    validate(path, jobs=2)
    return [perf_counter() - began]


def judge_one(path: Path) -> list[float]:
    began = perf_counter()
    validate(path)
    return [perf_counter() - began]


def mend(path: Path) -> list[float]:
    """The judgement of a recording full of faults, with the repair of each."""
    began = process_time()
    report = validate(path)
    return [process_time() - began, float(len(report.findings))]


def line_by_line(path: Path) -> list[float]:
    """The longest line; and the median of those at which the judge has worked out a transition, and their number.

    Without the garbage collector, as *timeit* measures: a collection takes as long as there are objects, and falls on
    any line.
    """
    gc.disable()
    judge, new, longest = Judge(), [], 0.0
    learnt = _counting(judge.knowledge.observer)
    with path.open("rb", BUFFER) as file:
        for number, raw in enumerate(file, 1):
            line = Line(Place(path.name, number), raw.decode(), json.loads(raw))
            before = len(learnt)
            began = perf_counter()
            list(judge.take(line))
            seconds = perf_counter() - began
            longest = max(longest, seconds)
            if len(learnt) != before:
                new.append(seconds)
    return [longest, median(new) if new else -1.0, float(len(new))]


def _counting(observer: Observer) -> list[str]:
    """A list that grows with each transition that the observer works out."""
    learnt: list[str] = []

    def noted(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def working(*given: Any, **more: Any) -> Any:
            learnt.append(name)
            return work(*given, **more)

        return working

    for name in ("_notified", "_asked", "_answered"):
        setattr(observer, name, noted(name, getattr(observer, name)))
    return learnt


CONTESTANTS: dict[str, Callable[[Path], list[float]]] = {
    "bare": bare, "judge": judge, "rest": judge_rest, "bare rest": lambda path: bare(_rest(path)), "one": judge_one,
    "two": judge_two, "mend": mend, "line by line": line_by_line,
}  # fmt: skip


def _rest(path: Path) -> Path:
    return path.with_suffix(".rest")


# --- the figures ----------------------------------------------------------------------------------------------------


class Taken:
    """Samples of contestants that took turns: what each has said, and the peak of its memory in MB."""

    def __init__(self, path: Path, contestants: Iterable[str], rounds: int) -> None:
        self.samples: dict[str, list[list[float]]] = {name: [] for name in contestants}
        for _ in range(rounds):
            for name, samples in self.samples.items():
                samples.append(_run_apart(name, path))

    def ratio(self, name: str, base: str = "bare") -> float:
        pairs = zip(self.samples[name], self.samples[base], strict=True)
        return median(mine[0] / its[0] for mine, its in pairs)

    def said(self, name: str, at: int = 0) -> float:
        return median(sample[at] for sample in self.samples[name])


def _run_apart(name: str, path: Path) -> list[float]:
    """One contestant in a process of its own; endless seconds if it is given up."""
    command = [sys.executable, "-m", "benchmarks.full", name, str(path)]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return [float("inf")] * 4
    return [float(each) for each in done.stdout.split()]


def figures(folder: Path, rounds: int, fewer: int) -> Iterable[Figure]:
    """Every figure, one after the other: the recordings are written once."""
    lines = {name: recording.lines // fewer for name, recording in RECORDINGS.items()}
    paths = {name: path_of(folder, name) for name in RECORDINGS}
    for name, recording in RECORDINGS.items():
        recording.write(paths[name], lines[name])
    small = Taken(paths[PLAIN_DAYS[0]], ("bare", "judge"), rounds)
    large = Taken(paths[PLAIN_DAYS[1]], ("bare", "judge", "one", "two"), rounds)
    yield Figure("plain day, 20 agents, in decodes", small.ratio("judge"), "x", 5)
    yield Figure("plain day, 2,000 agents, in decodes", large.ratio("judge"), "x", 5)
    a_line = [one.said("judge") / lines[name] for one, name in zip((small, large), PLAIN_DAYS, strict=True)]
    yield Figure("2,000 agents against 20, a line", a_line[1] / a_line[0], "x", 1.3)
    yield Figure("memory at 2,000 agents", large.said("judge", -1), "MB", 80)
    half = Taken(cut(paths[PLAIN_DAYS[1]], ".half", 0, lines[PLAIN_DAYS[1]] // 2), ("judge",), rounds)
    yield Figure("memory, all lines against half of them", large.said("judge", -1) / half.said("judge", -1), "x", 1.1)
    yield Figure("--jobs 2, times faster than one", large.ratio("one", "two"), "x", 1.5, at_least=True)
    long, most = paths[LONG], lines[LONG]
    first = Taken(cut(long, ".first", 0, most // 5), ("bare", "judge"), rounds)
    yield Figure(f"{LONG}, first {most // 5:,} lines, in decodes", first.ratio("judge"), "x", 12)
    cut(long, ".rest", most - most // 10, most)
    last = Taken(cut(long, ".before", 0, most - most // 10), ("bare rest", "rest"), 1)
    yield Figure(f"{LONG}, last {most // 10:,} of {most:,}, in decodes", last.ratio("rest", "bare rest"), "x", 6)
    met = Taken(paths[MEETINGS], ("bare", "judge"), rounds)
    yield Figure("realistic day, 20 agents, conferences, in decodes", met.ratio("judge"), "x", 20)
    single = Taken(paths[MEETINGS], ("line by line",), 1)
    if single.said("line by line", 2):
        yield Figure("a new transition, median", single.said("line by line", 1) * 1e9, "ns", 400_000)
    yield Figure("the longest line of that day", single.said("line by line") * 1e3, "ms", 50)
    agents, in_flight = (CROWD, IN_FLIGHT) if fewer == 1 else (8, 6)
    write_crowd(folder / "crowd.jsonl", agents, in_flight)
    crowd = Taken(folder / "crowd.jsonl", ("line by line",), 1)
    name = f"the longest line, {agents} agents in a session, {in_flight} requests in flight"
    yield Figure(name, crowd.said("line by line") * 1e3, "ms", 50)
    write_faulty(folder / "faulty.jsonl")
    faulty = Taken(folder / "faulty.jsonl", ("judge", "mend"), rounds)
    assert faulty.said("mend", 1) >= FAULTS, faulty.samples
    yield Figure(
        f"{FAULTS} findings in {FAULTY} lines with repairs, in judgings", faulty.ratio("mend", "judge"), "x", 2
    )
    yield Figure("findings in the clean days", sum(taken.said("judge", 1) for taken in (small, large, first, met)), "")


def main(rounds: int, fewer: int) -> None:
    with TemporaryDirectory() as folder:
        for figure in figures(Path(folder), rounds, fewer):
            print(report.figures("", [figure]).splitlines()[-1], flush=True)


if __name__ == "__main__":
    gc.collect()
    said = CONTESTANTS[sys.argv[1]](Path(sys.argv[2]))
    print(*said, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
