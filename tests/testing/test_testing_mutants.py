"""The kit bites: every wrong implementation is found, by the suite or by the machine; the reference never is."""

from zlib import crc32

import pytest
from mutants import MUTANTS
from newcomers import MUTANTS as NEWCOMERS
from strangers import MUTANTS as STRANGERS

import ixnstate as ix
from ixnstate.testing import CROWDED, Bench, InProcessDriver, Scope, Verdict, judge, suite
from ixnstate.testing.drivers import Blocking
from ixnstate.testing.forms import WORKBINS
from ixnstate.testing.machine import Plan, search

PLANS = {}
SUITES = {}
SHORT = 12
"""How many actions a case has that is not long."""


def scope(*media):
    return Scope(ix.GWS, CROWDED, frozenset({*media, *WORKBINS}))


def plan(*media):
    if media not in PLANS:
        PLANS[media] = Plan(scope(*media))
    return PLANS[media]


def cases(*media):
    """The suite, shuffled, the long cases last: so one of those that find a mutant comes soon."""
    if media not in SUITES:
        SUITES[media] = sorted(
            suite(scope(*media)), key=lambda case: (len(case.script) > SHORT, crc32(case.id.encode()))
        )
    return SUITES[media]


def test_there_are_enough():
    assert len(MUTANTS) >= 40


LONG = {"TiredAfterTwentyRequests": 21, "TheThirdTransferLosesUserData": 12}
"""What takes more than ten actions."""

NEEDS_A_PLAN = {"WorkAloneLastsFromTheAcceptance", "AWorkbinHoldsTwo", "ASecondInvitationIsShorter"}
"""What dice hardly ever do: work now and then for hours, three things in one workbin, two invitations and waits."""


@pytest.mark.parametrize("name", [name for name in MUTANTS if name not in NEEDS_A_PLAN])
def test_the_machine_finds_a_wrong_implementation(name):
    subject, media = MUTANTS[name]
    found = search(lambda: Bench(subject(), supports=scope(media).supports), plan(media), examples=200, seed=7)
    assert found is not None
    script, difference = found
    assert len(script) <= LONG.get(name, 10), script
    assert difference.index == len(script) - 1


NEEDS_DICE = {"TiredAfterTwentyRequests", "EmptyValuesAreLeftOut", "NestedValuesAreText"}
"""What short ways with plain data do not show."""


@pytest.mark.parametrize("name", [name for name in MUTANTS if name not in NEEDS_DICE])
def test_the_suite_finds_a_wrong_implementation(name):
    subject, media = MUTANTS[name]
    driver = subject()

    def bench(definition):
        return Bench(driver, definition, supports=scope(media).supports)

    assert any(judge(case, bench, scope(media)).verdict is Verdict.FAIL for case in cases(media))


def test_there_are_enough_of_other_kinds():
    assert len(STRANGERS) >= 60
    assert len(NEWCOMERS) >= 50


@pytest.mark.parametrize("name", [*STRANGERS, *NEWCOMERS])
def test_the_suite_finds_what_people_get_wrong(name):
    """Values, repetition, quantity, unknown names, spelling, messages, time, roles, addresses, lists, final states."""
    subject, media = (STRANGERS | NEWCOMERS)[name]
    driver, there = Blocking(subject()), scope(*media)

    def bench(definition):
        return Bench(driver, definition, supports=there.supports)

    assert any(judge(case, bench, there).verdict is Verdict.FAIL for case in cases(*media))


def test_the_reference_is_never_accused():
    assert search(lambda: Bench(InProcessDriver()), plan(*ix.GWS.media), examples=200, steps=40) is None


@pytest.mark.parametrize("choice", [{"transfer": "on acceptance"}, {"capabilities": "2014"}, {"api_version": "8.5.1"}])
def test_the_reference_of_another_profile_is_not_accused_either(choice):
    definition = ix.GWS.with_profile(**choice)
    there = Scope(definition, CROWDED, frozenset({"chat", "email", "workitem", *WORKBINS}))
    driver = InProcessDriver(definition=definition)
    found = search(lambda: Bench(driver, definition, supports=there.supports), Plan(there), examples=60)
    assert found is None
