"""The base class: a user writes a fixture ``driver`` and a set ``supports``, and pytest has all the tests."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import pytest

from ixnstate.definition import Definition
from ixnstate.table import GWS
from ixnstate.testing.bench import EVERYTHING, Bench, Difference, Script
from ixnstate.testing.conforming import Report, failing_run
from ixnstate.testing.drivers import WORLD, Ability, Blocking, World
from ixnstate.testing.explaining import explain
from ixnstate.testing.forms import Scope
from ixnstate.testing.judging import Verdict, deviations, judge
from ixnstate.testing.machine import ILLEGAL, Plan, search_on
from ixnstate.testing.suites import USUAL, Case, attainable, suite

REPORT: pytest.StashKey[Report] = pytest.StashKey()
"""Where the plugin keeps the report of a session."""


class InteractionConformance:
    """Subclass it, and write a fixture ``driver``. The generated suite runs first, each case a test; then the machine.

    ``supports`` are media, and ``agent-workbin``, ``group-workbin``, ``supervisor``. ``lacks`` and ``world`` must be
    the driver's, where it has any.
    """

    supports: ClassVar[Iterable[str]] = EVERYTHING
    lacks: ClassVar[Iterable[Ability]] = ()
    world: ClassVar[World] = WORLD
    definition: ClassVar[Definition] = GWS
    kinds: ClassVar[Iterable[str]] = USUAL
    """Which of `ixnstate.testing.KINDS` to run; ``pairs`` makes some thousands more."""
    examples: ClassVar[int] = 100
    steps: ClassVar[int] = 20
    illegal: ClassVar[float] = ILLEGAL
    """The share of what the machine does that must be refused."""
    deviations: ClassVar[str] = "deviations.toml"
    """The known deviations: a file in the directory in which pytest runs."""

    @pytest.fixture
    def driver(self) -> Any:
        """The user's: it asks his implementation."""
        raise NotImplementedError("write a fixture `driver` in your class, which gives an ixnstate.testing.Driver")

    @classmethod
    def scope(cls) -> Scope:
        """What is tested. Raises ValueError for what cannot be supported."""
        lacks = frozenset(Ability(each) for each in cls.lacks)
        return Scope(cls.definition, cls.world, frozenset(cls.supports), lacks)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """The cases, as parameters with readable ids."""
        if "conformance_case" in metafunc.fixturenames:
            cases = suite(self.scope(), self.kinds)
            metafunc.parametrize("conformance_case", cases, ids=[case.id for case in cases])

    def test_case(self, conformance_case: Case, driver: Any, request: pytest.FixtureRequest) -> None:
        """One generated case."""
        bench = self._benches(driver, request)
        report = _report_of(request, self)
        found = judge(conformance_case, bench, self.scope(), deviations(self.deviations), report.faults)
        report.results.append(found)
        request.node.user_properties.append(("verdict", found.verdict.value))
        if found.verdict is Verdict.NOT_APPLICABLE:
            pytest.skip(found.why)
        if found.verdict is Verdict.INFO and found.why.startswith("known deviation"):
            pytest.xfail(found.why)
        if found.verdict is Verdict.FAIL:
            pytest.fail(found.why if found.difference is None else _said([failing_run(found)]), pytrace=False)

    def test_machine(self, driver: Any, request: pytest.FixtureRequest) -> None:
        """Several interactions, agents and workbins, timeouts, and mistakes."""
        report = _report_of(request, self)
        plan = Plan(self.scope(), (*deviations(self.deviations), *report.left_out), report.faults, illegal=self.illegal)
        if not plan.goals:
            pytest.skip("nothing is left that does not deviate")
        found = list(search_on(self._benches(driver, request), plan, examples=self.examples, steps=self.steps))
        if found:
            report.found += found
            pytest.fail(_said(found), pytrace=False)

    def _benches(self, driver: Any, request: pytest.FixtureRequest) -> Any:
        subject = Blocking(driver)
        request.addfinalizer(subject.close)
        scope = self.scope()
        if subject.lacks != scope.lacks or subject.world != scope.world:
            name = "lacks" if subject.lacks != scope.lacks else "world"
            pytest.fail(f"set {name} of {type(self).__name__} to that of its driver", pytrace=False)
        coverage = _report_of(request, self).coverage

        def bench(definition: Definition = self.definition) -> Bench:
            coverage.begin()
            is_own = definition is self.definition
            return Bench(subject, definition, supports=scope.supports, coverage=coverage if is_own else None)

        return bench


def _report_of(request: pytest.FixtureRequest, own: InteractionConformance) -> Report:
    report = request.config.stash.setdefault(REPORT, Report(()))
    if type(own) not in _COUNTED:
        _COUNTED.add(type(own))
        report.include(own.scope().media, attainable(own.scope()))
    return report


_COUNTED: set[type] = set()
"""The classes whose edges and cells are counted among what can be covered."""


def _said(runs: Sequence[tuple[Script, Difference]]) -> str:
    return "\n\n".join(explain(*run) for run in runs)
