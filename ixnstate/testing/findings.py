"""Findings: the failures of a run by their cause. What differs in the same way for the same reason is told once."""

from collections import Counter
from collections.abc import Iterable, Sequence

import attrs

from ixnstate.testing.differing import MANY, Difference, Script
from ixnstate.testing.explaining import in_short
from ixnstate.testing.judging import Result, Verdict
from ixnstate.values import frozen

IN_FULL = 11
"""The number of findings that a summary tells in full; the others get a line each."""

IN_A_LINE = 12

NAMES = 8
"""The most operations and states that a headline lists."""

WIDTH = 400
"""The most characters of a difference in a summary."""

Run = tuple[Script, Difference]


@frozen
class Finding:
    """One cause: what differs and where, in how many cases and runs of the machine, and the shortest run."""

    what: str
    where: tuple[str, ...]
    """The operations; for capabilities the media and states."""
    media: tuple[str, ...]
    states: tuple[str, ...]
    cases: int
    runs: int
    script: Script
    difference: Difference = attrs.field(eq=False)

    @property
    def name(self) -> str:
        """``Reject: a message is missing: StatusChange Completed``."""
        return f"{', '.join(self.where)}: {self.what}" if 0 < len(self.where) <= MANY else self.what

    @property
    def count(self) -> str:
        """``6 cases, 1 run of the machine``."""
        cases = [_number(self.cases, "case")] if self.cases else []
        return ", ".join([*cases, *([f"{_number(self.runs, 'run')} of the machine"] if self.runs else [])])

    @property
    def headline(self) -> str:
        """The finding in one line."""
        several = f"; {_some(self.where)}" if len(self.where) > MANY else ""
        states = f"; in {_some(self.states)}" if self.states else ""
        return f"{self.name} ({self.count}; {', '.join(self.media)}{states}{several})"

    def lines(self) -> list[str]:
        """The finding as a summary tells it."""
        found = str(self.difference).partition("\n")[0]
        if len(found) > WIDTH:
            found = f"{found[:WIDTH]} ..."
        return [
            f"FAIL {self.headline}",
            f"  {in_short(self.script)}",
            f"  {found}",
            f"  source: {self.difference.expected_of.source}",
        ]


def findings(results: Iterable[Result], runs: Iterable[Run]) -> list[Finding]:
    """The failures by cause: what blocks first, then by the number of cases."""
    told = [
        (result.case.script[: difference.index + 1], difference, True)
        for result in results
        if result.verdict is Verdict.FAIL
        for difference in result.differences
    ]
    told += [(script, difference, False) for script, difference in runs]
    kinds: dict[str, dict[str, list[tuple[Script, Difference, bool]]]] = {}
    for each in told:
        kinds.setdefault(each[1].what, {}).setdefault(each[1].where, []).append(each)
    found = []
    for what, places in kinds.items():
        if len(places) > MANY:
            found.append(_finding(what, [each for some in places.values() for each in some]))
        else:
            found += [_finding(what, some) for some in places.values()]
    return sorted(found, key=lambda each: (not each.difference.blocks, -each.cases - each.runs))


def _finding(what: str, told: Sequence[tuple[Script, Difference, bool]]) -> Finding:
    script, difference, _ = min(told, key=lambda each: len(each[0]))
    wheres = Counter(each[1].where for each in told if each[1].where)
    states = dict.fromkeys(state for each in told if (state := each[1].state) is not None)
    return Finding(
        what, tuple(where for where, _ in wheres.most_common()), tuple(dict.fromkeys(each[1].media for each in told)),
        tuple(states), sum(each[2] for each in told), sum(not each[2] for each in told), script, difference,
    )  # fmt: skip


def summarized(found: Sequence[Finding]) -> list[str]:
    """The findings as text: the first in full, then a line each, and how many more there are."""
    lines = [line for each in found[:IN_FULL] for line in each.lines()]
    lines += [f"FAIL {each.headline}" for each in found[IN_FULL : IN_FULL + IN_A_LINE]]
    more = len(found) - IN_FULL - IN_A_LINE
    return [*lines, *([f"and {more} more; the report (--report FILE) has all"] if more > 0 else [])]


def _some(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(names) - NAMES
    return ", ".join([*names[:NAMES], *([f"{more} more"] if more > 0 else [])])


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + "s" * (count != 1)
