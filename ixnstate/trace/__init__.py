"""Judging recordings: what in them is not legal, why, and what would be.

`validate` reads files and gives a `Report`. `Judge` takes one line after the other, and keeps how each interaction
stands. docs/traces.md describes what can be read and what is found.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ixnstate.definition import Definition
from ixnstate.recording.lines import Line, Place, Unreadable, grouped
from ixnstate.recording.numbered import MAX_LINE
from ixnstate.recording.ocel_writing import write_ocel
from ixnstate.recording.ordering import agent_of, disorder_of, in_time, one_after_the_other, order_of
from ixnstate.recording.reading import read_file, read_stream
from ixnstate.recording.records import Kind, Recorded, read_record, record_schema
from ixnstate.table import GWS
from ixnstate.trace.account import Seen, Settled
from ixnstate.trace.cases import MAX_LIVE
from ixnstate.trace.codes import CODES, Code
from ixnstate.trace.fast.columns import CrewError, decoder
from ixnstate.trace.fast.reading import read
from ixnstate.trace.findings import (
    ALIGNED,
    Change,
    Finding,
    LineEdit,
    Report,
    RuleOutcome,
    Severity,
    Unrecorded,
    Witness,
    added,
    outcomes_of_all,
)
from ixnstate.trace.folding import Row, fold_sorted, keyed
from ixnstate.trace.judge import DEFAULT_RULES, Judge
from ixnstate.trace.repair.edits import mended
from ixnstate.trace.repair.sequence import Edit, Repair, repair
from ixnstate.trace.rules import Modality, Rule, Where, invitation, read_rule
from ixnstate.trace.saved import read_state, write_state
from ixnstate.trace.settling import Settling
from ixnstate.trace.streams import StreamJudge, StreamLine
from ixnstate.trace.viewpoint import Declared
from ixnstate.values import changed, each_of, expect, expect_number, path_of

if TYPE_CHECKING:
    from ixnstate.trace.fast.workers import Crew

T = TypeVar("T")

MAX_FINDINGS = 10_000
"""How many findings and lines that cannot be read are listed, unless another limit is chosen."""

APART = "separate: a state is of one source; resume each of them by itself"


def validate(
    *files: str | Path,
    definition: Definition = GWS,
    strict: bool = False,
    gaps: int | None = None,
    rules: Iterable[Rule] = DEFAULT_RULES,
    resume: str | Path | None = None,
    last: bool = False,
    jobs: int = 1,
    unsorted: bool = False,
    separate: bool = False,
    recorded: Declared | None = None,
    agent: str | None = None,
    max_findings: int = MAX_FINDINGS,
    max_line: int = MAX_LINE,
    max_live: int = MAX_LIVE,
    explain: bool = False,
) -> Report:
    """Judge recorded files, together; "-" is standard input. Raises OSError for a missing file.

    They are judged in this order; or, if their times overlap, side by side in the order of ``ts``. ``separate`` says
    that they have no clock in common: then each is judged by itself, and an interaction that several of them know is
    counted as undetermined. ``unsorted`` puts the lines of all files in the order of their ``ts`` and ``seq`` first, in
    temporary files if they are many. ``agent`` is whose session it is where a line does not say so; without it, a
    recording in which no line names an agent is one session of one agent. ``max_findings`` is how many findings and
    lines that cannot be read are listed; more are counted. ``max_line`` is how many bytes a line, or a member of a
    document, may have: a longer one is reported, and passed over. ``max_live`` is how many interactions under way are
    remembered: beyond that the one that came up first is forgotten, and what comes of it later is undetermined.

    ``recorded`` says what is recorded: "everything", "session" (one agent's), or the agents whose requests are. Where
    it is None, that is told from the recording, and said in the report. With ``explain`` a finding says what was
    believed before its line, and what rules each of it out (`Finding.candidates`).

    ``strict`` stops at the first line that cannot be read. ``gaps`` and ``rules`` are as for `Judge`. ``resume`` is a
    file with the state of an earlier run, which is read where it exists, and written at the end: then what is still
    under way is not a finding, but continues. With ``last`` it ends here, and the file is left as it is. Raises
    ValueError for another definition's state, for ``separate`` files with one, and for an argument of another type.
    ``jobs`` is how many processes read a file; the report is the same. Raises `CrewError` if one of them fails.
    """
    if separate and resume is not None:
        raise ValueError(APART)
    for file in files:
        path_of("files", file)
    for name, number, least in (("max_findings", max_findings, 0), ("max_line", max_line, 1)):
        expect_number(name, number, least)
    rules = tuple(each_of("rules", rules, Rule))
    limit = Limit(max_findings)
    kept = path_of("resume", resume) if resume is not None else None
    state = read_state(kept) if kept is not None else None
    judges: list[Judge] = []
    found: list[Finding | Unreadable] = []

    with crew_of(jobs) as crew:
        for part in [(file,) for file in files] if separate else [files]:
            named = agent or agent_of(part, longest=max_line)

            def new_judge(named: str | None = named, like: Judge | None = None) -> Judge:
                judge = Judge(
                    definition, gaps=gaps, rules=rules, like=like, separate=separate, recorded=recorded, agent=named,
                    explain=explain, max_live=max_live,
                )  # fmt: skip
                return resumed(judge, state)

            judge, order = new_judge(), order_of(part, unsorted=unsorted, longest=max_line)
            begun: Iterable[Finding | Unreadable]
            if order is one_after_the_other:
                begun = chain.from_iterable(read(judge, file, crew, longest=max_line) for file in part)
            else:
                begun = judged(judge, order(open_lines(file, longest=max_line) for file in part))
            here = list(limit(grouped(up_to_unreadable(begun) if strict else begun)))
            if kept is not None and not last:
                write_state(kept, judge.save())
            here += limit(judge.finish(is_over=kept is None or last))
            another = partial(new_judge, like=judge)
            found += mended(here, part, another, strict=strict, order=order, longest=max_line)
            judges.append(judge)
            if strict and any(isinstance(each, Unreadable) for each in here):
                break
    hints = () if unsorted else tuple(disorder_of(files, longest=max_line))
    judgement = report(judges, found, files)
    return changed(judgement, more=limit.more, hints=(*hints, *judgement.hints))


class Limit:
    """Lets through so many findings and lines that cannot be read, and counts the rest."""

    def __init__(self, most: int) -> None:
        self._left = most
        self.more = 0

    def __call__(self, found: Iterable[T]) -> Iterator[T]:
        """What is found, as far as it goes; the rest is counted."""
        for each in found:
            if self._left > 0:
                self._left -= 1
                yield each
            else:
                self.more += 1


def crew_of(jobs: int) -> AbstractContextManager["Crew | None"]:
    """So many processes for `Judge.read`, this one among them; None where one is enough, or *msgspec* is not there."""
    expect_number("jobs", jobs, 1)
    decode = decoder()
    if jobs == 1 or decode is None:
        return nullcontext()
    from ixnstate.trace.fast.workers import Crew

    return Crew(jobs, decode)


def resumed(judge: Judge, state: Any) -> Judge:
    """The judge, after it has gone on from a saved state if there is one. Raises ValueError."""
    expect("judge", judge, Judge)
    if state is not None:
        judge.resume(state)
    return judge


def up_to_unreadable(found: Iterable[Finding | Unreadable]) -> Iterator[Finding | Unreadable]:
    """What is found as far as the first line that cannot be read, and that one."""
    for each in each_of("found", found, Finding, Unreadable):
        yield each
        if isinstance(each, Unreadable):
            return


def judged(judge: Judge, lines: Iterable[Line | Unreadable]) -> Iterator[Finding | Unreadable]:
    """What is wrong with these lines, as they come. Raises ValueError for what is no judge, or no line."""
    expect("judge", judge, Judge)
    for line in each_of("lines", lines, Line, Unreadable):
        yield from judge.take(line)


def followed(
    judge: Judge, lines: Iterable[Line | Unreadable]
) -> Iterator[tuple[Seen | None, list[Finding | Unreadable]]]:
    """What each line shows of an interaction, None for one that shows nothing of any, and what is wrong with it.

    Where it is open which edge a request took, later lines tell what they settle (`Seen.settled`).
    """
    expect("judge", judge, Judge)
    settling = Settling(judge)
    for line in each_of("lines", lines, Line, Unreadable):
        found = list(judge.take(line))
        seen = judge.seen
        yield (seen and settling.settled(seen)), found


def report(
    judges: Judge | Sequence[Judge], found: Iterable[Finding | Unreadable] = (), files: Iterable[str | Path] = ()
) -> Report:
    """What a judge has found, in the order of the files and their lines; or several, each in a source of its own.

    What these say of one interaction cannot be put together: it is undetermined.
    """
    several = (judges,) if isinstance(judges, Judge) else tuple(each_of("judges", judges, Judge))
    order = {str(path_of("files", file)): number for number, file in enumerate(each_of("files", files, object))}
    ordered = sorted(
        each_of("found", found, Finding, Unreadable), key=lambda each: (order.get(each.place.file, -1), each.place.line)
    )
    met = Counter(chain.from_iterable(each.known for each in several)) if len(several) > 1 else Counter[str]()
    return Report(
        tuple(each for each in ordered if isinstance(each, Finding)),
        tuple(each for each in ordered if isinstance(each, Unreadable)),
        sum(each.operations for each in several),
        sum(each.notifications for each in several),
        sum(each.interactions for each in several) - met.total() + len(met),
        sum(each.repeats for each in several),
        sum(each.gaps for each in several),
        sum(each.undetermined for each in several) + sum(times > 1 for times in met.values()),
        added(each.lists for each in several),
        added(each.generations for each in several),
        outcomes_of_all(each.rules for each in several),
        "; ".join(dict.fromkeys(filter(None, (str(each.viewpoint) for each in several)))),
        sum(each.requests.forgotten + each.cases.forgotten for each in several),
        tuple(_unrecorded(several)),
        tuple(_hints(several)),
    )


def _hints(judges: Iterable[Judge]) -> Iterator[str]:
    """What was forgotten, and what that means."""
    forgotten = Counter[int]()
    for judge in judges:
        forgotten[judge.cases.max_live] += judge.cases.forgotten
    for limit, number in sorted((+forgotten).items()):
        words = "1 interaction was" if number == 1 else f"{number:,} interactions were"
        yield (
            f"{words} forgotten, since more than {limit:,} were under way: what comes of them later is undetermined, "
            "see --max-live"
        )


def _unrecorded(judges: Iterable[Judge]) -> Iterator[Unrecorded]:
    """What was not recorded, by the reason, over all of the sources."""
    found: dict[str, tuple[int, Place]] = {}
    for judge in judges:
        for why, (count, place) in judge.unrecorded.items():
            before, first = found.get(why, (0, place))
            found[why] = before + count, first
    for why, (count, place) in found.items():
        yield Unrecorded(why, count, place)


def open_lines(file: str | Path, *, longest: int = MAX_LINE) -> Iterator[Line | Unreadable]:
    """The lines of a file, or of standard input for "-". Raises OSError, and ValueError for an argument that is none.

    ``longest`` is how many bytes a line, or a member of a document, may have.
    """
    expect_number("longest", longest, 1)
    path = path_of("file", file)
    return read_stream(sys.stdin.buffer, "-", longest=longest) if str(file) == "-" else read_file(path, longest=longest)


__all__ = [
    "ALIGNED",
    "CODES",
    "DEFAULT_RULES",
    "Change",
    "Code",
    "CrewError",
    "Declared",
    "Edit",
    "Finding",
    "Judge",
    "Kind",
    "LineEdit",
    "Modality",
    "Recorded",
    "Repair",
    "Report",
    "Row",
    "Rule",
    "RuleOutcome",
    "Seen",
    "Settled",
    "Severity",
    "StreamJudge",
    "StreamLine",
    "Unrecorded",
    "Where",
    "Witness",
    "crew_of",
    "fold_sorted",
    "followed",
    "in_time",
    "invitation",
    "judged",
    "keyed",
    "mended",
    "open_lines",
    "read",
    "read_record",
    "read_rule",
    "record_schema",
    "repair",
    "report",
    "resumed",
    "up_to_unreadable",
    "validate",
    "write_ocel",
]
