"""Verdicts: what a case says of an implementation.

Where it differs, it is asked whether it does what another choice of the profile would have: then the documents
contradict each other, and it is *non-strict*. Where the rule behind the difference stands on no page, it is *info*.
Everything else is a failure, unless it is a known deviation; and a known deviation that passes is a failure, too.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import cycle, islice, permutations
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from ixnstate.definition import Definition
from ixnstate.profile import Profile
from ixnstate.testing import leeway
from ixnstate.testing.bench import Bench, Difference, Script, play
from ixnstate.testing.forms import Scope
from ixnstate.testing.model import Action, AtOnce
from ixnstate.testing.suites import Case, expectations
from ixnstate.values import brief, changed, fields_of, frozen

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
    """A case and its verdict: why, and the difference if there is one."""

    case: Case
    verdict: Verdict
    why: str = ""
    difference: Difference | None = attrs.field(default=None, eq=False)


@frozen
class Deviation:
    """A known deviation: a pattern for the ids of cases, and the reason."""

    case: str
    reason: str

    def covers(self, case: str) -> bool:
        """Whether the case is meant."""
        return self.case == case or fnmatchcase(case, self.case)


def deviations(file: str | Path) -> tuple[Deviation, ...]:
    """The known deviations of a ``deviations.toml``; () if there is none. Raises ValueError that says what is wrong."""
    path = Path(file)
    if not path.exists():
        return ()
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from None
    listed = said.get("deviation", [])
    if not isinstance(listed, list):
        raise ValueError(f"{path}: deviations are written as [[deviation]], each with a case and a reason")
    return tuple(_deviation(path, each) for each in listed)


def _deviation(path: Path, said: Any) -> Deviation:
    case, reason = (said.get(name) if isinstance(said, dict) else None for name in ("case", "reason"))
    if not isinstance(case, str) or not isinstance(reason, str) or not reason.strip():
        raise ValueError(f"{path}: a deviation has a case and a reason, both strings; this is {brief(said)}")
    return Deviation(case, reason)


def judge(
    case: Case, new_bench: NewBench, scope: Scope, known: Iterable[Deviation] = (), faults: set[str] | None = None
) -> Result:
    """Try a case. Raises nothing but what the driver raises.

    ``faults`` are the faults and broken rules that other cases have shown: on the way to what this case is about they
    are passed over. What it shows itself is added.
    """
    if case.why_not is not None:
        return Result(case, Verdict.NOT_APPLICABLE, case.why_not)
    faults = set() if faults is None else faults
    found = _judge(case, new_bench, scope, faults)
    if found.difference is not None and not found.difference.is_open:
        faults.add(found.difference.name)
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


def _judge(case: Case, new_bench: NewBench, scope: Scope, faults: set[str]) -> Result:
    *way, last = case.script
    if isinstance(last, AtOnce):
        return _judge_race(case, way, last, new_bench, scope, faults)
    bench = new_bench(scope.definition)
    bench.faults = _Whatever()
    raised = play(bench, case.script)
    difference = _telling([*bench.met, *([] if raised is None else [raised])], case, faults)
    if difference is not None:
        difference = _blamed(out_of_step(difference, raised), case, scope, faults)
    if difference is None:
        note = next(iter(bench.notes), None)
        verdict = Verdict.PASS if note is None else Verdict.NON_STRICT
        return Result(case, verdict, "" if note is None else str(note), note)
    for choice, other in alternatives(scope.definition):
        if _speaks(case, new_bench, scope, other, faults):
            return Result(case, Verdict.NON_STRICT, f"as with {choice}", difference)
    if leeway.is_silent(difference.expected_of):
        return Result(case, Verdict.INFO, f"no page says: {difference.expected_of.source}", difference)
    return Result(case, Verdict.FAIL, str(difference), difference)


def out_of_step(difference: Difference, raised: Difference | None) -> Difference:
    """The difference without the name of a fault, if the same action left the implementation in another state, too."""
    is_lost = raised is not None and raised.fault is None and raised.index == difference.index
    return changed(difference, fault=None) if is_lost else difference


def _blamed(difference: Difference, case: Case, scope: Scope, faults: set[str]) -> Difference:
    """What only a later action shows is laid at the door of the one before that is to blame, as far as that is known.

    That is what the case is about if the offer after it shows it; else a rule that other cases have shown to be broken.
    """
    before = expectations(case.script[: difference.index], scope)
    broken = [each for each in before if difference.fault is None and each.rule in faults]
    culprits = (before[case.about :] if difference.fault is None else ()) or broken[-1:]
    if not culprits:
        return difference
    name = getattr(case.script[difference.index], "operation", "time")
    return changed(difference, expected_of=culprits[0], aspect=f"{name} after it: {difference.aspect}", fault=None)


class _Whatever:
    """Contains every name."""

    def __contains__(self, _: object) -> bool:
        return True


def _telling(found: Iterable[Difference], case: Case, faults: set[str]) -> Difference | None:
    """Of all differences in a case the one to report: new ones first, what the case is about before its way."""
    ranked = sorted(
        (each.fault in faults, each.index != case.about, place, each)
        for place, each in enumerate(found)
        if each.fault not in faults or each.index == case.about
    )
    return ranked[0][-1] if ranked else None


def _judge_race(
    case: Case, way: Iterable[Action], race: AtOnce, new_bench: NewBench, scope: Scope, faults: set[str]
) -> Result:
    """One after the other, in each order: what differs there is no fault of overlapping. Then at once, a few times."""
    orders = dict.fromkeys(permutations(race.lanes))
    for lanes in orders:
        found = _judge(changed(case, script=(*way, *AtOnce(lanes).commands)), new_bench, scope, faults)
        if found.difference is not None and not found.difference.is_open:
            return found
    for lanes in islice(cycle(orders), case.tries):  # which of them is the first to start matters
        script = (*way, AtOnce(lanes))
        bench = new_bench(scope.definition)
        bench.faults = faults
        difference = play(bench, script)
        if difference is not None:
            return Result(changed(case, script=script), Verdict.FAIL, str(difference), difference)
    return Result(case, Verdict.PASS)


def _speaks(case: Case, new_bench: NewBench, scope: Scope, other: Definition, faults: set[str]) -> bool:
    """Whether the implementation does what another definition says, where that says something else."""
    there = changed(scope, definition=other)
    if _said(case.script, there) == _said(case.script, scope):
        return False
    bench = new_bench(other)
    bench.faults = faults
    return play(bench, case.script) is None


def _said(script: Script, scope: Scope) -> tuple[Any, ...]:
    return tuple((each.reply, each.told, each.after) for each in expectations(script, scope))


def alternatives(definition: Definition) -> Iterator[tuple[str, Definition]]:
    """The definition with one choice of its profile made otherwise, each in turn."""
    for field in fields_of(Profile):
        for choice in field.metadata["choices"]:
            if choice != getattr(definition.profile, field.name):
                yield f"{field.name}={choice!r}", definition.with_profile(**{field.name: choice})
