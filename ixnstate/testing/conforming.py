"""The whole kit against one driver, without pytest: the suite, then the machine."""

from collections.abc import Callable, Iterable
from types import NoneType
from typing import Any, TypeAlias

from ixnstate.definition import Definition, checked
from ixnstate.table import GWS
from ixnstate.testing.bench import EVERYTHING, Bench
from ixnstate.testing.coverage import Coverage
from ixnstate.testing.differing import Known, raised
from ixnstate.testing.drivers import Ability, Blocking, TargetError
from ixnstate.testing.fitting import FittingChoices
from ixnstate.testing.forms import Scope
from ixnstate.testing.judging import Deviation, Result, Verdict, judge
from ixnstate.testing.machine import ILLEGAL, Plan, search_on
from ixnstate.testing.reporting import Report
from ixnstate.testing.suites import USUAL, Case, attainable, suite
from ixnstate.values import brief, changed, each_of, expect, expect_number

__all__ = ["Report", "Watch", "conform", "made"]

Watch: TypeAlias = Callable[[Report, int], None]
"""Is given the report so far, and how many cases there are in all (0 while the machine runs)."""

RESETS = 3
"""After so many cases in a row that do not even begin, the implementation is not there any more."""


def conform(
    new_driver: Callable[[], Any],
    *,
    supports: Iterable[str] = EVERYTHING,
    definition: Definition = GWS,
    kinds: Iterable[str] = USUAL,
    examples: int = 100,
    steps: int = 20,
    illegal: float = ILLEGAL,
    known: Iterable[Deviation] = (),
    seed: int | None = None,
    wanted: Callable[[Case], bool] = lambda _: True,
    watch: Watch = lambda *_: None,
) -> Report:
    """Run the suite and then the machine against a driver that is made once and reset for every case.

    ``illegal`` is the share of what the machine does that must be refused. ``wanted`` chooses among the cases, and
    ``watch`` is told of each. Whoever interrupts it gets the report so far.

    Raises ValueError if nothing of what is there is supported, or for a negative number of examples; `TargetError` if
    the driver cannot be made; `DriverError` if it is not as `Driver` says.
    """
    expect("new_driver", new_driver, Callable)
    expect_number("examples", examples)
    expect_number("steps", steps, 1)
    expect("seed", seed, int, NoneType)
    if not isinstance(illegal, int | float) or not 0 <= illegal <= 1:
        raise ValueError(f"illegal must be a share from 0 to 1, not {brief(illegal)}")
    checked(definition)
    supports, kinds = tuple(each_of("supports", supports, str)), tuple(each_of("kinds", kinds, str))
    known = tuple(each_of("known", known, Deviation))
    run = _Run(Blocking(made(new_driver)()), definition, frozenset(supports), tuple(known))
    try:
        run.cases(tuple(kinds), wanted, watch)
        if examples and run.report.stopped is None:
            run.machine(examples, steps, illegal, seed, watch)
    except KeyboardInterrupt:
        run.report.stopped = "it was interrupted"
    finally:
        run.subject.close()
    return run.report


def made(new_driver: Callable[[], Any]) -> Callable[[], Any]:
    """Makes a driver as ``new_driver`` does, and raises `TargetError` with the reason if that cannot be done."""

    def make() -> Any:
        try:
            return new_driver()
        except TargetError:
            raise
        except Exception as error:
            name = getattr(new_driver, "__name__", type(new_driver).__name__)
            raise TargetError(f"{name}() makes no driver: {raised(error)}") from error

    return make


class _Run:
    """One run of the kit."""

    def __init__(
        self, subject: Blocking, definition: Definition, supports: frozenset[str], known: tuple[Deviation, ...]
    ) -> None:
        self.subject, self.definition, self.supports, self.excused = subject, definition, supports, known
        scope = self.scope
        self.report = Report(scope.media, known=attainable(scope))
        self.fit = FittingChoices(scope)

    @property
    def scope(self) -> Scope:
        """What can be tested, by what is known now of the implementation."""
        subject = self.subject
        avoid = frozenset(self.report.avoid) if hasattr(self, "report") else frozenset()
        lacks = subject.lacks, subject.without
        return Scope(self.definition, subject.world, self.supports, *lacks, avoid)

    def bench(self, definition: Definition | None = None) -> Bench:
        """A fresh implementation beside the model."""
        self.report.coverage.begin()
        is_own = definition is None or definition is self.definition
        coverage = self.report.coverage if is_own else Coverage()
        return Bench(self.subject, definition or self.definition, supports=self.supports, coverage=coverage)

    def cases(self, kinds: tuple[str, ...], wanted: Callable[[Case], bool], watch: Watch) -> None:
        """Every case. Where something turns out to be lacking, or to fail, those that follow go another way."""
        scope = self.scope
        left = [case for case in suite(scope, kinds) if wanted(case)]
        done = 0
        while left:
            case = left.pop(0)
            self.report.add(self.judge(case, scope))
            done += 1
            watch(self.report, done + len(left))
            if self._has_gone():
                return
            now = self.scope
            is_kind_over = not left or left[0].kind != case.kind
            cannot_create = any(operation == "Create" for _, operation in now.avoid - scope.avoid)
            goes_elsewhere = now.avoid != scope.avoid and (is_kind_over or cannot_create)
            if goes_elsewhere or (now.lacks, now.without) != (scope.lacks, scope.without):
                scope = now
                finished = {result.case.id for result in self.report.results}
                left = [each for each in suite(scope, kinds) if wanted(each) and each.id not in finished]
        self.report.known = attainable(scope)
        self._ask_once_more(scope)

    def judge(self, case: Case, scope: Scope) -> Result:
        """One case."""
        return judge(case, self.bench, scope, self.excused, self.report.faults, self.fit)

    def _has_gone(self) -> bool:
        """Whether the last cases could not even begin."""
        last = self.report.results[-RESETS:]
        if len(last) < RESETS or not all(_never_began(each) for each in last):
            return False
        assert last[-1].difference is not None
        cases = len(self.report.results) - RESETS
        self.report.stopped = f"after {cases} cases the implementation is not there: {last[-1].difference.found}"
        return True

    def _ask_once_more(self, scope: Scope) -> None:
        """What hung is tried once more at the end; if it answers now, its cases are judged anew."""
        for key in list(self.subject.known.hanging):
            hung = [each for each in self.report.results if _is_hung(each, key[1])]
            del self.subject.known.hanging[key]
            again = [self.judge(each.case, scope) for each in hung[:1]]
            if key not in self.subject.known.hanging:
                again += [self.judge(each.case, scope) for each in hung[1:]]
                self.report.results = [each for each in self.report.results if each not in hung] + again

    def machine(self, examples: int, steps: int, illegal: float, seed: int | None, watch: Watch) -> None:
        """Runs of several interactions, along what does not fail."""
        if self.scope.lacks & {Ability.QUEUE, Ability.SECOND_OFFER}:
            return
        scope = changed(self.scope, avoid=frozenset())
        plan = Plan(scope, (*self.excused, *self.report.left_out), Known(self.report.faults), illegal=illegal)
        for found in search_on(self.bench, plan, examples=examples, steps=steps, seed=seed):
            self.report.found.append(found)
            watch(self.report, 0)


def _never_began(result: Result) -> bool:
    return result.difference is not None and result.difference.rule == "driver: reset"


def _is_hung(result: Result, operation: str) -> bool:
    return result.verdict is Verdict.FAIL and any(
        each.what.startswith("no answer") and each.where == operation for each in result.differences
    )
