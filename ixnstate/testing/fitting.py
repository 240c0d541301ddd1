"""Whether an implementation made other choices where the documents contradict each other.

A choice explains a difference only if it fits everything that it speaks of: of the cases in which it expects something
else, it is tried on a few, spread over the whole suite, and none may pass as claimed and fail under the choice.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import islice
from typing import Any
from zlib import crc32

from ixnstate.definition import Definition
from ixnstate.fitting import alternatives
from ixnstate.testing.bench import Bench, play
from ixnstate.testing.differing import Everything, Script
from ixnstate.testing.forms import Scope
from ixnstate.testing.suites import Case, expectations, suite
from ixnstate.values import changed

TRIED = 12
"""On how many cases a choice is tried."""

VAIN = 100
"""After so many failing cases of which a choice does not speak (or a fifth, which do not pass), it is given up."""

KINDS = ("tour", "cells", "arguments")
"""From which kinds these are taken: between them they speak of every choice."""


class FittingChoices:
    """Which choices fit an implementation. Worked out when a case fails of which a choice speaks, and then kept."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._accepted: dict[str, bool] = {}
        self._vain: Counter[str] = Counter()
        self._claimed: tuple[Script, tuple[Any, ...]] = ((), ())
        """What is expected without a choice, and in which script: each choice is asked about the same one."""

    @cached_property
    def choices(self) -> dict[str, Definition]:
        """The definition of each choice, by its name."""
        return dict(alternatives(self.scope.definition))

    @property
    def accepted(self) -> tuple[str, ...]:
        """The choices that were found to fit."""
        return tuple(choice for choice, fits in self._accepted.items() if fits)

    def speaks(self, case: Case, choice: str) -> bool:
        """Whether the choice, as far as it is not known not to fit, expects something else in the case."""
        if self._accepted.get(choice) is False or self._vain[choice] > VAIN:
            return False
        speaks = self._speaks(case, choice)
        self._vain[choice] += not speaks
        return speaks

    def fits(self, case: Case, choice: str, new_bench: Callable[[Definition], Bench]) -> bool:
        """Whether the implementation does in the case what the choice says, and wherever else it speaks."""
        if not self._passes(case, choice, new_bench):
            self._vain[choice] += VAIN // 5
            return False
        if choice not in self._accepted:
            self._accepted[choice] = self._is_accepted(choice, new_bench)
        return self._accepted[choice]

    def _is_accepted(self, choice: str, new_bench: Callable[[Definition], Bench]) -> bool:
        gained = 0
        for case in self._telling(choice):
            as_claimed, otherwise = self._passes(case, None, new_bench), self._passes(case, choice, new_bench)
            if as_claimed and not otherwise:
                return False
            gained += otherwise and not as_claimed
        return gained > 0

    def _telling(self, choice: str) -> Iterable[Case]:
        """Cases of which the choice speaks, from all over the suite."""
        return islice((case for case in self._cases if self._speaks(case, choice)), TRIED)

    def _speaks(self, case: Case, choice: str) -> bool:
        other = changed(self.scope, definition=self.choices[choice])
        if self._claimed[0] is not case.script:
            self._claimed = case.script, self._said(case.script, self.scope)
        return self._said(case.script, other) != self._claimed[1]

    @cached_property
    def _cases(self) -> tuple[Case, ...]:
        cases = [case for case in suite(self.scope, KINDS) if case.why_not is None]
        return tuple(sorted(cases, key=lambda case: crc32(case.id.encode())))

    def _passes(self, case: Case, choice: str | None, new_bench: Callable[[Definition], Bench]) -> bool:
        """Whether nothing differs in the case, on the way there neither."""
        bench = new_bench(self.scope.definition if choice is None else self.choices[choice])
        bench.faults = Everything()
        return play(bench, case.script) is None and not bench.met

    def _said(self, script: Script, scope: Scope) -> tuple[Any, ...]:
        return tuple((each.reply, each.told, each.after) for each in expectations(script, scope))
