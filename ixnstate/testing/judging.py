"""Verdicts: what a case says of an implementation.

A case is played to its end, past every difference. What differs in the action that the case is about is the case's own;
what differs on the way there is told by the cases that are about those steps, and once more here only if no case has
told it yet. Where a choice of the profile explains a difference, and fits everything else that was tried, the documents
contradict each other, and it is *non-strict*. Where the rule behind the difference stands on no page, it is *info*.
Everything else is a failure, unless it is a known deviation; and a known deviation that passes is a failure, too.
"""

import tomllib
from collections.abc import Callable, Iterable
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import cycle, islice, permutations
from pathlib import Path
from types import NoneType
from typing import TypeAlias

import attrs

from ixnstate.definition import Definition
from ixnstate.testing import leeway
from ixnstate.testing.bench import Bench, play
from ixnstate.testing.differing import Difference, Everything, NonconformanceError
from ixnstate.testing.explorer import situation
from ixnstate.testing.fitting import FittingChoices
from ixnstate.testing.forms import Scope, probe
from ixnstate.testing.model import Action, AtOnce, last_of
from ixnstate.testing.suites import Case
from ixnstate.values import Json, brief, changed, each_of, expect, frozen, path_of

NewBench: TypeAlias = Callable[[Definition], Bench]
"""Makes a bench over a fresh implementation, for a definition."""


class Verdict(StrEnum):
    """What became of a case."""

    PASS = "pass"
    FAIL = "fail"
    NON_STRICT = "non-strict"  # differs where the documents contradict themselves
    INFO = "info"  # differs where they are silent
    NOT_APPLICABLE = "not applicable"  # not supported, or the driver cannot do it


@frozen
class Result:
    """A case and its verdict: why, and all differences that it tells, the one that counts first."""

    case: Case
    verdict: Verdict
    why: str = ""
    differences: tuple[Difference, ...] = attrs.field(default=(), eq=False)
    is_reached: bool = True
    """Whether the way led to where the case begins."""

    @property
    def difference(self) -> Difference | None:
        """The difference that counts."""
        return self.differences[0] if self.differences else None


@frozen
class Deviation:
    """A known deviation: a pattern for the ids of cases, and the reason."""

    case: str
    reason: str

    def covers(self, case: str) -> bool:
        """Whether the case is meant."""
        return self.case == case or (isinstance(case, str) and fnmatchcase(case, self.case))


MAX_DEVIATIONS = 1_000_000
"""The most characters of a ``deviations.toml``."""


def deviations(file: str | Path) -> tuple[Deviation, ...]:
    """The known deviations of a ``deviations.toml``; () if there is none. Raises ValueError that says what is wrong."""
    path = path_of("file", file)
    try:
        with path.open("rb") as opened:
            read = opened.read(MAX_DEVIATIONS + 1)
        if len(read) > MAX_DEVIATIONS:
            raise ValueError(f"it has more than {MAX_DEVIATIONS:,} bytes")
        listed = tomllib.loads(read.decode("utf-8")).get("deviation", [])
    except RecursionError:
        raise ValueError(f"{path}: it is nested too deeply") from None
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # not UTF-8, not TOML
        raise ValueError(f"{path}: {error}") from None
    if not isinstance(listed, list):
        raise ValueError(f"{path}: deviations are written as [[deviation]], each with a case and a reason")
    return tuple(_deviation(path, each) for each in listed)


def _deviation(path: Path, said: Json) -> Deviation:
    case, reason = (said.get(name) if isinstance(said, dict) else None for name in ("case", "reason"))
    if not isinstance(case, str) or not isinstance(reason, str) or not reason.strip():
        raise ValueError(f"{path}: a deviation has a case and a reason, both strings; this is {brief(said)}")
    return Deviation(case, reason)


def judge(
    case: Case,
    new_bench: NewBench,
    scope: Scope,
    known: Iterable[Deviation] = (),
    faults: set[str] | None = None,
    fit: FittingChoices | None = None,
) -> Result:
    """Try a case. Raises nothing but ValueError for an argument of another type.

    ``faults`` are the causes of the differences that other cases have told: on the way to what this case is about they
    are ignored. What it tells itself is added. ``fit`` remembers which choices of the profile fit.
    """
    expect("case", case, Case)
    expect("new_bench", new_bench, Callable)
    expect("scope", scope, Scope)
    expect("faults", faults, set, NoneType)
    known = tuple(each_of("known", known, Deviation))
    if case.why_not is not None:
        return Result(case, Verdict.NOT_APPLICABLE, case.why_not)
    faults = set() if faults is None else faults
    try:
        found = _judge(case, new_bench, scope, faults, FittingChoices(scope) if fit is None else fit)
    except NotImplementedError as error:
        why = f"the driver cannot do it: {error}" if str(error) else "the driver cannot do it"
        return Result(case, Verdict.NOT_APPLICABLE, why)
    except NonconformanceError as error:  # not even a fresh implementation could be had
        found = Result(case, Verdict.FAIL, str(error), (error.difference,), is_reached=False)
    if found.verdict is Verdict.FAIL:
        faults.update(each.cause for each in found.differences)
    for deviation in known:
        if deviation.covers(case.id):
            return _excused(found, deviation)
    return found


