"""The base class: a user writes a fixture ``driver`` and a set ``supports``, and pytest has all the tests."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, ClassVar

import pytest

from ixnstate.definition import Definition
from ixnstate.table import GWS
from ixnstate.testing.bench import EVERYTHING, Bench
from ixnstate.testing.differing import Difference, Known, Script
from ixnstate.testing.drivers import CROWDED, Ability, Blocking, Experience, World
from ixnstate.testing.explaining import explain
from ixnstate.testing.fitting import FittingChoices
from ixnstate.testing.forms import Scope
from ixnstate.testing.judging import Result, Verdict, deviations, judge
from ixnstate.testing.machine import ILLEGAL, Plan, search_on
from ixnstate.testing.reporting import Report
from ixnstate.testing.suites import USUAL, Case, attainable, suite
from ixnstate.values import changed

REPORT: pytest.StashKey[Report] = pytest.StashKey()
"""Where the plugin keeps the report of a session."""


class InteractionConformance:
    """Subclass it, and write a fixture ``driver``. The generated suite runs first, each case a test; then the machine.

    ``supports`` are media, and ``agent-workbin``, ``group-workbin``, ``supervisor``. What the driver lacks, and its
    world, the driver says itself; where a class says so too, it must say the same.
    """

    supports: ClassVar[Iterable[str]] = EVERYTHING
    lacks: ClassVar[Iterable[Ability | str] | None] = None
    world: ClassVar[World | None] = None
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
        """Override: return the driver of the implementation under test."""
        raise NotImplementedError("write a fixture `driver` in your class, which gives an ixnstate.testing.Driver")

    @classmethod
    def scope(cls) -> Scope:
        """What is tested, as far as it is known before there is a driver. Raises ValueError for unknown names."""
        return _scope(cls, Blocking(_Said(cls.lacks or (), cls.world or CROWDED)))

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """The cases, as parameters with readable ids."""
        if "conformance_case" in metafunc.fixturenames:
            cases = suite(self.scope(), self.kinds)
            metafunc.parametrize("conformance_case", cases, ids=[case.id for case in cases])

    def test_case(self, conformance_case: Case, driver: Any, request: pytest.FixtureRequest) -> None:
        """One generated case."""
        session = self._session(request)
        subject = session.over(driver, request)
        case = session.case(conformance_case, subject)
        found = judge(
            case, session.benches(subject), session.scope, deviations(self.deviations), session.report.faults,
            session.fit,
        )  # fmt: skip
        session.report.add(found)
        request.node.user_properties.append(("verdict", found.verdict.value))
        if found.verdict is Verdict.NOT_APPLICABLE:
            pytest.skip(found.why)
        if found.verdict is Verdict.INFO and found.why.startswith("known deviation"):
            pytest.xfail(found.why)
        if found.verdict is Verdict.FAIL:
            pytest.fail(_said([_failing_run(found)]) if found.difference else found.why, pytrace=False)

    def test_machine(self, driver: Any, request: pytest.FixtureRequest) -> None:
        """Several interactions, agents and workbins, timeouts, and mistakes."""
        session = self._session(request)
        subject = session.over(driver, request)
        session.look_at(subject)
        report, scope = session.report, session.scope
        if scope.lacks & {Ability.QUEUE, Ability.SECOND_OFFER}:
            pytest.skip("the driver cannot offer what waits in a queue")
        excused = (*deviations(self.deviations), *report.left_out)
        plan = Plan(changed(scope, avoid=frozenset()), excused, Known(report.faults), illegal=self.illegal)
        if not plan.goals:
            pytest.skip("nothing is left that does not deviate")
        subject.known.hanging.clear()  # what hung is tried once more
        found = list(search_on(session.benches(subject), plan, examples=self.examples, steps=self.steps))
        if found:
            report.found += found
            pytest.fail(_said(found), pytrace=False)

    def _session(self, request: pytest.FixtureRequest) -> "_Session":
        sessions = request.config.stash.setdefault(_SESSIONS, {})
        if type(self) not in sessions:
            report = request.config.stash.setdefault(REPORT, Report(()))
            sessions[type(self)] = _Session(type(self), report)
        return sessions[type(self)]


class _Said:
    """What a class says of its driver."""

    def __init__(self, lacks: Iterable[Ability | str], world: World) -> None:
        self.lacks, self.world = tuple(lacks), world


def _scope(own: type[InteractionConformance], subject: Blocking) -> Scope:
    supports = frozenset(own.supports)
    return Scope(own.definition, subject.world, supports, subject.lacks, subject.without)


class _Session:
    """What one session of pytest knows of one class: its cases, and what has been learned of the implementation."""

    def __init__(self, own: type[InteractionConformance], report: Report) -> None:
        self.own, self.report = own, report
        self.known = Experience()
        self.scope = own.scope()
        self.kind = ""
        self._counted = False
        self._cases: dict[str, Case] | None = None
        """The cases by id, if they are other ones than those that were collected."""

    def over(self, driver: Any, request: pytest.FixtureRequest) -> Blocking:
        """The driver of one test. Fails it if the class says something else of it."""
        subject = Blocking(driver, self.known)
        request.addfinalizer(subject.close)
        said, name = self.own, self.own.__name__
        driver_lacks = frozenset(str(each) for each in getattr(driver, "lacks", ()))
        if said.lacks is not None and frozenset(map(str, said.lacks)) != driver_lacks:
            mine = f"{name} has lacks = {_listed(said.lacks)}, and its driver has {_listed(driver_lacks)}"
            pytest.fail(f"{mine}: write `lacks = {_listed(driver_lacks)}` in {name}, or leave it out", pytrace=False)
        if said.world is not None and said.world != subject.world:
            mine = f"{name} has world = {said.world}, and its driver has {subject.world}"
            pytest.fail(f"{mine}: give the driver `world={name}.world`, or leave it out of the class", pytrace=False)
        return subject

    def look_at(self, subject: Blocking) -> None:
        """The driver says, or has shown, what it lacks; so the ways to the cases may be others than were collected."""
        now = changed(_scope(self.own, subject), avoid=self.scope.avoid)
        if now != self.scope:
            self.scope, self._cases = now, None
            self._regenerate()
        if not self._counted:
            self._counted = True
            self.report.include(self.scope.media, attainable(self.scope))

    def case(self, collected: Case, subject: Blocking) -> Case:
        """The case of that id that this driver can be asked for."""
        self.look_at(subject)
        avoid = frozenset(self.report.avoid)
        if collected.kind != self.kind and avoid != self.scope.avoid:
            self.scope = changed(self.scope, avoid=avoid)
            self._regenerate()
        self.kind = collected.kind
        if self._cases is None:
            return collected
        why = "not supported, or the driver cannot do it"
        return self._cases.get(collected.id, changed(collected, why_not=why))

    def _regenerate(self) -> None:
        self.fit = FittingChoices(self.scope)
        self._cases = {case.id: case for case in suite(self.scope, self.own.kinds)}

    @cached_property
    def fit(self) -> FittingChoices:
        """Which choices of the profile fit."""
        return FittingChoices(self.scope)

    def benches(self, subject: Blocking) -> Any:
        """Makes benches over the driver."""
        coverage = self.report.coverage

        def bench(definition: Definition = self.own.definition) -> Bench:
            coverage.begin()
            is_own = definition is self.own.definition
            return Bench(subject, definition, supports=self.scope.supports, coverage=coverage if is_own else None)

        return bench


_SESSIONS: pytest.StashKey[dict[type, _Session]] = pytest.StashKey()


def _listed(names: Iterable[str]) -> str:
    return f"{{{', '.join(sorted(repr(str(each)) for each in names))}}}" if names else "()"


def _failing_run(result: Result) -> tuple[Script, Difference]:
    """The script of a case as far as its difference."""
    assert result.difference is not None
    return result.case.script[: result.difference.index + 1], result.difference


def _said(runs: Sequence[tuple[Script, Difference]]) -> str:
    return "\n\n".join(explain(*run) for run in runs)