def _excused(found: Result, deviation: Deviation) -> Result:
    if found.verdict is Verdict.FAIL:
        return changed(found, verdict=Verdict.INFO, why=f"known deviation: {deviation.reason}")
    if found.verdict is Verdict.PASS and found.case.tries == 1:  # what luck takes part in may pass now and then
        why = f"it passes, but stands in the deviations: {deviation.reason}; take it out"
        return changed(found, verdict=Verdict.FAIL, why=why)
    return found


def _judge(case: Case, new_bench: NewBench, scope: Scope, faults: set[str], fit: FittingChoices) -> Result:
    *way, last = case.script
    if isinstance(last, AtOnce):
        return _judge_race(case, way, last, new_bench, scope, faults, fit)
    bench = new_bench(scope.definition)
    bench.faults = Everything()
    bench.follow(case.script, case.about)
    if not bench.met:
        note = next(iter(bench.notes), None)
        verdict = Verdict.PASS if note is None else Verdict.NON_STRICT
        return Result(case, verdict, "" if note is None else str(note), tuple(bench.notes))
    met = _without_echoes(bench.met)
    is_reached = _is_reached(case, bench, scope)
    own = [each for each in met if each.index >= case.about and is_reached]
    way_there = [each for each in met if each.index < case.about]
    told = [*own, *(each for each in way_there if each.cause not in faults)]
    if not is_reached and not told:
        told = [each for each in way_there if each.blocks][-1:] or way_there[-1:]
    if not told:
        return Result(case, Verdict.PASS)
    differences = tuple(sorted(told, key=lambda each: (each.cause in faults, not each.blocks, each.index < case.about)))
    first = differences[0]
    for choice in fit.choices:
        if fit.speaks(case, choice) and fit.fits(case, choice, new_bench):
            return Result(case, Verdict.NON_STRICT, f"as with {choice}", differences)
    if all(leeway.is_silent(each.expected_of) for each in differences):
        return Result(case, Verdict.INFO, f"no page says: {first.expected_of.source}", differences)
    why = str(first) if is_reached else f"it is not reached: {first}"
    return Result(case, Verdict.FAIL, why, differences, is_reached)


def _without_echoes(met: Iterable[Difference]) -> list[Difference]:
    """Without what an action tells agents where it leads elsewhere: the messages are about where it led."""
    blocking = {each.index for each in met if each.blocks}
    return [each for each in met if each.index not in blocking or not each.aspect.startswith("notifications ")]


def _is_reached(case: Case, bench: Bench, scope: Scope) -> bool:
    """Whether the action that the case is about was done, and in the situation that was meant."""
    if not any(each.blocks and each.index < case.about for each in bench.met):
        return True
    planned = last_of(case.script[: case.about + 1], scope).before
    if bench.is_over and all(each.index < case.about for each in bench.met):
        return False
    found = bench.history[case.about].before if case.about < len(bench.history) else None
    if planned is None or found is None:
        return planned is found
    return situation(planned) == situation(found) and planned.user_data == found.user_data


def _judge_race(
    case: Case,
    way: Iterable[Action],
    race: AtOnce,
    new_bench: NewBench,
    scope: Scope,
    faults: set[str],
    fit: FittingChoices,
) -> Result:
    """One after the other, in each order: what differs there is no fault of overlapping. Then at once, a few times."""
    orders = dict.fromkeys(permutations(race.lanes))
    for lanes in orders:
        apart = _with_probe(changed(case, script=(*way, *AtOnce(lanes).commands)), scope)
        found = _judge(apart, new_bench, scope, faults, fit)
        if found.difference is not None and not found.difference.is_open:
            return found
    for lanes in islice(cycle(orders), case.tries):  # which of them is the first to start matters
        script = (*way, AtOnce(lanes))
        bench = new_bench(scope.definition)
        bench.faults = faults
        difference = play(bench, script)
        if difference is not None:
            return Result(changed(case, script=script), Verdict.FAIL, str(difference), (difference,))
    return Result(case, Verdict.PASS)


def _with_probe(case: Case, scope: Scope) -> Case:
    """The case with an offer at its end, if no agent is shown then what became of the interaction."""
    after = last_of(case.script, scope).after
    asked = None if after is None else probe(after, scope)
    return case if asked is None else changed(case, script=(*case.script, asked), has_probe=True)
